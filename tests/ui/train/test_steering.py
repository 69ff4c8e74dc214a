"""Steering on the Train page through AppTest: changes during training, forks, races, reruns."""

from __future__ import annotations

import json
import re
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
from tests.ui.train.test_page import move_through, opened, page, queued, texts
from tests.ui.unpacking import unpack

__all__ = ["page"]  # the fixture
pytestmark = pytest.mark.slow


def charts_data(page: AppTest) -> dict[str, Any]:
    """The data sent to the curves."""
    body: dict[str, Any] = json.loads(page.get("bidi_component")[0].proto.json)
    return body


def trained(run: Run, *more: dict[str, Any]) -> None:
    """Record a batch, then these events."""
    start = {"event": "started", "step": 0, "epochs": 5, "batches": 10, "batch_size": 64}
    start |= {"epoch": 1, "batch": 0, "train_images": 640, "device": "CPU", "precision": "float32"}
    first = {"event": "batches", "epoch": 1, "batch": 1, "step": 1, "loss": [2.3], "accuracy": [0.1]}
    lab().store.record(run.id, events(start, first | {"images_per_second": 1.0}, *more))
    forget_runs()


def submit(page: AppTest, label: str) -> AppTest:
    """Commit what was typed, as leaving a field does, and press a form's button."""
    page.run()
    return next(item for item in page.button if item.label == label).click().run()


def test_settings_change_while_it_runs() -> None:
    """Only what differs is sent to the run, and the form closes; a second time there is nothing to send."""
    run = queued()
    move_through(run, "running")
    with lab().store.training_lock(run.id):
        page = opened(run=run.id)
        page.button("change_open").click().run()
        page.number_input("steer_learning_rate").set_value(0.0003)
        submit(page, "Apply")
        assert not page.exception
        assert "Changing its settings…" in texts(page)
        assert lab().store.take_commands(run.id) == [GivenCommand("change", {"learning_rate": 0.0003})]
        said = re.sub(r"\\|\u2060", "", page.toast[0].value)
        assert said == "Changed: learning rate 0.001 → 0.0003. The flag on the curves marks it."
        assert "steer_apply" not in [item.key for item in page.button]
        page.button("change_open").click().run()
        page.number_input("steer_learning_rate").set_value(0.001)
        submit(page, "Apply")
        assert lab().store.take_commands(run.id) == []


def test_an_invalid_change_is_not_applied() -> None:
    """Its button is disabled, and the allowed range is shown below the field."""
    run = queued()
    move_through(run, "running")
    with lab().store.training_lock(run.id):
        page = opened(run=run.id)
        page.button("change_open").click().run()
        page.number_input("steer_augmentation").set_value(3).run()
        assert page.button("steer_apply").disabled
        assert "Allowed: a number from 0 to 1" in texts(page)
        page.number_input("steer_augmentation").set_value(0.3).run()
        page.button("steer_apply").click().run()
        assert lab().store.take_commands(run.id) == [GivenCommand("change", {"augmentation": 0.3})]


def test_the_header_shows_the_settings_after_a_change() -> None:
    """Not those that the run began with."""
    run = queued()
    move_through(run, "running")
    trained(
        run,
        {"event": "changed", "epoch": 1, "step": 1, "batches": 10}
        | {"settings": {"weight_decay": 0.01, "learning_rate": 0.02}},
    )
    shown = texts(opened(run=run.id))
    assert "learning rate 0.02 · batch size 64 · seed 0 · weight decay 0.01" in shown
    assert "<dt>Weight decay</dt><dd><b>0.01</b></dd>" in shown


def test_an_invalid_fork_is_not_started(home_with_run: Path) -> None:
    """Nor one with an empty field."""
    page = opened(run=lab().store.runs()[0].id)
    page.button("fork_open").click().run()
    page.number_input("fork_epochs").set_value(None).run()
    assert page.button("fork_start").disabled
    assert "There is no number" in texts(page)


def test_a_race_of_one_is_not_started(page: AppTest) -> None:
    """The form says what is missing."""
    page.multiselect("race_values_optimizer").set_value(["adam"]).run()
    assert page.button("race_start").disabled
    assert any("2 to 6, all different" in caption.value for caption in page.caption)


def test_a_change_is_a_flag_on_the_curves() -> None:
    """With its text, also for screen readers; the inputs then show the current values."""
    run = queued()
    move_through(run, "running")
    settings = {"event": "changed", "epoch": 1, "step": 1, "batches": 10, "settings": {"batch_size": 32}}
    trained(run, settings)
    page = opened(run=run.id)
    page.button("change_open").click().run()
    assert json.loads(charts_data(page)["runs"][0]["lines"])["flags"] == [[1, "batch size 64 → 32"]]
    assert "After batch 1 a person changed: batch size 64 → 32." in charts_data(page)["alt"]
    assert page.number_input("steer_batch_size").value == 32


