"""Reviews of runs: a table of situations made by hand, and networks that are really trained."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cnnlab.charts.review_case import RunReview, Suggestion
from cnnlab.charts.run_review import review, with_dropout
from cnnlab.design.presets import preset
from cnnlab.engine.job import Job, Order
from cnnlab.engine.session import Session
from cnnlab.ground.home import Folders
from cnnlab.runs import journal
from cnnlab.runs.endings import ending
from cnnlab.runs.events import Inspection
from cnnlab.runs.records import Curves, EpochPoint, Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig, make_config
from tests.charts.runs import curves, epoch, run
from tests.events import dead_units, inspection, weight_step

MANY, FEW = 5_000, 250  # pictures in validation


@dataclass(frozen=True)
class Situation:
    """A run that has ended, and what its review should say."""

    epochs: list[EpochPoint]
    says: list[str]
    never: list[str] = field(default_factory=list)
    pictures: int = MANY
    settings: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    inspection: Inspection | None = None
    state: str = "finished"
    message: str = ""
    tone: str = "good"
    parent: list[EpochPoint] | None = None
    began_at: float | None = None


def answers(point: EpochPoint, confusion: list[list[int]]) -> EpochPoint:
    return replace(point, confusion=confusion)


def two(first: dict[str, float], second: dict[str, float]) -> list[EpochPoint]:
    return [epoch(1, **first), epoch(2, **second)]


FALLING = two({"train_loss": 0.9, "val_accuracy": 0.90}, {"train_loss": 0.4, "val_accuracy": 0.95})
LEVEL = two({"train_loss": 0.40, "val_accuracy": 0.97}, {"train_loss": 0.399, "val_accuracy": 0.97})
STUCK = two(
    {"train_loss": 2.3, "train_accuracy": 0.1, "val_accuracy": 0.1, "val_loss": 2.3},
    {"train_loss": 2.3, "train_accuracy": 0.11, "val_accuracy": 0.1, "val_loss": 2.3},
)
FADED = inspection(layers=[weight_step(0, 4.3e-10), weight_step(19, 0.768)])
FIVES = inspection(confusion=[[0, 0, 9], [0, 0, 8], [0, 0, 11]])
SMALLER = "smaller learning rate"
SITUATIONS: dict[str, Situation] = {
    "still learning": Situation(FALLING, ["still learning", "from 0.9000 to 0.4000", "few more epochs"]),
    "a tie, and the loss still falls": Situation(
        two({"train_loss": 0.9, "val_accuracy": 0.94}, {"train_loss": 0.5, "val_accuracy": 0.94}),
        ["still learning"],
        ["learned what it can", "leveled off", "smaller steps"],
    ),
    "a hair below its best, on few pictures": Situation(
        two({"train_loss": 0.9, "val_accuracy": 0.944}, {"train_loss": 0.5, "val_accuracy": 0.936}),
        ["still learning"],
        ["worse"],
        FEW,
    ),
    "leveled off": Situation(LEVEL, ["leveled off", "5,000 validation pictures can show"]),
    "past its best by more than luck": Situation(
        two({"val_accuracy": 0.986}, {"val_accuracy": 0.95}),
        ["best after epoch 1 (98.60 %)", "more than luck explains"],
        tone="warning",
    ),
    "one epoch": Situation([epoch(1)], ["too little to judge"]),
    "8 of 250 pictures are not overfitting": Situation(
        two({"train_loss": 0.5}, {"train_loss": 0.2, "train_accuracy": 0.975, "val_accuracy": 0.944}),
        ["still learning"],
        ["overfits"],
        FEW,
    ),
    "the same gap on 5,000 pictures is": Situation(
        two({"train_loss": 0.5}, {"train_loss": 0.2, "train_accuracy": 0.975, "val_accuracy": 0.944}),
        ["It overfits", "97.50 %", "94.4 %, give or take 0.6", "weight decay"],
        tone="warning",
    ),
    "far overfitted on few": Situation(
        two({"val_loss": 0.3}, {"train_accuracy": 1.0, "val_accuracy": 0.85, "val_loss": 0.6}),
        ["It overfits", "lowest in epoch 1"],
        pictures=FEW,
        tone="warning",
    ),
    "vanishing gradients": Situation(
        STUCK,
        ["gradients vanish", "0.7680 in row 20, but 4.3 × 10⁻¹⁰ in row 1", "Try ReLU", "batch normalization"],
        ["Try a smaller", "Try more epochs"],
        inspection=FADED,
        tone="warning",
    ),
    "one answer to everything": Situation(
        STUCK, ["answers 2 to everything"], inspection=FIVES, tone="warning"
    ),
    "dead units": Situation(
        STUCK,
        ["97.00 % of the ReLU units in row 3", "dead", SMALLER],
        inspection=inspection(dead=[dead_units(2, 0.97)]),
        tone="warning",
    ),
    "rate far too high": Situation(
        STUCK, ["unusually high", "smaller one"], settings={"learning_rate": 1.0}, tone="warning"
    ),
    "rate far too low": Situation(
        STUCK, ["unusually low", "usual one"], ["smaller"], settings={"learning_rate": 1e-6}, tone="warning"
    ),
    "no cause is measured": Situation(
        STUCK, ["no better than guessing", "more epochs first"], tone="warning"
    ),
    "zeros": Situation(
        STUCK,
        ["began as 0", "stay alike", "initial weights"],
        [SMALLER],
        settings={"initialization": "zeros"},
        tone="warning",
    ),
    "random labels": Situation(
        two({"train_accuracy": 0.3, "val_accuracy": 0.1}, {"train_accuracy": 0.98, "val_accuracy": 0.11}),
        ["memorized", "labels are right"],
        [SMALLER],
        tone="warning",
    ),
    "a loss of 23,239": Situation(
        two({}, {"train_loss": 23_239.1308, "val_loss": 9_000, "val_accuracy": 0.3}),
        ["blew up", "23,239,", "much smaller learning rate"],
        ["leveled", "still learning"],
        settings={"learning_rate": 100.0},
        progress={"train_loss": 23_239.1308, "val_loss": 9_000.0},
        tone="bad",
    ),
    "under-fitted": Situation(
        two({"train_loss": 1.0, "train_accuracy": 0.7}, {"train_loss": 0.999, "train_accuracy": 0.7}),
        ["without learning its own pictures", "while learning it gets only 70.00 %", "larger"],
        ["reads only"],
        tone="warning",
    ),
    "target reached": Situation(
        FALLING,
        ["after 2 of 60 epochs: reached 95 % validation accuracy, as you asked"],
        ["few more epochs", "still learning"],
        settings={"epochs": 60, "target_accuracy": 0.95},
        progress={"epoch": 2, "epochs": 60, "best_val_accuracy": 0.95},
    ),
    "patience": Situation(
        LEVEL,
        ["after 2 of 60 epochs: 3 epochs without improvement ended it, as you asked", "leveled off"],
        settings={"epochs": 60, "patience": 3},
        progress={"epoch": 2, "epochs": 60, "best_val_accuracy": 0.97},
    ),
    "stopped by a person": Situation(FALLING, ["still learning"], ["as you asked"], state="stopped"),
    "canceled in the queue": Situation(
        [], ["canceled before its first batch"], state="stopped", progress={"step": 0}, tone="warning"
    ),
    "stopped in its first epoch": Situation(
        [], ["no validation figure yet"], state="stopped", tone="warning"
    ),
    "diverged": Situation(
        FALLING,
        ["It diverged", SMALLER],
        ["still learning"],
        state="failed",
        message="the loss became nan in batch 7: training diverged.",
        tone="bad",
    ),
    "memory full": Situation(
        FALLING,
        ["did not fit into the memory", "smaller batches"],
        ["learning rate", "still learning"],
        state="failed",
        message="The memory is full: a batch of 64 does not fit.",
        tone="bad",
    ),
    "its process was killed": Situation(
        FALLING,
        ["did not finish", "Resume"],
        ["still learning"],
        state="interrupted",
        tone="warning",
    ),
    "its data cannot be had": Situation(
        FALLING,
        ["did not finish", "Try again"],
        ["Resume"],
        state="failed",
        message="The data set could not be downloaded.",
        tone="warning",
    ),
    "all its files damaged": Situation(
        FALLING,
        ["did not finish"],
        ["checkpoint", "Resume", "Try again"],
        state="failed",
        message="It cannot continue.",
        progress={"reason": "damaged"},
        tone="warning",
    ),
    "a worse fork": Situation(
        two({"val_accuracy": 0.95}, {"val_accuracy": 0.951}),
        [
            "epoch 4 of its parent, which had 98.50 %",
            "worse, 95.10 %",
            "parent's best was 98.90 %",
            SMALLER,
        ],
        ["still learning", "leveled off", "few more epochs"],
        parent=[epoch(4, val_accuracy=0.985), epoch(5, val_accuracy=0.989)],
        tone="warning",
    ),
    "all of it by heart": Situation(
        two(
            {"train_loss": 0.05, "train_accuracy": 0.985, "val_accuracy": 0.98, "val_loss": 0.07},
            {"train_loss": 0.02, "train_accuracy": 0.996, "val_accuracy": 0.98, "val_loss": 0.08},
        ),
        [
            "memorized nearly all its training pictures "
            "(99.60 % right while learning in epoch 2; 121,930 weights for 2,500 pictures)",
            "augmentation",
        ],
        ["still learning", "overfits", "Try a few more epochs"],
        FEW,
    ),
    "a run that continued from weights alone": Situation(
        two({"train_loss": 0.9, "val_accuracy": 0.97}, {"train_loss": 0.4, "val_accuracy": 0.98}),
        ["began with learned weights, which had 93.00 %", "better, 98.00 %"],
        ["its parent"],
        began_at=0.93,
    ),
    "one common class": Situation(
        [
            answers(
                epoch(1, val_accuracy=0.62, train_accuracy=0.61),
                [[310, 0, 0], [95, 0, 0], [95, 0, 0]],
            )
        ],
        ["no better than guessing: it answers 0 to everything", "right for 62 % of the pictures", "Balanced"],
        ["leveled off", "still learning", "too little to judge", SMALLER],
        tone="warning",
    ),
    "forgot what it knew": Situation(
        [
            answers(epoch(1, val_accuracy=0.9), [[90, 10], [10, 90]]),
            answers(epoch(2, val_accuracy=0.5, train_accuracy=0.48), [[100, 0], [100, 0]]),
        ],
        ["After epoch 1 it had 90.00 % in validation; at its end it does no better than guessing"],
        ["It does no better"],
        tone="warning",
    ),
    "dead units let no gradient through": Situation(
        STUCK,
        ["output 0 for every picture", SMALLER],
        ["gradients vanish", "sigmoid"],
        inspection=inspection(
            dead=[dead_units(2, 0.999)],
            layers=[weight_step(1, 0.0), weight_step(5, 210.0)],
        ),
        tone="warning",
    ),
    "a better fork": Situation(
        two({"val_accuracy": 0.98}, {"val_accuracy": 0.985}),
        ["which had 95.00 %", "better, 98.50 %"],
        parent=[epoch(4, val_accuracy=0.95)],
    ),
    "a fork that is neither": Situation(
        LEVEL,
        ["by no more than luck explains"],
        ["better", "worse"],
        FEW,
        parent=[epoch(4, val_accuracy=0.96)],
    ),
    "a test on few pictures": Situation(
        LEVEL,
        [
            "It correctly reads 218 of 250 pictures that it has never seen (test accuracy 87.2 %, "
            "give or take",
        ],
        ["1,000"],
        progress={"test_accuracy": 0.872, "test_images": 250},
    ),
    "a test on many": Situation(
        LEVEL,
        ["It correctly reads 9,732 of 10,000 pictures that it has never seen", "Guessing would get 10 %."],
        progress={"test_accuracy": 0.9732, "test_images": 10_000},
    ),
}


def review_of(situation: Situation) -> RunReview:
    config = make_config(**situation.settings)
    last = situation.epochs[-1] if situation.epochs else None
    known = run(situation.state, message=situation.message, config=config)
    measured = {
        "val_images": situation.pictures,
        "train_images": 10 * situation.pictures,
        "epoch": 5,
        "train_loss": last.train_loss if last else None,
        "val_loss": last.val_loss if last else None,
        "best_val_accuracy": max(point.val_accuracy for point in situation.epochs) if last else None,
    }
    known = replace(known, progress=replace(known.progress, **measured | situation.progress))
    parent = None
    if situation.parent is not None:
        known = replace(known, parent="parent", parent_epoch=4)
        parent = run("finished"), curves([0.5], situation.parent)
    return review(known, curves([0.5], situation.epochs), situation.inspection, parent, situation.began_at)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_review(name: str) -> None:
    """It says what it should, nothing that teaches the wrong lesson, and has the right tone."""
    situation = SITUATIONS[name]
    found = review_of(situation)
    text = f"{found.result} {found.finding} {found.advice}"
    assert [part for part in situation.says if part not in text] == []
    assert [part for part in situation.never if part in text] == []
    assert found.tone == situation.tone


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("still learning", (Suggestion("10 more epochs", None, {"epochs": 10}),)),
        ("leveled off", (Suggestion("Learning rate 0.0001", 1, {"learning_rate": 0.0001}),)),
        (
            "the same gap on 5,000 pictures is",
            (Suggestion("Weight decay 0.001", 0, {"weight_decay": 0.001}),),
        ),
        ("rate far too low", (Suggestion("Learning rate 0.001", 0, {"learning_rate": 0.001}),)),
        ("a loss of 23,239", (Suggestion("Learning rate 0.001", 0, {"learning_rate": 0.001}),)),
        ("diverged", (Suggestion("Learning rate 0.0001", None, {"learning_rate": 0.0001}),)),
        ("vanishing gradients", ()),
        ("target reached", ()),
        ("memory full", ()),
    ],
)
def test_what_to_try_next_is_one_click(name: str, offered: tuple[Suggestion, ...]) -> None:
    """A fork from where it makes sense, with the setting that the advice names, and no other."""
    assert review_of(SITUATIONS[name]).suggestions == offered


def test_dropout_comes_before_the_last_dense_layer() -> None:
    """If an overfitting network has none yet."""
    overfitted = SITUATIONS["far overfitted on few"]
    assert review_of(overfitted).dropout
    changed = with_dropout(preset("article-1").design)
    assert changed is not None
    kinds = [layer.kind for layer in changed.layers]
    assert kinds[kinds.index("Dropout") + 1 :].count("Linear") == 1
    assert not review(run("finished", design="article-5"), curves([0.5], overfitted.epochs)).dropout


# ---- really trained, on the digits included with the lab


class _NoOrders:
    def poll(self) -> Order | None:
        return None

    def wait(self) -> Order:
        raise AssertionError("nothing pauses this run")


def trained(store: RunStore, name: str, config: TrainConfig) -> tuple[Run, Curves, RunReview]:
    """A preset's run through a real session and the real store, and its review."""
    queued = store.queue(preset(name).design, "digits", config)
    store.change_state(queued.id, {"queued"}, "running")
    folders = Folders(store.home, None)
    job = Job.of(store, queued)
    Session(job, folders, partial(journal.write, store, queued.id), _NoOrders()).execute()
    done, lines = store.run(queued.id), store.curves(queued.id)
    return done, lines, review(done, lines, store.inspection(queued.id))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings", "end", "says"),
    [
        ("vanishing", {"epochs": 3}, "not learned", "gradients vanish"),
        (
            "no-bend",
            {"epochs": 8},
            "finished",
            "4 layers of weights together can do no more than a single one",
        ),
        ("diverging", {"epochs": 3}, None, ""),
        ("giant", {"epochs": 25}, "finished", "its validation loss was lowest in epoch"),
        ("lenet-5", {"epochs": 2, "initialization": "zeros"}, "not learned", "began as 0"),
        ("lenet-5", {"epochs": 60, "target_accuracy": 0.8}, "target", "reached 80 % validation accuracy"),
        ("lenet-5", {"epochs": 200, "patience": 2}, "patience", "2 epochs without improvement"),
        ("article-1", {"epochs": 2, "learning_rate": 1000.0}, None, ""),
    ],
    ids=["vanishing", "no-bend", "diverging", "giant", "zeros", "target", "patience", "rate-1000"],
)
def test_the_review_of_a_trained_run(
    tmp_path: Path, name: str, settings: dict[str, Any], end: str | None, says: str
) -> None:
    """Each network that is bad on purpose, and each ending, with numbers from real training."""
    store = RunStore(tmp_path / "home")
    try:
        config = {**preset(name).training, **settings} if name == "diverging" else settings
        done, lines, found = trained(store, name, make_config(**config))
    finally:
        store.close()
    print(ending(done), found, lines.epochs[-1:], sep="\n")
    if end is not None:
        assert ending(done) == end
    else:
        assert ending(done) in ("diverged", "blown up", "not learned")
        assert found.tone != "good"
        assert any(
            each.settings.get("learning_rate", 1e9) < done.config.learning_rate for each in found.suggestions
        )
    assert says in f"{found.result} {found.finding} {found.advice}"
    if done.progress.test_accuracy is not None:
        right = round(done.progress.test_accuracy * 250)
        assert f"It correctly reads {right} of 250 pictures that it has never seen" in found.result
