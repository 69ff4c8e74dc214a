"""The menu of networks that can be asked: the bundled one, and every run that is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import streamlit as st

from cnnlab.data import DIGITS
from cnnlab.design.design import Design
from cnnlab.ground.errors import RunError
from cnnlab.language import Message, Words, _, lazy
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Progress, Run
from cnnlab.runs.store import RunStore
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.app.state import TabState, state
from cnnlab.ui.shared.components import asset
from cnnlab.ui.shared.menus import menu, run_titles

KEY = "model_menu"
RIVAL_KEY = "rival_menu"
_ADDRESS = "model_in_address"  # what this tab has last written there
_RIVAL = "rival"  # the network that was picked there


@dataclass(frozen=True, slots=True)
class Choice:
    """A network on the menu, and what is known of it without loading it."""

    key: str
    title: Words
    about: Words
    design: Design
    classes: tuple[str, ...]


@cache
def bundled() -> Choice:
    """The digit model that comes with the lab."""
    return Choice(
        BUNDLED_KEY,
        lazy("Bundled digit reader"),
        lazy("Trained by the lab itself on MNIST and on pen strokes by 25 people."),
        Design.from_json(asset("digits/design.json")),
        DIGITS,
    )


def of_runs(runs: Iterable[Run]) -> dict[str, Choice]:
    """Runs as networks to ask, by id; no two have one title."""
    runs = list(runs)
    titles = run_titles(runs)
    return {run.id: _of_run(run, titles[run.id]) for run in runs}


def _of_run(run: Run, title: str) -> Choice:
    data = data_of(run, lab().catalogue)
    return Choice(run.id, title, _training(run.progress, data.title), run.design, data.classes)


def _training(progress: Progress, data: Words) -> Message:
    if (test := progress.test_accuracy) is not None:
        return lazy("Trained on {data}, {share} right on its test pictures.", data=data, share=f"{test:.1%}")
    if (validation := progress.best_val_accuracy) is not None:
        return lazy("Trained on {data}, {share} right in validation.", data=data, share=f"{validation:.1%}")
    return lazy("Trained on {data} for less than an epoch.", data=data)


def choices(store: RunStore) -> dict[str, Choice]:
    """By key: the bundled network, then the finished and stopped runs that have weights, newest first."""
    saved = store.with_weights()
    done = [run for run in store.runs() if run.state in ("finished", "stopped") and run.id in saved]
    return {BUNDLED_KEY: bundled(), **of_runs(done)}


def choose_model(store: RunStore, tab: TabState) -> Choice:
    """The menu; the tab's model follows it. A run that is gone gives way to the bundled network, in words."""
    known = choices(store)
    follow_address(tab)
    if tab.model_key not in known:
        _explain_absence(store, tab.model_key)
        tab.model_key = BUNDLED_KEY
    titles = {key: each.title for key, each in known.items()}
    menu(_("Network"), titles, tab.model_key, key=KEY, on_pick=take_model, width=380)
    show_in_address(tab.model_key)
    return known[tab.model_key]


def follow_address(tab: TabState) -> None:
    """A reload, a bookmark or a link shows the network that it was made with."""
    named = st.query_params.get("run")
    if named and named != st.session_state.get(_ADDRESS):
        tab.model_key = named


def show_in_address(key: str) -> None:
    """Have the address bar hold the network that is shown; the bundled one needs no word."""
    st.session_state[_ADDRESS] = key
    if key == BUNDLED_KEY:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != key:
        st.query_params["run"] = key


def take_model(key: str | None) -> None:
    """The network that reads from now on, in this tab."""
    if key is not None:
        state().model_key = key


def choose_rival(store: RunStore, choice: Choice) -> Choice | None:
    """A second network for the same drawing, of those with the same classes; None where none is wanted."""
    others = {key: each for key, each in choices(store).items() if key != choice.key}
    same = {key: each for key, each in others.items() if each.classes == choice.classes}
    if not same:
        return None
    rival = st.session_state.get(_RIVAL)
    titles = {key: each.title for key, each in same.items()}
    menu(
        _("Compare with"),
        titles,
        rival if rival in same else None,
        key=RIVAL_KEY,
        on_pick=_take_rival,
        index=None,
        placeholder=_("No other network"),
        width=200,
    )
    return same.get(rival) if rival else None


def _take_rival(key: str | None) -> None:
    st.session_state[_RIVAL] = key


def _explain_absence(store: RunStore, key: str) -> None:
    try:
        store.run(key)
    except RunError:
        st.info(_("The run that was chosen here has been deleted. The bundled network reads instead."))
    else:
        st.info(_("That run has no finished network yet. The bundled network reads instead."))
