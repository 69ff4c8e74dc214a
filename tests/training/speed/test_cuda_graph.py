"""On an NVIDIA GPU: recorded steps against the same steps run one by one, and running out of memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design
from cnnlab.engine.job import Job
from cnnlab.layers import KINDS, Conv2d, Dropout, Flatten, Linear
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.events import Batch, Started
from cnnlab.training.loop import Training, train
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.speed import cuda_graph
from tests.engine.conftest import execute
from tests.training.test_memory import around
from tests.training.test_resume import (
    BATCHES,
    assert_resumes_bit_for_bit,
    assert_same_state,
    stopped_after,
)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU on this machine"),
]


def config(**settings: object) -> TrainConfig:
    """Three epochs of four batches on the GPU, with all the speed-ups."""
    return make_config(**{"epochs": 3, "batch_size": 16, "device": "cuda"} | settings)


def one_by_one(
    monkeypatch: pytest.MonkeyPatch, design: Design, data: ImageDataset, how: TrainConfig
) -> Training:
    """The same run without recording, after its end."""
    with monkeypatch.context() as patched:
        patched.setattr(cuda_graph, "WARM_UP", 10**9)
        training = train(design, data, how)
        list(training)
    return training


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_recorded_steps_are_the_same_steps(
    tiny_data: ImageDataset, stochastic_design: Design, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    """With dropout, batch norm and augmentation, and batches of 13 with smaller last ones: bit for bit."""
    how = config(optimizer=optimizer, augmentation=0.5, flip=True, batch_size=13, clip_norm=1.0, l1=1e-4)
    recorded = train(stochastic_design, tiny_data, how)
    list(recorded)
    assert_same_state(recorded, one_by_one(monkeypatch, stochastic_design, tiny_data, how))


def noise(*shape: int) -> ImageDataset:
    """Random pictures, unrelated to their ten classes."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (64, *shape), generator=generator, dtype=torch.uint8)
    split = Split(images, torch.arange(64) % 10)
    return ImageDataset("noise", tuple("0123456789"), split, split, split)


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_can_be_recorded(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The weights are the same as without recording."""
    design = around(KINDS[kind].model_validate({}))
    data = noise(*design.input_shape)
    recorded = train(design, data, config())
    list(recorded)
    assert_same_state(recorded, one_by_one(monkeypatch, design, data, config()))


@pytest.mark.parametrize("loss", LOSSES)
def test_resumes_bit_for_bit_on_the_gpu(
    tiny_data: ImageDataset, stochastic_design: Design, tmp_path: Path, loss: str
) -> None:
    """Stopped after recorded steps in mid-epoch, written, read, and recorded again."""
    how = config(loss=loss, class_weights="balanced", augmentation=0.5)
    assert_resumes_bit_for_bit(stochastic_design, tiny_data, how, tmp_path, steps=BATCHES + 2)


def test_changed_settings_are_recorded_again(
    tiny_data: ImageDataset, stochastic_design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another batch size, augmentation and rate from the next step on, as without recording."""
    changes = {"learning_rate": 0.01, "batch_size": 8, "augmentation": 0.3, "weight_decay": 0.1}
    recorded = stopped_after(train(stochastic_design, tiny_data, config()), BATCHES + 1)
    recorded.change(**changes)
    list(recorded)
    with monkeypatch.context() as patched:
        patched.setattr(cuda_graph, "WARM_UP", 10**9)
        plain = stopped_after(train(stochastic_design, tiny_data, config()), BATCHES + 1)
        plain.change(**changes)
        list(plain)
    assert_same_state(recorded, plain)


def test_the_same_losses_as_on_the_cpu(tiny_data: ImageDataset, plain_design: Design) -> None:
    """In float32, to 1e-3: a GPU adds in another order, and truncates products to 19 bits."""
    here, there = (
        [
            float(event.loss)
            for event in train(plain_design, tiny_data, config(device=device, precision="float32"))
            if isinstance(event, Batch)
        ]
        for device in ("cpu", "cuda")
    )
    assert there == pytest.approx(here, abs=1e-3)


def test_the_card_and_the_graph_are_reported(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Both are in the first event."""
    first = next(train(plain_design, tiny_data, config()))
    assert isinstance(first, Started)
    assert str(first.device) == torch.cuda.get_device_name()
    assert "cuda-graph" in first.ways


@pytest.fixture
def small_memory() -> Iterator[None]:
    """Limit this process to two GB of the card."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(2e9 / torch.cuda.get_device_properties(0).total_memory)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


def wide(batch_size: int, folder: Path) -> Job:
    """A run whose maps take 2.4 MB per picture."""
    layers = (*(Conv2d(out_channels=256, padding="same") for _ in range(3)), Dropout(p=0.1), Flatten())
    design = Design(name="wide").with_layers((*layers, Linear(out_features=10)))
    how = make_config(epochs=1, batch_size=batch_size, device="cuda", precision="float32")
    return Job("r", design, "digits", how, folder / str(batch_size))


@pytest.mark.usefixtures("small_memory")
def test_running_out_of_gpu_memory(tmp_path: Path) -> None:
    """The run fails and names a batch size to try, which then trains in the same process."""
    failed = execute(wide(1024, tmp_path))
    assert failed.kinds()[-1] == "failed"
    assert "a batch of 1024 does not fit. Try a batch size of 256." in failed.last("failed")["message"]
    cuda_graph.release_gpu_memory()  # as the worker does between two runs
    again = execute(wide(256, tmp_path))
    assert again.kinds()[-1] == "finished", again.emitted[-1]


@pytest.mark.usefixtures("small_memory")
def test_running_out_of_gpu_memory_while_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording allocates memory: the message is the same, and the next run works."""
    record = cuda_graph.RecordedStep._record

    def record_with_nothing_left(self: cuda_graph.RecordedStep) -> torch.cuda.CUDAGraph:
        torch.cuda.empty_cache()
        share = (torch.cuda.memory_reserved() + 50e6) / torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(share)
        return record(self)

    with monkeypatch.context() as patched:
        patched.setattr(cuda_graph.RecordedStep, "_record", record_with_nothing_left)
        failed = execute(wide(128, tmp_path))
    assert "a batch of 128 does not fit." in failed.last("failed")["message"]
    cuda_graph.release_gpu_memory()
    torch.cuda.set_per_process_memory_fraction(1.0)
    assert execute(wide(64, tmp_path)).last("finished")["epochs"] == 1


def test_gpu_memory_is_released(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """After a second run, when the libraries have already allocated their own memory, nothing stays."""
    held = []
    for _ in range(2):
        list(train(stochastic_design, tiny_data, config()))
        cuda_graph.release_gpu_memory()
        held.append(torch.cuda.memory_allocated())
    assert held[1] == held[0]


def test_the_host_stays_close() -> None:
    """When a step is launched, at most eight before it are unfinished."""
    pace, done = cuda_graph.Pace(), []
    busy = torch.rand(4096, 4096, device="cuda")
    for step in range(40):
        busy = (busy @ busy).clamp(0, 1)
        mark = torch.cuda.Event()
        mark.record()
        done.append(mark)
        pace.keep()
        unfinished = sum(not mark.query() for mark in done)
        assert unfinished <= 8, step
