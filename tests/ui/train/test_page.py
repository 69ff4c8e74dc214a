"""The Train page through AppTest on a real lab; the curves are tested in a real browser."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.runs.locks import FileLock
from cnnlab.runs.records import Run, State
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import TabState
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.train.run_snapshot import forget_runs
from tests.conftest import ROOT, close_shared_lab
from tests.events import event
from tests.ui.apptest import button

pytestmark = pytest.mark.slow

PATIENCE = 90.0  # seconds; a busy machine is slow, not wrong


@pytest.fixture
def page() -> AppTest:
    """The page as a new visitor finds it."""
    return opened()


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def results(page: AppTest) -> list[str]:
    """The final message, in whichever color; before the end there is none."""
    return [message.value.replace("\\", "") for message in [*page.success, *page.warning, *page.error]]


def labels(page: AppTest) -> list[str]:
    return [item.label for item in page.button]


def texts(page: AppTest) -> str:
    """All text on the page, as a person reads it."""
    written = [re.sub(r"\\|\u2060", "", item.value) for item in page.markdown]
    return "\n".join(
        [*written, *(item.value for item in page.text), *(html.proto.body for html in page.get("html"))]
    )


def wait(page: AppTest, until: Callable[[], bool]) -> None:
    """Rerun the page as its timer would until the condition holds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        page.run()
        assert not page.exception
        if until():
            return
        time.sleep(0.2)
    raise AssertionError(texts(page))


def queued(name: str = "lenet-5", **settings: Any) -> Run:
    """A run that nothing trains: a terminal's, so that the lab leaves it alone."""
    run = lab().store.queue(preset(name).design, "digits", TrainConfig(**settings), trained_by="terminal")
    forget_runs()
    return run


def move_through(run: Run, *states: State, message: str = "") -> None:
    """Move the run through these states."""
    before: State = run.state
    for after in states:
        assert lab().store.change_state(run.id, {before}, after, message, trained_by="terminal")
        before = after
    forget_runs()


def test_an_empty_lab_invites_to_start(page: AppTest) -> None:
    """The form is open, with the design from the Build page and the data set that needs no network."""
    assert not page.exception
    assert not button(page, "Start").disabled
    assert page.selectbox("train_design").value == "editor"
    assert page.selectbox("train_data").value == "digits"
    assert "No run yet" in texts(page)
    assert any(
        "MNIST (needs a download of 12 MB)" in option for option in page.selectbox("train_data").options
    )


def test_a_run_from_start_to_finish(page: AppTest) -> None:
    """It trains in the background at once; its numbers follow, and at the end a message says how it went."""
    page.selectbox("train_design").set_value("preset:lenet-5").run()
    page.number_input("train_epochs").set_value(1).run()
    button(page, "Start").click().run()
    assert not page.exception
    (run,) = lab().store.runs()
    assert page.query_params["run"] == run.id
    assert (run.design, run.data, run.config.epochs) == (preset("lenet-5").design, "digits", 1)
    wait(page, lambda: bool(results(page)))
    assert lab().store.run(run.id).state == "finished"
    assert re.search(r"It correctly reads \d+ of 250 pictures that it has never seen", results(page)[0])
    assert "1 epoch in" in texts(page)
    assert "Validation accuracy" in texts(page)
    assert button(page, "Pause").disabled


def test_a_new_tab_shows_what_trains() -> None:
    """With no run in the link; a link shows its own."""
    waiting, training = queued(), queued()
    with lab().store.training_lock(training.id):  # or the lab would notice that nothing is training it
        move_through(training, "running")
        assert opened().query_params["run"] == training.id
    assert opened(run=waiting.id).query_params["run"] == waiting.id


def test_a_link_to_a_run_that_is_gone(page: AppTest) -> None:
    """Says so, and the page works."""
    app = opened(run="0123456789abcdef")
    assert not app.exception
    assert "no longer exists" in app.error[0].value
    assert not button(app, "Start").disabled


def test_commands_are_acknowledged_at_once() -> None:
    """A click on Pause is recorded, and the page says that the run is pausing."""
    run = queued()
    move_through(run, "running")
    with lab().store.training_lock(run.id):
        page = opened()
        button(page, "Pause").click().run()
        assert lab().store.run(run.id).command == "pause"
        assert "Pausing…" in texts(page)
        assert button(page, "Pause").disabled


