"""Events as a session emits them, with defaults for the fields a test does not care about."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from cnnlab.design.address import LayerAddress
from cnnlab.runs.events import Event, Inspection, read_event
from cnnlab.training.events import DeadUnits, Histogram, MovedFilter, SingleBatch, WeightStep

_USUAL: dict[str, dict[str, Any]] = {
    "started": {
        **{"step": 0, "epoch": 1, "batch": 0, "epochs": 3, "batches": 10, "batch_size": 64},
        **{"train_images": 640, "parameters": 7850, "device": "CPU, 1 thread", "precision": "float32"},
    },
    "batches": {"epoch": 1, "batch": 1, "images_per_second": 1.0},
    "epoch": {
        **{"step": 10, "train_loss": 1.0, "train_accuracy": 0.4, "val_loss": 0.9, "val_accuracy": 0.5},
        **{"best": True, "seconds": 5.0, "images_per_second": 128.0},
    },
    "changed": {"epoch": 1, "step": 1, "batches": 10},
    "checkpoint": {"val_accuracy": None},
    "finished": {
        **{"best_epoch": 1, "val_accuracy": 0.5, "test_accuracy": 0.5, "test_loss": 1.0},
        **{"seconds": 1.0, "images_per_second": 1.0},
    },
    "inspection": {"epoch": 1, "step": 1, "layers": [], "dead": [], "confusion": [], "samples": []},
}


def event(body: dict[str, Any]) -> Event:
    """The event for an object that may leave out fields with defaults."""
    return read_event(_USUAL.get(body["event"], {}) | body)


def events(*bodies: dict[str, Any]) -> list[Event]:
    """The events for several such objects."""
    return [event(body) for body in bodies]


def inspection(**fields: Any) -> Inspection:
    """An inspection with these fields."""
    made = event({"event": "inspection"})
    assert isinstance(made, Inspection)
    return replace(made, **fields)


def weight_step(row: int, gradient_norm: float = 1.0) -> WeightStep:
    """A healthy step of a row's weights."""
    return WeightStep(LayerAddress(row), gradient_norm, 0.001, Histogram(-1.0, 1.0, [3, 4]))


def dead_units(row: int, share: float) -> DeadUnits:
    """The share of dead units in a row's ReLUs."""
    return DeadUnits(LayerAddress(row), share)


def single_batch(step: int, labels: list[int] | None = None) -> SingleBatch:
    """A single step on black pictures of 2×3: each was answered with 1 before it, and rightly after it."""
    shown = [0, 1] if labels is None else labels
    count = len(shown)
    return SingleBatch(
        epoch=1,
        batch=step,
        step=step,
        size=count,
        pictures=base64.b64encode(bytes(6 * count)).decode(),
        shape=[count, 1, 2, 3],
        labels=shown,
        answers_before=[1] * count,
        answers_after=shown,
        chances_before=[0.25] * count,
        chances_after=[0.5] * count,
        right_before=shown.count(1),
        right_after=count,
        loss_before=2.5,
        loss_after=0.5,
        layers=[weight_step(0)],
        filter_shape=[1, 1, 2],
        moved_filters=[MovedFilter(3, [0.5, -0.5], [0.25, -0.25])],
    )
