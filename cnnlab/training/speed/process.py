"""Process settings that make training fast without changing what is computed, each only where it applies."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import time

_QUIET_SHARE = 0.2  # a machine with less than this share of its processors in use is quiet
_ACCOUNTING_DELAY = 0.05  # seconds until the system has accounted for what this process itself used
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def prepare_process(*, alone: bool = False) -> None:
    """Set this process up for training; call it before torch is loaded.

    `alone`: no other program is expected to use the machine; whether that is true is measured.
    """
    keep_freed_memory()
    set_thread_waiting(spinning=alone and cpu_share_of_others() < _QUIET_SHARE)


def set_thread_waiting(*, spinning: bool) -> None:
    """Set how OpenMP's threads wait for one another, some 80 times a step, unless the environment says how.

    Article 1's network on two cores, in pictures per second: on a quiet machine 16,500 with threads that spin
    for at most 0.4 ms, 11,000 with threads that sleep at once, 10,600 with one thread; next to as many busy
    processes as cores 1,100, 5,300 and 3,800: spinning uses up the time that the others need.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        return
    if spinning:
        os.environ["GOMP_SPINCOUNT"] = "20000"
    else:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


def cpu_share_of_others(seconds: float = 0.1) -> float:
    """The share of the processors in use while this process sleeps; 1 where the system does not say."""
    time.sleep(_ACCOUNTING_DELAY)
    before = _processor_times()
    time.sleep(seconds)
    after = _processor_times()
    if before is None or after is None or after[1] == before[1]:
        return 1.0
    return 1 - (after[0] - before[0]) / (after[1] - before[1])


def _processor_times() -> tuple[int, int] | None:
    """(idle, total) time of all processors since the machine started, in hundredths of a second."""
    try:
        with open("/proc/stat") as file:
            times = [int(word) for word in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return sum(times[3:5]), sum(times)


def keep_freed_memory() -> bool:
    """Let glibc keep freed pages for the next step; call before torch is loaded. Returns whether it worked.

    Otherwise each step maps every activation of some 10 MB from the kernel and unmaps it again, which takes
    a third of the time on a CPU.
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
