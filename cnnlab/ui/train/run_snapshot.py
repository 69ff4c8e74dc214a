"""Every run as it was half a second ago: read from the store twice a second for all viewers."""

from __future__ import annotations

from cnnlab.ground.cache import FreshCache
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab

FRESH_SECONDS = 0.45  # seconds for which what was read of the runs counts as new


# Streamlit's own cache loses a race between its clock and `clear`.
_snapshot: FreshCache[RunStore, list[Run]] = FreshCache(RunStore.runs, FRESH_SECONDS, max_entries=1)


def all_runs() -> list[Run]:
    """Every run, the newest first, as it was half a second ago."""
    return _snapshot.get(lab().store)


def runs_with(run_id: str | None) -> list[Run]:
    """As all_runs, read anew where this run is not among them: a terminal may have begun it just now."""
    runs = all_runs()
    if run_id is None or any(run.id == run_id for run in runs):
        return runs
    forget_runs()
    return all_runs()


def forget_runs() -> None:
    """After a change by this server: let the next look see it."""
    _snapshot.forget()


def ahead_of(run: Run, runs: list[Run]) -> str:
    """The name of the run that a queued one waits for; empty where there is none."""
    if run.state != "queued":
        return ""
    if run.position > 1:
        return next((other.name for other in runs if other.position == run.position - 1), "")
    return next((other.name for other in runs if other.state == "running"), "")
