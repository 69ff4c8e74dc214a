"""The questions of the networks that are bad on purpose, and what counts as an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnnlab.charts.puzzle import Puzzle, puzzle
from cnnlab.design.presets import preset
from cnnlab.layers import ReLU, Sigmoid
from cnnlab.runs.records import Run
from cnnlab.training.config import TrainConfig, make_config
from tests.charts.runs import run

VANISHING = preset("vanishing")


def ended(accuracy: float | None, name: str = "a run", pictures: int = 5_000, **changes: Any) -> Run:
    """A finished run of the vanishing network with this best validation accuracy."""
    progress = replace(run().progress, best_val_accuracy=accuracy, val_images=pictures)
    return run("finished", design="vanishing", name=name, progress=progress, **changes)


def mended() -> Any:
    """The network with ReLUs in place of its sigmoids."""
    layers = tuple(ReLU() if isinstance(layer, Sigmoid) else layer for layer in VANISHING.layers)
    return VANISHING.design.with_layers(layers)


def test_other_networks_have_no_question() -> None:
    """Only those that fail on purpose."""
    assert puzzle(run(), [run()]) is None


def test_the_question_stays_until_something_reads_better() -> None:
    """More epochs or another seed are no answer, nor is a change that reads no better."""
    bad, again = ended(0.11), ended(0.3, config=TrainConfig(epochs=30, seed=4))
    assert puzzle(bad, [bad]) == Puzzle(str(VANISHING.about))
    assert puzzle(bad, [bad, again]) == Puzzle(str(VANISHING.about))
    worse = replace(ended(0.1), design=mended())
    assert puzzle(worse, [bad, worse]) == Puzzle(str(VANISHING.about))


def test_a_better_network_is_the_answer() -> None:
    """With both numbers, whichever of the two runs is watched."""
    bad, good = ended(0.11, "bad"), replace(ended(0.985, "good"), design=mended())
    text = "Solved: “good” reads 98.50 % of the validation pictures correctly, “bad” 11.00 %."
    for watched in (bad, good):
        found = puzzle(watched, [good, bad])
        assert found is not None
        assert found.solved == text


def test_a_better_setting_is_an_answer_too() -> None:
    """The network that diverged measured nothing in its first epoch: whatever reads is better."""
    settings = preset("diverging").training
    bad = replace(ended(None, "bad"), design=preset("diverging").design, config=make_config(**settings))
    good = replace(bad, name="good", config=make_config(**{**settings, "learning_rate": 0.01}))
    good = replace(good, progress=replace(good.progress, best_val_accuracy=0.97))
    found = puzzle(good, [good, bad])
    assert found is not None
    assert found.solved.startswith("Solved: “good” reads 97.00 %")


def test_a_difference_of_a_few_pictures_may_be_luck() -> None:
    """It is an answer, and says that."""
    bad, good = ended(0.964, pictures=250), replace(ended(0.972, pictures=250), design=mended())
    found = puzzle(good, [good, bad])
    assert found is not None
    assert found.solved.endswith("it may also be luck.")


def test_runs_on_other_data_and_unfinished_ones_do_not_count() -> None:
    """Their accuracies cannot be compared."""
    bad, good = ended(0.11), replace(ended(0.985), design=mended())
    question = Puzzle(str(VANISHING.about))
    assert puzzle(bad, [bad, replace(good, data="mnist")]) == question
    assert puzzle(bad, [bad, replace(good, state="running")]) == question
