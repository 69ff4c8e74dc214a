"""What the layer cards and Python exchange: each edit once, in order, and never for another editor."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cnnlab.convert import link
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.language import speaking
from cnnlab.layers import KINDS, Conv2d, Flatten, Residual
from cnnlab.training.config import TrainConfig
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.build.layer_stack import editor_data, palette, size_text


def message(editor: Editor, *edits: dict[str, Any]) -> dict[str, Any]:
    """What the browser sends: its edits, numbered from the first that has not been applied."""
    return {
        "editor": editor.token,
        "edits": [{"n": editor.done + n, **edit} for n, edit in enumerate(edits, 1)],
    }


def test_edits_are_applied_in_order(editor: Editor) -> None:
    """Two that arrive together are both applied."""
    editor.apply(message(editor, {"do": "delete", "id": 0}, {"do": "delete", "id": 1}))
    assert [layer.kind for layer in editor.design.layers[:2]] == ["MaxPool2d", "Conv2d"]
    assert editor.done == 2


def test_a_repeated_edit_is_applied_once(editor: Editor) -> None:
    """The browser repeats what has not been answered; so does a rerun for any other reason."""
    sent = message(editor, {"do": "duplicate", "id": 0})
    editor.apply(sent)
    editor.apply(sent)
    assert len(editor.design.layers) == 12


def test_an_edit_for_another_editor_is_ignored(editor: Editor) -> None:
    """The server or the tab was restarted: the rows it refers to are not these."""
    editor.apply({**message(editor, {"do": "delete", "id": 0}), "editor": "another"})
    assert editor.design == preset("article-1").design


@pytest.mark.parametrize(
    "nonsense", [None, 7, "undo", [], {}, {"edits": 3}, {"edits": [None, {"n": "1"}, {"n": True}]}]
)
def test_nonsense_is_ignored(editor: Editor, nonsense: Any) -> None:
    """A browser can send anything."""
    body = {"editor": editor.token, **nonsense} if isinstance(nonsense, dict) else nonsense
    editor.apply(body)
    assert editor.design == preset("article-1").design


def test_a_refused_value_is_answered_on_its_field(editor: Editor) -> None:
    """The edit's number tells the field whether the refusal is about its current value."""
    editor.apply(message(editor, {"do": "set", "id": 0, "field": "out_channels", "value": 0, "burst": 1}))
    (refused,) = editor_data(editor)["refused"]
    assert (refused["n"], refused["row"], refused["field"]) == (1, 0, "out_channels")
    assert "from 1 to 4,096" in refused["text"]
    assert editor_data(editor)["note"] == ""


def test_an_unusable_text_is_remembered_until_it_is_fixed(editor: Editor) -> None:
    """Until it is corrected, or its card goes; an undo brings the card back without it."""
    wrong = {"do": "set", "id": 0, "field": "out_channels", "value": 0, "burst": 1}
    editor.apply(message(editor, wrong))
    assert editor_data(editor)["invalidField"]["row"] == 0
    editor.apply(message(editor, {**wrong, "value": 16}))
    assert editor_data(editor)["invalidField"] == {"row": None, "text": ""}
    editor.apply(message(editor, wrong, {"do": "delete", "id": 0}, {"do": "undo"}))
    assert editor.design.layers[0].kind == "Conv2d"
    assert editor_data(editor)["invalidField"]["text"] == ""


@pytest.mark.parametrize(
    "address",
    [{"id": [0], "field": "stride"}, {"id": 0, "field": ["stride"]}, {"id": {}, "edit": {"id": []}}],
)
def test_an_edit_of_an_impossible_field_is_refused(editor: Editor, address: dict[str, Any]) -> None:
    """A browser can send anything: here what cannot be looked up."""
    editor.apply(message(editor, {"do": "set", "value": 0, "burst": 1, **address}))
    assert editor.design == preset("article-1").design
    assert len(editor_data(editor)["refused"]) == 1


def test_the_number_of_unusable_texts_is_bounded(editor: Editor) -> None:
    """A browser could invent any number of fields."""
    sent = {"do": "set", "id": 0, "value": 0, "burst": 1}
    editor.apply(message(editor, *({**sent, "field": f"field {i}"} for i in range(1_000))))
    assert len(editor.invalid_fields) <= 200


def test_a_refusal_without_a_field_is_a_note(editor: Editor) -> None:
    """It stays until the next edit that is applied."""
    editor.apply(message(editor, {"do": "delete", "id": 99}))
    assert "no longer" in editor_data(editor)["note"]
    editor.apply(message(editor, {"do": "delete", "id": 0}))
    assert editor_data(editor)["note"] == ""


def test_an_edit_after_a_refused_one_is_applied(editor: Editor) -> None:
    """One mistake does not hold up the rest."""
    editor.apply(message(editor, {"do": "no such edit"}, {"do": "delete", "id": 0}))
    assert len(editor.design.layers) == 10


def test_opening_a_design_can_be_undone_like_an_edit(editor: Editor) -> None:
    """Opening a preset over unsaved work loses nothing."""
    editor.replace(preset("lenet-5").design, "open lenet-5")
    assert editor_data(editor)["undo"] == "open lenet-5"
    editor.apply(message(editor, {"do": "undo"}))
    assert editor.design == preset("article-1").design


def test_the_cards_say_what_the_summary_says(editor: Editor) -> None:
    """Shapes, written-out arithmetic and totals as published for the article."""
    data = editor_data(editor)
    assert data["totals"] == {"parameters": "121,930", "macs": "2,528,000", "weights": "488 kB"}
    first = data["rows"][0]
    assert (first["shape"], first["formula"], first["parameters"]) == ("32×26×26", "32 × (3×3×1) + 32", "320")
    assert first["macs"] == "194,688"


