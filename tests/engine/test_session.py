"""A session without a process around it: what it tells, what it keeps, what it obeys."""

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
from cnnlab.engine.session import Looks
from cnnlab.layers import Flatten, Linear
from cnnlab.models.build import build
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.training.config import changed, make_config
from tests.engine.conftest import BATCHES, Conductor, execute, on, said

SECOND = 12  # the first step of the second epoch


def weights(job: Job, epoch: int) -> dict[str, Tensor]:
    """What was kept of an epoch."""
    return read_tensors(job.folder / f"epoch-{epoch:04d}.safetensors")[0]


def continued(job: Job, *sessions: Conductor) -> Job:
    """The job as the lab would go on with it: the newest states first."""
    told = [body for session in sessions for body in session.told if body["event"] == "state"]
    return replace(job, states=tuple((job.folder / body["file"], body["sha256"]) for body in told[:-3:-1]))


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    """Bit by bit."""
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_tells_a_whole_run(job: Job) -> None:
    """Batches in bundles, a checkpoint and a state behind every epoch, the test figure last."""
    session = execute(job)
    kinds = [kind for kind in session.kinds() if kind not in ("batches", "inspection")]
    ends = ["epoch", "checkpoint", "state"]
    assert kinds == ["data", "started", "checkpoint", "state", *ends, *ends, "finished"]
    assert session.steps() == list(range(1, 2 * BATCHES + 1))
    assert session.last("finished")["epochs"] == 2


def test_keeps_what_it_tells(job: Job) -> None:
    """Every file that is named is there, with the hash that is named."""
    files = [body for body in execute(job).told if "file" in body]
    assert len(files) == 6
    for body in files:
        assert hashlib.sha256((job.folder / body["file"]).read_bytes()).hexdigest() == body["sha256"]


def test_epoch_0_is_the_untrained_network(job: Job) -> None:
    """As the seed draws it."""
    execute(job)
    assert_equal(weights(job, 0), build(job.design, job.config.seed).state_dict())


def test_a_pause_waits_for_resume(job: Job) -> None:
    """The state of that very step is kept first; no batch is lost or done twice."""
    pause, resume = Order("pause"), Order("resume")
    session = execute(job, (on("state", step=BATCHES), pause), (on("paused"), resume))
    kinds = session.kinds()
    assert kinds[kinds.index("paused") - 1] == "state"
    assert kinds[kinds.index("paused") + 1] == "resumed"
    assert session.steps() == list(range(1, 2 * BATCHES + 1))


def test_one_batch_is_one_batch(job: Job) -> None:
    """Three times over, then on to the end."""
    one = Order("batch")
    orders = [(on("started"), one), *2 * [(on("paused"), one)], (on("paused"), Order("resume"))]
    session = execute(job, *orders)
    paused = [i for i, body in enumerate(session.told) if body["event"] == "paused"]
    steps = [max(Conductor.steps(_part(session, i))) for i in paused]
    assert steps == [1, 2, 3]
    looks = [body["step"] for body in session.told if body["event"] == "inspection"]
    assert looks[:3] == steps  # each was looked at, before the pause
    assert session.kinds()[-1] == "finished"


def _part(session: Conductor, until: int) -> Conductor:
    part = Conductor()
    part.told = session.told[:until]
    return part


def test_one_epoch_is_one_epoch(job: Job) -> None:
    """From wherever it is to the end of the epoch, its checkpoint included."""
    session = execute(job, (on("started"), Order("epoch")), (on("paused"), Order("stop")))
    assert session.steps() == list(range(1, BATCHES + 1))
    assert session.last("checkpoint")["epoch"] == 1
    assert session.kinds()[-2:] == ["paused", "stopped"]


def test_resume_comes_before_the_pause_that_is_due(job: Job) -> None:
    """Whoever asked for one epoch and then for all of them is not stopped at its end."""
    orders = (on("started"), Order("epoch")), (on("checkpoint", epoch=1), Order("resume"))
    assert "paused" not in execute(job, *orders).kinds()


def test_a_change_does_not_undo_the_pause_that_is_due(job: Job) -> None:
    """It comes at the very end of the one epoch that was asked for."""
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
    """In the middle of the second epoch: the weights at the end are equal bit by bit."""
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


