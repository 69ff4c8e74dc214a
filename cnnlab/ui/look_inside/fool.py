"""The view of attacks on the answer to one picture: what the component is given."""

from __future__ import annotations

import streamlit as st

from cnnlab.charts.colors import css_variables
from cnnlab.data import class_words
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_to
from cnnlab.ui.look_inside.address import write
from cnnlab.ui.look_inside.layers import Epochs, Picture
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.model_menu import Choice, choices

KEY = "look_fool"
_component = Component("look_inside/fool", style=css_variables() + asset("shared/part.css"))


def show_fool(choice: Choice, epochs: Epochs, picture: Picture) -> None:
    """How the answer to a picture can be changed, and whether the network could notice."""
    from cnnlab.interpret.attack import LIMIT

    write(view="fool", epoch=str(epochs.at) if epochs.kept else None, picture=picture.address)
    if picture.note:
        st.info(escape_markdown(picture.note), icon=":material/info:")
    body = {
        "network": {"model": choice.key, "epoch": epochs.at},
        "picture": picture.pixels,
        "title": picture.title,
        "truth": picture.truth,
        "classes": [str(class_words(name)) for name in choice.classes],
        "untrained": epochs.at == 0,
        "rivals": _rivals(choice),
        "limit": LIMIT,
    }
    _component(key=KEY, data=pack(body), on_train_change=lambda: _train(choice))


def _rivals(choice: Choice) -> list[dict[str, str]]:
    """Other networks that read such pictures and know the same classes."""
    task = (choice.design.input_shape, choice.classes)
    others = [each for each in choices(lab().store).values() if each.key != choice.key]
    same = [each for each in others if (each.design.input_shape, each.classes) == task]
    return [{"key": each.key, "title": str(each.title)} for each in same]


def _train(choice: Choice) -> None:
    """To the page where it can be trained again, with other settings."""
    if choice.key in {run.id for run in lab().runs()}:
        go_to("train", run=choice.key)
    else:
        go_to("train")
