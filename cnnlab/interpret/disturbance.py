"""Harmless changes of a picture, noise and blur, with which an attack is compared."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor
from torch.nn import functional

_REACH = 4  # standard deviations of a Gaussian, beyond which its weights are left out


def noisy(picture: Tensor, deviation: float, *, seed: int = 0) -> Tensor:
    """Return a picture in [0, 1] with Gaussian noise of this standard deviation, cut off at 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(picture.shape, generator=generator, dtype=picture.dtype)
    return (picture + deviation * noise).clamp(0, 1)


def blurred(pictures: Tensor, deviation: float) -> Tensor:
    """Return (..., H, W) blurred by a Gaussian of this standard deviation in pixels; 0 changes nothing.

    What is outside of the picture is as the nearest pixel of its edge.
    """
    if deviation <= 0:
        return pictures
    reach = ceil(_REACH * deviation)
    line = torch.exp(-((torch.arange(-reach, reach + 1, dtype=pictures.dtype) / deviation) ** 2) / 2)
    line = line / line.sum()
    planes = pictures.reshape(-1, 1, *pictures.shape[-2:])
    padded = functional.pad(planes, (reach,) * 4, mode="replicate")
    rows = functional.conv2d(padded, line.view(1, 1, -1, 1))
    return functional.conv2d(rows, line.view(1, 1, 1, -1)).view(pictures.shape)
