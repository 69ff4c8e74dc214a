"""Steering on the Train page through AppTest: changes under way, forks, races, the run once more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.runs.records import GivenCommand, Run
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.run_snapshot import forget_runs
from tests.events import events
from tests.ui.train.test_page import opened, page, put, queued, texts
from tests.ui.unpacking import unpack

__all__ = ["page"]  # the fixture
pytestmark = pytest.mark.slow


def charts_data(page: AppTest) -> dict[str, Any]:
    """What the curves were given."""
    body: dict[str, Any] = json.loads(page.get("bidi_component")[0].proto.json)
    return body


def trained(run: Run, *more: dict[str, Any]) -> None:
    """A batch, then these events."""
    start = {"event": "started", "step": 0, "epochs": 5, "batches": 10, "batch_size": 64}
    start |= {"epoch": 1, "batch": 0, "train_images": 640, "device": "CPU", "precision": "float32"}
    first = {"event": "batches", "epoch": 1, "batch": 1, "step": 1, "loss": [2.3], "accuracy": [0.1]}
    lab().store.record(run.id, events(start, first | {"images_per_second": 1.0}, *more))
    forget_runs()


def submit(page: AppTest, label: str) -> AppTest:
    """Have what was typed taken, as leaving a field does, and press a form's button."""
    page.run()
    return next(item for item in page.button if item.label == label).click().run()


def test_settings_change_while_it_runs() -> None:
    """Only what differs is asked of the run; a second time there is nothing to ask."""
    run = queued()
    put(run, "running")
    with lab().store.training_lock(run.id):
        page = opened(run=run.id)
        page.button("change_open").click().run()
        page.number_input("steer_learning_rate").set_value(0.0003)
        submit(page, "Apply")
        assert not page.exception
        assert "Changing its settings…" in texts(page)
        assert lab().store.take_commands(run.id) == [GivenCommand("change", {"learning_rate": 0.0003})]
        page.number_input("steer_learning_rate").set_value(0.001)
        submit(page, "Apply")
        assert lab().store.take_commands(run.id) == []


def test_a_change_that_cannot_be_is_not_applied() -> None:
    """Its button is blocked, and what is allowed stands below the field."""
    run = queued()
    put(run, "running")
    with lab().store.training_lock(run.id):
        page = opened(run=run.id)
        page.button("change_open").click().run()
        page.number_input("steer_augmentation").set_value(3).run()
        assert page.button("steer_apply").disabled
        assert "Allowed: a number from 0 to 1" in texts(page)
        page.number_input("steer_augmentation").set_value(0.3).run()
        page.button("steer_apply").click().run()
        assert lab().store.take_commands(run.id) == [GivenCommand("change", {"augmentation": 0.3})]


def test_the_head_tells_what_holds_after_a_change() -> None:
    """Not what the run began with."""
    run = queued()
    put(run, "running")
    trained(
        run,
        {"event": "changed", "epoch": 1, "step": 1, "batches": 10}
        | {"settings": {"weight_decay": 0.01, "learning_rate": 0.02}},
    )
    shown = texts(opened(run=run.id))
    assert "learning rate 0.02 · batch size 64 · seed 0 · weight decay 0.01" in shown
    assert "<dt>Weight decay</dt><dd><b>0.01</b></dd>" in shown


def test_a_fork_that_cannot_be_is_not_started(home_with_run: Path) -> None:
    """Also where a field is empty."""
    page = opened(run=lab().store.runs()[0].id)
    page.button("fork_open").click().run()
    page.number_input("fork_epochs").set_value(None).run()
    assert page.button("fork_start").disabled
    assert "There is no number" in texts(page)


def test_a_race_of_one_is_not_started(page: AppTest) -> None:
    """What is missing is said in the form."""
    page.multiselect("race_values_optimizer").set_value(["adam"]).run()
    assert page.button("race_start").disabled
    assert any("2 to 6, all different" in caption.value for caption in page.caption)


def test_a_change_is_a_flag_on_the_curves() -> None:
    """With its words, also for those who do not see it; the inputs then show what holds now."""
    run = queued()
    put(run, "running")
    settings = {"event": "changed", "epoch": 1, "step": 1, "batches": 10, "settings": {"batch_size": 32}}
    trained(run, settings)
    page = opened(run=run.id)
    page.button("change_open").click().run()
    assert json.loads(charts_data(page)["runs"][0]["lines"])["flags"] == [[1, "batch size 64 → 32"]]
    assert "After batch 1 a person changed: batch size 64 → 32." in charts_data(page)["alt"]
    assert page.number_input("steer_batch_size").value == 32


def test_a_finished_run_cannot_be_changed() -> None:
    """It can be started again: as it was, or with another seed."""
    run = queued(seed=5)
    put(run, "running", "finished")
    page = opened(run=run.id)
    assert page.button("change_open").disabled
    page.button("again_same").click().run()
    assert not page.exception
    copy = lab().store.runs()[0]
    assert (copy.design, copy.data, copy.config) == (run.design, run.data, run.config)
    assert page.query_params["run"] == copy.id
    page.button("again_new").click().run()
    assert lab().store.runs()[0].name == f"lenet-5 on digits · seed {lab().store.runs()[0].config.seed}"


