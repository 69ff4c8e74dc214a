"""How strongly a layer is connected to each map, or number, of the layer before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.interpret.reach import channel_group
from cnnlab.models.build import addresses, module_at

MAX_NUMBERS = 262_144  # of a layer, 1 MB: as many whole outputs as fit


@dataclass(frozen=True, slots=True)
class Connections:
    """Of a convolution (outputs, inputs) the mean |weight| of each kernel; of a dense layer its weights."""

    strengths: Tensor  # of the first outputs
    signed: bool  # whether they are weights, which may be below zero


def connections(model: nn.Sequential) -> Iterator[tuple[LayerAddress, Connections]]:
    """Yield those of every convolution and dense layer, also inside of blocks.

    A kernel that does not exist, between the groups of a convolution, is one of zeros.
    """
    for address in addresses(model):
        module = module_at(model, address)
        if isinstance(module, nn.Conv2d):
            yield address, Connections(_kernel_sizes(module), signed=False)
        elif isinstance(module, nn.Linear):
            yield address, Connections(_first(module.weight), signed=True)


def _first(strengths: Tensor) -> Tensor:
    return strengths.detach()[: max(1, MAX_NUMBERS // strengths.shape[1])]


def _kernel_sizes(module: nn.Conv2d) -> Tensor:
    sizes = module.weight.detach().abs().mean(dim=(2, 3))
    if module.groups == 1:
        return _first(sizes)
    count = min(module.out_channels, max(1, MAX_NUMBERS // module.in_channels))
    whole = torch.zeros(count, module.in_channels)
    for channel in range(count):
        group = slice(*channel_group(channel, module.groups, module.out_channels, module.in_channels))
        whole[channel, group] = sizes[channel]
    return whole
