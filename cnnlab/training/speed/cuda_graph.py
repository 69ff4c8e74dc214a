"""What makes training fast on an NVIDIA GPU: a step's kernels recorded once, and a host that keeps close.

A small network's kernels take a few microseconds each. Sending them from Python one by one takes ten times
as long: the GPU waits. A CUDA graph sends all of them with one call.
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

WARM_UP = 3  # steps done as usual before one is recorded: libraries choose and prepare their kernels in them
_AHEAD = 8  # steps that the host may be ahead of the GPU

Learn = Callable[[Tensor], tuple[Tensor, Tensor]]


def sum_in_one_order() -> None:
    """The same run gives the same numbers, on a GPU too: costs 4 % at most where it was measured."""
    torch.backends.cudnn.deterministic = True


def give_back_memory() -> None:
    """What finished runs held on the GPU: for the next run, and for whoever else uses the card.

    A run's parts know one another: without a collection they would stay until Python happens to look.
    """
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()
        torch.cuda.empty_cache()


class RecordedStep:
    """`learn`, which leaves gradients in the parameters, as a CUDA graph: the same kernels, sent at once.

    Recorded is what `learn` does for batches of `size` pictures; other sizes are done as usual. Whatever else
    changes what it does asks for a new RecordedStep. Random numbers go on as if nothing were recorded.
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
        """What `learn` gives for these rows of the data."""
        if len(rows) != len(self._rows):
            return self._learn(rows)
        if self._graph is None and self._steps < WARM_UP:
            self._steps += 1
            return self._beside(rows)
        self._rows.copy_(rows)
        if self._graph is None:
            self._graph = self._record()
        for parameter, gradient in zip(self._parameters, self._gradients, strict=True):
            parameter.grad = gradient  # a step of another size has left its own there
        self._graph.replay()
        loss, correct = self._results
        return loss.clone(), correct.clone()  # the next replay writes over them

    def _beside(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """On the stream that is recorded from afterwards, as CUDA wants its warm-up."""
        usual = torch.cuda.current_stream()
        self._stream.wait_stream(usual)
        with torch.cuda.stream(self._stream):
            results = self._learn(rows)
        usual.wait_stream(self._stream)
        return results

    def _record(self) -> torch.cuda.CUDAGraph:
        """Nothing is computed while it is recorded. The gradients' memory is the graph's from here on."""
        graph = torch.cuda.CUDAGraph()
        for parameter in self._parameters:
            parameter.grad = None
        with _no_garbage_collection(), torch.cuda.graph(graph, stream=self._stream):
            self._results = self._learn(self._rows)
        self._gradients = [parameter.grad for parameter in self._parameters]
        return graph


@cache
def _recording_stream() -> torch.cuda.Stream:
    """One for all runs: for each stream cuBLAS keeps some 30 MB for ever."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """An earlier run's graph that is thrown away while another is recorded would spoil the recording."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Pace:
    """Lets the host run a few steps ahead of the GPU, not more.

    Sending a step may take a tenth of the time that it takes: without this, what a person wants now would
    come after all that is already on its way.
    """

    def __init__(self) -> None:
        self._marks: deque[torch.cuda.Event] = deque()

    def keep(self) -> None:
        """Call after each step: waits for the one that is too long ago, without using the processor."""
        mark = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        mark.record()
        self._marks.append(mark)
        if len(self._marks) > _AHEAD:
            self._marks.popleft().synchronize()
