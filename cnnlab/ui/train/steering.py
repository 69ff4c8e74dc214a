"""Steering beyond pause and stop: changing a run's settings, forking it, starting it again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import streamlit as st

from cnnlab.charts.changes import change_text, current_settings
from cnnlab.charts.run_words import epoch_title
from cnnlab.ground.errors import LabError
from cnnlab.language import Words, _, lazy
from cnnlab.runs.records import Run
from cnnlab.training.config import CHOICES, STEERABLE, TrainConfig, changed, number_fields
from cnnlab.training.settings import title
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, show_value
from cnnlab.ui.shared.widgets import set_value
from cnnlab.ui.train.clicks import refresh, show_error, watch

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
class _Panel:
    """The form that is open below the header.

    Not a popover: server and browser may disagree for a moment on whether it is open, and it would close.
    """

    run_id: str
    kind: str  # "change" or "fork"
    epoch: int | None = None  # to fork from; None: the best
    settings: dict[str, float | int] = field(default_factory=dict)  # suggested for the fork, if any


def open_change(run_id: str) -> None:
    """Open the form of a change of settings."""
    _open(_Panel(run_id, "change"))


def open_fork(run_id: str, epoch: int | None, settings: dict[str, float | int] | None = None) -> None:
    """Open the form of a fork from this epoch (None: the best), with suggested settings."""
    _open(_Panel(run_id, "fork", epoch, settings or {}))


def _open(panel: _Panel) -> None:
    for key in (_SHOWN_FOR, _FORK_EPOCH, *(f"fork_{name}" for name in _FORKED)):
        st.session_state.pop(key, None)
    st.session_state[_PANEL] = panel


def _close() -> None:
    st.session_state.pop(_PANEL, None)


def _open_form(run: Run) -> str | None:
    panel: _Panel | None = st.session_state.get(_PANEL)
    return panel.kind if panel is not None and panel.run_id == run.id else None


def steering_form(run: Run) -> None:
    """Draw the open form, if any, until it is closed by a click."""
    kind = _open_form(run)
    if kind is None or (kind == "change" and run.state == "finished"):
        return
    with st.container(border=True, key="steer_panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_TITLES[kind]}**", width="stretch")
            st.button(_("Close"), icon=":material/close:", on_click=_close, key="steer_close")
        if kind == "change":
            _change_form(run)
        else:
            _fork_form(run, st.session_state[_PANEL])


# ---- changing settings


def _change_form(run: Run) -> None:
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
        args=(run, now),
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


def _apply(run: Run, now: dict[str, float | int]) -> None:
    try:
        new_settings = _typed_values(_KEYS)
        different = {name: value for name, value in new_settings.items() if value != now[name]}
        if not different:
            st.toast(_("It already has these settings."), icon=":material/info:")
            return
        lab().store.send_command(run.id, "change", different)
    except LabError as error:
        show_error(error)
    else:
        _close()
        text = _("Changed: {changes}. The flag on the curves marks it.", changes=change_text(now, different))
        st.toast(escape_markdown(text), icon=":material/flag:")
    refresh()


# ---- starting again


def start_again(run: Run, seed: int | None) -> None:
    """Queue the same run once more; None: with a new seed."""
    try:
        config = changed(run.config, seed=secrets.randbelow(10_000) if seed is None else seed)
        data = lab().catalogue.frozen(run.data)
        copy = lab().store.queue(run.design, data, config)
    except LabError as error:
        show_error(error)
        return
    lab().supervisor.wake()
    watch(copy.id)
    st.toast(escape_markdown(_("Runs again as “{name}”.", name=copy.name)), icon=":material/replay:")


# ---- forking


def _fork_form(run: Run, panel: _Panel) -> None:
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
        args=(run, epoch, config),
        key="fork_start",
    )


def _select_epoch(epoch: int | None) -> None:
    st.session_state[_FORK_EPOCH] = epoch


def _menu(name: str) -> None:
    key, titles = f"fork_{name}", {item: str(choice.title) for item, choice in CHOICES[name].items()}
    show_value(key, st.session_state[key], titles[st.session_state[key]])
    st.selectbox(title(name), list(titles), format_func=titles.__getitem__, key=key)


def _fork(run: Run, epoch: int, config: TrainConfig) -> None:
    menus = {name: st.session_state[f"fork_{name}"] for name in ("optimizer", "schedule")}
    try:
        config = changed(config, **menus, **_typed_values(_FORK_KEYS))
        child = lab().store.fork(run.id, epoch, config, data=lab().catalogue.frozen(run.data))
    except LabError as error:
        show_error(error)
        return
    _close()
    lab().supervisor.wake()
    watch(child.id)
    text = _("Forked at epoch {epoch}: you see “{name}” now.", epoch=epoch, name=child.name)
    st.toast(escape_markdown(text), icon=":material/fork_right:")
