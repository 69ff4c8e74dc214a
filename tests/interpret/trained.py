"""A network with a block that has learned the bundled digits in a second, for tests of its units."""

from __future__ import annotations

from functools import cache

import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Residual, Softmax
from cnnlab.models.build import build
from tests.catalogue import catalogue

INSIDE = (Conv2d(out_channels=6, padding="same"), ReLU(), Conv2d(out_channels=6, padding="same"))
DESIGN = Design(name="small").with_layers(
    (
        Conv2d(out_channels=6, kernel_size=5, stride=2),
        BatchNorm2d(),
        ReLU(),
        Residual(layers=INSIDE),
        MaxPool2d(),
        Flatten(),
        Dropout(p=0.2),
        Linear(out_features=16),
        ReLU(),
        Linear(out_features=10),
        Softmax(),
    )
)


@cache
def digits() -> ImageDataset:
    """The data set that comes with the lab."""
    return catalogue().load("digits")


@cache
def trained() -> nn.Sequential:
    """The network after four epochs, in evaluation mode; shared by all tests, so not to be changed."""
    model = build(DESIGN, seed=1)
    images, labels = digits().train
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        for _ in range(4):
            for batch in torch.randperm(len(labels), generator=generator).split(64):
                loss = functional.cross_entropy(model[:-1](images[batch] / 255), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    for weights in model.parameters():
        weights.grad = None
    return model.eval()


def unchanged(model: nn.Sequential, before: dict[str, torch.Tensor]) -> bool:
    """Whether a model has the weights that it had, no gradients, no hooks, and is in evaluation mode."""
    same = all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    plain = all(not part._forward_hooks and not part.training for part in model.modules())
    return same and plain and all(weights.grad is None for weights in model.parameters())
