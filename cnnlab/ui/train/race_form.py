"""The form of a race: what should differ, and the runs that are queued for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cnnlab.data import base_name
from cnnlab.design.design import Design
from cnnlab.design.forms import FormField
from cnnlab.ground.errors import ConfigError
from cnnlab.language import Words, _, lazy, listed, sentences
from cnnlab.runs.names import with_suffix
from cnnlab.runs.records import Run
from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.race import MAX_RACERS, RACE_SETTINGS, racers
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import show_value

_RATES: dict[str, Words] = {
    "usual": lazy("each optimizer's usual one"),
    "same": lazy("the same for all, as in the form"),
}
_SEEDS = FormField("race_seeds", lazy("How many seeds"), "integer", 2, MAX_RACERS)
_OPTIMIZERS = ("sgd", "rmsprop", "adam")  # the default racers
_FACTORS = (0.03, 0.1, 0.3, 1, 3, 10, 30)


def race_form(config: TrainConfig, on_start: Callable[[], None]) -> None:
    """Draw the form: what differs between the runs; everything else is as in the form above."""
    st.segmented_control(
        _("What differs"),
        list(RACE_SETTINGS),
        format_func=lambda name: str(RACE_SETTINGS[name]),
        default="optimizer",
        key="race_by",
        required=True,
    )
    by = st.session_state["race_by"]
    if by == "optimizer":
        titles = {name: str(choice.title) for name, choice in OPTIMIZERS.items()}
        _keep_choices(titles)
        _several(by, _("Optimizers"), titles)
        st.radio(
            _("Learning rate"),
            list(_RATES),
            format_func=lambda name: str(_RATES[name]),
            key="race_rates",
            help=listed(f"{titles[name]} {kind.usual_rate:g}" for name, kind in OPTIMIZERS.items()),
        )
    elif by == "learning_rate":
        rate = config.learning_rate
        rates = [f"{float(f'{rate * factor:.3g}'):g}" for factor in _FACTORS]
        usual = [f"{float(f'{rate * factor:.3g}'):g}" for factor in (0.1, 1, 10)]
        _several(by, _("Learning rates"), dict(zip(rates, rates, strict=True)), usual)
    else:
        st.session_state.setdefault(_SEEDS.name, 3.0)
        number_field(_SEEDS, _SEEDS.name)
    if by == "seed":
        about = _("The runs have different first weights; everything else is as set in the form.")
    else:
        about = _(
            "The runs have the same first weights and order of pictures; "
            "everything else is as set in the form."
        )
    st.caption(sentences([about, _("They train in turns, so that their curves grow together.")]))
    try:
        _racers(config)
    except ConfigError as error:
        st.caption(f":red[:material/error: {escape_markdown(error)}]")
        refused = True
    else:
        refused = False
    st.button(
        _("Start the race"),
        type="primary",
        icon=":material/flag:",
        disabled=refused,
        on_click=on_start,
        key="race_start",
    )


def _keep_choices(titles: Mapping[str, str]) -> None:
    """Keep valid choices after a change of language, when a closed form still sends the old titles."""
    picked = st.session_state.get("race_values_optimizer", _OPTIMIZERS)
    picked = picked if set(picked) <= set(titles) else _OPTIMIZERS
    show_value("race_values_optimizer", list(picked), listed(titles[name] for name in picked))
    rates = st.session_state.get("race_rates")
    rates = rates if rates in _RATES else "usual"
    show_value("race_rates", rates, str(_RATES[rates]))


def _several(setting: str, label: str, titles: dict[str, str], usual: Sequence[str] = ()) -> None:
    st.multiselect(
        label,
        list(titles),
        default=usual or None,
        format_func=lambda name: titles[name],
        max_selections=MAX_RACERS,
        placeholder=_("Choose some"),
        key=f"race_values_{setting}",
    )


def start_race(design: Design, data: str, config: TrainConfig) -> Run:
    """Queue the runs of the race that the form describes; returns the first. Raises LabError."""
    race = secrets.token_hex(8)
    runs = [
        lab().store.queue(design, data, each, name=_name(design, data, what), race=race)
        for what, each in _racers(config).items()
    ]
    lab().supervisor.wake()
    return runs[0]


def _name(design: Design, data: str, what: str) -> str:
    return with_suffix(_("{design} on {data}", design=design.name, data=base_name(data)), [what])


def _racers(config: TrainConfig) -> dict[str, TrainConfig]:
    """The configurations that the form describes; raises ConfigError."""
    by = st.session_state["race_by"]
    usual = {name: kind.usual_rate for name, kind in OPTIMIZERS.items()}
    rates = usual if by == "optimizer" and st.session_state["race_rates"] == "usual" else None
    return racers(config, by, _values(by, config), rates)


def _values(by: str, config: TrainConfig) -> list[str | float | int]:
    if by == "optimizer":
        return list(st.session_state["race_values_optimizer"])
    if by == "learning_rate":
        return [float(rate) for rate in st.session_state["race_values_learning_rate"]]
    count = _SEEDS.checked(st.session_state[_SEEDS.name])
    return [config.seed + i for i in range(int(count))]