def test_a_damaged_state_is_passed_over_and_told(job: Job, tmp_path: Path) -> None:
    """The one before it serves, and the end is the same."""
    undisturbed = replace(job, folder=tmp_path / "undisturbed")
    execute(undisturbed)
    first = execute(job, (on("state", step=BATCHES), Order("batch")), (on("paused"), Order("stop")))
    newest = job.folder / first.last("state")["file"]
    body = bytearray(newest.read_bytes())
    body[-1] ^= 1
    newest.write_bytes(body)
    second = execute(continued(job, first))
    assert second.told[0]["event"] == "note"
    assert newest.name in said(second.told[0])
    assert "earlier checkpoint" in said(second.told[0])
    assert second.last("started")["step"] == BATCHES
    assert_equal(weights(job, 2), weights(undisturbed, 2))


def test_without_any_state_it_begins_anew(job: Job) -> None:
    """Two damaged states are two notes, and the run starts over."""
    first = execute(job, (on("state", step=BATCHES), Order("stop")))
    again = continued(job, first)
    for path, _ in again.states:
        path.write_bytes(b"")
    second = execute(again)
    assert second.kinds()[:4] == ["note", "note", "data", "started"]
    assert second.last("started")["step"] == 0
    assert second.kinds()[-1] == "finished"


def test_settings_change_under_way(job: Job) -> None:
    """The change is told with its step, kept in the state at once, and survives a stop."""
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


def test_a_state_on_record_is_never_written_over(job: Job) -> None:
    """Two states of one step are two files, and each has the hash that was told of it."""
    pause, resume = Order("pause"), Order("resume")
    session = execute(job, (on("state", step=BATCHES), pause), (on("paused"), resume))
    states = [body for body in session.told if body["event"] == "state" and body["step"] == BATCHES]
    assert len({body["file"] for body in states}) == 2
    for body in states:
        assert hashlib.sha256((job.folder / body["file"]).read_bytes()).hexdigest() == body["sha256"]


def test_a_change_while_paused_keeps_the_pause(job: Job) -> None:
    """It is told, and the run waits on."""
    change, resume = Order("change", {"weight_decay": 0.1}), Order("resume")
    session = execute(job, (on("started"), Order("pause")), (on("paused"), change), (on("changed"), resume))
    kinds = session.kinds()
    assert kinds.index("paused") < kinds.index("changed") < kinds.index("resumed")
    assert kinds[-1] == "finished"


def test_a_bad_change_is_a_note(job: Job) -> None:
    """The run goes on as it was."""
    session = execute(job, (on("started"), Order("change", {"learning_rate": -1.0})))
    assert "learning rate" in said(session.last("note"))
    assert session.kinds()[-1] == "finished"


def test_a_fork_begins_with_its_parents_weights(job: Job, quick_design: Design) -> None:
    """Its epoch 0 is what it was forked from."""
    start = job.folder / "parent.safetensors"
    parent = build(quick_design, seed=5).state_dict()
    sha256 = write_tensors(start, parent)
    execute(replace(job, start=(start, sha256)))
    assert_equal(weights(job, 0), parent)


# ---- what goes wrong


def test_divergence_is_told_with_its_step(job: Job) -> None:
    """The way into it is on the curve, in finite numbers; the untrained network is kept."""
    deep = Design(name="deep").with_layers((Flatten(), *2 * [Linear(out_features=10)]))
    wild = changed(job.config, optimizer="sgd", learning_rate=100.0, precision="float32")
    session = execute(replace(job, design=deep, config=wild))
    message = said(session.last("failed"))
    assert message.startswith("the loss became ")
    assert f"at step {session.steps()[-1] + 1}: training diverged" in message
    assert "smaller learning rate" in message
    assert session.last("failed")["reason"] == "diverged"
    assert session.kinds()[-1] == "failed"
    losses = [loss for body in session.told if body["event"] == "batches" for loss in body["loss"]]
    assert all(abs(loss) < float("inf") for loss in losses)
    assert_equal(weights(job, 0), build(deep).state_dict())


@pytest.mark.parametrize(
    ("settings", "words"),
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
def test_what_a_person_can_mend_is_told(job: Job, settings: dict[str, Any], words: list[str]) -> None:
    """One event with the reason; no traceback."""
    failed = execute(replace(job, **settings)).told[-1]
    assert failed["event"] == "failed"
    assert [word for word in words if word not in said(failed)] == []
    assert failed["reason"] == ""


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        (128, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "batch size of 32"),
        (128, RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), "batch size of 32"),
        (128, RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "batch size of 32"),
        (128, RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"), "batch size of 32"),
        (2, MemoryError(), "batch size of 1"),
        (1, MemoryError(), "a smaller network"),
    ],
)
def test_full_memory_is_told_on_any_device(
    job: Job, monkeypatch: pytest.MonkeyPatch, size: int, error: Exception, words: str
) -> None:
    """In mid-run, with the batch size that was steered to: the checkpoint is kept, the next run is fine."""
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
    assert said(failed.last("failed")).startswith(f"The memory is full: a batch of {size} does not fit.")
    assert f"Try {'a ' * (size > 1)}{words}." in said(failed.last("failed"))
    assert failed.last("failed")["reason"] == "memory full"
    assert execute(continued(job, first)).kinds()[-1] == "finished"


