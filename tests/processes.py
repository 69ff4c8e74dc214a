"""Helpers for processes: which still run, a free port, and a program in place of Python."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import psutil
import pytest


def survivors(family: list[psutil.Process], seconds: float = 2.0) -> list[psutil.Process]:
    """The processes still running after this many seconds; a zombie has ended."""
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
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def replace_python(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a shell script run in place of the Python that the lab starts."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
