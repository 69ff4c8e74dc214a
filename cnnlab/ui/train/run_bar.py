"""The bar of the watched run: its name, state and accuracy, and the buttons that steer it.

It stays in view: at the top of a wide window, at the foot of a phone's.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from cnnlab.language import _, plural
from cnnlab.runs.records import RESUMABLE, Command, Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.clicks import send_command, start_over
from cnnlab.ui.train.live_view import accuracy_html, state_html
from cnnlab.ui.train.run_list import state_badge
from cnnlab.ui.train.run_menu import run_menu


def run_bar(run: Run, runs: list[Run]) -> None:
    """Draw the bar. What changes while the run trains is replaced by the page's script (live_route.py)."""
    with st.container(horizontal=True, vertical_alignment="center", key="train_bar"):
        with st.container(key="train_title", gap=None):
            st.html(f"<h2>{escape(run.name)}</h2>")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train_state"):
                state_badge(run)
                st.html(f'<div data-live="words">{state_html(run, runs)}</div>', width="stretch")
        with st.container(horizontal=True, gap="small", width="content", key="train_transport"):
            _transport(run)
        with st.container(width="content", key="train_accuracy"):
            st.html(f'<div data-live="accuracy">{accuracy_html(run)}</div>')
        run_menu(run)


def _transport(run: Run) -> None:
    """Buttons as on a tape deck, each in its place: what the run cannot do in its state is disabled."""
    idle = run.state in ("queued", "finished")
    if run.state == "failed" and run.progress.reason == "damaged":
        _start_over_button(run)
    if run.state in RESUMABLE:
        label = _("Try again") if run.state == "failed" else _("Resume")
        _command_button(run, "resume", label, "play_arrow")
    else:
        _command_button(run, "pause", _("Pause"), "pause", disabled=idle)
    _command_button(run, "batch", _("One batch"), "skip_next", disabled=idle)
    _command_button(run, "epoch", _("To the end of the epoch"), "fast_forward", disabled=idle)
    ended = not run.active and run.state != "interrupted"
    _command_button(run, "stop", _("Stop"), "stop", disabled=ended)


def _start_over_button(run: Run) -> None:
    """After damage that leaves nothing to continue from: what it costs to go on is said before the click."""
    with st.popover(_("Start over"), icon=":material/restart_alt:", key="start_over_open"):
        done = len(lab().store.curves(run.id).epochs)
        st.text(
            plural(
                "Train it again from the first batch? The curves and weights of {count} epoch are deleted.",
                "Train it again from the first batch? The curves and weights of {count} epochs are deleted.",
                done,
            )
        )
        st.button(
            _("Start it over"),
            type="primary",
            on_click=start_over,
            args=(run.id,),
            key="train_start_over",
        )


def _command_button(run: Run, command: Command, label: str, icon: str, *, disabled: bool = False) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        type="primary" if command in ("pause", "resume") else "secondary",
        disabled=disabled or run.command == command,
        on_click=send_command,
        args=(run.id, command),
        key=f"train_{command}",
    )
