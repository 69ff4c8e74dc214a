"""The outputs of a network for one picture, row by row, as the component shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.ground.memory import FEWER, full_memory_named
from cnnlab.interpret import Scope
from cnnlab.language import Words
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.feature_maps import MAP_STYLE, inside_captions, row_captions
from cnnlab.ui.shared.model_menu import Choice
from cnnlab.ui.shared.trace import TRACE_STYLE

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel, Which

KEY = "look_inside"
_PARTS = ("shared/stepper.css", "shared/part.css", "shared/study_line.css", "look_inside/layers/unit.css")
_layers = Component("look_inside/layers", style=MAP_STYLE + TRACE_STYLE + "".join(map(asset, _PARTS)))


@dataclass(frozen=True, slots=True)
class Picture:
    """The input of the network, and what is known about it."""

    pixels: NDArray[np.uint8]  # (C, H, W)
    title: str
    address: str  # in the page's address
    truth: int | None  # its class, if known
    note: Words = ""
    source: str = ""  # that the network learned from others than these
    place: Place | None = None  # for a picture of a data set
    offered: Offered | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a picture among those that one can go through, from 1."""

    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Offered:
    """Pictures of the same data set to choose from."""

    indices: list[int]  # in the data set
    labels: list[int]
    pictures: NDArray[np.uint8]  # (N, C, H, W)
    chosen: int  # the index of the picture that is shown


@dataclass(frozen=True, slots=True)
class Epochs:
    """The epoch that is shown, and those to choose from, with their titles."""

    at: Which
    kept: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A network at an epoch, and the rows whose blocks are open."""

    choice: Choice
    epochs: Epochs
    opened: frozenset[int] = frozenset()

    @property
    def kept_epoch(self) -> str | None:
        """The epoch in the page's address; None if there is nothing to choose."""
        return str(self.epochs.at) if self.epochs.kept else None


def layers_data(own: Shown, scope: Scope, picture: Picture, rival: Shown | None = None) -> dict[str, Any]:
    """Everything that the component shows; raises LabError where there is no network or no memory for it.

    `against` is the same of the network that it is compared with. If both have the same rows, they share
    their color scales, and the blocks that are open.
    """
    import torch

    networks = [own] if rival is None else [own, rival]
    loaded = [get_model(each.choice.key, each.epochs.at) for each in networks]
    image = torch.from_numpy(picture.pixels).float() / 255
    with full_memory_named(FEWER):
        views = _views(networks, loaded, image, scope)
    bodies = [
        _network_data(each, model, picture) | view
        for each, model, view in zip(networks, loaded, views, strict=True)
    ]
    for each in bodies[1:]:
        each["same"] = _same_rows(networks)
        each["truth"] = picture.truth if each["classes"] == bodies[0]["classes"] else None
    return {
        **bodies[0],
        "against": bodies[1] if rival else None,
        "picture": picture.pixels,
        "title": picture.title,
        "source": picture.source,
        "place": picture.place and asdict(picture.place),
        "offered": picture.offered and _offered_data(picture.offered),
        "scope": scope,
        "notes": [str(model.note) for model in loaded],
    }


def _views(
    networks: Sequence[Shown], loaded: Sequence[LoadedModel], image: Tensor, scope: Scope
) -> list[dict[str, Any]]:
    from cnnlab.ui.look_inside.view_data import view_data, views_data

    if _same_rows(networks):
        return views_data(loaded, image, scope, networks[0].opened)
    return [view_data(model, image, scope, each.opened) for each, model in zip(networks, loaded, strict=True)]


def _same_rows(networks: Sequence[Shown]) -> bool:
    return all(each.choice.design.layers == networks[0].choice.design.layers for each in networks)


def _network_data(shown: Shown, loaded: LoadedModel, picture: Picture) -> dict[str, Any]:
    choice, epochs = shown.choice, shown.epochs
    return {
        "network": str(choice.title),
        "of": {"model": choice.key, "epoch": epochs.at, "picture": picture.address},
        "epochs": asdict(epochs) if epochs.kept else None,
        "untrained": loaded.epoch == 0,
        "truth": picture.truth,
        "classes": [str(name) for name in choice.classes],
        "captions": row_captions(choice.design, choice.classes),
        "captions_inside": inside_captions(choice.design, shown.opened),
    }


def _offered_data(offered: Offered) -> dict[str, Any]:
    return {
        "indices": offered.indices,
        "labels": offered.labels,
        "pictures": offered.pictures,
        "chosen": offered.chosen,
    }


def show_layers(data: dict[str, Any], on: Mapping[str, Callable[[object], None]]) -> None:
    """Place the component on the page; `on`: what to do with the values that it sends, by name."""
    callbacks = {f"on_{name}_change": partial(_take, name, take) for name, take in on.items()}
    _layers(key=KEY, data=pack(data), **callbacks)


def _take(name: str, take: Callable[[object], None]) -> None:
    take(st.session_state[KEY][name])
