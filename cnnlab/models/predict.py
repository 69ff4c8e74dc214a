"""From pictures to probabilities, and how sure the network is of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.ground.errors import WeightsError
from cnnlab.language import Words, lazy
from cnnlab.layers import Shape, shape_text
from cnnlab.models.build import probabilities


@dataclass(frozen=True, slots=True)
class Prediction:
    """A network's answers for a batch of pictures."""

    probabilities: Tensor  # (N, classes)

    @property
    def ranking(self) -> Tensor:
        """(N, classes): the classes of each picture, the most probable first."""
        return self.probabilities.argsort(dim=1, descending=True, stable=True)

    @property
    def label(self) -> Tensor:
        """(N,): the most probable class of each picture."""
        return self.probabilities.argmax(dim=1)

    @property
    def confidence(self) -> Tensor:
        """(N,): the probability of that class."""
        return self.probabilities.amax(dim=1)

    @property
    def entropy(self) -> Tensor:
        """(N,): uncertainty in bits."""
        nats: Tensor = torch.special.entr(self.probabilities).sum(dim=1)
        return nats / log(2)


def classify(model: nn.Sequential, images: Tensor) -> Prediction:
    """Classify (N, C, H, W) in [0, 1] with a model in evaluation mode, with or without a softmax row."""
    with torch.inference_mode():
        return Prediction(probabilities(model, images))


def require_finite(values: Tensor, title: Words) -> None:
    """Raise WeightsError, with the network's title, if some of its scores or probabilities are not finite."""
    if not torch.isfinite(values).all():
        raise WeightsError(
            lazy("the network's scores are no longer numbers: its training diverged"),
            where=title,
            repair=lazy("Train it again with a lower learning rate"),
        )


def as_input(images: Tensor, device: torch.device, *, channels_last: bool = True) -> Tensor:
    """(N, C, H, W) uint8 -> float32 in [0, 1] on the device; channels last is the faster layout."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    moved = images.to(device, non_blocking=True)
    return moved.to(torch.float32, memory_format=layout).div_(255)


def fit_input(image: Tensor, input_shape: Shape) -> tuple[Tensor, Words]:
    """Return a (1, H, W) drawing in the shape that a design wants, and a sentence on how it was changed."""
    channels, height, width = input_shape
    before, after = tuple(image.shape[1:]), (height, width)
    if before != after:
        image = functional.interpolate(image[None], after, mode="bilinear", antialias=True)[0]
    if channels != 1:
        image = image.expand(channels, -1, -1)
    values = {
        "shape": shape_text(input_shape),
        "before": shape_text(before),
        "after": shape_text(after),
        "channels": channels,
    }
    if before != after and channels != 1:
        return image, lazy(
            "This network wants {shape}: resized from {before} to {after} "
            "and repeated on {channels} channels.",
            **values,
        )
    if before != after:
        return image, lazy("This network wants {shape}: resized from {before} to {after}.", **values)
    if channels != 1:
        return image, lazy("This network wants {shape}: repeated on {channels} channels.", **values)
    return image, ""
