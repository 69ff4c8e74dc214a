"""A snapshot of all runs, read from the store at most twice a second for all viewers."""

from __future__ import annotations

from cnnlab.ground.cache import FreshCache
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab

FRESH_SECONDS = 0.45  # for which a snapshot is used


# Not Streamlit's own cache, which has a race between its clock and `clear`.
_snapshot: FreshCache[RunStore, list[Run]] = FreshCache(RunStore.runs, FRESH_SECONDS, max_entries=1)


def all_runs() -> list[Run]:
    """All runs, the newest first, at most half a second old."""
    return _snapshot.get(lab().store)


def runs_with(run_id: str | None) -> list[Run]:
    """All runs, read again if this one is missing: a terminal may have just started it."""
    runs = all_runs()
    if run_id is None or any(run.id == run_id for run in runs):
        return runs
    forget_runs()
    return all_runs()


def forget_runs() -> None:
    """Drop the snapshot after a change by this server."""
    _snapshot.forget()


def ahead_of(run: Run, runs: list[Run]) -> str:
    """The name of the run that a queued one waits for; empty if there is none."""
    if run.state != "queued":
        return ""
    if run.position > 1:
        return next((other.name for other in runs if other.position == run.position - 1), "")
    return next((other.name for other in runs if other.state == "running"), "")
