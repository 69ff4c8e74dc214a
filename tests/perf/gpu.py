"""The lab on an NVIDIA GPU: `CNNLAB_DATA=FOLDER python -m tests.perf.gpu [--rounds 3] [--compile]`.

Prints the pictures per second of each article's network with PyTorch's MNIST example (which uses a DataLoader
with pinned memory), with the lab without its speed-ups, with them but without a CUDA graph, and with all of
them. They take turns in one process. Then the cost of deterministic kernels, and the difference in the end
between an undisturbed run and one that was stopped in mid-epoch and resumed, with PyTorch's default kernels
and with deterministic ones. `--compile` also measures torch.compile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS
from cnnlab.models.build import build, logits_part
from cnnlab.training import loop
from cnnlab.training.bundles import bundle
from cnnlab.training.config import make_config
from cnnlab.training.events import Batch
from cnnlab.training.loop import Training, train
from cnnlab.training.speed import cuda_graph
from tests.catalogue import catalogue
from tests.perf.training_speed import NETWORKS

STEPS = 400  # per turn
EXAMPLE_PICTURES = 12_800  # per turn of the example
BUNDLE = 50  # batches
CONTESTANTS = ("example", "plain", "one by one", "recorded")
Turn = Callable[[], float]  # trains for a while and returns the pictures per second


def lab(network: str, data: ImageDataset, *, fast: bool, recorded: bool) -> Turn:
    """The lab's own loop, whose batches are bundled as by its worker."""
    size = NETWORKS[network]
    config = make_config(epochs=1_000, batch_size=size, device="cuda", fast=fast)
    training = train(PRESETS[network].design, data, config)
    batches = (event for event in training if isinstance(event, Batch))

    def turn() -> float:
        before, cuda_graph.WARM_UP = cuda_graph.WARM_UP, cuda_graph.WARM_UP if recorded else 10**9
        torch.cuda.synchronize()
        started, seen = time.perf_counter(), training.position.images
        for _ in range(STEPS // BUNDLE):
            bundle(list(islice(batches, BUNDLE)))
        cuda_graph.WARM_UP = before
        return (training.position.images - seen) / (time.perf_counter() - started)

    return turn


def example(network: str) -> Turn:
    """PyTorch's MNIST example with its GPU settings: one loading process, pinned memory, float32."""
    from torch.utils.data import DataLoader

    from tests.perf.contestant import example_data

    model = logits_part(build(PRESETS[network].design)).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loader: Any = DataLoader(
        example_data(EXAMPLE_PICTURES),
        NETWORKS[network],
        shuffle=True,
        num_workers=1,
        pin_memory=True,
        persistent_workers=True,
        multiprocessing_context="spawn",  # a forked one would inherit what is on the GPU
    )

    def turn() -> float:
        started = time.perf_counter()
        for images, labels in loader:
            optimizer.zero_grad()
            scores = model(images.cuda())
            functional.cross_entropy(scores, labels.cuda()).backward()
            optimizer.step()
        torch.cuda.synchronize()
        return EXAMPLE_PICTURES / (time.perf_counter() - started)

    return turn


def compare(network: str, data: ImageDataset, rounds: int) -> None:
    """Print a line of the table."""
    turns: dict[str, Turn] = {
        "example": example(network),
        "plain": lab(network, data, fast=False, recorded=False),
        "one by one": lab(network, data, fast=True, recorded=False),
    }
    for turn in turns.values():
        turn()
    torch.cuda.reset_peak_memory_stats()
    others = torch.cuda.memory_allocated()
    turns["recorded"] = lab(network, data, fast=True, recorded=True)
    turns["recorded"]()
    memory = (torch.cuda.max_memory_allocated() - others) / 1e6
    speeds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name, turn in turns.items():
            speeds[name].append(turn())
    medians = {name: statistics.median(speeds[name]) for name in CONTESTANTS}
    ratios = [
        statistics.median(one / other for one, other in zip(speeds["recorded"], speeds[name], strict=True))
        for name in CONTESTANTS[:-1]
    ]
    cells = [f"{medians[name]:>12,.0f}" for name in CONTESTANTS] + [f"{ratio:>8.2f}" for ratio in ratios]
    print(f"{network:15}", *cells, f"{memory:>8.0f}", flush=True)


@contextmanager
def kernels(*, deterministic: bool) -> Iterator[None]:
    """Use kernels that add in a fixed order, as the lab always does, or the default ones, for comparison."""

    def choose() -> None:
        torch.backends.cudnn.deterministic = deterministic

    with patch.object(loop, "use_deterministic_kernels", choose):
        yield


def cost_of_determinism(network: str, data: ImageDataset, rounds: int) -> None:
    """Print pictures per second with and without. A CUDA graph keeps the kernels it was recorded with."""
    speeds: dict[bool, list[float]] = {False: [], True: []}
    turns = {}
    for deterministic in speeds:
        with kernels(deterministic=deterministic):
            turns[deterministic] = lab(network, data, fast=True, recorded=True)
            turns[deterministic]()
    for _ in range(rounds):
        for deterministic, turn in turns.items():
            speeds[deterministic].append(turn())
    default, fixed = (statistics.median(speeds[deterministic]) for deterministic in (False, True))
    line = f"default kernels {default:>12,.0f}   deterministic {fixed:>12,.0f}   {fixed / default:.3f}"
    print(f"{network:15} {line}", flush=True)


def weights_after(training: Training) -> list[torch.Tensor]:
    """The weights at the end of a run."""
    list(training)
    return list(training.weights().values())


def resume_difference(network: str, data: ImageDataset) -> str:
    """The largest difference of a weight between a run and its repetition, and a resumed repetition."""
    config = make_config(epochs=1, batch_size=NETWORKS[network], device="cuda", augmentation=0.3)
    design = PRESETS[network].design
    first, repeated = (weights_after(train(design, data, config)) for _ in range(2))
    stopped = train(design, data, config)
    for event in stopped:
        if isinstance(event, Batch) and event.step == 100:
            break
    resumed = weights_after(train(design, data, config, state=stopped.snapshot()))

    def distance(one: list[torch.Tensor], other: list[torch.Tensor]) -> float:
        return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))

    return f"repeated {distance(first, repeated):.1e}, resumed {distance(first, resumed):.1e}"


