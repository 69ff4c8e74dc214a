from __future__ import annotations

import json
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
from cnnlab.ui.draw.guide import GUIDE
from cnnlab.ui.draw.nearest import Learned, Pictures
from cnnlab.ui.shared.components import asset
from cnnlab.ui.shared.http import Refusal
from cnnlab.ui.shared.model_menu import _training_text, bundled
from cnnlab.ui.shared.scripts import Scripts
from cnnlab.ui.shared.words import translated_html
from tests.letters import untranslated
from tests.ui.node import run_node

SHOWN = ("aria-label", "aria-description", "title", "placeholder", "alt")


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
    """Texts, captions for screen readers and tooltips; speeds and amounts of ink are numbers."""
    with speaking("pseudo"):
        page = translated_html(asset("draw/drawing_pad/drawing_pad.html"))
    parser = _Page()
    parser.feed(page)
    assert len(parser.texts) > 50
    assert [text for text in parser.texts if untranslated(text)] == []


def test_the_pads_data_is_in_the_viewers_language() -> None:
    """Except for classes and layers, which are names."""
    with speaking("pseudo"):
        data = pad_data(bundled(), bundled(), "tab")
        texts = [data["title"], data["rival"]["title"], data["invitation"], data["picture"]["words"]]
        assert untranslated("".join([*texts, *map(str, GUIDE.points), str(bundled().about)])) == ""


@pytest.mark.parametrize(
    "progress", [Progress(), Progress(test_accuracy=0.5), Progress(best_val_accuracy=0.5)]
)
def test_what_a_network_was_trained_on_is_one_sentence(progress: Progress) -> None:
    """Whether its score is known, and of which part."""
    with speaking("pseudo"):
        assert untranslated(str(_training_text(progress, "Digits"))) == ""


@pytest.mark.parametrize(
    "data", [(), ("mnist",), ("handwriting", "mnist"), ("digits", "kmnist", "fashion-mnist")]
)
def test_the_pictures_beside_an_answer_are_described_in_the_viewers_language(data: tuple[str, ...]) -> None:
    """Where they come from, and whether the network learned from them."""
    with speaking("pseudo"):
        for name in (*data, "digits"):
            assert untranslated(Pictures(name, Learned(data)).text) == ""


@pytest.mark.parametrize("query", [{"epoch": "x"}, {"seq": "x"}, {"scale": "x"}])
def test_refusals_are_in_the_viewers_language(query: dict[str, str]) -> None:
    """In the reader's language, wherever they were raised."""
    with pytest.raises(Refusal) as caught:
        ClassifyQuery.read(query)
    with speaking("pseudo"):
        assert untranslated(str(caught.value)) == ""
        assert untranslated(str(wrong_size(3))) == ""


def test_a_drawing_that_is_gone_is_reported_in_the_viewers_language() -> None:
    """Deleted by another tab, or too long ago."""
    for act in (own_drawings.delete, own_drawings.restore):
        with pytest.raises(DataError) as caught:
            act("none", "nobody")
        with speaking("pseudo"):
            assert untranslated(str(caught.value)) == ""


def test_what_the_pads_scripts_say_is_in_the_viewers_language(tmp_path: Path) -> None:
    """Every answer, verdict and improvement, with each number, as the lab serves them; see pad_words.mjs."""
    modules = {"package.json": '{ "type": "module" }', **Scripts("pseudo").texts}
    for name, text in modules.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run_node(Path(__file__).with_name("pad_words.mjs"), f"{tmp_path.as_uri()}/")
    assert done.returncode == 0, done.stderr
    texts = json.loads(done.stdout)
    assert len(texts) > 40
    assert [text for text in texts if untranslated(text) or not text] == []
