"""The Train page: start a run, watch it learn, steer it, and find every earlier run.

What changes while a run trains is in one fragment. The page's script requests its numbers and curves once a
second (live_route.py); if more has changed, the fragment is redrawn, and if a run has changed its state, it
reruns the whole page. If no run is active, nothing is requested.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from cnnlab.charts.run_words import SPEEDUPS, current_config, headline
from cnnlab.ground.errors import LabError
from cnnlab.language import _, lazy, plural, sentences
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import RESUMABLE, Command, Curves, Flag, Run
from cnnlab.training.settings import DEFAULT_CONFIG, all_settings
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_if_requested
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.fields import FIELD_STYLE, name_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, run_titles, show_value
from cnnlab.ui.shared.unreadable_entries import unreadable_entries
from cnnlab.ui.train.form import choose_editors_design, chosen_config, run_form, start, start_raced
from cnnlab.ui.train.inspection_panel import inspection_panel
from cnnlab.ui.train.live_curves import show_curves
from cnnlab.ui.train.live_view import charts_data, numbers_html, progress_html, race_members, sign, signature
from cnnlab.ui.train.outcome import outcome
from cnnlab.ui.train.race_form import race_form
from cnnlab.ui.train.run_list import run_list, state_badge
from cnnlab.ui.train.run_snapshot import all_runs, forget_runs, runs_with
from cnnlab.ui.train.steering import Steering, form_open, steering, steering_form

_FORM_OPEN = "train_form_open"
_TROUBLE = "train_trouble"  # the error of the last click, shown once
_OTHER = "train_other_run"
_PENDING = "train_asked"
_PATIENCE = 10.0  # seconds for which the page shows "Pausing…" and the like, unless it is done before


def train_page() -> None:
    """The whole page.

    What comes and goes is in containers: if a fragment moved within the page, clicks in it that are already
    on their way would no longer reach it.
    """
    runs = runs_with(st.query_params.get("run"))
    run = _watched(runs)
    with st.container():
        st.html(FIELD_STYLE)
        _show_trouble()
    if st.query_params.pop("new", None):  # from the Build page
        st.session_state[_FORM_OPEN] = True
        choose_editors_design()
    _new_run(runs, nothing_to_watch=run is None)
    with st.container():
        if run is not None:
            _header(run)
    run_id = run.id if run is not None else None
    st.fragment(_live)(run_id, _signature(runs, run_id))
    if run is not None and run.state != "queued":
        inspection_panel(run)
    run_list(runs, run, on_watch=_watch, on_command=_send_command)
    unreadable_entries("run", run_id)


def _watched(runs: list[Run]) -> Run | None:
    """The run in the link, else the tab's last one, else the one training, else the newest queued one."""
    named = st.query_params.get("run")
    watched_id = named or state().run_id
    found = next((run for run in runs if run.id == watched_id), None)
    if named and found is None:
        st.session_state[_TROUBLE] = lazy("This run no longer exists. Choose another one below.")
    training = next((run for run in runs if run.state == "running"), None)
    found = found or training or next((run for run in runs if run.active), None)
    _remember(found.id if found else None)
    return found


def _remember(run_id: str | None) -> None:
    """Store the watched run in the tab and in the link, so that a reopened tab shows the same run."""
    state().run_id = run_id
    if run_id is None:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def _signature(runs: list[Run], watched_id: str | None) -> list[tuple[object, ...]]:
    """What the rest of the page shows: when it changes, the whole page is redrawn."""
    curves = lab().store.curves(watched_id) if watched_id else None
    return [*signature(runs, curves), (form_open(),)]


def _show_trouble() -> None:
    for text in filter(None, (st.session_state.pop(_TROUBLE, ""), str(lab().supervisor.trouble))):
        st.error(escape_markdown(text), icon=":material/error:")
    if lab().data_trouble:
        st.warning(escape_markdown(lab().data_trouble), icon=":material/warning:")


# ---- clicks


def _start(begin: Callable[[], Run]) -> None:
    try:
        run = begin()
    except LabError as error:
        st.session_state[_TROUBLE] = error
        return
    _watch(run.id)


def _watch(run_id: str) -> None:
    forget_runs()
    st.session_state[_FORM_OPEN] = False
    st.session_state.pop(_OTHER, None)
    _remember(run_id)


def _send_command(run_id: str, command: Command) -> None:
    try:
        before = lab().store.run(run_id)
        lab().store.send_command(run_id, command)
    except LabError as error:
        st.session_state[_TROUBLE] = error
    else:
        st.session_state[_PENDING] = (before, command, time.monotonic() + _PATIENCE)
    _refresh()


