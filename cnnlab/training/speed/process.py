"""What makes training fast without changing what is computed. Each piece is off where it does not apply."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import time

_LITTLE = 0.2  # of all processors: less than that is a quiet machine
_BOOKED = 0.05  # seconds in which the system has written down what this process itself used before
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def prepare_process(*, alone: bool = False) -> None:
    """Set this process up for training; call it before torch is loaded.

    `alone`: nobody else is meant to use the machine; whether that is so is looked at.
    """
    keep_freed_memory()
    let_threads_wait(spinning=alone and others_use() < _LITTLE)


def let_threads_wait(*, spinning: bool) -> None:
    """How OpenMP's threads wait for one another, some 80 times a step. What the environment says stays.

    Article 1's network on two cores, pictures a second: on a quiet machine 16,500 with threads that spin for
    at most 0.4 ms, 11,000 with threads that sleep at once, 10,600 with one thread; beside as many busy
    processes as cores 1,100, 5,300 and 3,800: who spins uses up the time that the others would have needed.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        return
    if spinning:
        os.environ["GOMP_SPINCOUNT"] = "20000"
    else:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


def others_use(seconds: float = 0.1) -> float:
    """The share of the processors that is in use while this process sleeps; 1 where that is not told."""
    time.sleep(_BOOKED)
    before = _processor_times()
    time.sleep(seconds)
    after = _processor_times()
    if before is None or after is None or after[1] == before[1]:
        return 1.0
    return 1 - (after[0] - before[0]) / (after[1] - before[1])


def _processor_times() -> tuple[int, int] | None:
    """(idle, all) hundredths of a second of all processors since the machine started."""
    try:
        with open("/proc/stat") as file:
            times = [int(word) for word in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return sum(times[3:5]), sum(times)


def keep_freed_memory() -> bool:
    """Let glibc keep freed pages for the next step; call before torch is loaded. Whether it worked.

    Otherwise every activation of some 10 MB is mapped from and given back to the kernel in each step, which
    costs a third of the time on a processor.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    results = (
        mallopt(M_TRIM_THRESHOLD, 1 << 30),
        mallopt(M_MMAP_MAX, 0),
        mallopt(M_TOP_PAD, 64 << 20),
    )
    return all(results)
