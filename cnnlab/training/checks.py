"""Checks before the first step, with an explanation of what cannot be trained."""

from __future__ import annotations

from torch import nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy
from cnnlab.training.config import TrainConfig


def check_fit(design: Design, data: ImageDataset) -> None:
    """Raise ConfigError if the pictures' shape or number of classes differs from the design's."""
    if design.input_shape != data.input_shape or design.classes != len(data.classes):
        raise ConfigError(
            lazy(
                "the design takes {shape} and {classes} classes, the data has {other_shape} and {others}",
                shape=str(design.input_shape),
                classes=design.classes,
                other_shape=str(data.input_shape),
                others=len(data.classes),
            ),
            where=design.name,
        )


def check_batch_size(model: nn.Sequential, config: TrainConfig) -> None:
    """Raise ConfigError if batch normalization would get batches of one picture."""
    if config.batch_size == 1 and any(
        isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in model
    ):
        raise ConfigError(
            lazy("batch normalization needs at least two pictures to compare"),
            where=lazy("batch size"),
            allowed=lazy("2 or more with this design"),
        )
