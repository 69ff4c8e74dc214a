"""Steering beyond pause and stop: changing a run's settings, starting it again, forking it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from cnnlab.charts.changes import current_settings
from cnnlab.charts.run_words import epoch_title
from cnnlab.ground.errors import LabError
from cnnlab.language import Words, _, lazy
from cnnlab.runs.records import Run
from cnnlab.training.config import CHOICES, STEERABLE, TrainConfig, changed, number_fields
from cnnlab.training.settings import title
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.menus import menu, show_value
from cnnlab.ui.shared.widgets import set_value

_PANEL = "steer_panel_open"
_TITLES: dict[str, Words] = {
    "change": lazy("Change its settings"),
    "fork": lazy("Fork: a run of its own from an epoch of this one"),
}
_SHOWN_FOR = "steer_shown_for"  # the run and settings that the inputs were filled from
_KEYS = {name: f"steer_{name}" for name in STEERABLE}
_FORKED = ("epochs", "optimizer", "schedule", *STEERABLE)
_FORK_KEYS = {name: f"fork_{name}" for name in ("epochs", *STEERABLE)}
_LABELS: dict[str, Words] = {"fork_epochs": lazy("Epochs from there on")}
_FORK_EPOCH = "fork_from"  # the chosen epoch


@dataclass(frozen=True, slots=True)
class Steering:
    """What the page does after a click: show an error, refresh, or watch the new run."""

    show_error: Callable[[LabError], None]
    refresh: Callable[[], None]
    watch: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Panel:
    """The form that is open below the header.

    Not a popover: server and browser may disagree for a moment on whether it is open, and it would close.
    """

    run_id: str
    kind: str  # "change" or "fork"
    epoch: int | None = None  # to fork from; None: the best
    settings: dict[str, float | int] = field(default_factory=dict)  # suggested for the fork, if any


def steering(run: Run, actions: Steering) -> None:
    """The buttons: change settings, fork, start again. They stay in place, whatever the run's state."""
    _panel_button(run, "change", _("Change"), "tune", disabled=run.state == "finished")
    _panel_button(run, "fork", _("Fork"), "fork_right", disabled=run.state == "queued")
    with st.popover(_("Start again"), icon=":material/replay:", key="again_open"):
        st.text(_("The same network, pictures and settings from the first batch on, as a run of its own."))
        same = _("Same seed ({seed})", seed=run.config.seed)
        st.button(same, on_click=_start_again, args=(run, run.config.seed, actions), key="again_same")
        st.button(_("New seed"), on_click=_start_again, args=(run, None, actions), key="again_new")


def _panel_button(run: Run, kind: str, label: str, icon: str, *, disabled: bool) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=disabled,
        on_click=_close if _open_form(run) == kind else _open,
        args=(_Panel(run.id, kind),),
        key=f"{kind}_open",
    )


def open_fork(run_id: str, epoch: int | None, settings: dict[str, float | int] | None = None) -> None:
    """Open the form of a fork from this epoch (None: the best), with suggested settings."""
    _open(_Panel(run_id, "fork", epoch, settings or {}))


def _open(panel: _Panel) -> None:
    for key in (_SHOWN_FOR, _FORK_EPOCH, *(f"fork_{name}" for name in _FORKED)):
        st.session_state.pop(key, None)
    st.session_state[_PANEL] = panel


def _close(_panel: _Panel | None = None) -> None:
    st.session_state.pop(_PANEL, None)


def form_open() -> object:
    """The open form; a page that shows another one is out of date."""
    return st.session_state.get(_PANEL)


def _open_form(run: Run) -> str | None:
    panel: _Panel | None = st.session_state.get(_PANEL)
    return panel.kind if panel is not None and panel.run_id == run.id else None


def steering_form(run: Run, actions: Steering) -> None:
    """Draw the open form, if any, until it is closed by a click."""
    kind = _open_form(run)
    if kind is None or (kind == "change" and run.state == "finished"):
        return
    with st.container(border=True, key="steer_panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_TITLES[kind]}**", width="stretch")
            st.button(_("Close"), icon=":material/close:", on_click=_close, key="steer_close")
        if kind == "change":
            _change_form(run, actions)
        else:
            _fork_form(run, st.session_state[_PANEL], actions)


# ---- changing settings


