"""One picture's way through a network: the input and output of every layer, also inside of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.way import unknown_layer
from cnnlab.ground.errors import WeightsError
from cnnlab.language import lazy
from cnnlab.layers import Layer, Shape
from cnnlab.models.batches import require_picture
from cnnlab.models.build import branches_of


@dataclass(frozen=True, slots=True)
class Step:
    """A layer with what it got and what it made of it, both without batch axis."""

    address: LayerAddress
    layer: Layer
    module: nn.Module
    before: LayerAddress | None  # the layer that the input is from; None for the picture
    input: Tensor
    output: Tensor

    @property
    def input_shape(self) -> Shape:
        """The shape of the input, as layers take it."""
        return tuple(self.input.shape)


@dataclass(frozen=True, slots=True)
class Recording:
    """All layers' numbers for one picture, from which any of them can be traced."""

    design: Design
    steps: Mapping[LayerAddress, Step]

    def at(self, address: LayerAddress) -> Step:
        """Return the step of a layer; raises ConfigError if there is no such layer."""
        if step := self.steps.get(address):
            return step
        raise unknown_layer(self.design, address, self.steps)


def record(design: Design, model: nn.Sequential, picture: Tensor) -> Recording:
    """Record how a picture (C, H, W) goes through the network of a design.

    The model is in evaluation mode and on the picture's device. It may be used by other threads meanwhile.
    Raises DataError for a picture of another shape or with numbers that are not finite, WeightsError if
    those of a layer are not.
    """
    require_picture(design, picture)
    steps: dict[LayerAddress, Step] = {}
    before: LayerAddress | None = None
    with torch.inference_mode():
        for row, (layer, module) in enumerate(zip(design.layers, model, strict=True)):
            step = _step(LayerAddress(row), layer, module, before, picture)
            steps[step.address] = step
            steps.update((each.address, each) for each in steps_inside(step))
            before, picture = step.address, step.output
    if broken := [step for step in steps.values() if not torch.isfinite(step.output).all()]:
        raise WeightsError(
            lazy(
                "the numbers of row {row} are no longer finite: training diverged",
                row=str(broken[0].address),
            ),
            where=design.name,
            repair=lazy("Train it again with a lower learning rate"),
        )
    return Recording(design, steps)


def _step(
    address: LayerAddress, layer: Layer, module: nn.Module, before: LayerAddress | None, values: Tensor
) -> Step:
    return Step(address, layer, module, before, values, module(values[None])[0])


def steps_inside(block: Step) -> Iterator[Step]:
    """Run the branches of a block one by one; hooks would catch the pictures of other threads as well.

    In a block inside of a block the addresses are as if it were the row itself.
    """
    branches = block.layer.branches(block.input_shape)
    for number, (branch, modules) in enumerate(zip(branches, branches_of(block.module), strict=True)):
        before, values = block.before, block.input
        for index, (layer, module) in enumerate(zip(branch.layers, modules, strict=True)):
            step = _step(LayerAddress(block.address.row, number, index), layer, module, before, values)
            yield step
            before, values = step.address, step.output
