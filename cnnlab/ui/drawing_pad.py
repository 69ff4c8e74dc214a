"""The drawing pad on the page, and what the browser is told of the network that reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from cnnlab.ui.feature_maps import SCRIPTS, STYLE, asset, row_captions
from cnnlab.ui.model_menu import Choice

KEY = "drawing_pad"
PARTS = ("strokes", "raster", "pump", "answer", "keys", "pad")  # one module, in this order


def drawing_pad(choice: Choice, tab: str) -> None:
    """The pad of this tab, with the answers of this network."""
    _component()(key=KEY, data=pad_data(choice, tab))


def pad_data(choice: Choice, tab: str) -> dict[str, Any]:
    """What the browser has to know before the first answer."""
    digits = all(name.isdigit() for name in choice.classes)
    return {
        "tab": tab,
        "model": choice.key,
        "classes": list(choice.classes),
        "rows": row_captions(choice.design, choice.classes),
        "invitation": "Draw a digit" if digits else "Draw something",
    }


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        KEY,
        html=asset("drawing_pad/drawing_pad.html"),
        css=STYLE + asset("drawing_pad/drawing_pad.css"),
        js=SCRIPTS + "".join(asset(f"drawing_pad/{part}.js") for part in PARTS),
    )