def test_the_message_of_a_click_stays_until_it_takes_effect() -> None:
    """The command is passed on before the page checks; "Pausing…" is shown until the run is paused."""
    run = queued()
    move_through(run, "running")
    with lab().store.training_lock(run.id):
        page = opened()
        button(page, "Pause").click().run()
        assert lab().store.take_commands(run.id)
        assert "Pausing…" in texts(page.run())
        move_through(lab().store.run(run.id), "paused")
        assert "Pausing…" not in texts(page.run())
        assert "Resume" in labels(page)


@pytest.mark.parametrize(
    ("states", "buttons"),
    [
        ((), {"Stop"}),
        (("running",), {"Pause", "One batch", "To the end of the epoch", "Stop"}),
        (("running", "paused"), {"Resume", "One batch", "To the end of the epoch", "Stop"}),
        (("running", "interrupted"), {"Resume", "One batch", "To the end of the epoch", "Stop"}),
        (("running", "stopped"), {"Resume", "One batch", "To the end of the epoch"}),
        (("running", "failed"), {"Try again", "One batch", "To the end of the epoch"}),
        (("running", "finished"), set()),
    ],
)
def test_each_state_has_its_controls(states: tuple[State, ...], buttons: set[str]) -> None:
    """Only what the run can do is offered."""
    run = queued()
    steering = {"Pause", "Resume", "Try again", "One batch", "To the end of the epoch", "Stop"}
    with lab().store.training_lock(run.id):  # or the lab would notice that nothing is training it
        move_through(run, *states)
        shown = [item for item in opened(run=run.id).button if not str(item.key).startswith("resume_")]
    assert {item.label for item in shown if not item.disabled} & steering == buttons


def test_a_failed_run_says_why() -> None:
    """As text: what came from a file or a person is not interpreted."""
    run = queued()
    move_through(run, "running", "failed", message="The disk **is** <b>full</b>.")
    page = opened(run=run.id)
    assert page.error[0].value == r"The disk \*\*is\*\* \<" "\u2060" r"b\>full\<" "\u2060" r"\/b\>\."
    assert "The disk **is** &lt;b&gt;full&lt;/b&gt;." in texts(page)


def test_an_interrupted_run_can_be_resumed_from_the_list(page: AppTest) -> None:
    """With a click on its row."""
    run = queued()
    move_through(run, "running", "interrupted")
    page.run()
    page.button(f"resume_{run.id}").click().run()
    assert lab().store.run(run.id).state in ("queued", "running")  # the lab may be faster than the page


def test_rename_and_delete() -> None:
    """A name is shown as typed; a deleted run is hidden at once, and gone when it is too late for Undo."""
    run = queued()
    page = opened(run=run.id)
    field = f"train_new_name_{run.id}"
    page.text_input(field).set_value("<i>mine</i>")
    button(page, "Rename").click().run()
    assert lab().store.run(run.id).name == "<i>mine</i>"
    assert "<h2>&lt;i&gt;mine&lt;/i&gt;</h2>" in texts(page)
    page.text_input(field).set_value("  ")
    button(page, "Rename").click().run()
    assert lab().store.run(run.id).name == "<i>mine</i>"
    assert "visible characters" in texts(page)
    button(page, "Delete").click().run()
    assert not page.exception
    assert "Deleted “&lt;i&gt;mine&lt;/i&gt;”. No run is shown now." in texts(page)
    assert "No run yet" in texts(page)
    assert "run" not in page.query_params
    lab().deletions.finish()
    assert lab().store.runs() == []
    assert "Undo" not in labels(page.run())


def test_a_deletion_is_undone() -> None:
    """The page shows the run again, and a queued one has its place in the queue again."""
    design = preset("lenet-5").design
    training, waiting = (
        lab().store.queue(design, "digits", TrainConfig(epochs=1000, seed=seed)) for seed in (1, 2)
    )
    lab().supervisor.wake()
    page = opened(run=waiting.id)
    wait(page, lambda: lab().store.run(training.id).state == "running")
    button(page, "Delete").click().run()
    assert f"Now you see “{training.name}”." in texts(page)
    assert lab().store.run(waiting.id).state == "paused"
    assert waiting.id not in {run.id for run in lab().runs()}
    button(page, "Undo").click().run()
    assert page.query_params["run"] == waiting.id
    assert "Deleted" not in texts(page)
    assert lab().store.run(waiting.id).state == "queued"


