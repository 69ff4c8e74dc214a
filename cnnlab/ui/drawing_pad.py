"""The drawing pad on the page: what the browser is told, and what it tells after a stroke."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from cnnlab.drawing import PAD_SIDE, Ink
from cnnlab.errors import DataError
from cnnlab.ui.feature_maps import SCRIPTS, STYLE, asset, row_captions
from cnnlab.ui.model_menu import Choice
from cnnlab.ui.state import state

KEY = "drawing_pad"
PARTS = ("strokes", "raster", "pump", "answer", "keys", "pad")  # one module, in this order
PREFIX = "data:image/png;base64,"
MOST_CHARACTERS = 200_000  # of the picture that comes from the browser; a digit has some 3,000


def drawing_pad(choice: Choice) -> None:
    """The pad, with the answers of this network. Each finished stroke becomes the tab's drawing."""
    _component()(key=KEY, data=pad_data(choice), on_ink_change=_take_ink)


def pad_data(choice: Choice) -> dict[str, Any]:
    """What the browser has to know before the first answer."""
    digits = all(name.isdigit() for name in choice.classes)
    return {
        "model": choice.key,
        "classes": list(choice.classes),
        "rows": row_captions(choice.design, choice.classes),
        "invitation": "Draw a digit" if digits else "Draw something",
    }


def _take_ink() -> None:
    """The browser's picture becomes the tab's drawing; anything else counts as a blank sheet."""
    try:
        state().drawing = read_ink(st.session_state[KEY].get("ink"))
    except DataError:
        state().drawing = None


def read_ink(picture: Any) -> Ink | None:
    """The ink of a PNG as a data address, None for a blank sheet; raises DataError for anything else."""
    if not picture:
        return None
    if not isinstance(picture, str) or not picture.startswith(PREFIX) or len(picture) > MOST_CHARACTERS:
        raise DataError("this is no drawing of the pad", where="drawing")
    try:
        data = base64.b64decode(picture.removeprefix(PREFIX), validate=True)
        with Image.open(BytesIO(data), formats=("PNG",)) as opened:
            if opened.size != (PAD_SIDE, PAD_SIDE) or opened.mode != "RGBA":
                raise DataError(f"{opened.mode} of {opened.size}", where="drawing")
            return np.asarray(opened.getchannel("A"))
    except (binascii.Error, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"the picture is damaged ({error})", where="drawing") from None


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        KEY,
        html=asset("drawing_pad/drawing_pad.html"),
        css=STYLE + asset("drawing_pad/drawing_pad.css"),
        js=SCRIPTS + "".join(asset(f"drawing_pad/{part}.js") for part in PARTS),
    )
