"""All runs of the lab, the newest first: what state each is in, and a click to watch it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cnnlab.charts.run_words import percent, state_words, unsaid
from cnnlab.data import base_name
from cnnlab.language import Words, _, lazy, plural
from cnnlab.runs.endings import TITLES, Ending, ending, epochs_words, reason_words
from cnnlab.runs.names import shortened
from cnnlab.runs.records import Command, Run, State
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.shared.menus import run_titles
from cnnlab.ui.train.family_tree import Branch, family_tree
from cnnlab.ui.train.run_snapshot import ahead_of

_SHOWN = 8  # runs before "Show all"
_LONGEST = 90  # characters of a message; the whole of it stands where the run is watched
_BADGES: dict[State, tuple[Words, str, str]] = {
    "queued": (lazy("Waiting"), "schedule", "gray"),
    "running": (lazy("Training"), "play_arrow", "blue"),
    "paused": (lazy("Paused"), "pause", "orange"),
    "finished": (lazy("Finished"), "check", "green"),
    "stopped": (lazy("Stopped"), "stop", "gray"),
    "failed": (lazy("Failed"), "error", "red"),
    "interrupted": (lazy("Interrupted"), "bolt", "orange"),
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
    st.subheader(_("All runs"))
    if not runs:
        st.text(_("No run yet. Choose a network and a data set above, then press Start."))
        return
    st.html(_STYLE)
    rows, titles = family_tree(runs), run_titles(runs)
    for branch in rows if st.session_state.get("train_show_all") else rows[:_SHOWN]:
        if branch.race:
            st.html(_("<b>A race of {count}</b>, from the same start", count=branch.race))
        is_watched = watched is not None and branch.run.id == watched.id
        title = titles[branch.run.id]
        _row(branch, runs, title, is_watched=is_watched, on_watch=on_watch, on_ask=on_ask)
    if len(runs) > _SHOWN:
        st.toggle(_("Show all {count} runs", count=f"{len(runs):,}"), key="train_show_all")


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
                _("Resume"),
                icon=":material/play_arrow:",
                key=f"resume_{run.id}",
                on_click=on_ask,
                args=(run.id, "resume"),
            )
        st.button(
            _("Watching") if is_watched else _("Watch"),
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
        return _("↳ continues from the bundled digit reader")
    name = next((other.name for other in runs if other.id == run.parent), None)
    if name is None:
        return _("↳ fork of a deleted run at epoch {epoch}", epoch=run.parent_epoch)
    return _("↳ fork of “{name}” at epoch {epoch}", name=name, epoch=run.parent_epoch)


def _epochs(run: Run) -> str:
    """How many it trained, once it has ended; before, how many it is to train."""
    if ending(run) and run.progress.epoch:
        return str(epochs_words(run))
    return plural("{count} epoch", "{count} epochs", run.config.epochs)


def _line(run: Run, runs: list[Run]) -> str:
    """What stays true while the run goes on: this list is drawn anew only when a run changes its state."""
    best = run.progress.best_val_accuracy
    parts = [
        _family(run, runs),
        state_words(run, ahead_of(run, runs)) if run.state == "queued" else "",
        _("{epochs} on {data}", epochs=_epochs(run), data=base_name(run.data)),
        unsaid(run),
        _("best validation accuracy {accuracy}", accuracy=percent(best))
        if best is not None and not run.active
        else "",
        reason_words(run),
        shortened(str(run.message), _LONGEST + 1),
    ]
    return " · ".join(str(part) for part in parts if part)
