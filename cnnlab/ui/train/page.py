"""The Train page: start a run, watch it grow, steer it, and find every run again.

What changes while a run trains stands in one fragment. Its numbers and curves the page's script asks for
once a second (live_route.py); where more has changed, the fragment is drawn anew, and reruns the whole page
where a run changed its state. With no run active nobody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from cnnlab.charts.run_words import SPEEDUPS, config_now, headline
from cnnlab.ground.errors import LabError
from cnnlab.language import _, lazy, plural, sentences
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import RESUMABLE, Command, Curves, Flag, Run
from cnnlab.training.settings import USUAL_CONFIG, all_settings
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import leave_if_asked
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.fields import FIELD_STYLE, name_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, run_titles, show
from cnnlab.ui.shared.unreadable_entries import unreadable_entries
from cnnlab.ui.train.form import choose_editors_design, chosen_config, run_form, start, start_raced
from cnnlab.ui.train.inspection_panel import watched
from cnnlab.ui.train.live_curves import show_curves
from cnnlab.ui.train.live_view import drawn, numbers_html, raced, sign, signature, words_html
from cnnlab.ui.train.outcome import outcome
from cnnlab.ui.train.race_form import race_form
from cnnlab.ui.train.run_list import run_list, state_badge
from cnnlab.ui.train.run_snapshot import all_runs, forget_runs, runs_with
from cnnlab.ui.train.steering import Steering, form_open, steering, steering_form

_FORM_OPEN = "train_form_open"
_TROUBLE = "train_trouble"  # what the last click could not do, shown once
_OTHER = "train_other_run"
_ASKED = "train_asked"
_PATIENCE = 10.0  # seconds for which the page says "Pausing…" and the like, unless it is done before


def train_page() -> None:
    """The whole page.

    What comes and goes stands in containers: a fragment that moved in the page would no longer be the one
    that a click in it, already on its way, is meant for.
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
            _head(run)
    run_id = run.id if run is not None else None
    st.fragment(_live)(run_id, _signature(runs, run_id))
    if run is not None and run.state != "queued":
        watched(run)
    run_list(runs, run, on_watch=_watch, on_ask=_ask)
    unreadable_entries("run")


def _watched(runs: list[Run]) -> Run | None:
    """The run in the link; without one the tab's last, else what trains now, else the newest that waits."""
    named = st.query_params.get("run")
    wanted = named or state().run_id
    found = next((run for run in runs if run.id == wanted), None)
    if named and found is None:
        st.session_state[_TROUBLE] = lazy("This run no longer exists. Choose another one below.")
    trains = next((run for run in runs if run.state == "running"), None)
    found = found or trains or next((run for run in runs if run.active), None)
    _remember(found.id if found else None)
    return found


def _remember(run_id: str | None) -> None:
    """In the tab, and in the link, so that a closed tab opened again shows the same run."""
    state().run_id = run_id
    if run_id is None:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def _signature(runs: list[Run], watched_id: str | None) -> list[tuple[object, ...]]:
    """What the page's slow part shows: when it changes, the whole page is drawn anew."""
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


def _ask(run_id: str, command: Command) -> None:
    try:
        before = lab().store.run(run_id)
        lab().store.ask(run_id, command)
    except LabError as error:
        st.session_state[_TROUBLE] = error
    else:
        st.session_state[_ASKED] = (before, command, time.monotonic() + _PATIENCE)
    _asked()


def _asked() -> None:
    lab().supervisor.wake()
    forget_runs()


def _say_trouble(error: LabError) -> None:
    st.session_state[_TROUBLE] = error


def _as_asked(run: Run) -> Run:
    """The run with the last click's command, until its effect shows: the command itself is soon passed on."""
    if _ASKED not in st.session_state:
        return run
    before, command, until = st.session_state[_ASKED]
    stepped = before.state != "running" and run.progress.step != before.progress.step
    if run.id != before.id or run.state != before.state or stepped or time.monotonic() > until:
        del st.session_state[_ASKED]
        return run
    return replace(run, command=command)


def _new_name(run_id: str) -> str:
    """The key of its field: what was typed for one run is not another one's name."""
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
    show(_FORM_OPEN, st.session_state.get(_FORM_OPEN, nothing_to_watch), title)
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
                words = _("Fix what is marked in red before you start.")
                st.caption(f":material/error: {words}")
            if busy is not None:
                name = escape_markdown(busy.name)
                st.caption(_("It will wait its turn: “{name}” is training now.", name=name))


# ---- the run that is watched


