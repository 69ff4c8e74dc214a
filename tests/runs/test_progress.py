from __future__ import annotations

from typing import Any

from cnnlab.runs.records import Progress


def batches(epoch: int, batch: int) -> dict[str, Any]:
    """A bundle of one batch."""
    figures = {"loss": [0.5], "accuracy": [0.9], "images_per_second": 1.0}
    return {"event": "batches", "epoch": epoch, "batch": batch, "step": 100, **figures}


def test_a_changed_batch_size_counts_from_the_change_on() -> None:
    """Its own epoch has batches of both sizes; the next one has the new size alone."""
    before = Progress(epoch=1, epochs=3, batch=50, batches=100, batch_size=10, train_images=1_000)
    changed = before.after({"event": "changed", "batches": 75, "settings": {"batch_size": 20}})
    assert (changed.batches, changed.batch_size) == (75, 20)
    assert changed.after(batches(1, 51)).batches == 75
    assert changed.after(batches(2, 1)).batches == 50
    assert changed.after(batches(2, 1)).after(batches(2, 2)).batches == 50


def test_a_resumed_run_says_at_once_where_it_is() -> None:
    """The batch size changed under way: step 60 is the third epoch's tenth batch, which no division tells."""
    body = {"event": "started", "step": 60, "epoch": 3, "batch": 10, "epochs": 9, "batches": 50}
    body |= {"batch_size": 20, "train_images": 1_000, "device": "CPU", "precision": "float32"}
    found = Progress().after(body)
    assert (found.step, found.epoch, found.batch, found.batches, found.batch_size) == (60, 3, 10, 50, 20)


def test_a_last_batch_of_one_picture_is_left_out() -> None:
    """As in training itself: 1,001 pictures in batches of 20 are 50 batches."""
    progress = Progress(epoch=1, epochs=3, batch=50, batches=50, batch_size=20, train_images=1_001)
    assert progress.after(batches(2, 1)).batches == 50
