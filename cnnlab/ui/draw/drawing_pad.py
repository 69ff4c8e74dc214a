"""The drawing pad on the page, and the data about the network that the browser gets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnlab.ground import limits
from cnnlab.language import _
from cnnlab.reader.doubt import reads_digits
from cnnlab.ui.app.state import state
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.feature_maps import MAP_STYLE, row_captions
from cnnlab.ui.shared.model_menu import Choice
from cnnlab.ui.shared.present import presenting
from cnnlab.ui.shared.trace import TRACE_STYLE

KEY = "drawing_pad"
_OWN_STYLES = ("shared/stepper.css", "draw/drawing_pad/ask.css", "draw/drawing_pad/tracing.css")
_pad = Component("draw/drawing_pad", style=MAP_STYLE + TRACE_STYLE + "".join(map(asset, _OWN_STYLES)))


def drawing_pad(choice: Choice, rival: Choice | None, tab: str) -> None:
    """The pad of this tab, with the answers of this network and of a rival, if any."""
    last_drawings.ensure_tab(tab)
    data = pad_data(choice, rival, tab) | {"present": presenting()}
    _pad(key=KEY, data=data, on_model_change=_take_model)


def pad_data(choice: Choice, rival: Choice | None, tab: str) -> dict[str, Any]:
    """What the browser needs to know before the first answer."""
    digits = reads_digits(choice.classes)
    return {
        "tab": tab,
        "model": choice.key,
        "title": str(choice.title),
        "rival": rival and {"model": rival.key, "title": str(rival.title)},
        "classes": list(choice.classes),
        "digits": digits and len(choice.classes) == 10,
        "rows": row_captions(choice.design, choice.classes),
        "input": choice.design.input_shape,
        "invitation": _("Draw a digit") if digits else _("Draw something"),
        "picture": {"bytes": limits.MAX_PICTURE_BYTES, "words": _picture_limits()},
    }


def _picture_limits() -> str:
    return _(
        "at most {megabytes} MB and {megapixels} million pixels",
        megabytes=limits.MAX_PICTURE_BYTES // 2**20,
        megapixels=limits.MAX_PICTURE_PIXELS // 10**6,
    )


def _take_model() -> None:
    """Use the network that has learned the person's handwriting from now on."""
    state().model_key = str(st.session_state[KEY]["model"])