def _start_over(run_id: str) -> None:
    try:
        lab().store.start_over(run_id)
    except LabError as error:
        st.session_state[_TROUBLE] = error
        _refresh()
    else:
        _send_command(run_id, "resume")


def _refresh() -> None:
    lab().supervisor.wake()
    forget_runs()


def _remember_error(error: LabError) -> None:
    st.session_state[_TROUBLE] = error


def _with_pending_command(run: Run) -> Run:
    """The run with the command of the last click until its effect shows, as the store soon drops it."""
    if _PENDING not in st.session_state:
        return run
    before, command, deadline = st.session_state[_PENDING]
    stepped = before.state != "running" and run.progress.step != before.progress.step
    if run.id != before.id or run.state != before.state or stepped or time.monotonic() > deadline:
        del st.session_state[_PENDING]
        return run
    return replace(run, command=command)


def _new_name(run_id: str) -> str:
    """The key of the name field, one per run."""
    return f"train_new_name_{run_id}"


def _rename(run_id: str) -> None:
    try:
        lab().store.rename_run(run_id, st.session_state[_new_name(run_id)] or "")
    except LabError as error:
        st.session_state[_TROUBLE] = error
    forget_runs()


def _delete(run_id: str) -> None:
    try:
        lab().store.delete_run(run_id)
    except LabError as error:
        st.session_state[_TROUBLE] = error
    else:
        _remember(None)
    forget_runs()


# ---- a new run


def _new_run(runs: list[Run], *, nothing_to_watch: bool) -> None:
    title = _("New run")
    show_value(_FORM_OPEN, st.session_state.get(_FORM_OPEN, nothing_to_watch), title)
    form = st.expander(title, icon=":material/add:", key=_FORM_OPEN, on_change="rerun")
    if not form.open:
        return
    with form:
        ready = run_form()
        busy = next((run for run in runs if run.state == "running"), None)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                _("Start"),
                type="primary",
                icon=":material/play_arrow:",
                disabled=not ready,
                on_click=_start,
                args=(start,),
                key="train_start",
            )
            st.button(
                _("Start paused"),
                icon=":material/pause:",
                disabled=not ready,
                on_click=_start,
                args=(partial(start, paused=True),),
                key="train_start_paused",
                help=_("It is waiting before its first batch: continue batch by batch, or resume."),
            )
            if ready:
                with st.popover(_("Race"), icon=":material/flag:", key="race_open"):
                    race_form(chosen_config(), lambda: _start(start_raced))
            else:
                text = _("Fix what is marked in red before you start.")
                st.caption(f":material/error: {text}")
            if busy is not None:
                name = escape_markdown(busy.name)
                st.caption(_("It will wait its turn: “{name}” is training now.", name=name))


# ---- the watched run


def _header(run: Run) -> None:
    actions = Steering(_remember_error, _refresh, _watch)
    with st.container(horizontal=True, vertical_alignment="center", key="train_head"):
        flags = lab().store.curves(run.id).flags
        line = escape(headline(run, _data_title(run), flags))
        details = _settings_html(run, flags) + _speedups_html(run)
        text = f"<h2>{escape(run.name)}</h2><p>{line}</p>{details}"
        st.html(f'{_STYLE}<div class="run-head">{text}</div>', width="stretch")
        steering(run, actions)
        with st.popover(_("Rename"), icon=":material/edit:", key="rename_open"):
            names = {each.name for each in all_runs()}
            fits = name_field(_("New name"), run.name, _new_name(run.id), names)
            st.button(_("Rename it"), disabled=not fits, on_click=_rename, args=(run.id,))
        with st.popover(_("Delete"), icon=":material/delete:", key="delete_open"):
            st.text(_("Delete “{name}” with its curves and weights for good?", name=run.name))
            st.button(_("Delete it"), type="primary", on_click=_delete, args=(run.id,))
    steering_form(run, actions)


def _settings_html(run: Run, flags: Sequence[Flag]) -> str:
    """All settings that apply to the run, in a collapsed element; those that differ from usual in bold."""
    config = current_config(run, flags)
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{f'<b>{escape(value)}</b>' if other else escape(value)}</dd></div>"
        for name, value, other in all_settings(config)
    )
    remarks = [_("In bold: differs from usual.") if config != DEFAULT_CONFIG else _("All are as usual.")]
    remarks += [_("As they are after the changes made on the way.")] if flags else []
    return _details_html(_("All settings"), f"<dl>{items}</dl>", sentences(remarks))