def test_what_cannot_be_deleted_is_not_hidden() -> None:
    """A run that is training is stopped first."""
    run = queued()
    move_through(run, "running")
    with lab().store.training_lock(run.id):
        page = opened(run=run.id)
        button(page, "Delete").click().run()
        assert "still training" in page.error[0].value
        assert "Undo" not in labels(page)


def test_a_deletion_that_fails_later_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is in the list again."""
    run = queued()
    page = opened(run=run.id)
    button(page, "Delete").click().run()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileLock, "acquire", full)
        lab().deletions.finish()
    page.run()
    assert "was not deleted" in page.error[0].value
    assert [each.id for each in lab().runs()] == [run.id]


def test_a_server_that_ends_deletes_nothing() -> None:
    """The time to undo it has not passed."""
    run = queued()
    page = opened(run=run.id)
    button(page, "Delete").click().run()
    assert lab().runs() == []
    close_shared_lab()
    assert [each.id for each in lab().runs()] == [run.id]


def test_a_design_that_cannot_work_is_not_started(page: AppTest) -> None:
    """The reason is shown, with a link to Build."""
    broken = Design(name="broken").with_layers((Conv2d(out_channels=4), Linear(out_features=10)))
    page.session_state["tab"].design = broken
    page.run()
    assert "Dense needs one long row of numbers" in page.error[0].value
    assert button(page, "Start").disabled
    assert "Fix it in Build" in labels(page)


def test_a_design_is_adapted_in_plain_sight(page: AppTest) -> None:
    """Color pictures change the input, fewer classes the last layer; a stack without layers says why not."""
    page.selectbox("train_data").set_value("cifar10").run()
    assert "Input 1×28×28 became 3×32×32" in texts(page)
    headless = Design(name="flat", classes=784).with_layers((Flatten(), ReLU()))
    page.session_state["tab"].design = headless
    page.selectbox("train_data").set_value("digits").run()
    assert button(page, "Start").disabled


def test_a_presets_own_settings_are_one_click(page: AppTest) -> None:
    """The click puts them into the form, including those under "More settings"; other networks offer none."""
    page.selectbox("train_design").set_value("preset:lenet-5").run()
    assert "Use the settings of lenet-5" not in labels(page)
    page.selectbox("train_design").set_value("preset:diverging").run()
    button(page, "Use the settings of diverging").click().run()
    assert not page.exception
    assert page.number_input("train_learning_rate").value == 1.0
    assert page.selectbox("train_optimizer").value == "sgd"
    page.selectbox("train_design").set_value("preset:fast").run()
    button(page, "Use the settings of fast").click().run()
    button(page, "Start").click().run()
    assert lab().store.runs()[0].config == TrainConfig(**preset("fast").training)


def test_every_setting_is_in_the_form(page: AppTest) -> None:
    """A person can choose every setting of TrainConfig; some only where they matter."""
    page.toggle("train_more").set_value(True).run()
    assert missing_fields(page) == {"momentum", "decay_factor", "decay_epochs"}
    page.selectbox("train_optimizer").set_value("sgd").run()
    page.selectbox("train_schedule").set_value("step").run()
    assert missing_fields(page) == {"beta1", "beta2"}
    assert page.number_input("train_momentum").value == 0.9


def missing_fields(page: AppTest) -> set[str]:
    """The settings that have no field on the page."""
    fields = {item.key for item in [*page.number_input, *page.selectbox, *page.toggle]}
    return {name for name in TrainConfig.model_fields if f"train_{name}" not in fields}


def test_settings_survive_a_visit_to_another_page() -> None:
    """What was typed is still there on return."""
    app = AppTest.from_file(ROOT / "cnnlab" / "ui" / "app" / "main.py", default_timeout=60).run()
    train, build = (str(ROOT / "pages" / f"{name}.py") for name in ("train", "build"))
    app.switch_page(train).run()
    app.number_input("train_epochs").set_value(7).run()
    app.selectbox("train_design").set_value("preset:lenet-5").run()
    app.switch_page(build).run()
    app.switch_page(train).run()
    assert app.number_input("train_epochs").value == 7
    assert app.selectbox("train_design").value == "preset:lenet-5"


def test_build_hands_its_design_over() -> None:
    """Coming from Build, the form is open with the edited design, even while another run is watched."""
    run = queued()
    move_through(run, "running")
    app = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    app.session_state["tab"] = TabState(editor=Editor.of(preset("tiny-vgg").design))
    app.query_params["new"] = "run"
    app.run()
    assert app.selectbox("train_design").options[0] == "tiny-vgg (from Build)"
    assert not button(app, "Start").disabled
    assert "new" not in app.query_params


def test_a_device_that_is_not_there(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for it is refused with a message, and nothing is queued."""
    monkeypatch.setattr("cnnlab.training.devices.devices", lambda: ["cpu"])
    page.selectbox("train_device").set_value("cuda").run()
    button(page, "Start").click().run()
    assert "no such device" in page.error[0].value
    assert lab().store.runs() == []


