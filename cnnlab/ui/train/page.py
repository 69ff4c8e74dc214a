"""The Train page: start a run, watch it learn, steer it, and find every earlier run.

What changes while a run trains is in one fragment. The page's script requests its numbers and curves once a
second (live_route.py); if more has changed, the fragment is redrawn, and if a run has changed its state, it
reruns the whole page. If no run is active, nothing is requested.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnnlab.charts.run_words import COMMAND_WORDS
from cnnlab.language import _, lazy
from cnnlab.runs.records import Curves, Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_if_requested
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, run_titles, show_value
from cnnlab.ui.shared.undo import undo_toast
from cnnlab.ui.shared.unreadable_entries import unreadable_entries
from cnnlab.ui.train import clicks
from cnnlab.ui.train.form import choose_editors_design, chosen_config, run_form, start, start_raced
from cnnlab.ui.train.inspection_panel import inspection_panel
from cnnlab.ui.train.live_curves import show_curves
from cnnlab.ui.train.live_view import charts_data, numbers_html, race_members, sign, signature
from cnnlab.ui.train.outcome import messages, outcome
from cnnlab.ui.train.race_form import race_form
from cnnlab.ui.train.race_table import race_table
from cnnlab.ui.train.run_bar import run_bar
from cnnlab.ui.train.run_details import run_details
from cnnlab.ui.train.run_list import run_list
from cnnlab.ui.train.run_snapshot import all_runs, forget_runs, runs_with
from cnnlab.ui.train.single_batch import single_batch
from cnnlab.ui.train.steering import steering_form


def train_page() -> None:
    """The whole page.

    What comes and goes is in containers: if a fragment moved within the page, clicks in it that are already
    on their way would no longer reach it.
    """
    runs = runs_with(st.query_params.get("run"))
    run = _watched(runs)
    with st.container():
        _show_trouble()
    if st.query_params.pop("new", None):  # from the Build page
        st.session_state[clicks.FORM_OPEN] = True
        choose_editors_design()
    _new_run(runs, nothing_to_watch=run is None)
    run_id = run.id if run is not None else None
    with st.container(key="train_watched"):
        st.fragment(_live)(run_id, _signature(runs, run_id))
        with st.container(key="train_network"):
            if run is not None:
                outcome(run)
            if run is not None and run.state != "queued":
                inspection_panel(run)
    with st.container(key="step-runs"):
        run_list(runs, run, on_watch=clicks.watch, on_command=clicks.send_command)
    unreadable_entries("run", run_id)
    undo_toast(clicks.now_shown(run), on_undo=clicks.undeleted)  # last: it takes no room, but for a gap


def _watched(runs: list[Run]) -> Run | None:
    """The run in the link, else the tab's last one, else the one training, else the newest queued one."""
    named = st.query_params.get("run")
    watched_id = named or state().run_id
    found = next((run for run in runs if run.id == watched_id), None)
    if named and found is None:
        clicks.show_error(lazy("This run no longer exists. Choose another one below."))
    training = next((run for run in runs if run.state == "running"), None)
    found = found or training or next((run for run in runs if run.active), None)
    clicks.remember(found.id if found else None)
    return found


def _signature(runs: list[Run], watched_id: str | None) -> list[tuple[object, ...]]:
    """What the rest of the page shows: when it changes, the whole page is redrawn."""
    curves = lab().store.curves(watched_id) if watched_id else None
    return signature(runs, curves)


def _show_trouble() -> None:
    for text in filter(None, (clicks.take_error(), str(lab().supervisor.trouble))):
        st.error(escape_markdown(text), icon=":material/error:")
    if lab().data_trouble:
        st.warning(escape_markdown(lab().data_trouble), icon=":material/warning:")


# ---- a new run


def _new_run(runs: list[Run], *, nothing_to_watch: bool) -> None:
    title = _("New run")
    show_value(clicks.FORM_OPEN, st.session_state.get(clicks.FORM_OPEN, nothing_to_watch), title)
    form = st.expander(title, icon=":material/add:", key=clicks.FORM_OPEN, on_change="rerun")
    if not form.open:
        return
    with form:
        ready = run_form()
        busy = next((run for run in runs if run.state == "running"), None)
        with st.container(horizontal=True, vertical_alignment="center", key="train_begin"):
            st.button(
                _("Start"),
                type="primary",
                icon=":material/play_arrow:",
                disabled=not ready,
                on_click=clicks.start,
                args=(start,),
                key="train_start",
            )
            st.button(
                _("Start paused"),
                icon=":material/pause:",
                disabled=not ready,
                on_click=clicks.start,
                args=(partial(start, paused=True),),
                key="train_start_paused",
                help=_("It is waiting before its first batch: continue batch by batch, or resume."),
            )
            if ready:
                with st.popover(_("Race"), icon=":material/flag:", key="race_open"):
                    race_form(chosen_config(), lambda: clicks.start(start_raced))
            else:
                text = _("Fix what is marked in red before you start.")
                st.caption(f":material/error: {text}")
        if busy is not None:
            name = escape_markdown(busy.name)
            st.caption(_("It will wait its turn: “{name}” is training now.", name=name))


# ---- the watched run


def _live(run_id: str | None, before: list[tuple[object, ...]]) -> None:
    """The part that changes by itself: redrawn at each click in it, and on request of the page's script."""
    go_if_requested()
    runs = all_runs()
    if _signature(runs, run_id) != before or state().run_id != run_id or clicks.error_waits():
        st.rerun()
    if run_id is None:
        return
    run = clicks.with_pending_command(lab().store.run(run_id))
    run_bar(run, runs)
    with st.container(key="train_main"):
        _main(run, runs)
    with st.container(key="train_single_batch"):
        single_batch(run)


def _main(run: Run, runs: list[Run]) -> None:
    """What the run is, and how it goes."""
    curves = lab().store.curves(run.id)
    with st.container(key="train_head"):
        run_details(run, curves.flags)
    with st.container():
        steering_form(run)
    with st.container():
        messages(run, runs)
    race_table(run, runs)
    others = {} if race_members(run, runs) else _others(run, runs)
    overlay = others.get(st.session_state.get(clicks.OTHER) or "")
    charts = charts_data(run, curves, runs, overlay)
    show_curves(charts, _follow_data(run, curves, runs, overlay), on_news=forget_runs)
    with st.container(key="train_numbers"):
        st.html(f'<div data-live="numbers" data-step>{numbers_html(run, curves)}</div>')
    if others:
        _choose_other(others, overlay)


def _follow_data(run: Run, curves: Curves, runs: list[Run], overlay: Run | None) -> dict[str, object]:
    pending = clicks.command_is_pending()
    return {
        "run": run.id,
        "with": overlay.id if overlay else None,
        "sign": sign(runs, curves),
        "active": pending or any(each.active for each in runs),
        "asked": pending,
        "said": {command: str(words) for command, words in COMMAND_WORDS.items()},
    }


def _others(run: Run, runs: list[Run]) -> dict[str, Run]:
    """The runs that can be overlaid on the curves; by default a fork's parent is."""
    others = {each.id: each for each in runs if each.id != run.id and each.progress.step}
    if run.parent in others:
        st.session_state.setdefault(clicks.OTHER, run.parent)
    return others


def _choose_other(others: dict[str, Run], overlay: Run | None) -> None:
    menu(
        _("Compare with"),
        run_titles(others.values()),
        overlay.id if overlay else None,
        key="train_compare",
        on_pick=_select_other,
        index=None,
        placeholder=_("No other run"),
        width=320,
    )


def _select_other(run_id: str | None) -> None:
    st.session_state[clicks.OTHER] = run_id
