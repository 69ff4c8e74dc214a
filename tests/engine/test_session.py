"""A session in this process: the events it emits, the files it saves, the orders it follows."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnlab.data import Catalogue, ImageDataset
from cnnlab.design.design import Design
from cnnlab.engine.job import Job, Order
from cnnlab.layers import Flatten, Linear
from cnnlab.models.build import build
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.training.config import changed, make_config
from tests.engine.conftest import Conductor, execute, message_of, on
from tests.lab import BATCHES

SECOND = 12  # the first step of the second epoch


def weights(job: Job, epoch: int) -> dict[str, Tensor]:
    """The saved weights of an epoch."""
    return read_tensors(job.folder / f"epoch-{epoch:04d}.safetensors")[0]


def continued(job: Job, *sessions: Conductor) -> Job:
    """The job with which the lab would continue: newest states first."""
    emitted = [body for session in sessions for body in session.emitted if body["event"] == "state"]
    return replace(job, states=tuple((job.folder / body["file"], body["sha256"]) for body in emitted[:-3:-1]))


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    """Assert equality bit for bit."""
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_emits_the_events_of_a_whole_run(job: Job) -> None:
    """Batches in bundles, a checkpoint and a state after every epoch, the test accuracy last."""
    session = execute(job)
    kinds = [kind for kind in session.kinds() if kind not in ("batches", "inspection")]
    ends = ["epoch", "checkpoint", "state"]
    assert kinds == ["data", "started", "checkpoint", "state", *ends, *ends, "finished"]
    assert session.steps() == list(range(1, 2 * BATCHES + 1))
    assert session.last("finished")["epochs"] == 2


def test_files_are_as_reported(job: Job) -> None:
    """Every file named in an event exists, with the hash named."""
    files = [body for body in execute(job).emitted if "file" in body]
    assert len(files) == 6
    for body in files:
        assert hashlib.sha256((job.folder / body["file"]).read_bytes()).hexdigest() == body["sha256"]


def test_epoch_0_is_the_untrained_network(job: Job) -> None:
    """As initialized by the seed."""
    execute(job)
    assert_equal(weights(job, 0), build(job.design, job.config.seed).state_dict())


def test_a_pause_waits_for_resume(job: Job) -> None:
    """The state of that step is saved first; no batch is lost or done twice."""
    pause, resume = Order("pause"), Order("resume")
    session = execute(job, (on("state", step=BATCHES), pause), (on("paused"), resume))
    kinds = session.kinds()
    assert kinds[kinds.index("paused") - 1] == "state"
    assert kinds[kinds.index("paused") + 1] == "resumed"
    assert session.steps() == list(range(1, 2 * BATCHES + 1))


def test_one_batch_is_one_batch(job: Job) -> None:
    """Three times, then to the end."""
    one = Order("batch")
    orders = [(on("started"), one), *2 * [(on("paused"), one)], (on("paused"), Order("resume"))]
    session = execute(job, *orders)
    paused = [i for i, body in enumerate(session.emitted) if body["event"] == "paused"]
    steps = [max(Conductor.steps(_part(session, i))) for i in paused]
    assert steps == [1, 2, 3]
    inspected = [body["step"] for body in session.emitted if body["event"] == "inspection"]
    assert inspected[:3] == steps  # each was inspected before the pause
    shown = [body["step"] for body in session.emitted if body["event"] == "single-batch"]
    assert shown == steps  # and only these show what they did
    assert session.kinds()[-1] == "finished"


def _part(session: Conductor, until: int) -> Conductor:
    part = Conductor()
    part.emitted = session.emitted[:until]
    return part


def test_one_epoch_is_one_epoch(job: Job) -> None:
    """From the current step to the end of the epoch, including its checkpoint."""
    session = execute(job, (on("started"), Order("epoch")), (on("paused"), Order("stop")))
    assert session.steps() == list(range(1, BATCHES + 1))
    assert session.last("checkpoint")["epoch"] == 1
    assert session.kinds()[-2:] == ["paused", "stopped"]


def test_resume_cancels_a_single_batch(job: Job) -> None:
    """Then no step is measured."""
    session = execute(job, (on("started"), Order("batch")), (on("checkpoint", epoch=0), Order("resume")))
    assert "single-batch" not in session.kinds()


def test_a_pause_cancels_a_single_batch(job: Job) -> None:
    """What is trained after it is not looked at."""
    orders = [(on("started"), Order("batch")), (on("checkpoint", epoch=0), Order("pause"))]
    session = execute(job, *orders, (on("paused"), Order("resume")))
    assert "single-batch" not in session.kinds()


def test_resume_cancels_a_pause_that_is_due(job: Job) -> None:
    """If one epoch was requested and then all of them, the run does not stop after the one."""
    orders = (on("started"), Order("epoch")), (on("checkpoint", epoch=1), Order("resume"))
    assert "paused" not in execute(job, *orders).kinds()


def test_a_change_does_not_cancel_a_pause_that_is_due(job: Job) -> None:
    """It comes right at the end of the one requested epoch."""
    change = Order("change", {"learning_rate": 0.01})
    orders = (
        (on("started"), Order("epoch")),
        (on("checkpoint", epoch=1), change),
        (on("paused"), Order("stop")),
    )
    session = execute(job, *orders)
    assert session.last("changed")["step"] == BATCHES
    assert session.steps()[-1] == BATCHES


@pytest.mark.parametrize(("order", "word"), [("stop", "stopped"), ("suspend", "suspended")])
def test_stopped_and_resumed_it_ends_as_if_undisturbed(
    job: Job, tmp_path: Path, order: Any, word: str
) -> None:
    """In the middle of the second epoch: the weights at the end are equal bit for bit."""
    undisturbed = replace(job, folder=tmp_path / "undisturbed")
    whole = execute(undisturbed)
    first = execute(
        job,
        (on("state", step=BATCHES), Order("batch")),
        (on("paused"), Order("batch")),
        (on("paused"), Order(order)),
    )
    assert first.kinds()[-1] == word
    second = execute(continued(job, first))
    assert second.last("started")["step"] == first.last("state")["step"] == SECOND + 1
    assert_equal(weights(job, 2), weights(undisturbed, 2))
    assert second.last("finished")["test_loss"] == whole.last("finished")["test_loss"]


def test_a_damaged_state_is_skipped_with_a_note(job: Job, tmp_path: Path) -> None:
    """The previous one is used, and the end is the same."""
    undisturbed = replace(job, folder=tmp_path / "undisturbed")
    execute(undisturbed)
    first = execute(job, (on("state", step=BATCHES), Order("batch")), (on("paused"), Order("stop")))
    newest = job.folder / first.last("state")["file"]
    body = bytearray(newest.read_bytes())
    body[-1] ^= 1
    newest.write_bytes(body)
    second = execute(continued(job, first))
    assert second.emitted[0]["event"] == "note"
    assert newest.name in message_of(second.emitted[0])
    assert "earlier checkpoint" in message_of(second.emitted[0])
    assert second.last("started")["step"] == BATCHES
    assert_equal(weights(job, 2), weights(undisturbed, 2))


def test_settings_change_during_the_run(job: Job) -> None:
    """The change is emitted with its step, saved in the state at once, and survives a stop."""
    change = Order("change", {"learning_rate": 0.5, "batch_size": 300})
    first = execute(job, (on("state", step=BATCHES), change), (on("changed"), Order("stop")))
    assert first.last("changed") | {"settings": None} == {
        "event": "changed",
        "epoch": 2,
        "step": BATCHES,
        "batches": 5,
        "settings": None,
    }
    second = execute(continued(job, first))
    assert [second.last("started")[name] for name in ("step", "epoch", "batch", "batches")] == [
        BATCHES,
        2,
        0,
        5,
    ]
    assert second.steps()[-1] == BATCHES + 5


def test_a_recorded_state_is_never_overwritten(job: Job) -> None:
    """Two states of the same step are two files, each with the emitted hash."""
    change = Order("change", {"weight_decay": 0.1})
    session = execute(job, (on("state", step=BATCHES), change))
    states = [body for body in session.emitted if body["event"] == "state" and body["step"] == BATCHES]
    assert len({body["file"] for body in states}) == 2
    for body in states:
        assert hashlib.sha256((job.folder / body["file"]).read_bytes()).hexdigest() == body["sha256"]


def test_a_change_during_a_pause_does_not_end_it(job: Job) -> None:
    """It is emitted, and the run keeps waiting."""
    change, resume = Order("change", {"weight_decay": 0.1}), Order("resume")
    session = execute(job, (on("started"), Order("pause")), (on("paused"), change), (on("changed"), resume))
    kinds = session.kinds()
    assert kinds.index("paused") < kinds.index("changed") < kinds.index("resumed")
    assert kinds[-1] == "finished"


def test_a_bad_change_is_a_note(job: Job) -> None:
    """The run continues unchanged."""
    session = execute(job, (on("started"), Order("change", {"learning_rate": -1.0})))
    assert "learning rate" in message_of(session.last("note"))
    assert session.kinds()[-1] == "finished"


def test_a_fork_starts_from_its_parents_weights(job: Job, quick_design: Design) -> None:
    """They are its epoch 0."""
    start = job.folder / "parent.safetensors"
    parent = build(quick_design, seed=5).state_dict()
    sha256 = write_tensors(start, parent)
    execute(replace(job, start=(start, sha256)))
    assert_equal(weights(job, 0), parent)


# ---- errors


def test_divergence_is_reported_with_its_step(job: Job) -> None:
    """The finite losses before it are on the curve; the untrained network is kept."""
    deep = Design(name="deep").with_layers((Flatten(), *2 * [Linear(out_features=10)]))
    wild = changed(job.config, optimizer="sgd", learning_rate=100.0, precision="float32")
    session = execute(replace(job, design=deep, config=wild))
    message = message_of(session.last("failed"))
    assert message.startswith("the loss became ")
    assert f"in batch {session.steps()[-1] + 1}: training diverged" in message
    assert "smaller learning rate" in message
    assert session.last("failed")["reason"] == "diverged"
    assert session.kinds()[-1] == "failed"
    losses = [loss for body in session.emitted if body["event"] == "batches" for loss in body["loss"]]
    assert all(abs(loss) < float("inf") for loss in losses)
    assert_equal(weights(job, 0), build(deep).state_dict())


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"data": "digts"}, ["no data set 'digts'", "digits, mnist"]),
        (
            {"design": Design(input_shape=(3, 8, 8)).with_layers((Flatten(), Linear(out_features=10)))},
            ["(3, 8, 8)"],
        ),
        pytest.param(
            {"config": make_config(device="cuda")},
            ["'cuda' was asked for", "auto"],
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has an NVIDIA GPU"),
        ),
    ],
    ids=["data", "shape", "device"],
)
def test_an_error_that_a_person_can_fix_is_reported(
    job: Job, settings: dict[str, Any], parts: list[str]
) -> None:
    """As one event with the reason, without a traceback."""
    failed = execute(replace(job, **settings)).emitted[-1]
    assert failed["event"] == "failed"
    assert [part for part in parts if part not in message_of(failed)] == []
    assert failed["reason"] == ""


@pytest.mark.parametrize(
    ("size", "error", "advice"),
    [
        (128, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "batch size of 32"),
        (128, RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), "batch size of 32"),
        (128, RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "batch size of 32"),
        (128, RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"), "batch size of 32"),
        (2, MemoryError(), "batch size of 1"),
        (1, MemoryError(), "a smaller network"),
    ],
)
def test_running_out_of_memory_is_reported_on_any_device(
    job: Job, monkeypatch: pytest.MonkeyPatch, size: int, error: Exception, advice: str
) -> None:
    """In mid-run, with the changed batch size: the checkpoint is kept, and the next run works."""
    plain = job.design.with_layers((Flatten(), Linear(out_features=10)))  # batches of one are allowed
    job = replace(job, design=plain)

    def full(*_: object) -> None:
        raise error

    change = Order("change", {"batch_size": size})
    first = execute(job, (on("state", step=BATCHES), change), (on("changed"), Order("stop")))
    with monkeypatch.context() as patched:
        patched.setattr("cnnlab.training.loop.Training._step", full)
        failed = execute(continued(job, first))
    assert failed.kinds() == ["data", "started", "failed"]
    assert message_of(failed.last("failed")).startswith(
        f"The memory is full: a batch of {size} does not fit."
    )
    assert f"Try {'a ' * (size > 1)}{advice}." in message_of(failed.last("failed"))
    assert failed.last("failed")["reason"] == "memory full"
    assert execute(continued(job, first)).kinds()[-1] == "finished"


def test_other_errors_of_torch_are_bugs(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """They keep their traceback."""

    def broken(*_: object) -> None:
        raise RuntimeError("shape '[3]' is invalid for input of size 4")

    monkeypatch.setattr("cnnlab.training.loop.Training._step", broken)
    with pytest.raises(RuntimeError, match="invalid for input"):
        execute(job)


def test_weights_of_another_design_are_an_error(job: Job) -> None:
    """The state matches its hash but not the design."""
    first = execute(job, (on("state", step=BATCHES), Order("stop")))
    other = job.design.with_layers((Flatten(), Linear(out_features=10)))
    failed = execute(replace(continued(job, first), design=other)).emitted[-1]
    assert "another design" in message_of(failed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", ["epoch-0001.safetensors", "state-00000011.safetensors"])
def test_a_full_disk_pauses_and_reports_the_space_needed(job: Job, tmp_path: Path, name: str) -> None:
    """Nothing is lost: with space again the run continues to the same end."""
    undisturbed = replace(job, folder=tmp_path / "undisturbed")
    execute(undisturbed)
    job.folder.mkdir()
    (job.folder / f".{name}.{os.getpid()}.part").symlink_to("/dev/full")
    session = execute(job, (on("paused"), Order("resume")))
    message = message_of(session.last("paused"))
    assert "The disk is full" in message
    assert " MB " in message
    assert str(job.folder) in message
    assert session.kinds()[-1] == "finished"
    assert session.steps() == list(range(1, 2 * BATCHES + 1))
    assert_equal(weights(job, 2), weights(undisturbed, 2))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_with_space_again_it_continues_by_itself(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a resume; orders given meanwhile are followed when it trains again."""
    monkeypatch.setattr("cnnlab.engine.session.SECONDS_PER_RETRY", 0.1)
    job.folder.mkdir()
    (job.folder / f".epoch-0001.safetensors.{os.getpid()}.part").symlink_to("/dev/full")
    change = Order("change", {"learning_rate": 0.01})
    session = execute(job, (on("paused"), change))
    kinds = session.kinds()
    assert kinds.count("paused") == kinds.count("resumed") == 1
    assert kinds.index("resumed") < kinds.index("changed")
    assert kinds[-1] == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_run_can_be_stopped_while_the_disk_is_full(job: Job) -> None:
    """It continues later from its last state."""
    job.folder.mkdir()
    (job.folder / f".state-{BATCHES:08d}.safetensors.{os.getpid()}.part").symlink_to("/dev/full")
    first = execute(job, (on("paused"), Order("stop")))
    assert first.kinds()[-1] == "stopped"
    second = execute(continued(job, first))
    assert second.last("started")["step"] == 0
    assert second.kinds()[-1] == "finished"


def test_a_folder_that_cannot_be_written_is_an_error(job: Job) -> None:
    """A file is in the way: no pause would help, so the run fails and names the folder."""
    job.folder.touch()
    message = message_of(execute(job).last("failed"))
    assert "cannot be written" in message
    assert str(job.folder) in message


def test_orders_during_a_download_are_followed(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop ends it at once; a pause takes effect when training begins."""

    load = Catalogue.load

    def slowly(self: Catalogue, name: str, *, on_progress: Any) -> ImageDataset:
        for done in range(5):
            on_progress(done, 4)
        return load(self, name)

    monkeypatch.setattr(Catalogue, "load", slowly)
    stopped = execute(job, (on("download", done=2), Order("stop")))
    assert stopped.kinds() == ["download"] * 3 + ["stopped"]
    paused = execute(job, (on("download", done=2), Order("pause")), (on("paused"), Order("stop")))
    assert paused.kinds() == ["download"] * 5 + ["data", "started", "state", "paused", "stopped"]
