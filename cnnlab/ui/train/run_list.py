"""All runs of the lab, the newest first: what state each is in, and a click to watch it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cnnlab.charts.run_words import percent, state_words, unsaid
from cnnlab.data import base_name
from cnnlab.runs.endings import TITLES, Ending, ending, epochs_words, reason_words
from cnnlab.runs.names import shortened
from cnnlab.runs.records import Command, Run, State
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.shared.menus import run_titles
from cnnlab.ui.train.family_tree import Branch, family_tree
from cnnlab.ui.train.run_snapshot import ahead_of

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


def state_badge(run: Run) -> None:
    """The state, or how it ended, as a colored word with an icon."""
    label, icon, color = _BADGES[run.state]
    if kind := ending(run):
        label = str(TITLES[kind])
        icon, color = _ENDED.get(kind, (icon, color))
    st.markdown(f":{color}-badge[:material/{icon}: {label}]", width="content")


def run_list(
    runs: list[Run],
    watched: Run | None,
    *,
    on_watch: Callable[[str], None],
    on_ask: Callable[[str, Command], None],
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
    on_ask: Callable[[str, Command], None],
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
    if run.parent == BUNDLED_KEY:
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
        shortened(str(run.message), _LONGEST + 1),
    ]
    return " · ".join(filter(None, parts))
