"""Locks that the system frees when their holder dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cnnlab.runs.locks import FileLock, is_held
from tests.conftest import ROOT

HOLDER = """
import sys, time
from pathlib import Path
from cnnlab.runs.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(wait=False), flush=True)
time.sleep(60)
"""


def test_only_one_holds_it(tmp_path: Path) -> None:
    """Until it is released."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire(wait=False)
    assert not second.acquire(wait=False)
    assert is_held(tmp_path / "lock")
    first.release()
    assert not is_held(tmp_path / "lock")
    assert second.acquire(wait=False)
    second.release()


def test_a_missing_file_is_not_held(tmp_path: Path) -> None:
    """Checking does not create it."""
    assert not is_held(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_it_dies_with_its_holder(tmp_path: Path) -> None:
    """kill -9 leaves the file and frees the lock."""
    path = tmp_path / "folder" / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == b"True"
    assert is_held(path)
    holder.kill()
    holder.communicate()
    assert path.exists()
    assert not is_held(path)
