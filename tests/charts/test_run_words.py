from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cnnlab.charts.run_words import (
    SPEEDUPS,
    Metric,
    accuracy_metric,
    duration,
    headline,
    metrics,
    percent,
    shapes_text,
    share_done,
    state_text,
)
from cnnlab.design.presets import preset
from cnnlab.runs.records import Flag, Progress
from cnnlab.training.config import TrainConfig
from tests.charts.runs import epoch, run


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state": "running"}, "Epoch 2 of 5, batch 3 of 10"),
        ({"state": "running", "command": "pause"}, "Pausing…"),
        ({"state": "running", "command": "change"}, "Changing its settings…"),
        ({"state": "queued", "command": "change", "position": 1}, "Next in the queue"),
        ({"state": "running", "progress": Progress()}, "Getting ready: loading the pictures"),
        (
            {"state": "running", "progress": Progress(download=(4_200_000, 11_594_722))},
            "Downloading the pictures, 4.2 of 11.6 MB",
        ),
        (
            {"state": "running", "progress": Progress(download=(1_000_000, 0))},
            "Downloading the pictures, 1.0 MB",
        ),
        (
            {"state": "running", "progress": Progress(epoch=5, epochs=5, batch=10, batches=10, step=50)},
            "Measuring on pictures that it has never seen",
        ),
        ({"state": "queued", "position": 1}, "Next in the queue"),
        ({"state": "queued", "position": 3}, "Number 3 in the queue"),
        ({"state": "paused"}, "Epoch 2 of 5, batch 3 of 10"),
        ({"state": "failed", "progress": Progress()}, "Before the first batch"),
        ({"state": "finished", "progress": Progress(epoch=1, epochs=1, seconds=0.42)}, "1 epoch in 0.4 s"),
        (
            {"state": "finished", "progress": Progress(epoch=4, epochs=60, best_val_accuracy=0.95, seconds=2)}
            | {"config": TrainConfig(epochs=60, target_accuracy=0.95)},
            "4 of 60 epochs in 2.0 s: reached 95 % validation accuracy, as you asked",
        ),
        (
            {"state": "finished", "progress": Progress(epoch=7, epochs=60, best_val_accuracy=0.9, seconds=20)}
            | {"config": TrainConfig(epochs=60, patience=3, target_accuracy=0.95)},
            "7 of 60 epochs in 20 s: 3 epochs without improvement ended it, as you asked",
        ),
        (
            {"state": "failed", "message": "the loss became nan in batch 7: training diverged."},
            "Epoch 2 of 5, batch 3 of 10: its numbers grew beyond all bounds",
        ),
    ],
)
def test_the_state_as_text(changes: dict[str, Any], text: str) -> None:
    """Every state says how far the run is."""
    assert state_text(run(**changes)) == text


def test_a_queued_run_says_what_it_waits_for() -> None:
    """By the name of the run ahead."""
    assert state_text(run("queued", position=1), "lenet") == "Next in the queue: waiting for “lenet”"


def test_how_much_is_done() -> None:
    """First of the download, then of all batches."""
    assert share_done(run()) == 13 / 50
    assert share_done(run(progress=Progress(download=(1, 4)))) == 0.25
    assert share_done(run(progress=Progress(download=(1, 0)))) == 0.0
    assert share_done(run(progress=Progress())) == 0.0


def test_the_headline_names_network_data_and_settings() -> None:
    """With the article's published number of parameters."""
    line = headline(run(), "Digits")
    assert line == (
        "article-1 (121,930 parameters) · Digits · Adam, learning rate 0.001 · batch size 64 · seed 0"
    )


def test_the_headline_follows_changes() -> None:
    """It names the current settings."""
    line = headline(run(), "Digits", [Flag(7, {"learning_rate": 0.0003}), Flag(9, {"batch_size": 16})])
    assert "learning rate 0.0003 · batch size 16" in line