def test_a_fork_begins_at_an_epoch(home_with_run: Path) -> None:
    """Under other settings; the list names its parent, whose curves lie below its own."""
    parent = lab().store.runs()[0]
    page = opened(run=parent.id)
    page.button("fork_open").click().run()
    page.selectbox("fork_epoch").set_value(0)
    page.selectbox("fork_optimizer").set_value("sgd")
    page.number_input("fork_epochs").set_value(1)
    page.number_input("fork_learning_rate").set_value(0.01)
    submit(page, "Start the fork")
    assert not page.exception
    child = lab().store.runs()[0]
    assert (child.parent, child.parent_epoch) == (parent.id, 0)
    assert child.config == parent.config.model_copy(
        update={"optimizer": "sgd", "epochs": 1, "learning_rate": 0.01}
    )
    assert "fork of “" in texts(page)
    assert "at epoch 0" in texts(page)
    trained(child)
    page = opened(run=child.id)
    assert [run["name"] for run in charts_data(page)["runs"]] == [child.name, parent.name]
    page.selectbox("train_compare").set_value(None).run()
    assert [run["name"] for run in charts_data(page)["runs"]] == [child.name]


def test_a_fork_lies_over_what_its_parent_did_from_there_on(home_with_run: Path) -> None:
    """Its first batch stands over the parent's first one after that epoch."""
    parent = lab().store.runs()[0]
    child = lab().store.fork(parent.id, 1, parent.config)
    trained(child)
    shown = charts_data(opened(run=child.id))["runs"][1]
    assert shown["name"] == f"{parent.name} (from epoch 1 on)"
    assert shown["from"] == parent.progress.batches


def test_a_race_is_started_with_one_click(page: AppTest) -> None:
    """As many runs as optimizers, alike in all else; what they have to show is on one chart."""
    page.selectbox("train_design").set_value("preset:lenet-5").run()
    page.number_input("train_epochs").set_value(1).run()
    page.button("race_start").click().run()
    assert not page.exception
    runs = lab().store.runs()
    assert len({run.race for run in runs}) == 1
    assert runs[0].race is not None
    names = ["Adam, rate 0.001", "RMSprop, rate 0.001", "SGD with momentum, rate 0.01"]
    assert [run.name for run in runs] == [f"lenet-5 on digits · {name}" for name in names]
    same_network = {"optimizer": "adam", "learning_rate": 0.001}
    assert {run.config.model_copy(update=same_network) for run in runs} == {TrainConfig(epochs=1)}


def test_a_race_at_one_rate_for_all(page: AppTest) -> None:
    """The form's, where that is asked for."""
    page.number_input("train_learning_rate").set_value(0.005).run()
    page.radio("race_rates").set_value("same").run()
    page.button("race_start").click().run()
    assert not page.exception
    assert {run.config.learning_rate for run in lab().store.runs()} == {0.005}


def test_the_runs_of_a_race_share_a_chart() -> None:
    """In the order of their start, whichever of them is watched."""
    first, second = (
        lab().store.queue(
            queued().design, "digits", TrainConfig(), name=name, trained_by="terminal", race="r"
        )
        for name in ("one", "two")
    )
    trained(first)
    trained(second)
    for watched in (first, second):
        body = charts_data(opened(run=watched.id))
        assert body["many"] is True
        assert [run["name"] for run in body["runs"]] == ["one", "two"]


def test_the_schedule_is_drawn_before_the_run(page: AppTest) -> None:
    """As the settings stand; nothing is drawn of a constant rate."""
    page.toggle("train_more").set_value(True).run()
    assert not page.get("bidi_component")
    page.selectbox("train_schedule").set_value("one-cycle").run()
    assert "from 0.0001, at most 0.001, to 1e-06" in page.get("bidi_component")[0].proto.json


def test_the_network_is_watched(home_with_run: Path) -> None:
    """As it ended: all validation pictures are in the matrix, as in the validation accuracy; a picture of
    each class is there, and the filters are those of the last step.
    """
    run = lab().store.runs()[0]
    assert lab().torch_ready.wait(60)
    page = opened(run=run.id)
    (mounted,) = (
        item.proto for item in page.get("bidi_component") if item.proto.component_name == "inspection_panel"
    )
    body = unpack(mounted.bytes)
    assert f"after batch {run.progress.step:,}," in body["where"]
    assert sum(map(sum, body["confusion"])) == 250
    right = sum(row[place] for place, row in enumerate(body["confusion"]))
    assert right / 250 == run.progress.val_accuracy
    assert body["matrix_when"] == f"after epoch {run.progress.epochs}"
    assert body["pictures"].shape == (10, 1, 28, 28)
    assert [sample["label"] for sample in body["samples"]] == list(range(10))
    assert body["filters"]["when"] == f"as they were after batch {run.progress.step}, in epoch 2"


def test_filters_of_an_older_look_give_way_to_the_checkpoint(home_with_run: Path) -> None:
    """A run that was stopped long after the last look shows the weights that were kept since."""
    run = lab().store.runs()[0]
    look = lab().store.inspection(run.id)
    assert look is not None
    lab().store.keep_inspection(run.id, replace(look, step=2, epoch=1))
    assert lab().torch_ready.wait(60)
    page = opened(run=run.id)
    (mounted,) = (
        item.proto for item in page.get("bidi_component") if item.proto.component_name == "inspection_panel"
    )
    shown = unpack(mounted.bytes)
    assert shown["filters"]["when"] == "as they were kept after epoch 2"
    assert shown["where"] == "after batch 2, in epoch 1"
    assert shown["matrix_when"] == "after epoch 2"


def test_a_run_that_nobody_looked_at_says_so() -> None:
    """Nothing was measured yet."""
    run = queued()
    put(run, "running")
    assert "nothing has been measured yet" in texts(opened(run=run.id))


@pytest.mark.parametrize("by", ["learning_rate", "seed"])
def test_a_race_of_rates_or_seeds(page: AppTest, by: str) -> None:
    """Three to begin with, all different."""
    page.session_state["race_by"] = by
    page.run()
    page.button("race_start").click().run()
    assert not page.exception
    assert len({getattr(run.config, by) for run in lab().store.runs()}) == 3