def _details_html(summary: str, html: str, remark: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{html}<p>{escape(remark)}</p></details>"


def _speedups_html(run: Run) -> str:
    """The active speed-ups, in a collapsed element; empty before they are known."""
    active = [SPEEDUPS[code] for code in run.progress.ways if code in SPEEDUPS]
    if not active:
        return ""
    items = "".join(
        f"<li><b>{escape(str(each.title))}</b>: {escape(str(each.about))}</li>" for each in active
    )
    summary = plural("{count} speed-up active", "{count} speed-ups active", len(active))
    how = _("For a run without them: New run, More settings, Speed-ups, and float32 as its precision.")
    return _details_html(summary, f"<ul>{items}</ul>", how)


def _data_title(run: Run) -> str:
    return str(data_of(run, lab().catalogue).title)


def _live(run_id: str | None, before: list[tuple[object, ...]]) -> None:
    """The part that changes by itself: redrawn at each click in it, and on request of the page's script."""
    go_if_requested()
    runs = all_runs()
    if _signature(runs, run_id) != before:
        st.rerun()
    if run_id is None:
        return
    run = _with_pending_command(lab().store.run(run_id))
    with st.container(horizontal=True, vertical_alignment="center", key="train_state"):
        state_badge(run)
        st.html(progress_html(run, runs), width="stretch")
        _transport(run)
    outcome(run)
    curves = lab().store.curves(run.id)
    others = {} if race_members(run, runs) else _others(run, runs)
    overlay = others.get(st.session_state.get(_OTHER) or "")
    charts = charts_data(run, curves, runs, overlay)
    if charts["runs"]:
        st.html(f'{_STYLE}<div data-live="numbers">{numbers_html(run, curves)}</div>')
    show_curves(charts, _follow_data(run, curves, runs, overlay), on_news=forget_runs)
    if charts["runs"] and others:
        _choose_other(others, overlay)


def _follow_data(run: Run, curves: Curves, runs: list[Run], overlay: Run | None) -> dict[str, object]:
    pending = _PENDING in st.session_state
    return {
        "run": run.id,
        "with": overlay.id if overlay else None,
        "sign": sign(runs, curves),
        "active": pending or any(each.active for each in runs),
        "asked": pending,
    }


def _transport(run: Run) -> None:
    """Buttons as on a tape deck: what the run can do in its state."""
    if run.state == "finished":
        return
    if run.state == "failed" and run.progress.reason == "damaged":
        _start_over_button(run)
    if run.state in RESUMABLE:
        label = _("Try again") if run.state == "failed" else _("Resume")
        _command_button(run, "resume", label, "play_arrow")
    elif run.state == "running":
        _command_button(run, "pause", _("Pause"), "pause")
    if run.state != "queued":
        _command_button(run, "batch", _("One batch"), "skip_next")
        _command_button(run, "epoch", _("One epoch"), "fast_forward")
    # It stays in place: a double click on it must not hit the next element.
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
            on_click=_start_over,
            args=(run.id,),
            key="train_start_over",
        )


def _command_button(run: Run, command: Command, label: str, icon: str, *, disabled: bool = False) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=disabled or run.command == command,
        on_click=_send_command,
        args=(run.id, command),
        key=f"train_{command}",
    )


def _others(run: Run, runs: list[Run]) -> dict[str, Run]:
    """The runs that can be overlaid on the curves; by default a fork's parent is."""
    others = {each.id: each for each in runs if each.id != run.id and each.progress.step}
    if run.parent in others:
        st.session_state.setdefault(_OTHER, run.parent)
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
    st.session_state[_OTHER] = run_id


_STYLE = """<style>
.st-key-train_head > :first-child { flex: 1 1 18rem; width: auto; min-width: 0; }
.run-head h2 { font-size: 1.5rem; padding: 0; margin: 0; }
.run-head p { margin: 0; }
.run-head details { font-size: 0.875rem; opacity: 0.85; }
.run-head summary { cursor: pointer; width: fit-content; }
.run-head ul { margin: 0.25rem 0; }
.run-head dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
.run-head dl { gap: 0 1.5rem; margin: 0.25rem 0; }
.run-head dl div { display: flex; justify-content: space-between; gap: 0.5rem; margin: 0; }
.run-head dt, .run-head dd { margin: 0; font-weight: 400; }
.run-progress { width: 100%; height: 0.5rem; margin-bottom: 0.75rem; accent-color: #3b82c4; }
dl.run-numbers.run-numbers { display: grid; gap: 0.5rem; margin: 0; padding: 0; }
.run-numbers { grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); }
.run-numbers div { margin: 0; }
.run-numbers dt { font-size: 0.875rem; opacity: 0.75; margin: 0; font-weight: 400; }
.run-numbers dd { margin: 0; font-size: 1.25rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.run-numbers small { display: block; font-size: 0.75rem; opacity: 0.75; }
</style>"""
