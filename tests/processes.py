"""Waiting for processes to end, and finding a free port."""

from __future__ import annotations

import socket
import time

import psutil


def still_running(family: list[psutil.Process], seconds: float = 2.0) -> list[psutil.Process]:
    """Return the processes that still run after some seconds; zombies do not count."""
    deadline = time.monotonic() + seconds
    while (alive := [process for process in family if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return alive


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
