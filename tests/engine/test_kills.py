"""A few of the kills that `python -m tests.perf.kills` does by the dozen, with the same assertions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.perf.kills import Truth, kill_servers, kill_workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """An undisturbed run."""
    return Truth.of(tmp_path_factory.mktemp("truth"), epochs=100)


def test_killed_workers_lose_nothing(tmp_path: Path, truth: Truth) -> None:
    """Three kills at random moments: what was recorded is there, and the end is the same bit for bit."""
    assert kill_workers(tmp_path, 3, truth).kills == 3


def test_killed_servers_lose_nothing(tmp_path: Path, truth: Truth) -> None:
    """Three kills at random moments: the next server continues by itself, and no process is left."""
    assert kill_servers(tmp_path, 3, truth).kills == 3
