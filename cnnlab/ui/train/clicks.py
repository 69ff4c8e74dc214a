"""What clicks on the Train page do to a run, and what the next drawing of the page has to know of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cnnlab.ground.errors import DiskFullError, LabError
from cnnlab.language import Words, _
from cnnlab.runs.designs import checked_name
from cnnlab.runs.records import Command, Run, State
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.undo import delete_later
from cnnlab.ui.train.run_snapshot import all_runs, forget_runs

FORM_OPEN = "train_form_open"
OTHER = "train_other_run"  # the run laid over the watched one's curves
_TROUBLE = "train_trouble"  # the error of the last click, shown once
_PENDING = "train_asked"
_PATIENCE = 10.0  # seconds for which the page shows "Pausing…" and the like, unless it is done before


def show_error(error: Words | LabError) -> None:
    """Have the next drawing of the page show this."""
    st.session_state[_TROUBLE] = error


def take_error() -> Words | LabError:
    """The error to show, if any; it is shown once."""
    found: Words | LabError = st.session_state.pop(_TROUBLE, "")
    return found


def error_waits() -> bool:
    """Whether there is an error to show, which is outside of the part of the page that a click redraws."""
    return _TROUBLE in st.session_state


def refresh() -> None:
    """Have the supervisor look at what was asked for, and the page at what has come of it."""
    lab().supervisor.wake()
    forget_runs()


# ---- which run is watched


def watch(run_id: str) -> None:
    """Show this run from now on."""
    forget_runs()
    st.session_state[FORM_OPEN] = False
    st.session_state.pop(OTHER, None)
    remember(run_id)


def remember(run_id: str | None) -> None:
    """Store the watched run in the tab and in the link, so that a reopened tab shows the same run."""
    state().run_id = run_id
    if run_id is None:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def start(begin: Callable[[], Run]) -> None:
    """Begin a run and watch it."""
    try:
        run = begin()
    except LabError as error:
        show_error(error)
        return
    watch(run.id)


# ---- commands


def send_command(run_id: str, command: Command) -> None:
    """Tell the run to pause, to go on, to stop, ..."""
    try:
        before = lab().store.run(run_id)
        lab().store.send_command(run_id, command)
    except LabError as error:
        show_error(error)
    else:
        st.session_state[_PENDING] = (before, command, time.monotonic() + _PATIENCE)
    refresh()


def start_over(run_id: str) -> None:
    """Train the run again from its first batch, without what it has learned."""
    try:
        lab().store.start_over(run_id)
    except LabError as error:
        show_error(error)
        refresh()
    else:
        send_command(run_id, "resume")


def command_is_pending() -> bool:
    """Whether the effect of a command has yet to show."""
    return _PENDING in st.session_state


def with_pending_command(run: Run) -> Run:
    """The run with the command of the last click until its effect shows, as the store soon drops it."""
    if _PENDING not in st.session_state:
        return run
    before, command, deadline = st.session_state[_PENDING]
    stepped = before.state != "running" and run.progress.step != before.progress.step
    if run.id != before.id or run.state != before.state or stepped or time.monotonic() > deadline:
        del st.session_state[_PENDING]
        return run
    return replace(run, command=command)


# ---- name and deletion


def new_name(run_id: str) -> str:
    """The key of the name field, one per run."""
    return f"train_new_name_{run_id}"


def rename(run_id: str) -> None:
    """Give the run the name in the field; an invalid one is explained below the field."""
    name = st.session_state[new_name(run_id)] or ""
    others = {run.name for run in all_runs() if run.id != run_id}
    try:
        name = checked_name(name)
    except LabError:
        return
    if name in others:
        return
    try:
        lab().store.rename_run(run_id, name)
    except LabError as error:
        show_error(error)
    forget_runs()


def delete(run: Run) -> None:
    """Hide the run at once, and delete it when the time to undo that has passed."""
    store, waited = lab().store, False
    waits: set[State] = {"queued"} if run.trained_by == "lab" else set()
    try:
        store.require_deletable(run.id)
        # It must not begin meanwhile. With nothing to change, this still finds out whether that is possible.
        waited = store.change_state(run.id, waits, "paused")
    except DiskFullError:
        pass  # deleting makes room
    except LabError as error:
        show_error(error)
        return

    def restore() -> None:
        if waited:
            store.send_command(run.id, "resume")

    delete_later(f"run:{run.id}", run.name, lambda: store.delete_run(run.id), restore=restore)
    remember(None)
    refresh()


def undeleted(key: str) -> None:
    """Watch the run that is back."""
    kind, _colon, run_id = key.partition(":")
    if kind == "run":
        watch(run_id)
        refresh()


def now_shown(run: Run | None) -> str:
    """After a deletion: which run the page shows now."""
    return _("Now you see “{name}”.", name=run.name) if run else _("No run is shown now.")
