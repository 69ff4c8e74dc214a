"""What cannot be trained is refused before the first step, in words."""

from __future__ import annotations

from torch import nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.training.config import TrainConfig


def check_fit(design: Design, data: ImageDataset) -> None:
    """Raises ConfigError where the pictures have another shape or number of classes than the design."""
    if design.input_shape != data.input_shape or design.classes != len(data.classes):
        raise ConfigError(
            f"the design takes {design.input_shape} and {design.classes} classes, the data has "
            f"{data.input_shape} and {len(data.classes)}",
            where=design.name,
        )


def check_batch_size(model: nn.Sequential, config: TrainConfig) -> None:
    """Raises ConfigError where batches of one picture would meet batch normalization."""
    if config.batch_size == 1 and any(
        isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in model
    ):
        raise ConfigError(
            "batch normalization needs at least two pictures to compare",
            where="batch size",
            allowed="2 or more with this design",
        )
