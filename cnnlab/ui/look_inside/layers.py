"""The outputs of a network for one picture, row by row, as the component shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.ground.memory import FEWER, full_memory_named
from cnnlab.language import Words
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component
from cnnlab.ui.shared.feature_maps import MAP_STYLE, row_captions
from cnnlab.ui.shared.model_menu import Choice

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import Which

_layers = Component("look_inside/layers", style=MAP_STYLE)


@dataclass(frozen=True, slots=True)
class Picture:
    """The input of the network, and what is known about it."""

    pixels: NDArray[np.uint8]  # (C, H, W)
    title: str
    truth: int | None  # its class, if known
    note: Words = ""


def layers_data(choice: Choice, epoch: Which, scope: Any, picture: Picture) -> dict[str, Any]:
    """Everything that the component shows; raises LabError where there is no network or no memory for it."""
    import torch

    from cnnlab.ui.look_inside.view_data import view_data

    loaded = get_model(choice.key, epoch)
    image = torch.from_numpy(picture.pixels).float() / 255
    with full_memory_named(FEWER):
        shown = view_data(loaded, image, scope)
    return {
        "picture": picture.pixels,
        "title": picture.title,
        "truth": picture.truth,
        "classes": [str(name) for name in choice.classes],
        "scope": scope,
        "captions": row_captions(choice.design, choice.classes),
        "note": str(loaded.note),
        **shown,
    }


def show_layers(data: dict[str, Any]) -> None:
    """Place the component on the page."""
    _layers(key="look_inside", data=pack(data))
