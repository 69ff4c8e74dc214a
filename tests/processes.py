"""Whether processes are gone."""

from __future__ import annotations

import time

import psutil


def left(family: list[psutil.Process], seconds: float = 2.0) -> list[psutil.Process]:
    """Those that still run after so many seconds. One that only waits to be reaped has ended."""
    deadline = time.monotonic() + seconds
    while (alive := [process for process in family if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return alive


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
