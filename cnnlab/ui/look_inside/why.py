"""The view "Why this answer": the network's answer to one picture, and what the component asks about it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnlab.charts.colors import css_variables
from cnnlab.data import class_words
from cnnlab.design.design import summarize
from cnnlab.ground.errors import LabError
from cnnlab.interpret.attribution import METHODS, SPREADABLE
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.address import write
from cnnlab.ui.look_inside.layers import Epochs, Picture
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.model_menu import Choice, choices

KEY = "look_why"
_component = Component("look_inside/why", style=css_variables() + asset("shared/part.css"))


def show_why(choice: Choice, epochs: Epochs, picture: Picture) -> None:
    """The answer, with its reasons by several methods; a message where there is no network."""
    try:
        answer = _answer(choice, epochs, picture)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    write(view="why", epoch=str(epochs.at) if epochs.kept else None, picture=picture.address)
    for note in filter(None, (picture.note, answer.pop("note"))):
        st.info(escape_markdown(note), icon=":material/info:")
    rows = summarize(choice.design).rows
    body = {
        "of": {"model": choice.key, "epoch": epochs.at, "picture": picture.address, "tab": state().name},
        "picture": picture.pixels,
        "title": picture.title,
        "source": picture.source,
        "truth": picture.truth,
        "classes": [str(class_words(name)) for name in choice.classes],
        "network": str(choice.title),
        "others": _others(choice),
        "rows": [f"{row.index + 1}. {row.layer.title}" for row in rows],
        "weighted": [row.index for row in reversed(rows) if row.parameters],
        "methods": [
            {
                "name": name,
                "title": str(method.title),
                "shows": str(method.shows),
                "beware": str(method.beware),
                "smooths": name in SPREADABLE and len(picture.pixels) == 1,
            }
            for name, method in METHODS.items()
        ],
        **answer,
    }
    _component(key=KEY, data=pack(body))


def _answer(choice: Choice, epochs: Epochs, picture: Picture) -> dict[str, Any]:
    """The probabilities (classes,), and what is known about the network; raises LabError if there is none."""
    import torch

    from cnnlab.models.predict import classify, require_finite

    loaded = get_model(choice.key, epochs.at)
    image = torch.from_numpy(picture.pixels).float() / 255
    shares = classify(loaded.model, image[None]).probabilities[0]
    require_finite(shares, loaded.title)
    return {"probabilities": shares.numpy(), "untrained": loaded.epoch == 0, "note": str(loaded.note)}


def _others(choice: Choice) -> list[dict[str, str]]:
    """The networks that read the same pictures as the same classes, with what is known about each."""
    shape = choice.design.input_shape
    return [
        {"key": key, "title": str(each.title), "about": str(each.about)}
        for key, each in choices(lab().store).items()
        if key != choice.key and each.design.input_shape == shape and each.classes == choice.classes
    ]
