"""What travels between the layer cards and Python: each edit once, in order, and never for another desk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cnnlab.convert import link
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.layers import KINDS, Conv2d, Flatten, Residual
from cnnlab.training.config import TrainConfig
from cnnlab.ui.build.editor import Desk
from cnnlab.ui.build.layer_stack import desk_data, palette, size_text


@pytest.fixture
def desk() -> Desk:
    """The articles' standard network, with rows 0 to 10."""
    return Desk.on(preset("article-1").design)


def message(desk: Desk, *edits: dict[str, Any]) -> dict[str, Any]:
    """What the browser sends: its edits, numbered from the first that is not done."""
    return {"desk": desk.token, "edits": [{"n": desk.done + n, **edit} for n, edit in enumerate(edits, 1)]}


def test_edits_are_done_in_order(desk: Desk) -> None:
    """Two that came together are both done."""
    desk.take(message(desk, {"do": "delete", "id": 0}, {"do": "delete", "id": 1}))
    assert [layer.kind for layer in desk.design.layers[:2]] == ["MaxPool2d", "Conv2d"]
    assert desk.done == 2


def test_an_edit_that_is_repeated_is_done_once(desk: Desk) -> None:
    """The browser repeats what was not answered; a rerun for another reason repeats it too."""
    sent = message(desk, {"do": "duplicate", "id": 0})
    desk.take(sent)
    desk.take(sent)
    assert len(desk.design.layers) == 12


def test_an_edit_for_another_desk_is_ignored(desk: Desk) -> None:
    """The server was started anew, or the tab: the rows it speaks of are not these."""
    desk.take({**message(desk, {"do": "delete", "id": 0}), "desk": "another"})
    assert desk.design == preset("article-1").design


@pytest.mark.parametrize(
    "nonsense", [None, 7, "undo", [], {}, {"edits": 3}, {"edits": [None, {"n": "1"}, {"n": True}]}]
)
def test_nonsense_is_ignored(desk: Desk, nonsense: Any) -> None:
    """A browser can send anything."""
    body = {"desk": desk.token, **nonsense} if isinstance(nonsense, dict) else nonsense
    desk.take(body)
    assert desk.design == preset("article-1").design


def test_a_refused_value_is_answered_on_its_field(desk: Desk) -> None:
    """The number of the edit tells the field whether the refusal is about what stands in it now."""
    desk.take(message(desk, {"do": "set", "id": 0, "field": "out_channels", "value": 0, "burst": 1}))
    (refused,) = desk_data(desk)["refused"]
    assert (refused["n"], refused["row"], refused["field"]) == (1, 0, "out_channels")
    assert "from 1 to 4,096" in refused["text"]
    assert desk_data(desk)["note"] == ""


def test_a_text_that_cannot_be_used_is_waited_for(desk: Desk) -> None:
    """Until it is mended, or its card goes; an undo brings the card back without it."""
    wrong = {"do": "set", "id": 0, "field": "out_channels", "value": 0, "burst": 1}
    desk.take(message(desk, wrong))
    assert desk_data(desk)["waits"]["id"] == 0
    desk.take(message(desk, {**wrong, "value": 16}))
    assert desk_data(desk)["waits"] == {"id": None, "text": ""}
    desk.take(message(desk, wrong, {"do": "delete", "id": 0}, {"do": "undo"}))
    assert desk.design.layers[0].kind == "Conv2d"
    assert desk_data(desk)["waits"]["text"] == ""


def test_what_is_waited_for_is_bounded(desk: Desk) -> None:
    """A browser can invent fields without end."""
    sent = {"do": "set", "id": 0, "value": 0, "burst": 1}
    desk.take(message(desk, *({**sent, "field": f"field {i}"} for i in range(1_000))))
    assert len(desk.unsettled) <= 200


def test_a_refusal_without_a_field_is_a_note(desk: Desk) -> None:
    """It stays until the next edit that is done."""
    desk.take(message(desk, {"do": "delete", "id": 99}))
    assert "no longer" in desk_data(desk)["note"]
    desk.take(message(desk, {"do": "delete", "id": 0}))
    assert desk_data(desk)["note"] == ""


def test_an_edit_after_a_refused_one_is_done(desk: Desk) -> None:
    """One mistake does not hold up the rest."""
    desk.take(message(desk, {"do": "no such edit"}, {"do": "delete", "id": 0}))
    assert len(desk.design.layers) == 10


def test_putting_a_design_is_undone_like_an_edit(desk: Desk) -> None:
    """A preset over unsaved work loses nothing."""
    desk.put(preset("lenet-5").design, "open lenet-5")
    assert desk_data(desk)["undo"] == "open lenet-5"
    desk.take(message(desk, {"do": "undo"}))
    assert desk.design == preset("article-1").design


