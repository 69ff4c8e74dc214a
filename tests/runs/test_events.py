"""Events travel as JSON and come back as they were; what is damaged is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

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

EVENTS: list[Event] = [
    Started(3, 1, 3, 5, 10, 64, 640, 250, 251, 7850, lazy("CPU, {n} threads", n=2), "float32", ("bfloat16",)),
    Batches(1, 4, 4, [2.5, 2.25], [0.125, 0.5], 1000.0),
    Epoch(1, 10, 2.0, 0.25, 1.5, 0.5, [[3, 1], [0, 2]], True, 1.5, 900.0),
    Changed(1, 4, 10, {"learning_rate": 0.5}),
    Inspection(1, 4, [{"row": 0}], [], [[1]], [], None),
    Checkpoint(1, 10, 0.5, "epoch-0001.safetensors", "0" * 64),
    Finished(2, "early stopping", 1, 0.5, 0.5, 1.5, 3.0, 900.0),
    Download(10, 30),
    StateSaved(4, "state-00000004.safetensors", "0" * 64),
    Paused(lazy("The disk is full.")),
    Resumed(),
    Stopped(),
    Suspended(),
    Note("as it stands"),
    Failed(lazy("the loss became {loss}", loss="nan"), "diverged"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    """Through JSON, with its name first; a text goes on to be a text for whoever looks."""
    body = json.loads(json.dumps(to_dict(event)))
    assert next(iter(body)) == "event"
    assert read_event(body) == event


def test_what_an_older_lab_left_out_is_not_made_up() -> None:
    """Its runs have no validation figures by class, no numbers of images, and phrases for speed-ups."""
    started = to_dict(EVENTS[0])
    old = {name: value for name, value in started.items() if name not in ("val_images", "test_images")}
    read = read_event(old | {"ways": ["fused optimiser"]})
    assert isinstance(read, Started)
    assert (read.val_images, read.test_images, read.ways) == (0, 0, ("fused-optimizer",))
    epoch = {name: value for name, value in to_dict(EVENTS[2]).items() if name != "confusion"}
    assert read_event(epoch) == Epoch(1, 10, 2.0, 0.25, 1.5, 0.5, None, True, 1.5, 900.0)


def test_what_a_newer_lab_added_is_passed_over() -> None:
    """A field that is not known does no harm."""
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
    """A name that is not known, a field that is missing, a value of another type."""
    with pytest.raises(ValueError, match=r"."):
        read_event(body)