def test_a_saved_design_can_be_chosen(page: AppTest) -> None:
    """It stays chosen when renamed; one deleted meanwhile is replaced by the edited design, with a note."""
    lab().store.designs.save("my [net]", preset("lenet-5").design)
    (saved,) = lab().store.designs.all()
    page.run()
    page.selectbox("train_design").set_value(f"saved:{saved.id}").run()
    assert "61,706 parameters" in page.caption[0].value
    lab().store.designs.rename(saved.id, "ours")
    page.run()
    assert page.selectbox("train_design").value == f"saved:{saved.id}"
    assert "61,706 parameters" in page.caption[0].value
    lab().store.designs.delete(saved.id)
    page.run()
    assert page.selectbox("train_design").value == "editor"
    assert "has been deleted" in page.info[0].value


def test_two_runs_on_one_chart(home_with_run: Path) -> None:
    """A second run is laid over the first."""
    first = lab().store.runs()[0]
    other = queued()
    lab().store.record(
        other.id,
        [event({"event": "batches", "step": 1, "loss": [2.3], "accuracy": [0.1]})],
    )
    forget_runs()
    page = opened(run=first.id)
    page.selectbox("train_compare").set_value(other.id).run()
    assert not page.exception
    charts_data = page.get("bidi_component")[0].proto.json
    assert charts_data.count('"lines"') == 2


def test_a_name_that_another_run_has_is_refused(page: AppTest) -> None:
    """The field says so; what was typed for one run is not kept for the next."""
    one, other = queued(), queued(seed=1)
    page = opened(run=one.id)
    page.text_input(f"train_new_name_{one.id}").set_value(other.name)
    button(page, "Rename").click().run()
    assert lab().store.run(one.id).name == one.name
    assert "already taken" in texts(page)
    page.button(f"watch_{other.id}").click().run()
    assert page.text_input(f"train_new_name_{other.id}").value == other.name


