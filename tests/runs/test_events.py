"""Events survive a round trip through JSON; damaged ones are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cnnlab.design.address import LayerAddress
from cnnlab.language import lazy
from cnnlab.runs.events import (
    Batches,
    Changed,
    Checkpoint,
    Download,
    Epoch,
    Event,
    Failed,
    Finished,
    Inspection,
    Note,
    Paused,
    Resumed,
    Started,
    StateSaved,
    Stopped,
    Suspended,
    read_event,
    to_dict,
)
from cnnlab.training.events import DeadUnits, FirstFilters, Histogram, SampleAnswer, WeightStep
from tests.events import single_batch

INSPECTION = Inspection(
    epoch=1,
    step=4,
    layers=[
        WeightStep(LayerAddress(0), 0.5, 0.001, Histogram(-1.0, 1.5, [1, 0, 2])),
        WeightStep(LayerAddress(2, 0, 1), 0.25, 0.002, Histogram(0.0, 0.0, [0])),
    ],
    dead=[DeadUnits(LayerAddress(1), 0.125)],
    confusion=[[1]],
    samples=[SampleAnswer(7, 3, [[3, 0.75], [1, 0.25]])],
    filters=FirstFilters(LayerAddress(0), [1, 1, 1, 2], [0.5, -0.5]),
)
EVENTS: list[Event] = [
    Started(3, 1, 3, 5, 10, 64, 640, 250, 251, 7850, lazy("CPU, {n} threads", n=2), "float32", ("bfloat16",)),
    Batches(1, 4, 4, [2.5, 2.25], [0.125, 0.5], 1000.0, 0.25),
    Epoch(1, 10, 2.0, 0.25, 1.5, 0.5, [[3, 1], [0, 2]], True, 1.5, 900.0),
    Changed(1, 4, 10, {"learning_rate": 0.5}),
    single_batch(1),
    INSPECTION,
    Checkpoint(1, 10, 0.5, "epoch-0001.safetensors", "0" * 64),
    Finished(2, "early stopping", 1, 0.5, 0.5, 1.5, 3.0, 900.0),
    Download(10, 30),
    StateSaved(4, "state-00000004.safetensors", "0" * 64),
    Paused(lazy("The disk is full.")),
    Resumed(),
    Stopped(),
    Suspended(),
    Note("plain text"),
    Failed(lazy("the loss became {loss}", loss="nan"), "diverged"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_an_event_survives_a_round_trip(event: Event) -> None:
    """Through JSON, with its name first; texts stay translatable."""
    body = json.loads(json.dumps(to_dict(event)))
    assert next(iter(body)) == "event"
    assert read_event(body) == event


def test_rows_of_an_older_lab_are_addresses() -> None:
    """Its inspections number the rows of a design."""
    body = json.loads(json.dumps(to_dict(INSPECTION)))
    for part in (*body["layers"], *body["dead"], body["filters"]):
        part["row"] = int(part.pop("address")[0])
    old = read_event(body)
    assert isinstance(old, Inspection)
    assert [step.address for step in old.layers] == [LayerAddress(0), LayerAddress(2)]
    assert old.dead == INSPECTION.dead
    assert old.filters == INSPECTION.filters


@pytest.mark.parametrize(
    "part",
    [
        {"layers": [{"address": "0"}]},
        {"layers": ["0"]},
        {"layers": [{"row": -1, "gradient_norm": 1.0, "update_ratio": 1.0, "histogram": None}]},
        {"dead": [{"address": "0.1", "share": 0.5}]},
        {"dead": [{"address": "0", "share": "half"}]},
        {"filters": [1, 2]},
    ],
)
def test_a_damaged_part_is_refused(part: dict[str, Any]) -> None:
    """As a damaged event is."""
    with pytest.raises(ValueError, match=r"not an event|not the address"):
        read_event(to_dict(INSPECTION) | part)


def test_what_an_older_lab_did_not_write_is_not_invented() -> None:
    """Its runs have no confusion matrices, no picture counts, and phrases for speed-ups."""
    started = to_dict(EVENTS[0])
    old = {name: value for name, value in started.items() if name not in ("val_images", "test_images")}
    read = read_event(old | {"ways": ["fused optimiser"]})
    assert isinstance(read, Started)
    assert (read.val_images, read.test_images, read.ways) == (0, 0, ("fused-optimizer",))
    epoch = {name: value for name, value in to_dict(EVENTS[2]).items() if name != "confusion"}
    assert read_event(epoch) == Epoch(1, 10, 2.0, 0.25, 1.5, 0.5, None, True, 1.5, 900.0)


def test_what_a_newer_lab_added_is_ignored() -> None:
    """An unknown field does no harm."""
    assert read_event({"event": "resumed", "mood": "good"}) == Resumed()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "resumed",
        {},
        {"event": "unheard of"},
        {"event": ["resumed"]},
        {"event": "download", "done": 1},
        {"event": "download", "done": "1", "total": 2},
        {"event": "state", "step": 1.5, "file": "f", "sha256": ""},
    ],
)
def test_anything_else_is_refused(body: Any) -> None:
    """An unknown name, a missing field, a value of a wrong type."""
    with pytest.raises(ValueError, match=r"."):
        read_event(body)