def test_other_errors_of_torch_are_bugs(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """They keep their traceback."""

    def broken(*_: object) -> None:
        raise RuntimeError("shape '[3]' is invalid for input of size 4")

    monkeypatch.setattr("cnnlab.training.loop.Training._step", broken)
    with pytest.raises(RuntimeError, match="invalid for input"):
        execute(job)


def test_weights_of_another_design_are_told(job: Job) -> None:
    """A state that fits its hash and not the design."""
    first = execute(job, (on("state", step=BATCHES), Order("stop")))
    other = job.design.with_layers((Flatten(), Linear(out_features=10)))
    failed = execute(replace(continued(job, first), design=other)).told[-1]
    assert "another design" in said(failed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", ["epoch-0001.safetensors", "state-00000011.safetensors"])
def test_a_full_disk_pauses_and_says_how_much_is_needed(job: Job, tmp_path: Path, name: str) -> None:
    """Nothing is lost: with room again the run goes on to the same end."""
    undisturbed = replace(job, folder=tmp_path / "undisturbed")
    execute(undisturbed)
    job.folder.mkdir()
    (job.folder / f".{name}.{os.getpid()}.part").symlink_to("/dev/full")
    session = execute(job, (on("paused"), Order("resume")))
    message = said(session.last("paused"))
    assert "The disk is full" in message
    assert " MB " in message
    assert str(job.folder) in message
    assert session.kinds()[-1] == "finished"
    assert session.steps() == list(range(1, 2 * BATCHES + 1))
    assert_equal(weights(job, 2), weights(undisturbed, 2))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_with_room_again_it_goes_on_by_itself(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody resumes it; what was wanted meanwhile is done when it trains again."""
    monkeypatch.setattr("cnnlab.engine.session.SECONDS_PER_TRY", 0.1)
    job.folder.mkdir()
    (job.folder / f".epoch-0001.safetensors.{os.getpid()}.part").symlink_to("/dev/full")
    change = Order("change", {"learning_rate": 0.01})
    session = execute(job, (on("paused"), change))
    kinds = session.kinds()
    assert kinds.count("paused") == kinds.count("resumed") == 1
    assert kinds.index("resumed") < kinds.index("changed")
    assert kinds[-1] == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_can_be_left(job: Job) -> None:
    """Stopped there, the run goes on later from its last state."""
    job.folder.mkdir()
    (job.folder / f".state-{BATCHES:08d}.safetensors.{os.getpid()}.part").symlink_to("/dev/full")
    first = execute(job, (on("paused"), Order("stop")))
    assert first.kinds()[-1] == "stopped"
    second = execute(continued(job, first))
    assert second.last("started")["step"] == 0
    assert second.kinds()[-1] == "finished"


def test_a_folder_that_cannot_be_written_is_told(job: Job) -> None:
    """Where a file is in the way: no pause helps, so it fails, with the folder's name."""
    job.folder.touch()
    message = said(execute(job).last("failed"))
    assert "cannot be written" in message
    assert str(job.folder) in message


def test_what_is_wanted_during_a_download_counts(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop ends it at once; a pause is kept until training begins."""

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


# ---- looks at the network


def test_looks_cost_a_share_of_the_processor_and_are_never_far_apart() -> None:
    """Two seconds at least; then by what the last one cost, however long it took; half a minute at most."""
    clock = processor = 100.0
    looks = Looks(lambda: clock, lambda: processor)

    def look(cost: float, by_the_clock: float) -> None:
        nonlocal clock, processor
        assert looks.due()
        looks.begin()
        clock, processor = clock + by_the_clock, processor + cost
        looks.end()

    look(3.0, 9.0)  # the first warms up
    look(0.1, 1.0)  # on a busy machine
    clock, processor = clock + 1.5, processor + 10.0
    assert looks.due()  # 10 s of work for 0.1 s of looking
    look(0.1, 1.0)
    clock, processor = clock + 5.0, processor + 9.0
    assert not looks.due()
    clock = clock + 24.0
    look(0.1, 1.0)  # half a minute has passed
    clock, processor = clock + 0.5, processor + 50.0
    assert not looks.due()