def test_a_finished_run_cannot_be_changed() -> None:
    """It can be started again: unchanged, or with another seed."""
    run = queued(seed=5)
    move_through(run, "running", "finished")
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
    """With other settings; the list names its parent, whose curves are drawn below its own."""
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


def test_a_fork_is_aligned_with_its_parent_from_there_on(home_with_run: Path) -> None:
    """Its first batch is aligned with the parent's first one after that epoch."""
    parent = lab().store.runs()[0]
    child = lab().store.fork(parent.id, 1, parent.config)
    trained(child)
    shown = charts_data(opened(run=child.id))["runs"][1]
    assert shown["name"] == f"{parent.name} (from epoch 1 on)"
    assert shown["from"] == parent.progress.batches


def test_a_race_is_started_with_one_click(page: AppTest) -> None:
    """One run per optimizer, alike in everything else; their results are on one chart."""
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
    """The form's rate, where that is requested."""
    page.number_input("train_learning_rate").set_value(0.005).run()
    page.radio("race_rates").set_value("same").run()
    page.button("race_start").click().run()
    assert not page.exception
    assert {run.config.learning_rate for run in lab().store.runs()} == {0.005}


def test_the_runs_of_a_race_share_a_chart() -> None:
    """In starting order, whichever of them is watched."""
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
    """From the current settings; a constant rate is not drawn."""
    page.toggle("train_more").set_value(True).run()
    assert not page.get("bidi_component")
    page.selectbox("train_schedule").set_value("one-cycle").run()
    assert "starts at 0.0001, rises to 0.001, and ends at" in page.get("bidi_component")[0].proto.json


def inspected(page: AppTest) -> Any:
    """What the panel gets for all viewers; in front of it is the name of this one's tab."""
    (mounted,) = (
        item.proto for item in page.get("bidi_component") if item.proto.component_name == "inspection_panel"
    )
    tab, _line, body = mounted.bytes.partition(b"\n")
    assert tab.decode() == page.session_state["tab"].name
    return unpack(body)


def test_the_network_is_watched(home_with_run: Path) -> None:
    """As it ended: all validation pictures are in the matrix, as in the validation accuracy, a picture of
    each class is shown, and the filters are those of the last step.
    """
    run = lab().store.runs()[0]
    assert lab().torch_ready.wait(60)
    page = opened(run=run.id)
    body = inspected(page)
    assert f"after batch {run.progress.step:,}," in body["where"]
    assert sum(map(sum, body["confusion"])) == 250
    right = sum(row[label] for label, row in enumerate(body["confusion"]))
    assert right / 250 == run.progress.val_accuracy
    assert body["matrix_when"] == f"after epoch {run.progress.epochs}"
    assert body["pictures"].shape == (10, 1, 28, 28)
    assert [sample["label"] for sample in body["samples"]] == list(range(10))
    assert body["look"]["epoch"] == 2
    numbers = [int(name.removeprefix(f"{run.data}-")) for name in body["look"]["pictures"]]
    labels = lab().catalogue.load(run.data).test.labels
    assert [int(labels[number - 1]) for number in numbers] == list(range(10))
    assert body["filters"]["when"] == f"as they were after batch {run.progress.step}, in epoch 2"
    assert body["weights"] == lab().store.checkpoints(run.id)[-1].sha256
    assert body["grayscale"]


def test_filters_of_an_older_inspection_are_replaced_by_the_checkpoint(home_with_run: Path) -> None:
    """A run that was stopped long after its last inspection shows the weights saved since."""
    run = lab().store.runs()[0]
    inspection = lab().store.inspection(run.id)
    assert inspection is not None
    lab().store.keep_inspection(run.id, replace(inspection, step=2, epoch=1))
    assert lab().torch_ready.wait(60)
    page = opened(run=run.id)
    shown = inspected(page)
    assert shown["filters"]["when"] == "as they were kept after epoch 2"
    assert shown["where"] == "after batch 2, in epoch 1"
    assert shown["matrix_when"] == "after epoch 2"


def test_a_run_without_an_inspection_says_so() -> None:
    """Nothing was measured yet."""
    run = queued()
    move_through(run, "running")
    assert "nothing has been measured yet" in texts(opened(run=run.id))


@pytest.mark.parametrize("by", ["learning_rate", "seed"])
def test_a_race_of_rates_or_seeds(page: AppTest, by: str) -> None:
    """Three by default, all different."""
    page.session_state["race_by"] = by
    page.run()
    page.button("race_start").click().run()
    assert not page.exception
    assert len({getattr(run.config, by) for run in lab().store.runs()}) == 3