def test_speedups_are_counted_next_to_the_precision() -> None:
    """All speed-ups that have an explanation."""
    progress = replace(run().progress, precision="bfloat16", ways=tuple(SPEEDUPS))
    (device,) = [each for each in metrics(run(progress=progress), (None, None)) if each.name == "Device"]
    assert device.remark == "bfloat16, 7 speed-ups"


def test_metrics_have_their_digits() -> None:
    """Losses have four decimals, accuracies two, unknown values a dash; time left follows from the speed."""
    progress = replace(
        run().progress,
        val_loss=0.12345,
        val_accuracy=0.98765,
        images_per_second=640.0,
        device="CPU, 1 thread",
    )
    shown = {figure.name: figure.value for figure in metrics(run(progress=progress), (0.5, 97.126))}
    assert shown == {
        "Training loss": "0.5000",
        "Training accuracy": "97.13 %",
        "Validation loss": "0.1235",
        "Best so far": "–",
        "Test accuracy": "–",
        "Speed": "640",
        "Time left": "4 s",
        "Device": "CPU, 1 thread",
    }


def test_the_number_that_counts() -> None:
    """The validation accuracy, with its number of pictures; a dash before the first epoch is done."""
    progress = replace(run().progress, val_accuracy=0.98765, val_images=5_000)
    assert accuracy_metric(run(progress=progress)) == Metric(
        "Validation accuracy", "98.77 %", "of 5,000 pictures"
    )
    assert accuracy_metric(run()).value == "–"


def test_a_paused_run_names_the_one_that_trains_instead() -> None:
    """Pausing gives its place to the queue."""
    text = state_text(run("paused"), instead="lenet")
    assert text.endswith("; “lenet” has its place and is training")


def test_a_finished_run_shows_its_test_accuracy() -> None:
    """It also shows how long it took, in place of the time left."""
    progress = replace(run().progress, test_accuracy=0.9, images_per_second=640.0, seconds=75.0)
    shown = {
        figure.name: figure.value for figure in metrics(run("finished", progress=progress), (None, None))
    }
    assert shown["Test accuracy"] == "90.00 %"
    assert shown["Training took"] == "1 min 15 s"
    assert "Time left" not in shown


def test_a_run_that_has_ended_shows_its_last_epoch() -> None:
    """The training accuracy is that of its summary, and the others name their number of pictures."""
    progress = replace(run().progress, val_accuracy=0.9, val_images=250, test_accuracy=0.88, test_images=251)
    last = epoch(4, train_loss=218.592, train_accuracy=0.7934)
    shown = {each.name: each for each in metrics(run("finished", progress=progress), (0.5, 83.96), last)}
    assert (shown["Training accuracy"].value, shown["Training loss"].value) == ("79.34 %", "218.6")
    assert shown["Training accuracy"].remark == "while learning in epoch 4"
    assert shown["Validation loss"].remark == "of 250 pictures"
    assert shown["Test accuracy"].remark == "251 pictures never seen"
    still = {each.name: each for each in metrics(run(progress=progress), (0.5, 83.96), last)}
    assert still["Training accuracy"].value == "83.96 %"


def test_before_the_first_batch_there_are_dashes() -> None:
    """Nothing is invented, and each number has its place: none comes later and pushes others aside."""
    waiting = metrics(run("queued", progress=Progress()), (None, None))
    assert {each.value for each in waiting} == {"–"}
    progress = replace(run().progress, images_per_second=640.0, val_accuracy=0.9, device="CPU")
    training = metrics(run(progress=progress), (0.5, 97.0))
    assert [each.name for each in training] == [each.name for each in waiting]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (0.01, "under 0.1 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (4800, "1 h 20 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """As people say them."""
    assert duration(seconds) == text


def test_percentages_and_shapes() -> None:
    """Percent with two decimals; input shape and number of classes."""
    assert percent(0.984) == "98.40 %"
    assert shapes_text(preset("tiny-vgg").design) == "3×64×64 → 10 classes"