def _change_form(run: Run, actions: Steering) -> None:
    now = current_settings(run.config, lab().store.curves(run.id).flags)
    if st.session_state.get(_SHOWN_FOR) != (run.id, now):
        st.session_state[_SHOWN_FOR] = (run.id, now)
        for name, value in now.items():
            set_value(_KEYS[name], float(value))
    for name, value in now.items():
        st.session_state.setdefault(_KEYS[name], float(value))
    with st.grid(min_column_width=170, vertical_alignment="top"):
        usable = _numbers(_KEYS)
    if run.state == "running":
        st.caption(_("Takes effect with the next batch and appears as a flag on the curves."))
    else:
        st.caption(_("Takes effect when the run resumes and appears as a flag on the curves."))
    st.button(
        _("Apply"),
        type="primary",
        disabled=not usable,
        on_click=_apply,
        args=(run, now, actions),
        key="steer_apply",
    )


def _numbers(keys: dict[str, str]) -> bool:
    """Draw the fields of these settings; returns whether all values are valid."""
    fields = number_fields()
    # A list, so that all of them are drawn even if the first ones are invalid.
    return all(
        [number_field(fields[name], key, label=str(_LABELS.get(key, ""))) for name, key in keys.items()]
    )


def _typed_values(keys: dict[str, str]) -> dict[str, int | float]:
    """The values of these fields; raises ConfigError if one is invalid."""
    return {name: number_fields()[name].checked(st.session_state[key]) for name, key in keys.items()}


def _apply(run: Run, now: dict[str, float | int], actions: Steering) -> None:
    try:
        new_settings = _typed_values(_KEYS)
        different = {name: value for name, value in new_settings.items() if value != now[name]}
        if not different:
            st.toast(_("It already has these settings."), icon=":material/info:")
            return
        lab().store.send_command(run.id, "change", different)
    except LabError as error:
        actions.show_error(error)
    actions.refresh()


# ---- starting again


def _start_again(run: Run, seed: int | None, actions: Steering) -> None:
    try:
        config = changed(run.config, seed=secrets.randbelow(10_000) if seed is None else seed)
        data = lab().catalogue.frozen(run.data)
        copy = lab().store.queue(run.design, data, config)
    except LabError as error:
        actions.show_error(error)
        return
    lab().supervisor.wake()
    actions.watch(copy.id)


# ---- forking


def _fork_form(run: Run, panel: _Panel, actions: Steering) -> None:
    """The form of a fork: the epoch to start from, and the settings from there on."""
    saved = {weights.epoch: weights.val_accuracy for weights in lab().store.checkpoints(run.id)}
    if not saved:
        st.text(_("No epoch has been kept yet; try again in a moment."))
        return
    config = changed(run.config, **current_settings(run.config, lab().store.curves(run.id).flags))
    epochs, best = list(saved), run.progress.best_epoch
    epoch = st.session_state.get(_FORK_EPOCH)
    if epoch not in saved:
        epoch = next((each for each in (panel.epoch, best) if each in saved), epochs[-1])
        st.session_state[_FORK_EPOCH] = epoch
    for name in _FORKED:
        value = panel.settings.get(name, getattr(config, name))
        value = float(value) if name in _FORK_KEYS else value
        st.session_state.setdefault(f"fork_{name}", value)
    titles = {each: epoch_title(each, saved[each], best, epochs[-1]) for each in epochs}
    with st.grid(min_column_width=170, vertical_alignment="top"):
        menu(_("From epoch"), titles, epoch, key="fork_epoch", on_pick=_select_epoch)
        _menu("optimizer")
        _menu("schedule")
        usable = _numbers(_FORK_KEYS)
    st.caption(_("It begins with the weights after that epoch; this run stays as it is."))
    st.button(
        _("Start the fork"),
        type="primary",
        disabled=not usable,
        on_click=_fork,
        args=(run, epoch, config, actions),
        key="fork_start",
    )


def _select_epoch(epoch: int | None) -> None:
    st.session_state[_FORK_EPOCH] = epoch


def _menu(name: str) -> None:
    key, titles = f"fork_{name}", {item: str(choice.title) for item, choice in CHOICES[name].items()}
    show_value(key, st.session_state[key], titles[st.session_state[key]])
    st.selectbox(title(name), list(titles), format_func=titles.__getitem__, key=key)


def _fork(run: Run, epoch: int, config: TrainConfig, actions: Steering) -> None:
    menus = {name: st.session_state[f"fork_{name}"] for name in ("optimizer", "schedule")}
    try:
        config = changed(config, **menus, **_typed_values(_FORK_KEYS))
        child = lab().store.fork(run.id, epoch, config, data=lab().catalogue.frozen(run.data))
    except LabError as error:
        actions.show_error(error)
        return
    _close()
    lab().supervisor.wake()
    actions.watch(child.id)
