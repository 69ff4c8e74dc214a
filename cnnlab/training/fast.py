"""What makes training fast without changing what is computed. Each piece is off where it does not apply."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def prepare_process() -> None:
    """Set this process up for training; call it before torch is loaded."""
    keep_freed_memory()
    wait_without_spinning()


def wait_without_spinning() -> None:
    """Let OpenMP's threads sleep while they wait for one another.

    Left alone they spin: two of them on two cores that somebody else uses too trained at 4 % of the speed of
    two that sleep.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


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