LIMITS = {  # an invalid value, and the message about what is allowed
    "learning_rate": (2e6, "a number above 0, up to 1,000,000"),
    "epochs": (0, "a whole number from 1 to 1,000"),
    "batch_size": (1.5, "a whole number from 1 to 8,192"),
    "seed": (-1, "a whole number from 0 to 2,147,483,647"),
    "beta1": (1, "a number from 0 to just below 1"),
    "target_accuracy": (95, "a number from 0 to 1"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_an_invalid_value_blocks_the_start(page: AppTest, name: str) -> None:
    """It stays where it was typed, folded away or not, with what is allowed below it, until corrected."""
    value, allowed = LIMITS[name]
    page.toggle("train_more").set_value(True).run()
    usual = page.number_input(f"train_{name}").value
    page.number_input(f"train_{name}").set_value(value).run()
    page.toggle("train_more").set_value(False).run()
    assert not page.exception
    assert button(page, "Start").disabled
    assert button(page, "Start paused").disabled
    assert f"Allowed: {allowed}" in texts(page)
    assert page.number_input(f"train_{name}").value == value
    page.number_input(f"train_{name}").set_value(usual).run()
    assert not button(page, "Start").disabled


def test_an_empty_field_blocks_the_start(page: AppTest) -> None:
    """No value is put in its place."""
    page.number_input("train_learning_rate").set_value(None).run()
    assert button(page, "Start").disabled
    assert "There is no number. Allowed" in texts(page)


def test_a_setting_that_is_off_says_so(page: AppTest) -> None:
    """Its field is empty, and 0 means the same."""
    page.toggle("train_more").set_value(True).run()
    field = page.number_input("train_patience")
    assert (field.value, field.placeholder) == (None, "off")
    field.set_value(3).run()
    assert "stop after 3 epochs without improvement" in texts(page)
    page.number_input("train_patience").set_value(0).run()
    assert page.number_input("train_patience").value is None
    assert "Differs from usual" not in texts(page)
    assert not button(page, "Start").disabled


def test_settings_that_are_folded_away_are_listed(page: AppTest) -> None:
    """They apply to the next run, so the form lists them; a click resets them."""
    page.toggle("train_more").set_value(True).run()
    page.selectbox("train_class_weights").set_value("balanced").run()
    page.number_input("train_target_accuracy").set_value(0.95).run()
    page.toggle("train_more").set_value(False).run()
    assert "class weights: Balanced, stop at 95 % validation accuracy" in texts(page)
    button(page, "Back to usual").click().run()
    assert "Differs from usual" not in texts(page)
    button(page, "Start paused").click().run()
    assert lab().store.runs()[0].config == TrainConfig()


def test_a_setting_that_does_not_apply_is_not_carried_along(page: AppTest) -> None:
    """Momentum typed for SGD is not a setting of a run with Adam, and is still there for SGD."""
    page.toggle("train_more").set_value(True).run()
    page.selectbox("train_optimizer").set_value("sgd").run()
    page.number_input("train_momentum").set_value(0.5).run()
    page.selectbox("train_optimizer").set_value("adam").run()
    assert "Differs from usual" not in texts(page)
    page.selectbox("train_optimizer").set_value("sgd").run()
    assert page.number_input("train_momentum").value == 0.5
    page.selectbox("train_optimizer").set_value("adam").run()
    button(page, "Start paused").click().run()
    assert lab().store.runs()[0].config == TrainConfig()


def test_the_header_has_every_setting() -> None:
    """Its line has what differs; its fold has all of them, in bold what is not the default."""
    run = queued(loss="focal", class_weights="balanced", target_accuracy=0.95)
    shown = texts(opened(run=run.id))
    assert "Focal loss · class weights: Balanced · stop at 95 % validation accuracy" in shown
    assert "<dt>Loss</dt><dd><b>Focal</b></dd>" in shown
    assert "<dt>Optimizer</dt><dd>Adam</dd>" in shown
    header = re.search(r'<div class="run-head">.*', shown)
    assert header is not None
    # Not momentum, smoothing and the decay's two.
    assert header.group().count("<dt>") == len(TrainConfig.model_fields) - 4


def test_a_run_can_be_started_paused(page: AppTest) -> None:
    """It trains nothing until told to; then one batch, and the rest."""
    page.selectbox("train_design").set_value("preset:lenet-5").run()
    page.number_input("train_epochs").set_value(2).run()
    button(page, "Start paused").click().run()
    (run,) = lab().store.runs()
    assert (run.state, run.progress.step) == ("paused", 0)
    assert "Before the first batch" in texts(page)
    button(page, "One batch").click().run()
    wait(page, lambda: lab().store.run(run.id).progress.step > 0)
    wait(page, lambda: lab().store.run(run.id).state == "paused")
    assert lab().store.run(run.id).progress.step == 1
    seen = lab().store.single_batch(run.id)
    assert seen is not None
    assert seen.step == 1
    button(page, "Resume").click().run()
    wait(page, lambda: lab().store.run(run.id).state == "finished")
    assert lab().store.run(run.id).progress.epoch == 2
    assert lab().store.single_batch(run.id) == seen  # no other step was measured


def test_many_runs_are_not_all_shown(page: AppTest) -> None:
    """The newest eight, and the rest on request."""
    for _ in range(10):
        queued()
    page.run()
    assert len(watch_buttons(page)) == 8
    page.toggle("train_show_all").set_value(True).run()
    assert len(watch_buttons(page)) == len(set(watch_buttons(page))) == 10


def watch_buttons(page: AppTest) -> list[str]:
    """The labels of the list's buttons: each names its run, for screen readers."""
    return [label for label in labels(page) if label.startswith("Watch")]
