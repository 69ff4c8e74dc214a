"""The menu of networks that can read: the bundled one, and every run that has weights."""

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
_ADDRESS = "model_in_address"  # what this tab last wrote into the address
_RIVAL = "rival"  # the network picked for comparison


@dataclass(frozen=True, slots=True)
class Choice:
    """A network on the menu, with what is known about it without loading it."""

    key: str
    title: Words
    about: Words
    design: Design
    classes: tuple[str, ...]


@cache
def bundled() -> Choice:
    """The digit model included with the lab."""
    return Choice(
        BUNDLED_KEY,
        lazy("Bundled digit reader"),
        lazy("Trained by the lab itself on MNIST and on pen strokes by 25 people."),
        Design.from_json(asset("digits/design.json")),
        DIGITS,
    )


def run_choices(runs: Iterable[Run]) -> dict[str, Choice]:
    """The networks of runs, by id; no two have the same title."""
    runs = list(runs)
    titles = run_titles(runs)
    return {run.id: _run_choice(run, titles[run.id]) for run in runs}


def _run_choice(run: Run, title: str) -> Choice:
    data = data_of(run, lab().catalogue)
    return Choice(run.id, title, _training_text(run.progress, data.title), run.design, data.classes)


def _training_text(progress: Progress, data: Words) -> Message:
    if (test := progress.test_accuracy) is not None:
        return lazy("Trained on {data}, {share} right on its test pictures.", data=data, share=f"{test:.1%}")
    if (validation := progress.best_val_accuracy) is not None:
        return lazy("Trained on {data}, {share} right in validation.", data=data, share=f"{validation:.1%}")
    return lazy("Trained on {data} for less than an epoch.", data=data)


def choices(store: RunStore) -> dict[str, Choice]:
    """By key: the bundled network, then the runs with weights, newest first, those that train as well."""
    saved = store.runs_with_weights()
    begun = [run for run in lab().runs() if run.state != "queued" and run.id in saved]
    return {BUNDLED_KEY: bundled(), **run_choices(begun)}


def choose_model(store: RunStore, tab: TabState) -> Choice:
    """Show the menu, which sets the tab's model; a missing run is explained, and the bundled network used."""
    known = choices(store)
    follow_address(tab)
    if tab.model_key not in known:
        _explain_missing(store, tab.model_key)
        tab.model_key = BUNDLED_KEY
    titles = {key: each.title for key, each in known.items()}
    menu(_("Network"), titles, tab.model_key, key=KEY, on_pick=select_model, width=380)
    show_in_address(tab.model_key)
    return known[tab.model_key]


def follow_address(tab: TabState) -> None:
    """Select the network named in the address, so that reloads, bookmarks and links show the same one."""
    named = st.query_params.get("run")
    if named and named != st.session_state.get(_ADDRESS):
        tab.model_key = named


def show_in_address(key: str) -> None:
    """Put the selected network into the address; the bundled one is left out."""
    st.session_state[_ADDRESS] = key
    if key == BUNDLED_KEY:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != key:
        st.query_params["run"] = key


def select_model(key: str | None) -> None:
    """Use this network in this tab from now on."""
    if key is not None:
        state().model_key = key


def choose_rival(store: RunStore, choice: Choice) -> Choice | None:
    """A second network with the same classes, to compare answers with; None if none is selected."""
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
        on_pick=_select_rival,
        index=None,
        placeholder=_("No other network"),
        width=200,
    )
    return same.get(rival) if rival else None


def _select_rival(key: str | None) -> None:
    st.session_state[_RIVAL] = key


def _explain_missing(store: RunStore, key: str) -> None:
    try:
        store.run(key)
    except RunError:
        st.info(_("The run that was chosen here has been deleted. The bundled network reads instead."))
    else:
        st.info(_("That run has no finished network yet. The bundled network reads instead."))