def compiled(design: Design, size: int) -> Iterator[str]:
    """What torch.compile costs at first and how fast its steps are then, in a bare loop."""
    images = torch.rand(size, *design.input_shape, device="cuda").contiguous(
        memory_format=torch.channels_last
    )
    labels = torch.randint(0, design.classes, (size,), device="cuda")
    for mode in (None, "reduce-overhead"):
        model: nn.Module = logits_part(build(design)).cuda().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.Adam(model.parameters(), fused=True)
        run: Any = torch.compile(model, mode=mode)

        def step(run: Any = run, optimizer: torch.optim.Optimizer = optimizer) -> None:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = functional.cross_entropy(run(images).float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        started = time.perf_counter()
        for _ in range(5):
            step()
        torch.cuda.synchronize()
        first = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(STEPS):
            step()
        torch.cuda.synchronize()
        speed = STEPS * size / (time.perf_counter() - started)
        yield f"compile mode {mode}: {first:.1f} s for the first 5 steps, then {speed:,.0f} pictures/s"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if "CNNLAB_DATA" not in os.environ or not torch.cuda.is_available():
        sys.exit("set CNNLAB_DATA to a folder that holds MNIST/raw, on a machine with an NVIDIA GPU")
    where = Path(os.environ["CNNLAB_DATA"])
    data = catalogue(Path.home() / ".cnnlab", where).load("mnist")
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    print(
        f"{'network':15}",
        *(f"{name:>12}" for name in CONTESTANTS),
        "   rec/ex rec/pla  rec/obo  peak MB",
        flush=True,
    )
    for network in options.networks:
        compare(network, data, options.rounds)
    for network in options.networks:
        cost_of_determinism(network, data, options.rounds)
    for deterministic, name in ((False, "default"), (True, "deterministic")):
        for network in options.networks:
            with kernels(deterministic=deterministic):
                difference = resume_difference(network, data)
            print(f"{network:15} {name} kernels: {difference}", flush=True)
    if options.compile:
        for line in compiled(PRESETS["article-1"].design, 128):
            print(line, flush=True)


if __name__ == "__main__":
    main()
