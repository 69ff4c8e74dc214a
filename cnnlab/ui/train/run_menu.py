"""The menu of what is rarely done with a run: change, fork, start again, rename, take along, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnlab.language import _
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.fields import name_field
from cnnlab.ui.train.clicks import delete, new_name, rename
from cnnlab.ui.train.run_snapshot import all_runs
from cnnlab.ui.train.steering import open_change, open_fork, start_again
from cnnlab.ui.train.take_along import packed_run

_TIMES = "run_menu_times"  # how often it was closed by a click in it


def run_menu(run: Run) -> None:
    """Draw the menu. A click that opens or shows something else closes it."""
    times = st.session_state.get(_TIMES, 0)
    menu = st.popover(_("More"), icon=":material/more_horiz:", key=f"run_menu_{times}")
    with menu, st.container(gap="small", key="run_menu_items"):
        _forms(run)
        st.divider()
        _start_again(run)
        st.divider()
        _rename(run)
        st.divider()
        _take_along(run)
        st.button(
            _("Delete"),
            icon=":material/delete:",
            on_click=_closing,
            args=(delete, run),
            key="run_delete",
            width="stretch",
        )


def _closing(act: Callable[..., None], *arguments: Any) -> None:
    """Carry out the click and close the menu."""
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    act(*arguments)


def _forms(run: Run) -> None:
    st.button(
        _("Change settings"),
        icon=":material/tune:",
        disabled=run.state == "finished",
        on_click=_closing,
        args=(open_change, run.id),
        key="change_open",
        width="stretch",
    )
    st.button(
        _("Fork"),
        icon=":material/fork_right:",
        disabled=run.state == "queued",
        on_click=_closing,
        args=(open_fork, run.id, None),
        key="fork_open",
        width="stretch",
    )


def _start_again(run: Run) -> None:
    head = _("Run again as new")
    st.markdown(f"**{head}**")
    st.caption(_("The same network, pictures and settings from the first batch on, as a run of its own."))
    with st.container(horizontal=True, gap="small"):
        same = _("Same seed ({seed})", seed=run.config.seed)
        st.button(same, on_click=_closing, args=(start_again, run, run.config.seed), key="again_same")
        st.button(_("New seed"), on_click=_closing, args=(start_again, run, None), key="again_new")


def _rename(run: Run) -> None:
    """A form, so that Enter renames."""
    with st.form(f"rename_{run.id}", border=False):
        taken = {each.name for each in all_runs()}
        name_field(_("New name"), run.name, new_name(run.id), taken)
        st.form_submit_button(
            _("Rename"), icon=":material/edit:", on_click=rename, args=(run.id,), width="stretch"
        )


def _take_along(run: Run) -> None:
    """A file for the browser to keep; made when it is asked for."""
    kept = run.id in lab().store.runs_with_weights()
    st.download_button(
        _("Take it along"),
        lambda: packed_run(run.id),
        file_name=f"{run.id}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        disabled=not kept,
        key="run_take_along",
        width="stretch",
    )
    st.caption(_("A ZIP file with a PyTorch script, the design and the weights of the best epoch."))
