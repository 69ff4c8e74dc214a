"""Memory that really runs out, in each library that the lab uses, is recognized; nothing else is."""

from __future__ import annotations

import mmap
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch

from cnnlab.ground.errors import LabError
from cnnlab.ground.memory import (
    MEMORY_FULL,
    MemoryFullError,
    full_memory_named,
    is_out_of_memory,
    tells_of_full_memory,
    was_killed,
)

HUGE = 2**50  # bytes: no machine has them


def after_another() -> None:
    """An error that a failed allocation causes."""
    try:
        torch.empty(HUGE)
    except RuntimeError:
        raise RuntimeError("a step could not be recorded")  # noqa: B904 - as torch does


ALLOCATIONS: dict[str, Callable[[], object]] = {
    "python": lambda: bytearray(HUGE),
    "numpy": lambda: np.empty(HUGE, np.uint8),
    "torch": lambda: torch.empty(HUGE, dtype=torch.uint8),
    "torch, for a layer": lambda: torch.nn.Linear(2**24, 2**24),
    "the system": lambda: mmap.mmap(-1, HUGE),
    "torch, and then another": after_another,
}


@pytest.mark.parametrize("name", ALLOCATIONS)
def test_a_failed_allocation_is_called_out_of_memory(name: str) -> None:
    """With a code for programs, and something to try."""
    with pytest.raises(MemoryFullError) as caught, full_memory_named():
        ALLOCATIONS[name]()
    assert caught.value.code == MEMORY_FULL
    assert "fewer filters" in str(caught.value)


@pytest.mark.gpu
def test_a_gpu_without_memory_is_recognized() -> None:
    """An NVIDIA GPU's, an Apple GPU's."""
    device = "cuda" if torch.cuda.is_available() else "mps"
    with pytest.raises(MemoryFullError), full_memory_named():
        torch.empty(2**44, dtype=torch.uint8, device=device)


@pytest.mark.parametrize("name", ["shapes", "type", "index"])
def test_other_errors_stay_what_they_are(name: str) -> None:
    """Bugs are not excused with a full memory."""
    wrong: dict[str, Callable[[], object]] = {
        "shapes": lambda: torch.ones(2, 3) @ torch.ones(2, 3),
        "type": lambda: torch.ones(2).to("nothing"),
        "index": lambda: torch.ones(2)[5],
    }
    with pytest.raises((RuntimeError, IndexError)) as caught, full_memory_named():
        wrong[name]()
    assert not is_out_of_memory(caught.value)


def with_words_of_its_own() -> None:
    """An error of the lab that a failed allocation causes."""
    try:
        bytearray(HUGE)
    except MemoryError:
        raise LabError("no room for the strips") from None


def test_an_error_of_the_lab_keeps_its_words() -> None:
    """Even if it was raised because memory ran out: it knows more about it."""
    with pytest.raises(LabError, match="the strips"), full_memory_named():
        with_words_of_its_own()


@pytest.mark.parametrize(
    ("end", "killed"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", True),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", False),
        ("raise SystemExit(137)", True),
        ("raise SystemExit(1)", False),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_process_that_the_kernel_kills_is_recognized(end: str, killed: bool) -> None:
    """Directly, or through a shell, which adds 128 to the signal."""
    done = subprocess.run([sys.executable, "-c", end], check=False)
    assert was_killed(done.returncode) is killed


def test_the_last_words_of_a_process_tell_it() -> None:
    """Of one that ended with the error."""
    done = subprocess.run(
        [sys.executable, "-c", f"bytearray({HUGE})"], capture_output=True, text=True, check=False
    )
    assert tells_of_full_memory(done.stderr.splitlines()[-1])
    assert not tells_of_full_memory("KeyError: 'memory'")
