"""The Build screen in the pseudo-language: no text of it is English only."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.language import speaking
from cnnlab.layers import KINDS, Conv2d, Flatten, Linear, Residual
from cnnlab.ui.app.lab import lab
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.build.layer_stack import editor_data, palette
from tests.catalogue import catalogue
from tests.convert.students import CODE
from tests.letters import untranslated
from tests.ui.pseudo import only_in_english, opened, pseudo

__all__ = ["pseudo"]  # the fixture
NAMES = [*PRESETS, *KINDS, "Bottleneck", "Adam", "mine", "digits", "cnnlab"]
NAMED = re.compile(r"\b(kB|MB|Leaky ReLU|" + "|".join(KINDS) + r")\b")
CODES = {
    "editor",
    "link",
    "kind",
    "family",
    "name",
    "type",
    "level",
    "repair",
    "words",
    "values",
    "defaults",
    "field",
}


def words(part: Any, key: str = "") -> list[str]:
    """All texts of what is sent to the browser, but for codes and file names."""
    if isinstance(part, dict):
        return [text for name, each in part.items() if name not in CODES for text in words(each, name)]
    if isinstance(part, list | tuple):
        return [text for each in part for text in words(each, key)]
    return [part] if isinstance(part, str) else []


def english(body: Any) -> list[str]:
    """The texts that say more in English than sizes and names of code."""
    return [text for text in words(body) if untranslated(NAMED.sub("", text))]


@pytest.mark.parametrize(
    "layers",
    [
        (),
        preset("article-1").design.layers,
        (Conv2d(), Linear(), Flatten(), Linear(out_features=10)),
        (Residual(layers=(Conv2d(padding=1),)), Flatten(), Linear(out_features=10)),
    ],
    ids=["empty", "sound", "broken", "block"],
)
def test_what_the_cards_show(layers: tuple[Any, ...]) -> None:
    """Sums, problems with their repairs, refusals, what an undo would take back."""
    editor = Editor.of(Design(name="mine").with_layers(layers))
    edits = [
        {"n": 1, "do": "add", "kind": "Conv2d", "after": None},
        {"n": 2, "do": "ends", "field": "width", "value": 1_000_000, "burst": 1},
        {"n": 3, "do": "delete", "id": 99},
    ]
    with speaking("pseudo"):
        editor.apply({"editor": editor.token, "edits": edits})
        assert english(editor_data(editor)) == []


def test_a_message_follows_the_viewer() -> None:
    """A message shown to one viewer appears in the language of the next."""
    editor = Editor.of(preset("article-1").design)
    edit = {"n": 1, "do": "ends", "field": "width", "value": 0, "burst": 1}
    with speaking("pseudo"):
        editor.apply({"editor": editor.token, "edits": [edit]})
    (refusal,) = editor_data(editor)["refused"]
    assert refusal["text"].startswith("Width must be a whole number")


def test_what_there_is_to_add() -> None:
    """Each language has its own palette, whichever was requested first."""
    assert palette()["kinds"]["Dropout"]["title"] == "Dropout"
    with speaking("pseudo"):
        assert english(palette()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("pseudo")
def test_the_page_and_its_dialogs() -> None:
    """Presets, saved designs, code in and out."""
    lab().store.designs.save("mine", preset("lenet-5").design)
    titles = [info.name for info in catalogue().infos()]
    for tool in (None, "start_from", "my_designs", "code"):
        page = opened("build")
        page = page.button(tool).click().run() if tool else page
        code = [each.value for each in page.code] + [each.placeholder for each in page.text_area]
        assert not page.exception
        assert only_in_english(page, [*code, *NAMES, *titles]) == []


@pytest.mark.slow
@pytest.mark.usefixtures("pseudo")
def test_code_that_was_read() -> None:
    """What was understood, and the editor's messages about it."""
    page = opened("build")
    page.button("code").click().run()
    page.text_area("code_text").set_value(CODE["data-format"]).run()
    assert only_in_english(page, NAMES) == []


@pytest.mark.slow
@pytest.mark.usefixtures("pseudo")
def test_an_invalid_name() -> None:
    """The refusal is in the viewer's language."""
    page = opened("build")
    page.text_input("build_name").set_value("  ").run()
    assert page.error
    assert only_in_english(page, NAMES) == []
