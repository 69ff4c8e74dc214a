"""What is asked of an attribution method, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.models.build import logits_part

_NUMBERS_AT_ONCE = 2**15  # of the pictures in one batch: 41 of 28×28 pixels, one of 224×224


def batches(images: Tensor) -> tuple[Tensor, ...]:
    """Split pictures (N, C, H, W) into batches whose feature maps do not fill the memory."""
    return torch.split(images, max(1, _NUMBERS_AT_ONCE // images[0].numel()))


@dataclass(frozen=True, slots=True)
class Target:
    """The score of a class or, with a rival, how far its score is ahead of the rival's."""

    label: int
    against: int | None = None

    def of(self, scores: Tensor) -> Tensor:
        """Map (N, classes) to (N,)."""
        own = scores[:, self.label]
        return own if self.against is None else own - scores[:, self.against]


@dataclass(frozen=True, slots=True)
class Question:
    """Why does the model, in evaluation mode, give this picture (C, H, W) that score?

    The model is only read, so other threads may use it meanwhile; the picture is on its device.
    """

    model: nn.Sequential
    image: Tensor
    target: Target
    layer: LayerAddress | None = None  # for Grad-CAM; None: the last that has more than one pixel

    def scores(self, images: Tensor) -> Tensor:
        """Return the target's score for each picture of (N, C, H, W), as (N,)."""
        with torch.inference_mode():
            return torch.cat([self.target.of(logits_part(self.model)(part)) for part in batches(images)])

    def gradients(self, images: Tensor) -> Tensor:
        """Return the gradient of each picture's score with respect to its pixels, (N, C, H, W)."""
        scores_of = logits_part(self.model)
        found: list[Tensor] = []
        with torch.enable_grad():
            for part in batches(images):
                leaf = part.detach().clone().requires_grad_(True)
                found += torch.autograd.grad(self.target.of(scores_of(leaf)).sum(), leaf)
        return torch.cat(found)


@dataclass(frozen=True, slots=True)
class Shares:
    """What a method answers: a signed number for each pixel in each channel, (C, H, W)."""

    values: Tensor
    baseline: float | None = None  # the pixel value that counts as nothing there
    gained: float | None = None  # to which the values have to add up; None where a method promises nothing
    layer: LayerAddress | None = None  # whose maps were used


MethodFunction = Callable[[Question], Shares]


def spread(per_pixel: Tensor, channels: int) -> Tensor:
    """Divide (H, W) equally among channels, for methods that do not tell channels apart: (C, H, W)."""
    return (per_pixel / channels).expand(channels, -1, -1)
