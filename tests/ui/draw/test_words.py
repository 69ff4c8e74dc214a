from __future__ import annotations

import json
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnnlab.ground.errors import DataError
from cnnlab.language import speaking
from cnnlab.runs.records import Progress
from cnnlab.ui.draw import own_drawings
from cnnlab.ui.draw.classify_route import ClassifyQuery
from cnnlab.ui.draw.drawing_body import wrong_size
from cnnlab.ui.draw.drawing_pad import pad_data
from cnnlab.ui.draw.nearest import Learned, Pictures
from cnnlab.ui.draw.page import HELP
from cnnlab.ui.shared.components import asset, in_language, joined
from cnnlab.ui.shared.feature_maps import MAP_SCRIPTS
from cnnlab.ui.shared.http import Refusal
from cnnlab.ui.shared.model_menu import _training, bundled
from tests.conftest import ROOT
from tests.letters import untranslated
from tests.ui.draw.test_pad_scripts import node

SHOWN = ("aria-label", "aria-description", "title", "placeholder", "alt")
# In place of the catalogue: every text that would be looked up there.
BRACKETS = """const LANGUAGE = "pseudo";
const filled = (text, values) => text.replace(/\\{(\\w+)\\}/g, (_field, name) => values[name]);
const _ = (text, values = {}) => `[${filled(text, values)}]`;
const plural = (one, other, count, values = {}) => _(count === 1 ? one : other, { count, ...values });
const grouped = String;
"""


class _Page(HTMLParser):
    """Collects what a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in SHOWN]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_all_of_the_pads_page_is_in_the_viewers_language() -> None:
    """Texts, captions for screen readers and hints; sizes of a speed and of ink are numbers."""
    with speaking("pseudo"):
        page = in_language(asset("draw/drawing_pad/drawing_pad.html"))
    parser = _Page()
    parser.feed(page)
    assert len(parser.texts) > 50
    assert [text for text in parser.texts if untranslated(text)] == []


def test_what_the_pad_is_told_is_in_the_viewers_language() -> None:
    """But for the classes and the layers, which are names."""
    with speaking("pseudo"):
        told = pad_data(bundled(), bundled(), "tab")
        said = [told["title"], told["rival"]["title"], told["invitation"], told["picture"]["words"]]
        assert untranslated("".join([*said, *map(str, HELP), str(bundled().about)])) == ""


@pytest.mark.parametrize(
    "progress", [Progress(), Progress(test_accuracy=0.5), Progress(best_val_accuracy=0.5)]
)
def test_what_a_network_was_trained_on_is_one_sentence(progress: Progress) -> None:
    """Whether its score is known, and of which part."""
    with speaking("pseudo"):
        assert untranslated(str(_training(progress, "Digits"))) == ""


@pytest.mark.parametrize(
    "data", [(), ("mnist",), ("handwriting", "mnist"), ("digits", "kmnist", "fashion-mnist")]
)
def test_the_pictures_beside_an_answer_are_told_in_the_viewers_language(data: tuple[str, ...]) -> None:
    """Which they are, and whether the network learned from them."""
    with speaking("pseudo"):
        for asked in (*data, "digits"):
            assert untranslated(Pictures(asked, Learned(data)).words) == ""


@pytest.mark.parametrize("query", [{"epoch": "x"}, {"seq": "x"}, {"scale": "x"}])
def test_refusals_are_in_the_viewers_language(query: dict[str, str]) -> None:
    """In that of whoever looks, wherever they were raised."""
    with pytest.raises(Refusal) as caught:
        ClassifyQuery.read(query)
    with speaking("pseudo"):
        assert untranslated(str(caught.value)) == ""
        assert untranslated(str(wrong_size(3))) == ""


def test_a_drawing_that_is_gone_is_told_in_the_viewers_language() -> None:
    """Deleted by another tab, or too long ago."""
    for act in (own_drawings.delete, own_drawings.restore):
        with pytest.raises(DataError) as caught:
            act("none", "nobody")
        with speaking("pseudo"):
            assert untranslated(str(caught.value)) == ""


@pytest.mark.parametrize("folder", ["draw", "shared"])
def test_no_script_takes_the_name_of_the_translation(folder: str) -> None:
    """A parameter called _ would stand in front of the function that looks a text up."""
    scripts = [path for path in (ROOT / "assets" / folder).rglob("*.js") if path.stem != "words"]
    assert scripts
    assert [
        path.name for path in scripts if re.search(r"[(,\[] *_ *[,)\]=]|_ *=>", path.read_text("utf-8"))
    ] == []


def test_what_the_pads_scripts_say_is_in_the_viewers_language(tmp_path: Path) -> None:
    """Every answer, verdict and gain, with each number; see pad_words.mjs."""
    scripts = ("strokes", "raster", "answer", "photo", "reasons", "hand")
    module = BRACKETS + MAP_SCRIPTS + joined("draw/drawing_pad", scripts)
    names = "inWords, keptWords, damagedWords, drawingWords, learningWords, MapRow, ENDED"
    (tmp_path / "pad.mjs").write_text(f"{module}\nexport {{ {names} }};\n", encoding="utf-8")
    tests = tmp_path / "words.mjs"
    tests.write_text((ROOT / "tests" / "ui" / "draw" / "pad_words.mjs").read_text(encoding="utf-8"))
    done = subprocess.run([node(), tests], env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said) > 40
    assert [text for text in said if untranslated(text) or not text] == []
