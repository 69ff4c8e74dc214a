"""A snapshot of all runs, read at most twice a second for all viewers."""

from __future__ import annotations

from cnnlab.ground.cache import FreshCache
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import Lab, lab

FRESH_SECONDS = 0.45  # for which a snapshot is used


# Not Streamlit's own cache, which has a race between its clock and `clear`.
_snapshot: FreshCache[Lab, list[Run]] = FreshCache(Lab.runs, FRESH_SECONDS, max_entries=1)


def all_runs() -> list[Run]:
    """All runs, the newest first, at most half a second old."""
    return _snapshot.get(lab())


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


def trains_instead_of(run: Run, runs: list[Run]) -> str:
    """The name of the run that trains while this one is paused; empty if there is none."""
    if run.state != "paused":
        return ""
    return next((other.name for other in runs if other.state == "running"), "")
