"""A few of the kills that `python -m tests.perf.kills` does by the dozen, with the same assertions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.perf.kills import Tally, Truth, Workload, kill_servers, kill_workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """An undisturbed run whose epochs are longer than the time between two states."""
    return Truth.of(tmp_path_factory.mktemp("truth"), Workload(convolutions=4, epochs=2, longest=5.0))


def assert_cost_work(tally: Tally) -> None:
    """Assert that there were three kills, some of them in mid-epoch with work to lose."""
    assert tally.kills == 3
    assert tally.mid_epoch > 0
    assert max(tally.repeated_steps) > 0


def test_killed_workers_lose_nothing_on_record(tmp_path: Path, truth: Truth) -> None:
    """Three kills at random moments: what was recorded is there, and the end is the same bit for bit."""
    assert_cost_work(kill_workers(tmp_path, 3, truth))


def test_killed_servers_lose_nothing_on_record(tmp_path: Path, truth: Truth) -> None:
    """Three kills at random moments: the next server continues by itself, and no process is left."""
    assert_cost_work(kill_servers(tmp_path, 3, truth))
