"""A race with one click: what is to differ, and the runs that are queued for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import streamlit as st

from cnnlab.design.design import Design
from cnnlab.design.forms import FormField
from cnnlab.ground.errors import ConfigError
from cnnlab.runs.names import with_tail
from cnnlab.runs.records import Run
from cnnlab.training.config import OPTIMIZERS, USUAL_RATES, TrainConfig
from cnnlab.training.race import MOST_RACERS, RACED, racers
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown

_RATES = {"usual": "each optimizer's usual one", "same": "the same for all, as in the form"}
_SEEDS = FormField("race_seeds", "How many seeds", "integer", 2, MOST_RACERS)
_FACTORS = (0.03, 0.1, 0.3, 1, 3, 10, 30)


def race_form(config: TrainConfig, on_start: Callable[[], None]) -> None:
    """What differs between the runs; everything else is as the form above says."""
    st.segmented_control(
        "What differs",
        list(RACED),
        format_func=lambda each: str(RACED[each]),
        default="optimizer",
        key="race_by",
        required=True,
    )
    by = st.session_state["race_by"]
    if by == "optimizer":
        titles = {name: str(choice.title) for name, choice in OPTIMIZERS.items()}
        _several("Optimizers", titles, ["sgd", "rmsprop", "adam"])
        st.radio(
            "Learning rate",
            list(_RATES),
            format_func=_RATES.__getitem__,
            key="race_rates",
            help="; ".join(f"{OPTIMIZERS[name].title} {rate:g}" for name, rate in USUAL_RATES.items()),
        )
    elif by == "learning_rate":
        rate = config.learning_rate
        rates = {f"{float(f'{rate * factor:.3g}'):g}": "" for factor in _FACTORS}
        usual = [f"{float(f'{rate * factor:.3g}'):g}" for factor in (0.1, 1, 10)]
        _several("Learning rates", {name: name for name in rates}, usual)
    else:
        st.session_state.setdefault(_SEEDS.name, 3.0)
        number_field(_SEEDS, _SEEDS.name)
    same = "different first weights" if by == "seed" else "the same first weights and order of pictures"
    st.caption(
        f"The runs have {same}; everything else is as set in the form. They train one after the other."
    )
    try:
        _racers(config)
    except ConfigError as error:
        st.caption(f":red[:material/error: {escape_markdown(error)}]")
        refused = True
    else:
        refused = False
    st.button(
        "Start the race",
        type="primary",
        icon=":material/flag:",
        disabled=refused,
        on_click=on_start,
        key="race_start",
    )


def _several(label: str, titles: dict[str, str], usual: list[str]) -> None:
    st.multiselect(
        label,
        list(titles),
        default=usual,
        format_func=lambda name: titles[name],
        max_selections=MOST_RACERS,
        key=f"race_{label}",
    )


def start_race(design: Design, data: str, config: TrainConfig) -> Run:
    """Queue the runs of the race as the form stands; the first of them. Raises LabError."""
    race = secrets.token_hex(8)
    runs = [
        lab().store.queue(design, data, each, name=with_tail(f"{design.name} on {data}", [what]), race=race)
        for what, each in _racers(config).items()
    ]
    lab().supervisor.wake()
    return runs[0]


def _racers(config: TrainConfig) -> dict[str, TrainConfig]:
    """Who races, as the form stands; raises ConfigError."""
    by = st.session_state["race_by"]
    rates = USUAL_RATES if by == "optimizer" and st.session_state["race_rates"] == "usual" else None
    return racers(config, by, _values(by, config), rates)


def _values(by: str, config: TrainConfig) -> list[str | float | int]:
    if by == "optimizer":
        return list(st.session_state["race_Optimizers"])
    if by == "learning_rate":
        return [float(rate) for rate in st.session_state["race_Learning rates"]]
    count = _SEEDS.checked(st.session_state[_SEEDS.name])
    return [config.seed + i for i in range(int(count))]
