"""A warm-up run of two steps, before the first real run.

The first optimizer, step and evaluation of a process load much of torch. On a busy machine that takes
seconds, for which a person would otherwise have to wait after pressing Start.
"""

from __future__ import annotations

from contextlib import suppress

import torch

from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design
from cnnlab.ground.errors import LabError
from cnnlab.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from cnnlab.training.config import TrainConfig
from cnnlab.training.loop import train


def rehearse() -> None:
    """Do everything once. An error is ignored: a real run will fail in the same way and report it."""
    layers = (Conv2d(out_channels=2), ReLU(), MaxPool2d(), Flatten(), Linear(out_features=2))
    design = Design(name="rehearsal", input_shape=(1, 8, 8), classes=2).with_layers(layers)
    blank = Split(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    data = ImageDataset(name="rehearsal", classes=("a", "b"), train=blank, val=blank, test=blank)
    with suppress(LabError, RuntimeError):
        training = train(design, data, TrainConfig(epochs=1, batch_size=2))
        training.inspect_next = True
        for _ in training:
            pass
