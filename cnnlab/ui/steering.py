"""Steering beyond pause and stop: other settings while a run goes on, the run once more, a branch of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnlab.errors import LabError
from cnnlab.figures.changes import settings_now
from cnnlab.figures.run_words import percent
from cnnlab.limits import MAX_NAME
from cnnlab.runs.records import Run
from cnnlab.training.config import OPTIMIZERS, SCHEDULES, STEERABLE, TrainConfig, changed
from cnnlab.ui.lab import lab

_SCHEMA: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
_SHOWN_FOR = "steer_shown_for"  # the run and its settings that the inputs were filled from
_KEYS = {name: f"steer_{name}" for name in STEERABLE}
_STEPS = {"learning_rate": 0.0001, "weight_decay": 0.0001, "augmentation": 0.05}


@dataclass(frozen=True, slots=True)
class Steering:
    """What the page does after a click: show trouble, or watch the run that came of it."""

    trouble: Callable[[str], None]
    asked: Callable[[], None]
    watch: Callable[[str], None]


def steering(run: Run, then: Steering) -> None:
    """The buttons: change settings, fork, start again."""
    if run.state != "finished":
        box = st.popover("Change", icon=":material/tune:", key="steer_open", on_change="rerun")
        if box.open:
            with box:
                _change_form(run, then)
    if run.state != "queued":
        box = st.popover("Fork", icon=":material/fork_right:", key="fork_open", on_change="rerun")
        if box.open:
            with box:
                _fork_form(run, then)
    with st.popover("Start again", icon=":material/replay:"):
        st.text("The same network, pictures and settings from the first batch on, as a run of its own.")
        same, new = f"Same seed ({run.config.seed})", "New seed"
        st.button(same, on_click=_again, args=(run, run.config.seed, then), key="again_same")
        st.button(new, on_click=_again, args=(run, None, then), key="again_new")


# ---- other settings while it goes on


def _change_form(run: Run, then: Steering) -> None:
    now = settings_now(run.config, lab().store.curves(run.id).flags)
    if st.session_state.get(_SHOWN_FOR) != (run.id, now):
        st.session_state[_SHOWN_FOR] = (run.id, now)
        for name, value in now.items():
            st.session_state[_KEYS[name]] = value
    with st.form("steer_form", border=False):
        for name in STEERABLE:
            _number(name, _KEYS[name])
        when = "from the next batch on" if run.state == "running" else "as soon as it goes on"
        st.caption(f"Holds {when}, and stands as a flag on the curves.")
        st.form_submit_button("Apply", type="primary", on_click=_apply, args=(run, now, then))


def _number(name: str, key: str) -> None:
    schema = _SCHEMA[name]
    low = schema.get("minimum", 0)
    if schema["type"] == "integer":
        st.number_input(schema["title"], low, schema["maximum"], step=1, key=key)
    else:
        step, high = _STEPS[name], float(schema["maximum"])
        st.number_input(schema["title"], float(low), high, step=step, format="%g", key=key)


def _apply(run: Run, now: dict[str, float | int], then: Steering) -> None:
    wanted = {name: st.session_state[key] for name, key in _KEYS.items()}
    different = {name: value for name, value in wanted.items() if value != now[name]}
    if not different:
        st.toast("These are the settings that it has already.", icon=":material/info:")
        return
    try:
        lab().store.ask(run.id, "change", different)
    except LabError as error:
        then.trouble(str(error))
    then.asked()


# ---- once more


def _again(run: Run, seed: int | None, then: Steering) -> None:
    try:
        config = changed(run.config, seed=secrets.randbelow(10_000) if seed is None else seed)
        copy = lab().store.queue(run.design, run.data, config, name=_named(run.name, f"seed {config.seed}"))
    except LabError as error:
        then.trouble(str(error))
        return
    lab().supervisor.wake()
    then.watch(copy.id)


def _named(name: str, what: str) -> str:
    """The name with what is particular behind it, short enough to be a name."""
    return f"{name[: MAX_NAME - len(what) - 3].partition(' · ')[0]} · {what}"


# ---- a branch


def _fork_form(run: Run, then: Steering) -> None:
    """Which epoch to begin with, and what is to be otherwise from there on."""
    saved = {weights.epoch: weights.val_accuracy for weights in lab().store.checkpoints(run.id)}
    if not saved:
        st.text("No epoch has been kept yet; try again in a moment.")
        return
    now = settings_now(run.config, lab().store.curves(run.id).flags)
    config = changed(run.config, **now)
    with st.form("fork_form", border=False):
        best = run.progress.best_epoch
        epochs = list(saved)
        st.selectbox(
            "From the weights after epoch",
            epochs,
            index=epochs.index(best) if best in saved else len(epochs) - 1,
            format_func=lambda epoch: _epoch_title(epoch, saved[epoch]),
            key="fork_epoch",
        )
        for name, value in [("epochs", config.epochs), *now.items()]:
            st.session_state.setdefault(f"fork_{name}", value)
        st.number_input("Epochs from there on", 1, _SCHEMA["epochs"]["maximum"], step=1, key="fork_epochs")
        _menu("optimizer", {name: each.title for name, each in OPTIMIZERS.items()}, config.optimizer)
        _menu("schedule", {name: each.title for name, each in SCHEDULES.items()}, config.schedule)
        for name in STEERABLE:
            _number(name, f"fork_{name}")
        st.form_submit_button("Fork", type="primary", on_click=_fork, args=(run, config, then))


def _menu(name: str, titles: dict[str, str], value: str) -> None:
    key, options = f"fork_{name}", list(titles)
    st.session_state.setdefault(key, value)
    st.selectbox(_SCHEMA[name]["title"], options, format_func=lambda item: titles[item], key=key)


def _epoch_title(epoch: int, accuracy: float | None) -> str:
    if epoch == 0:
        return "0 (untrained)"
    return f"{epoch} (validation {percent(accuracy)})" if accuracy is not None else str(epoch)


def _fork(run: Run, config: TrainConfig, then: Steering) -> None:
    names = ("epochs", "optimizer", "schedule", *STEERABLE)
    settings = {name: st.session_state[f"fork_{name}"] for name in names}
    epoch = st.session_state["fork_epoch"]
    try:
        child = lab().store.fork(run.id, epoch, changed(config, **settings))
    except LabError as error:
        then.trouble(str(error))
        return
    for name in names:
        st.session_state.pop(f"fork_{name}", None)
    lab().supervisor.wake()
    then.watch(child.id)
