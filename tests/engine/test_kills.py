"""A few of the kills of `python -m tests.perf.kills`, with the same assertions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.perf.kills import Reference, Tally, Workload, kill_servers, kill_workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals"),
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The results of an undisturbed run with epochs longer than the time between two states."""
    return Reference.train(tmp_path_factory.mktemp("undisturbed"), Workload(4, epochs=2, max_seconds=5.0))


def assert_training_was_lost(tally: Tally) -> None:
    """Assert that there were three kills, some of them in mid-epoch with training to repeat."""
    assert tally.kills == 3
    assert tally.mid_epoch > 0
    assert max(tally.repeated_steps) > 0


def test_killed_workers_lose_nothing_on_record(tmp_path: Path, reference: Reference) -> None:
    """Three kills at random moments: what was on record is there, and the results are bit-identical."""
    assert_training_was_lost(kill_workers(tmp_path, 3, reference))


def test_killed_servers_lose_nothing_on_record(tmp_path: Path, reference: Reference) -> None:
    """Three kills at random moments: the next server continues by itself, and no process is left."""
    assert_training_was_lost(kill_servers(tmp_path, 3, reference))
