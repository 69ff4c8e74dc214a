"""Fast training on an NVIDIA GPU: each step's kernels recorded once, and a host that never gets far ahead.

A small network's kernels take a few microseconds each. Launching them from Python one by one takes ten times
as long, and the GPU idles. A CUDA graph launches all of them with one call.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor
from torch.nn import Parameter

WARM_UP = 3  # ordinary steps before one is recorded, in which libraries choose and prepare their kernels
_MAX_STEPS_AHEAD = 8  # by which the host may be ahead of the GPU

Learn = Callable[[Tensor], tuple[Tensor, Tensor]]


def use_deterministic_kernels() -> None:
    """Make runs reproducible on a GPU too; costs at most 4 % where it was measured."""
    torch.backends.cudnn.deterministic = True


def release_gpu_memory() -> None:
    """Free what finished runs held on the GPU, for the next run and for other users of the card.

    A run's objects form reference cycles: without a collection they would stay until Python's next one.
    """
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()
        torch.cuda.empty_cache()


class RecordedStep:
    """`learn`, which leaves gradients in the parameters, as a CUDA graph: the same kernels, launched at once.

    What `learn` does for batches of `size` pictures is recorded; other sizes run as usual. Anything else that
    changes what it does needs a new RecordedStep. Random numbers continue as if nothing were recorded.
    """

    def __init__(
        self, learn: Learn, parameters: Sequence[Parameter], size: int, device: torch.device
    ) -> None:
        self._learn = learn
        self._parameters = parameters
        self._rows = torch.zeros(size, dtype=torch.int64, device=device)
        self._stream = _recording_stream()
        self._steps = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._gradients: list[Tensor | None] = []
        self._results: tuple[Tensor, Tensor]

    def __call__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The results of `learn` for these rows of the data."""
        if len(rows) != len(self._rows):
            return self._learn(rows)
        if self._graph is None and self._steps < WARM_UP:
            self._steps += 1
            return self._warm_up_step(rows)
        self._rows.copy_(rows)
        if self._graph is None:
            self._graph = self._record()
        for parameter, gradient in zip(self._parameters, self._gradients, strict=True):
            parameter.grad = gradient  # a step of another size has left its own there
        self._graph.replay()
        loss, correct = self._results
        return loss.clone(), correct.clone()  # the next replay overwrites them

    def _warm_up_step(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Run a step on the stream that will be recorded later, as CUDA requires for warm-up."""
        usual = torch.cuda.current_stream()
        self._stream.wait_stream(usual)
        with torch.cuda.stream(self._stream):
            results = self._learn(rows)
        usual.wait_stream(self._stream)
        return results

    def _record(self) -> torch.cuda.CUDAGraph:
        """Record a step, without computing anything. From here on the graph owns the gradients' memory."""
        graph = torch.cuda.CUDAGraph()
        for parameter in self._parameters:
            parameter.grad = None
        with _no_garbage_collection(), torch.cuda.graph(graph, stream=self._stream):
            self._results = self._learn(self._rows)
        self._gradients = [parameter.grad for parameter in self._parameters]
        return graph


@cache
def _recording_stream() -> torch.cuda.Stream:
    """One stream for all runs: for each stream cuBLAS keeps some 30 MB forever."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Disable garbage collection: freeing an earlier run's graph would spoil the recording of another."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Pace:
    """Lets the host run only a few steps ahead of the GPU.

    Launching a step may take a tenth of the time that it runs: without this limit, a person's command would
    take effect only after everything already queued.
    """

    def __init__(self) -> None:
        self._marks: deque[torch.cuda.Event] = deque()

    def keep(self) -> None:
        """Call after each step: waits, without using the CPU, until the GPU is close enough behind."""
        mark = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        mark.record()
        self._marks.append(mark)
        if len(self._marks) > _MAX_STEPS_AHEAD:
            self._marks.popleft().synchronize()
