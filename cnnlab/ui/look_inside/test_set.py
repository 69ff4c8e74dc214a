"""The view of the whole test set: the choice of the set, and the component with the numbers."""

from __future__ import annotations

import streamlit as st

from cnnlab.charts.colors import css_variables
from cnnlab.data import class_words
from cnnlab.language import _
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.address import asked, write
from cnnlab.ui.look_inside.layers import Epochs
from cnnlab.ui.look_inside.picture_choice import first_source, missing_words, show_number
from cnnlab.ui.look_inside.views import show_view
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.model_menu import Choice

KEY = "look_test_set"
_DATA = "look_test_data"
_STYLE = css_variables() + asset("shared/part.css") + asset("shared/study_line.css")
_component = Component("look_inside/test_set", style=_STYLE)


def choose_data(choice: Choice) -> str | None:
    """The menu of data sets that the network can be tested on; None, with a message, if none is here.

    First it shows what the address asks for, the last choice, the picture's set, or what it learned from.
    """
    catalogue = lab().catalogue
    same = [info for info in catalogue.of_shape(choice.design.input_shape) if info.classes == choice.classes]
    here = {info.name: info for info in same if catalogue.available(info.name)}
    missing = missing_words([info for info in same if info.name not in here])
    if not here:
        other = _("No data set of the lab has pictures and classes like those that this network knows.")
        st.info(missing or other, icon=":material/info:")
        return None
    likely = (asked("data"), st.session_state.get(_DATA), state().picture_source)
    data = next((name for name in likely if name in here), None) or first_source(choice, list(here))
    _select_data(data)
    titles = {name: info.title for name, info in here.items()}
    menu(
        _("Test pictures of"),
        titles,
        data,
        key="look_data",
        on_pick=_select_data,
        width=280,
        help=missing,
    )
    return data


def show_test_set(choice: Choice, epochs: Epochs, data: str | None) -> None:
    """What the network makes of the test pictures of a data set, if there is one."""
    write(view="set", epoch=str(epochs.at) if epochs.kept else None, data=data)
    if data is None:
        return
    _component(
        key=KEY,
        data={
            "question": {"run": choice.key, "epoch": epochs.at, "data": data},
            "address": _address(choice, epochs),
            "title": str(lab().catalogue.describe(data).title),
            "classes": [str(class_words(name)) for name in choice.classes],
            "untrained": epochs.at == 0,
        },
        on_open_change=lambda: _look_at(st.session_state[KEY]["open"]),
    )


def _select_data(name: str | None) -> None:
    st.session_state[_DATA] = name


def _address(choice: Choice, epochs: Epochs) -> dict[str, str]:
    """Network and epoch in a link to a picture."""
    return {"run": choice.key, "epoch": str(epochs.at)} if epochs.kept else {"run": choice.key}


def _look_at(place: object) -> None:
    """Show a picture that was clicked, by the data set's name and its number."""
    match place:
        case {"data": str(name), "number": int(number)} if name in lab().catalogue:
            show_view("one")
            state().picture_source = name
            show_number(name, number)