def _head(run: Run) -> None:
    then = Steering(_say_trouble, _asked, _watch)
    with st.container(horizontal=True, vertical_alignment="center", key="train_head"):
        flags = lab().store.curves(run.id).flags
        line = escape(headline(run, _data_title(run), flags))
        folds = _settings_html(run, flags) + _ways_html(run)
        text = f"<h2>{escape(run.name)}</h2><p>{line}</p>{folds}"
        st.html(f'{_STYLE}<div class="run-head">{text}</div>', width="stretch")
        steering(run, then)
        with st.popover(_("Rename"), icon=":material/edit:", key="rename_open"):
            names = {each.name for each in all_runs()}
            fits = name_field(_("New name"), run.name, _new_name(run.id), names)
            st.button(_("Rename it"), disabled=not fits, on_click=_rename, args=(run.id,))
        with st.popover(_("Delete"), icon=":material/delete:", key="delete_open"):
            st.text(_("Delete “{name}” with its curves and weights for good?", name=run.name))
            st.button(_("Delete it"), type="primary", on_click=_delete, args=(run.id,))
    steering_form(run, then)


def _settings_html(run: Run, flags: Sequence[Flag]) -> str:
    """Every setting that has a part in the run, to be unfolded; in bold what is not as usual."""
    config = config_now(run, flags)
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{f'<b>{escape(value)}</b>' if other else escape(value)}</dd></div>"
        for name, value, other in all_settings(config)
    )
    remarks = [_("In bold: differs from usual.") if config != USUAL_CONFIG else _("All are as usual.")]
    remarks += [_("As they are after the changes made on the way.")] if flags else []
    return _folded(_("All settings"), f"<dl>{items}</dl>", sentences(remarks))


def _folded(summary: str, html: str, remark: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{html}<p>{escape(remark)}</p></details>"


def _ways_html(run: Run) -> str:
    """What makes it fast, to be unfolded; empty before it is known."""
    ways = [SPEEDUPS[way] for way in run.progress.ways if way in SPEEDUPS]
    if not ways:
        return ""
    items = "".join(f"<li><b>{escape(str(way.title))}</b>: {escape(str(way.about))}</li>" for way in ways)
    summary = plural("{count} speed-up active", "{count} speed-ups active", len(ways))
    how = _("For a run without them: New run, More settings, Speed-ups, and float32 as its precision.")
    return _folded(summary, f"<ul>{items}</ul>", how)


def _data_title(run: Run) -> str:
    return str(data_of(run, lab().catalogue).title)


def _live(run_id: str | None, before: list[tuple[object, ...]]) -> None:
    """What changes by itself: drawn at each click in it, and when the page's script sees that it should."""
    leave_if_asked()
    runs = all_runs()
    if _signature(runs, run_id) != before:
        st.rerun()
    if run_id is None:
        return
    run = _as_asked(lab().store.run(run_id))
    with st.container(horizontal=True, vertical_alignment="center", key="train_state"):
        state_badge(run)
        st.html(words_html(run, runs), width="stretch")
        _transport(run)
    outcome(run)
    curves = lab().store.curves(run.id)
    others = {} if raced(run, runs) else _others(run, runs)
    over = others.get(st.session_state.get(_OTHER) or "")
    charts = drawn(run, curves, runs, over)
    if charts["runs"]:
        st.html(f'{_STYLE}<div data-live="numbers">{numbers_html(run, curves)}</div>')
    show_curves(charts, _follow(run, curves, runs, over), on_news=forget_runs)
    if charts["runs"] and others:
        _choose_other(others, over)


def _follow(run: Run, curves: Curves, runs: list[Run], over: Run | None) -> dict[str, object]:
    asked = _ASKED in st.session_state
    return {
        "run": run.id,
        "with": over.id if over else None,
        "sign": sign(runs, curves),
        "active": asked or any(each.active for each in runs),
        "asked": asked,
    }


def _transport(run: Run) -> None:
    """Steering as on a tape deck: what the run can do in its state."""
    if run.state == "finished":
        return
    if run.state in RESUMABLE:
        label = _("Try again") if run.state == "failed" else _("Resume")
        _command_button(run, "resume", label, "play_arrow")
    elif run.state == "running":
        _command_button(run, "pause", _("Pause"), "pause")
    if run.state != "queued":
        _command_button(run, "batch", _("One batch"), "skip_next")
        _command_button(run, "epoch", _("One epoch"), "fast_forward")
    # It keeps its place: a double click on it must not hit what comes after it.
    ended = not run.active and run.state != "interrupted"
    _command_button(run, "stop", _("Stop"), "stop", disabled=ended)


def _command_button(run: Run, command: Command, label: str, icon: str, *, disabled: bool = False) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=disabled or run.command == command,
        on_click=_ask,
        args=(run.id, command),
        key=f"train_{command}",
    )


def _others(run: Run, runs: list[Run]) -> dict[str, Run]:
    """What can be laid over the curves; over a fork, unless chosen otherwise, its parent."""
    others = {each.id: each for each in runs if each.id != run.id and each.progress.step}
    if run.parent in others:
        st.session_state.setdefault(_OTHER, run.parent)
    return others


def _choose_other(others: dict[str, Run], over: Run | None) -> None:
    menu(
        _("Compare with"),
        run_titles(others.values()),
        over.id if over else None,
        key="train_compare",
        on_pick=_take_other,
        index=None,
        placeholder=_("No other run"),
        width=320,
    )


def _take_other(run_id: str | None) -> None:
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
