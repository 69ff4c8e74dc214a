from __future__ import annotations

from dataclasses import replace

import pytest

from cnnlab.figures.verdict import Next, verdict, with_dropout
from cnnlab.presets import preset
from cnnlab.runs.records import EpochPoint
from tests.figures.runs import curves, epoch, run

IMPROVING = [epoch(1, val_accuracy=0.7, val_loss=0.9), epoch(2, val_accuracy=0.95, train_accuracy=0.96)]
OVER_FIT = [epoch(1, val_accuracy=0.9), epoch(2, val_accuracy=0.88, train_accuracy=0.99)]
LOSS_RISES = [epoch(1, val_loss=0.2), epoch(2, val_loss=0.4, train_accuracy=0.92, val_accuracy=0.9)]
STUCK = [epoch(1, val_accuracy=0.1, train_accuracy=0.11), epoch(2, val_accuracy=0.1, train_accuracy=0.1)]
WEAK = [epoch(1, val_accuracy=0.5, train_accuracy=0.4), epoch(2, val_accuracy=0.7, train_accuracy=0.65)]
LEVEL = [epoch(1, val_accuracy=0.97, train_accuracy=0.97), epoch(2, val_accuracy=0.965, train_accuracy=0.97)]


@pytest.mark.parametrize(
    ("epochs", "finding"),
    [
        (IMPROVING, "still getting better"),
        (OVER_FIT, "It over-fits"),
        (LOSS_RISES, "It over-fits"),
        (STUCK, "hardly does better than guessing"),
        (WEAK, "It under-fits, or is still learning"),
        (LEVEL, "It has learnt what it can: the best was epoch 1"),
        ([epoch(1)], "seen each picture once"),
    ],
)
def test_the_curves_are_read(epochs: list[EpochPoint], finding: str) -> None:
    """Each shape of curve has its finding, and something to try."""
    said = verdict(run("finished"), curves([0.5], epochs))
    assert finding in said.finding
    assert said.advice.startswith("Try")


def test_the_result_in_words_of_a_pupil() -> None:
    """Out of a thousand, beside what guessing would get."""
    finished = run("finished", progress=replace(run().progress, test_accuracy=0.9732))
    said = verdict(finished, curves([0.5], LEVEL))
    assert "it reads about 973 right (test accuracy 97.32 %). Guessing would get 10 %." in said.result


def test_a_run_that_was_stopped_has_no_test() -> None:
    """Then its best validation accuracy is told."""
    stopped = run("stopped", progress=replace(run().progress, best_val_accuracy=0.9))
    assert "best validation accuracy was 90.00 %" in verdict(stopped, curves([0.5], LEVEL)).result


def test_a_run_without_an_epoch_says_so() -> None:
    """No number is made up."""
    said = verdict(run("stopped"), curves([0.5]))
    assert said.result == "It ended before its first epoch was over, so there is no validation figure yet."
    assert said.finding == ""


@pytest.mark.parametrize(
    ("epochs", "offered"),
    [
        (IMPROVING, Next("10 more epochs", None, {"epochs": 10})),
        (STUCK, Next("Learning rate 0.0001", 0, {"learning_rate": 0.0001})),
        (LEVEL, Next("Learning rate 0.0001", 1, {"learning_rate": 0.0001})),
        (OVER_FIT, Next("Weight decay 0.001", 0, {"weight_decay": 0.001})),
    ],
)
def test_what_to_try_next_is_one_click(epochs: list[EpochPoint], offered: Next) -> None:
    """A fork from where it makes sense, under the setting that the advice names."""
    assert verdict(run("finished"), curves([0.5], epochs)).nexts == (offered,)


def test_a_run_that_diverged_goes_on_more_slowly() -> None:
    """From its last weights that were numbers."""
    said = verdict(run("failed", message="the loss became nan at step 7: training diverged"), curves([2.0]))
    assert "It diverged" in said.finding
    assert said.nexts == (Next("Learning rate 0.0001", None, {"learning_rate": 0.0001}),)


def test_dropout_comes_before_the_last_dense_layer() -> None:
    """Where an over-fitting network has none yet."""
    said = verdict(run("finished"), curves([0.5], OVER_FIT))
    assert said.dropout
    changed = with_dropout(preset("article-1").design)
    assert changed is not None
    kinds = [layer.kind for layer in changed.layers]
    assert kinds[kinds.index("Dropout") + 1 :].count("Linear") == 1
    assert not verdict(run("finished", design="article-5"), curves([0.5], OVER_FIT)).dropout