def test_a_card_says_which_pixels_its_numbers_depend_on(editor: Editor) -> None:
    """In words; a folded card has its settings in short."""
    rows = editor_data(editor)["rows"]
    assert rows[0]["seen"] == "Each number depends on 3×3 pixels."
    assert rows[7]["seen"] == "Each number depends on 26×26 pixels."
    assert [row["settings"] for row in rows[:3]] == ["32, 3×3", "", "2×2"]


def test_where_a_design_comes_from_is_said_until_the_next_edit(editor: Editor) -> None:
    """A notice of several sentences stays until it is closed: there is more to read."""
    editor.open(preset("lenet-5").design, "open lenet-5", "Opened lenet-5.")
    assert editor_data(editor)["notice"] == {"text": "Opened lenet-5.", "lasts": False}
    editor.open(preset("article-1").design, "open article-1", "Opened article-1.", "A remark.")
    assert editor_data(editor)["notice"] == {"text": "Opened article-1. A remark.", "lasts": True}
    editor.apply(message(editor, {"do": "delete", "id": editor.history.stack.ids[0]}))
    assert editor_data(editor)["notice"]["text"] == ""


def test_a_problem_is_shown_on_its_row_with_its_repairs(editor: Editor) -> None:
    """The rows below wait: their shapes are not known."""
    editor.apply(message(editor, {"do": "delete", "id": 6}))
    data = editor_data(editor)
    (problem,) = data["problems"]
    assert problem["id"] == 7
    assert problem["text"] == "Dense needs one long row of numbers, but gets 64 maps of 5×5."
    assert problem["repairs"][0] == {"repair": "flatten", "label": "insert Flatten (1,600 numbers)"}
    assert [row["shape"] for row in data["rows"][6:]] == ["", "", "", ""]


def test_everything_exchanged_is_json() -> None:
    """Streamlit would silently send the text of anything else."""
    assert json.loads(json.dumps(editor_data(Editor.of(Design())) | palette(), allow_nan=False))["rows"] == []


def test_the_palette_is_in_the_viewers_language() -> None:
    """It is built once per language, not once for all viewers."""
    english = palette()
    with speaking("pseudo"):
        assert palette()["kinds"]["Conv2d"]["title"].startswith("[Convolution")
    assert palette() == english


def test_the_palette_offers_every_kind() -> None:
    """A new kind needs no change in the editor."""
    offered = palette()
    assert list(offered["kinds"]) == list(KINDS)
    assert all(kind["family"] in offered["families"] for kind in offered["kinds"].values())


def test_a_block_shows_what_it_contains() -> None:
    """Branch by branch, with shapes and arithmetic; only the layers that a person put there can be edited."""
    editor = Editor.of(Design().with_layers((Conv2d(out_channels=16), Residual())))
    inside = editor_data(editor)["rows"][1]["inside"]
    assert [(part["branch"], part["kind"], part["index"]) for part in inside] == [
        ("inside", "Conv2d", 0),
        ("inside", "BatchNorm2d", 1),
        ("inside", "ReLU", 2),
        ("inside", "Conv2d", 3),
        ("inside", "BatchNorm2d", 4),
        ("projection", "Conv2d", None),
    ]
    assert inside[0]["formula"] == "32 × (3×3×16) = 4,608"
    assert inside[0]["shape"] == "32×26×26"


def test_a_block_that_cannot_work_still_shows_its_layers() -> None:
    """They are what has to be fixed."""
    editor = Editor.of(Design().with_layers((Flatten(), Residual())))
    assert len(editor_data(editor)["rows"][1]["inside"]) == 5


def test_a_refusal_inside_a_block_names_the_layer(editor: Editor) -> None:
    """By its position, so that the right field shows it."""
    editor = Editor.of(Design().with_layers((Conv2d(out_channels=16), Residual())))
    wanted = {"do": "set", "id": 3, "field": "out_channels", "value": 0, "burst": 1}
    editor.apply(message(editor, {"do": "inside", "id": 1, "edit": wanted}))
    (refused,) = editor_data(editor)["refused"]
    assert (refused["row"], refused["inside"], refused["field"]) == (1, 3, "out_channels")
    assert editor_data(editor)["note"] == ""


def test_a_warning_is_told_apart_from_a_problem(editor: Editor) -> None:
    """Two dense layers without an activation between them work, but are unwise."""
    editor.apply(message(editor, {"do": "delete", "id": 8}))
    data = editor_data(editor)
    assert data["problems"] == []
    assert "warning" in [advice["level"] for advice in data["advice"]]


def test_the_training_memory_follows_the_batch_size(editor: Editor) -> None:
    """The one in the Train page's form; unknown for a network that cannot be trained."""
    editor.config = TrainConfig(batch_size=1)
    small = editor_data(editor)["memory"]
    editor.config = TrainConfig(batch_size=512)
    large = editor_data(editor)["memory"]
    assert (small["title"], large["title"]) == (
        "Training memory, batches of 1",
        "Training memory, batches of 512",
    )
    assert small["text"] != large["text"]
    editor.apply(message(editor, {"do": "delete", "id": 6}))
    assert editor_data(editor)["memory"]["text"] == "—"


def test_the_editors_link_brings_the_design_back(editor: Editor) -> None:
    """And is remembered as one that this tab has seen."""
    value = editor_data(editor)["link"]["value"]
    assert link.decode(value)[0] == editor.design
    assert value in editor.links


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_040, "1.0 kB"), (487_720, "488 kB"), (200_000_000, "200 MB")],
)
def test_sizes(size: int, text: str) -> None:
    """In the unit that a person would choose."""
    assert size_text(size) == text
