"""Events as a session emits them, and runs with weights, without training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnnlab.design.design import Design
from cnnlab.layers import Flatten, Linear
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.events import events


@pytest.fixture
def small_design() -> Design:
    """For digits: one dense layer."""
    return Design(name="small").with_layers((Flatten(), Linear(out_features=10)))


@pytest.fixture
def run(store: RunStore, small_design: Design) -> Run:
    """A queued run."""
    return store.queue(small_design, "digits", make_config(epochs=3))


def started(step: int = 0, **other: Any) -> dict[str, Any]:
    """The first event: three epochs of ten batches."""
    return {
        "event": "started",
        "step": step,
        "epoch": step // 10 + 1,
        "batch": step % 10,
        "epochs": 3,
        "batches": 10,
        "batch_size": 64,
        "train_images": 640,
        "parameters": 7850,
        "device": "CPU, 1 thread",
        "precision": "float32",
        "ways": [],
        **other,
    }


def batches(step: int, *losses: float, batches: int = 10) -> dict[str, Any]:
    """Some batches starting at this step; each accuracy is a tenth of the loss."""
    return {
        "event": "batches",
        "epoch": (step - 1) // batches + 1,
        "batch": (step - 1) % batches + 1,
        "step": step,
        "loss": list(losses),
        "accuracy": [loss / 10 for loss in losses],
        "images_per_second": 128.0,
    }


def epoch(number: int, accuracy: float = 0.5, *, best: bool = True) -> dict[str, Any]:
    """The end of an epoch of ten batches."""
    return {
        "event": "epoch",
        "epoch": number,
        "step": 10 * number,
        "train_loss": 1.0,
        "train_accuracy": 0.4,
        "val_loss": 0.9,
        "val_accuracy": accuracy,
        "best": best,
        "seconds": 5.0 * number,
        "images_per_second": 128.0,
    }


KeepWeights = Callable[..., None]


@pytest.fixture
def keep_weights(store: RunStore) -> KeepWeights:
    """Write the weights of some epochs, each from its own seed, and record them."""

    def keep(run: Run, *epochs: int) -> None:
        for number in epochs:
            name = f"epoch-{number:04d}.safetensors"
            weights = build(run.design, seed=number).state_dict()
            sha256 = write_tensors(store.folder(run.id) / name, weights)
            body = {"event": "checkpoint", "epoch": number, "step": 10 * number, "val_accuracy": None}
            store.record(run.id, events(body | {"file": name, "sha256": sha256}))

    return keep
