"""Runs and curves as the store would return them, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnnlab.data import DataDescription
from cnnlab.design.presets import preset
from cnnlab.runs.records import Curves, EpochPoint, Progress, Run, StoredEvent
from cnnlab.training.config import TrainConfig
from tests.catalogue import catalogue
from tests.events import event

BATCHES = 10  # per epoch


def run(state: Any = "running", *, design: str = "article-1", **changes: Any) -> Run:
    """A run in this state, a quarter into its second epoch of five."""
    progress = Progress(epoch=2, epochs=5, batch=3, batches=BATCHES, step=13, batch_size=64, train_images=640)
    known = replace(_bare(state, design), progress=progress)
    return replace(known, **changes)


def _bare(state: Any, design: str) -> Run:
    return Run(
        id="id",
        name="my run",
        design=preset(design).design,
        data="digits",
        config=TrainConfig(),
        state=state,
        message="",
        command=None,
        trained_by="lab",
        created_at=0.0,
        started_at=None,
        ended_at=None,
        progress=Progress(),
        position=0,
        parent=None,
        parent_epoch=None,
        race=None,
        described=DataDescription.of(catalogue().describe("digits")),
    )


def started(step: int, seq: int) -> StoredEvent:
    """The run starts or continues after this step."""
    return StoredEvent(seq, event({"event": "started", "step": step}))


def batches(first_step: int, losses: list[float], seq: int) -> StoredEvent:
    """One bundle of batches; accuracy is one minus loss."""
    accuracy = [1 - loss for loss in losses]
    body = {"event": "batches", "step": first_step, "loss": losses, "accuracy": accuracy}
    return StoredEvent(seq, event(body))


def curves(losses: list[float], epochs: list[EpochPoint] | None = None, *, seq: int = 1) -> Curves:
    """Batches from step 1 on, and the results of epochs."""
    return replace(Curves().extended([batches(1, losses, seq)]), epochs=epochs or [])


def epoch(number: int, **figures: float) -> EpochPoint:
    """An epoch with average results, except for the given ones."""
    usual: dict[str, Any] = {"train_loss": 0.5, "train_accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.9}
    usual["seconds"] = 1.0
    return EpochPoint(epoch=number, step=number * BATCHES, **(usual | figures))
