"""The record of a preset, and building blocks that several presets share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from cnnlab.design.design import Design
from cnnlab.language import Words, lazy
from cnnlab.layers import Conv2d, Layer, Linear, MaxPool2d, ReLU, Softmax

PresetFamily = Literal["articles", "classics", "own", "bad"]
FAMILY_TITLES: dict[PresetFamily, Words] = {
    "articles": lazy("From the articles"),
    "bad": lazy("Find the fault"),
    "classics": lazy("Classics"),
    "own": lazy("Made here"),
}
MADE_HERE = lazy("Made for this lab")


@dataclass(frozen=True)
class Preset:
    """A design with two sentences for the menu and its source.

    `training` has the settings that it was designed for, as far as they differ from the defaults, and `data`
    is the data set on which it behaves as described.
    """

    name: str
    family: PresetFamily
    about: Words
    source: Words
    layers: tuple[Layer, ...]
    input_shape: tuple[int, int, int] = (1, 28, 28)
    data: str = "mnist"
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def design(self) -> Design:
        """The network, with the preset's name."""
        return Design(name=self.name, input_shape=self.input_shape, classes=10).with_layers(self.layers)


def conv_block(*channels: int) -> tuple[Layer, ...]:
    """Conv 3×3, ReLU, max-pool 2×2, for each number of filters."""
    return tuple(
        layer for filters in channels for layer in (Conv2d(out_channels=filters), ReLU(), MaxPool2d())
    )


def output_layers() -> tuple[Layer, ...]:
    """The last dense layer and the softmax."""
    return (Linear(out_features=10), Softmax())


def head(hidden: int) -> tuple[Layer, ...]:
    """Two dense layers and the softmax."""
    return (Linear(out_features=hidden), ReLU(), *output_layers())
