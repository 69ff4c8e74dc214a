from __future__ import annotations

from typing import Any

from cnnlab.runs.records import Progress
from tests.events import event


def batches(epoch: int, batch: int) -> dict[str, Any]:
    """A bundle of one batch."""
    figures = {"loss": [0.5], "accuracy": [0.9], "images_per_second": 1.0}
    return {"event": "batches", "epoch": epoch, "batch": batch, "step": 100, **figures}


def test_a_changed_batch_size_applies_from_the_change_on() -> None:
    """The current epoch has batches of both sizes; the next one has only the new size."""
    before = Progress(epoch=1, epochs=3, batch=50, batches=100, batch_size=10, train_images=1_000)
    changed = before.after(event({"event": "changed", "batches": 75, "settings": {"batch_size": 20}}))
    assert (changed.batches, changed.batch_size) == (75, 20)
    assert changed.after(event(batches(1, 51))).batches == 75
    assert changed.after(event(batches(2, 1))).batches == 50
    assert changed.after(event(batches(2, 1))).after(event(batches(2, 2))).batches == 50


def test_a_resumed_run_knows_its_position_at_once() -> None:
    """The batch size had changed: step 60 is the third epoch's tenth batch, which no division can tell."""
    body = {"event": "started", "step": 60, "epoch": 3, "batch": 10, "epochs": 9, "batches": 50}
    body |= {"batch_size": 20, "train_images": 1_000, "device": "CPU", "precision": "float32"}
    found = Progress().after(event(body))
    assert (found.step, found.epoch, found.batch, found.batches, found.batch_size) == (60, 3, 10, 50, 20)


def test_a_last_batch_of_one_picture_is_left_out() -> None:
    """As in training itself: 1,001 pictures in batches of 20 are 50 batches."""
    progress = Progress(epoch=1, epochs=3, batch=50, batches=50, batch_size=20, train_images=1_001)
    assert progress.after(event(batches(2, 1))).batches == 50


STARTED = {"event": "started", "step": 0, "epoch": 1, "batch": 0, "epochs": 60, "batches": 10}
STARTED |= {"batch_size": 64, "train_images": 640, "device": "CPU", "precision": "float32"}
FINISHED = {"event": "finished", "epochs": 4, "reason": "target reached", "test_accuracy": 0.9}
FINISHED |= {"seconds": 1.0, "images_per_second": 1.0}
EPOCH = {"event": "epoch", "epoch": 1, "train_loss": 0.3, "train_accuracy": 0.9, "val_loss": 0.3}
EPOCH |= {"val_accuracy": 0.9, "seconds": 1.0, "images_per_second": 1.0, "best": True}


def test_the_reason_is_stored_and_cleared_on_resuming() -> None:
    """A resumed run has not ended."""
    ended = Progress().after(event(STARTED)).after(event(FINISHED))
    assert (ended.reason, ended.epoch, ended.epochs) == ("target reached", 4, 60)
    failed = ended.after(event({"event": "failed", "message": "the loss became nan", "reason": "diverged"}))
    assert failed.reason == "diverged"
    assert failed.after(event(STARTED)).reason == ""


def test_the_numbers_of_validation_and_test_pictures() -> None:
    """As in the event; older labs left them out, and nothing is invented."""
    progress = Progress().after(event(STARTED | {"val_images": 250, "test_images": 251}))
    assert (progress.val_images, progress.test_images) == (250, 251)
    assert (Progress().after(event(STARTED)).val_images, Progress().after(event(STARTED)).test_images) == (
        0,
        0,
    )


def test_whether_it_guesses_is_decided_by_the_best_epoch() -> None:
    """A worse epoch changes nothing; in runs of older labs it is unknown."""
    diagonal, column = [[50, 0], [0, 50]], [[50, 0], [50, 0]]
    assert Progress().after(event(EPOCH | {"confusion": column})).guesses
    best = Progress().after(event(EPOCH | {"confusion": diagonal}))
    assert best.guesses is False
    assert best.after(event(EPOCH | {"confusion": column, "best": False})).guesses is False
    assert Progress().after(event(EPOCH)).guesses is None
