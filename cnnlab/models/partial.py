"""Parts of a network's computation: up to a layer, up to the last features, and without one channel.

Layers are called one after the other. Hooks would catch the pictures of other threads as well.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.models.build import branches_of, logits_part, with_branch


def output_at(model: nn.Sequential, address: LayerAddress, images: Tensor) -> Tensor:
    """Return a layer's output, (N, channels, H, W) or (N, numbers), for (N, C, H, W); with gradients."""
    for row in list(model)[: address.row]:
        images = row(images)
    layers = [model[address.row]]
    if address.inside is not None:
        branch, index = address.inside
        layers = list(branches_of(layers[0])[branch])[: index + 1]
    for layer in layers:
        images = layer(images)
    return images


def features(model: nn.Sequential, images: Tensor) -> Tensor:
    """Return (N, F): the input of the last Linear row; without one, the flattened scores."""
    rows = list(logits_part(model))
    last = max((index for index, row in enumerate(rows) if isinstance(row, nn.Linear)), default=len(rows))
    with torch.inference_mode():
        for row in rows[:last]:
            images = row(images)
    return images.flatten(1)


class Silenced(nn.Module):
    """A layer, one channel of whose output is 0."""

    def __init__(self, layer: nn.Module, channel: int) -> None:
        super().__init__()
        self.layer = layer
        self.channel = channel

    def forward(self, x: Tensor) -> Tensor:
        """Set a map of (N, C, H, W), or a number of (N, F), to 0."""
        out: Tensor = self.layer(x).clone()
        out[:, self.channel] = 0
        return out


def silenced(model: nn.Sequential, address: LayerAddress, channel: int) -> nn.Sequential:
    """Return a network of the same modules in which a channel of a layer is always 0."""
    rows = list(model)
    row = rows[address.row]
    if address.inside is None:
        rows[address.row] = Silenced(row, channel)
    else:
        branch, index = address.inside
        layers = list(branches_of(row)[branch])
        layers[index] = Silenced(layers[index], channel)
        rows[address.row] = with_branch(row, branch, nn.Sequential(*layers))
    changed = nn.Sequential(*rows)
    changed.training = model.training  # of the containers alone: the modules inside are those of the model
    return changed
