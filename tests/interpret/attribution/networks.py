"""Networks and questions for all methods: a plain stack, one with blocks, and one for color pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.design import Design
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Inception,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Softmax,
    SqueezeExcitation,
)
from cnnlab.models.build import build

HEAD = (Flatten(), Linear(out_features=12), ReLU(), Linear(out_features=5), Softmax())
STACKS: dict[str, tuple[tuple[int, int, int], tuple[Layer, ...]]] = {
    "plain": (
        (1, 14, 14),
        (Conv2d(out_channels=4), ReLU(), MaxPool2d(), Conv2d(out_channels=6), ReLU(), *HEAD),
    ),
    "blocks": (
        (1, 15, 13),
        (
            Conv2d(out_channels=8, padding="same"),
            ReLU(),
            Residual(),
            ReLU(),
            MaxPool2d(),
            Inception(),
            SqueezeExcitation(),
            AdaptiveAvgPool2d(output_size=3),
            *HEAD[:-1],
        ),
    ),
    "color": (
        (3, 12, 16),
        (Conv2d(out_channels=6), BatchNorm2d(), ReLU(), MaxPool2d(), Conv2d(out_channels=8), ReLU(), *HEAD),
    ),
}
every_network: Callable[[Any], Any] = pytest.mark.parametrize("name", STACKS)


TWO = Target(2)


def question(name: str, target: Target = TWO, *, double: bool = False) -> Question:
    """Ask a network with random weights about a random picture."""
    shape, layers = STACKS[name]
    model = build(Design(name=name, input_shape=shape, classes=5).with_layers(layers), seed=3).eval()
    return Question(model.double() if double else model, picture(*shape).to(weights_of(model)), target)


def picture(*shape: int) -> Tensor:
    """A random picture with a blank border on its left."""
    image = torch.rand(shape, generator=torch.Generator().manual_seed(4))
    image[:, :, :3] = 0
    return image


def weights_of(model: nn.Sequential) -> Tensor:
    """Any weights of a model: they have its device and precision."""
    return next(model.parameters())


def scores(model: nn.Sequential, images: Tensor) -> Tensor:
    """The scores before a softmax, (N, classes), by the rows one by one."""
    for row in model:
        if not isinstance(row, nn.Softmax):
            images = row(images)
    return images.detach()
