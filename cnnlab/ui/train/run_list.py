"""All runs of the lab, the newest first: what state each is in, and a click to watch it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from cnnlab.charts.run_words import percent, state_words, unsaid
from cnnlab.data import base_name
from cnnlab.runs.endings import TITLES, Ending, ending, epochs_words, reason_words
from cnnlab.runs.records import Run, State, Wish
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import BUNDLED
from cnnlab.ui.shared.menus import run_titles

FRESH = 0.45  # seconds for which what was read of the runs counts as new
_SHOWN = 8  # runs before "Show all"
_LONGEST = 90  # characters of a message; the whole of it stands where the run is watched
_BADGES: dict[State, tuple[str, str, str]] = {
    "queued": ("Waiting", "schedule", "gray"),
    "running": ("Training", "play_arrow", "blue"),
    "paused": ("Paused", "pause", "orange"),
    "finished": ("Finished", "check", "green"),
    "stopped": ("Stopped", "stop", "gray"),
    "failed": ("Failed", "error", "red"),
    "interrupted": ("Interrupted", "bolt", "orange"),
}
# How a run ended, where that is not as its state looks.
_ENDED: dict[Ending, tuple[str, str]] = {
    "not learnt": ("warning", "orange"),
    "blown up": ("warning", "red"),
}


class _Snapshot:
    """Every run, read twice a second for all viewers. Streamlit's own cache loses a race between its clock
    and `clear`.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._of: RunStore | None = None
        self._runs: list[Run] = []
        self._until = 0.0

    def runs(self) -> list[Run]:
        store = lab().store
        with self._turn:
            if store is not self._of or time.monotonic() >= self._until:
                self._of, self._runs = store, store.runs()
                self._until = time.monotonic() + FRESH
            return self._runs

    def forget(self) -> None:
        self._until = 0.0


_snapshot = _Snapshot()


def all_runs() -> list[Run]:
    """Every run, the newest first, as it was half a second ago."""
    return _snapshot.runs()


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


def state_badge(run: Run) -> None:
    """The state, or how it ended, as a coloured word with an icon."""
    label, icon, color = _BADGES[run.state]
    if kind := ending(run):
        label = TITLES[kind]
        icon, color = _ENDED.get(kind, (icon, color))
    st.markdown(f":{color}-badge[:material/{icon}: {label}]", width="content")


@dataclass(frozen=True, slots=True)
class Branch:
    """A row of the list: a run, how deep below its ancestors, and the race that begins above it."""

    run: Run
    depth: int
    race: int = 0  # how many race together, where this is the first of them


def family_tree(runs: list[Run]) -> list[Branch]:
    """Forks below what they were forked from, racers in the order of their start; the newest family first."""
    known = {run.id for run in runs}
    children: dict[str, list[Run]] = {}
    for run in reversed(runs):
        children.setdefault(_above(run, known), []).append(run)
    newest = {run.id: place for place, run in enumerate(runs)}

    def place(run: Run) -> int:
        return min([newest[run.id], *(place(child) for child in children.get(run.id, []))])

    def grown(run: Run, depth: int) -> list[Branch]:
        below = [branch for child in children.get(run.id, []) for branch in grown(child, depth + 1)]
        return [Branch(run, depth), *below]

    families: dict[str, list[Run]] = {}
    for root in children.get("", []):
        families.setdefault(root.race or root.id, []).append(root)
    rows = []
    for family in sorted(families.values(), key=lambda members: min(map(place, members))):
        raced = len(family) if family[0].race else 0
        branches = [branch for root in family for branch in grown(root, 1 if raced else 0)]
        rows += [replace(branches[0], race=raced), *branches[1:]]
    return rows


def _above(run: Run, known: set[str]) -> str:
    """The run that it stands below; empty at the root, also where its parent was deleted."""
    return run.parent if run.parent is not None and run.parent in known else ""


def run_list(
    runs: list[Run],
    watched: Run | None,
    *,
    on_watch: Callable[[str], None],
    on_ask: Callable[[str, Wish], None],
) -> None:
    """The list, with a word on how to begin where it is empty."""
    st.subheader("All runs")
    if not runs:
        st.text("No run yet. Choose a network and a data set above, then press Start.")
        return
    st.html(_STYLE)
    rows, titles = family_tree(runs), run_titles(runs)
    for branch in rows if st.session_state.get("train_show_all") else rows[:_SHOWN]:
        if branch.race:
            st.html(f"<b>A race of {branch.race}</b>, from the same start")
        is_watched = watched is not None and branch.run.id == watched.id
        title = titles[branch.run.id]
        _row(branch, runs, title, is_watched=is_watched, on_watch=on_watch, on_ask=on_ask)
    if len(runs) > _SHOWN:
        st.toggle(f"Show all {len(runs)} runs", key="train_show_all")


def _row(
    branch: Branch,
    runs: list[Run],
    title: str,
    *,
    is_watched: bool,
    on_watch: Callable[[str], None],
    on_ask: Callable[[str, Wish], None],
) -> None:
    run = branch.run
    key = f"depth_{min(branch.depth, _DEEPEST)}_{run.id}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=key):
        state_badge(run)
        st.html(f"<b>{escape(title)}</b><br>{escape(_line(run, runs))}")
        if run.state == "interrupted":
            st.button(
                "Resume",
                icon=":material/play_arrow:",
                key=f"resume_{run.id}",
                on_click=on_ask,
                args=(run.id, "resume"),
            )
        st.button(
            "Watching" if is_watched else "Watch",
            icon=":material/visibility:",
            key=f"watch_{run.id}",
            disabled=is_watched,
            on_click=on_watch,
            args=(run.id,),
        )


_DEEPEST = 4  # what lies deeper is indented no further, or a phone had no room for its words
_STYLE = (
    "<style>"
    + "".join(
        f'[class*="st-key-depth_{depth}_"] {{ margin-left: {1.5 * depth:g}rem; '
        f"width: calc(100% - {1.5 * depth:g}rem); }}"
        for depth in range(1, _DEEPEST + 1)
    )
    + "</style>"
)


def _family(run: Run, runs: list[Run]) -> str:
    """Where the run comes from; empty where it began by itself, or in a race that its heading tells of."""
    if run.parent is None:
        return ""
    if run.parent == BUNDLED:
        return "↳ goes on from the bundled digit reader"
    name = next((f"“{other.name}”" for other in runs if other.id == run.parent), "a deleted run")
    return f"↳ fork of {name} at epoch {run.parent_epoch}"


def _epochs(run: Run) -> str:
    """How many it trained, once it has ended; before, how many it is to train."""
    if ending(run) and run.progress.epoch:
        return epochs_words(run)
    return f"{run.config.epochs} epoch{'s' if run.config.epochs > 1 else ''}"


def _line(run: Run, runs: list[Run]) -> str:
    """What stays true while the run goes on: this list is drawn anew only when a run changes its state."""
    best = run.progress.best_val_accuracy
    parts = [
        _family(run, runs),
        state_words(run, ahead_of(run, runs)) if run.state == "queued" else "",
        f"{_epochs(run)} on {base_name(run.data)}",
        unsaid(run),
        f"best validation accuracy {percent(best)}" if best is not None and not run.active else "",
        reason_words(run),
        run.message if len(run.message) <= _LONGEST else f"{run.message[:_LONGEST]}…",
    ]
    return " · ".join(filter(None, parts))
