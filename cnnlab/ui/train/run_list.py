"""The list of all runs, the newest first, with the state of each and a button to watch it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cnnlab.charts.run_words import percent, settings_not_in_name, state_text
from cnnlab.data import base_name
from cnnlab.language import Words, _, as_shown, lazy, plural
from cnnlab.runs.endings import TITLES, Ending, ending, epochs_text, reason_text
from cnnlab.runs.names import shortened
from cnnlab.runs.records import Command, Run, State
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import run_titles
from cnnlab.ui.train.family_tree import Branch, family_tree
from cnnlab.ui.train.run_snapshot import ahead_of

_SHOWN = 8  # runs before "Show all"
_MAX_MESSAGE = 90  # characters of a message; all of it is shown when the run is watched
_BADGES: dict[State, tuple[Words, str, str]] = {
    "queued": (lazy("Waiting"), "schedule", "gray"),
    "running": (lazy("Training"), "play_arrow", "blue"),
    "paused": (lazy("Paused"), "pause", "orange"),
    "finished": (lazy("Finished"), "check", "green"),
    "stopped": (lazy("Stopped"), "stop", "gray"),
    "failed": (lazy("Failed"), "error", "red"),
    "interrupted": (lazy("Interrupted"), "bolt", "orange"),
}
# Icon and color of endings that differ from those of their state.
_ENDED: dict[Ending, tuple[str, str]] = {
    "not learned": ("warning", "orange"),
    "blown up": ("warning", "red"),
}


def state_badge(run: Run) -> None:
    """The state, or how the run ended, as a colored badge with an icon."""
    _label, icon, color = _BADGES[run.state]
    if kind := ending(run):
        icon, color = _ENDED.get(kind, (icon, color))
    st.markdown(f":{color}-badge[:material/{icon}: {state_title(run)}]", width="content")


def state_title(run: Run) -> str:
    """The state, or how the run ended, in a word."""
    kind = ending(run)
    return str(TITLES[kind] if kind else _BADGES[run.state][0])


def run_list(
    runs: list[Run],
    watched: Run | None,
    *,
    on_watch: Callable[[str], None],
    on_command: Callable[[str, Command], None],
) -> None:
    """The list; if it is empty, a hint on how to start."""
    st.header(_("All runs"))
    if not runs:
        st.text(_("No run yet. Choose a network and a data set above, then press Start."))
        return
    rows, titles = family_tree(runs), run_titles(runs)
    for branch in rows if st.session_state.get("train_show_all") else rows[:_SHOWN]:
        if branch.race:
            st.html(_("<b>A race of {count}</b>, from the same start", count=branch.race))
        is_watched = watched is not None and branch.run.id == watched.id
        title = titles[branch.run.id]
        _row(branch, runs, title, is_watched=is_watched, on_watch=on_watch, on_command=on_command)
    if len(runs) > _SHOWN:
        st.toggle(_("Show all {count} runs", count=f"{len(runs):,}"), key="train_show_all")


def _row(
    branch: Branch,
    runs: list[Run],
    title: str,
    *,
    is_watched: bool,
    on_watch: Callable[[str], None],
    on_command: Callable[[str, Command], None],
) -> None:
    run = branch.run
    key = f"depth_{min(branch.depth, _DEEPEST)}_{run.id}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=key):
        state_badge(run)
        st.html(f"<b>{escape(title)}</b><br>{escape(_line(run, runs))}")
        if run.state == "interrupted":
            st.button(
                _named(_("Resume"), title),
                icon=":material/play_arrow:",
                key=f"resume_{run.id}",
                on_click=on_command,
                args=(run.id, "resume"),
            )
        st.button(
            _named(_("Watching") if is_watched else _("Watch"), title),
            icon=":material/visibility:",
            key=f"watch_{run.id}",
            disabled=is_watched,
            on_click=on_watch,
            args=(run.id,),
        )


def _named(label: str, title: str) -> str:
    """The label of a row's button, with the run's name for screen readers: all rows have the same buttons."""
    return f"{label} :small[{escape_markdown(title)}]"


_DEEPEST = 4  # of the indentations in train/page.css, so that a phone has room for the text


def _family(run: Run, runs: list[Run]) -> str:
    """Where the run was forked from; empty if it was not forked."""
    if run.parent is None:
        return ""
    if run.parent == BUNDLED_KEY:
        return _("↳ continues from the bundled digit reader")
    name = next((other.name for other in runs if other.id == run.parent), None)
    if name is None:
        return _("↳ fork of a deleted run at epoch {epoch}", epoch=run.parent_epoch)
    return _("↳ fork of “{name}” at epoch {epoch}", name=name, epoch=run.parent_epoch)


def _epochs(run: Run) -> str:
    """The epochs done if the run has ended, else those planned."""
    if ending(run) and run.progress.epoch:
        return str(epochs_text(run))
    return plural("{count} epoch", "{count} epochs", run.config.epochs)


def _line(run: Run, runs: list[Run]) -> str:
    """A summary that stays valid while the run continues: the list is redrawn only when a state changes."""
    best = run.progress.best_val_accuracy
    parts = [
        _family(run, runs),
        state_text(run, ahead_of(run, runs)) if run.state == "queued" else "",
        _("{epochs} on {data}", epochs=_epochs(run), data=base_name(run.data)),
        settings_not_in_name(run),
        _("best validation accuracy {accuracy}", accuracy=percent(best))
        if best is not None and not run.active
        else "",
        reason_text(run),
        shortened(as_shown(run.message), _MAX_MESSAGE + 1),
    ]
    return " · ".join(str(part) for part in parts if part)