def test_the_cards_say_what_the_summary_says(desk: Desk) -> None:
    """Shapes, written-out arithmetic and totals as published for the article."""
    data = desk_data(desk)
    assert data["totals"] == {"parameters": "121,930", "macs": "2,528,000", "weights": "488 kB"}
    first = data["rows"][0]
    assert (first["shape"], first["formula"], first["parameters"]) == ("32×26×26", "32 × (3×3×1) + 32", "320")
    assert first["macs"] == "194,688"


def test_a_problem_stands_at_its_row_with_its_repairs(desk: Desk) -> None:
    """The rows below wait: their shapes are not known."""
    desk.take(message(desk, {"do": "delete", "id": 6}))
    data = desk_data(desk)
    (problem,) = data["problems"]
    assert problem["id"] == 7
    assert problem["text"] == "Linear wants a flat vector but gets 64×5×5"
    assert problem["repairs"][0] == "insert Flatten (1600 values)"
    assert [row["shape"] for row in data["rows"][6:]] == ["", "", "", ""]


def test_everything_that_travels_is_json() -> None:
    """Streamlit would send the text of anything else, unseen."""
    assert json.loads(json.dumps(desk_data(Desk.on(Design())) | palette(), allow_nan=False))["rows"] == []


def test_the_palette_offers_every_kind() -> None:
    """A new kind needs no word in the editor."""
    offered = palette()
    assert list(offered["kinds"]) == list(KINDS)
    assert all(kind["family"] in offered["families"] for kind in offered["kinds"].values())


def test_a_block_tells_what_it_has_inside() -> None:
    """Branch after branch, with shapes and arithmetic; only the layers of one's own can be edited."""
    desk = Desk.on(Design().with_layers((Conv2d(out_channels=16), Residual())))
    inside = desk_data(desk)["rows"][1]["inside"]
    assert [(part["branch"], part["kind"], part["at"]) for part in inside] == [
        ("inside", "Conv2d", 0),
        ("inside", "BatchNorm2d", 1),
        ("inside", "ReLU", 2),
        ("inside", "Conv2d", 3),
        ("inside", "BatchNorm2d", 4),
        ("projection", "Conv2d", None),
    ]
    assert inside[0]["formula"] == "32 × (3×3×16) = 4608"
    assert inside[0]["shape"] == "32×26×26"


def test_a_block_that_cannot_work_still_shows_its_layers() -> None:
    """They are what has to be mended."""
    desk = Desk.on(Design().with_layers((Flatten(), Residual())))
    assert len(desk_data(desk)["rows"][1]["inside"]) == 5


def test_a_refusal_inside_of_a_block_names_the_layer(desk: Desk) -> None:
    """By its place, so that the right field says it."""
    desk = Desk.on(Design().with_layers((Conv2d(out_channels=16), Residual())))
    wish = {"do": "set", "id": 3, "field": "out_channels", "value": 0, "burst": 1}
    desk.take(message(desk, {"do": "inside", "id": 1, "edit": wish}))
    (refused,) = desk_data(desk)["refused"]
    assert (refused["row"], refused["inside"], refused["field"]) == (1, 3, "out_channels")
    assert desk_data(desk)["note"] == ""


def test_a_warning_is_told_apart_from_a_problem(desk: Desk) -> None:
    """Two dense layers without a bend between them work, and are unwise."""
    desk.take(message(desk, {"do": "delete", "id": 8}))
    data = desk_data(desk)
    assert data["problems"] == []
    assert "warning" in [advice["level"] for advice in data["advice"]]


def test_the_training_memory_follows_the_batch_size(desk: Desk) -> None:
    """That of the Train page's form; unknown for a network that cannot be trained."""
    desk.config = TrainConfig(batch_size=1)
    small = desk_data(desk)["memory"]
    desk.config = TrainConfig(batch_size=512)
    large = desk_data(desk)["memory"]
    assert (small["title"], large["title"]) == (
        "Training memory, batches of 1",
        "Training memory, batches of 512",
    )
    assert small["text"] != large["text"]
    desk.take(message(desk, {"do": "delete", "id": 6}))
    assert desk_data(desk)["memory"]["text"] == "—"


def test_the_link_of_the_desk_brings_the_design_back(desk: Desk) -> None:
    """And is remembered as one that this tab has had."""
    value = desk_data(desk)["link"]["value"]
    assert link.decode(value)[0] == desk.design
    assert value in desk.links


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_040, "1.0 kB"), (487_720, "488 kB"), (200_000_000, "200 MB")],
)
def test_sizes(size: int, text: str) -> None:
    """In the unit that a person would choose."""
    assert size_text(size) == text
