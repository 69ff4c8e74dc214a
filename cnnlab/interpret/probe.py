"""The probe: what a network says to copies of a picture that are shifted, turned or scaled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.interpret.attribution.question import batches
from cnnlab.models.predict import classify

SHIFTS = np.arange(-8.0, 9.0)  # pixels
ANGLES = np.arange(-90.0, 91.0, 5.0)  # degrees
SCALES = np.linspace(0.5, 1.5, 21)
COPIES = len(SHIFTS) ** 2 + len(ANGLES) + len(SCALES)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Probe:
    """The probabilities of all classes for each copy; each other axis is one of the arrays of its name."""

    shifts: Numbers  # pixels; to the right and down
    angles: Numbers  # degrees, counterclockwise
    scales: Numbers  # 1 is the picture itself
    shifted: NDArray[np.float32]  # (down, right, classes)
    turned: NDArray[np.float32]  # (angles, classes)
    scaled: NDArray[np.float32]  # (scales, classes)


def probe(
    model: nn.Sequential,
    image: Tensor,
    *,
    shifts: Numbers = SHIFTS,
    angles: Numbers = ANGLES,
    scales: Numbers = SCALES,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Probe:
    """Classify copies of a picture (C, H, W) that are moved in one way each; what comes in is blank (0).

    The model is in evaluation mode. `on_progress` is called with the number of copies that have been
    classified, and of all.
    """
    down, right = (axis.ravel() for axis in np.meshgrid(shifts, shifts, indexing="ij"))
    copies = [
        moved(image, right=right, down=down),
        moved(image, angles=angles),
        moved(image, scales=scales),
    ]
    found: list[Tensor] = []
    total = sum(len(each) for each in copies)
    for part in batches(torch.cat(copies)):
        on_progress(sum(map(len, found)), total)
        found.append(classify(model, part).probabilities)
    answers = torch.cat(found)
    shifted, turned, scaled = (part.numpy() for part in torch.split(answers, [len(each) for each in copies]))
    return Probe(shifts, angles, scales, shifted.reshape(len(shifts), len(shifts), -1), turned, scaled)


def moved(
    image: Tensor,
    *,
    right: Numbers | float = 0.0,
    down: Numbers | float = 0.0,
    angles: Numbers | float = 0.0,
    scales: Numbers | float = 1.0,
) -> Tensor:
    """Return copies, (N, C, H, W), that are scaled and turned about the center, then shifted.

    All arrays are (N,), with the units of a Probe.

    Bilinear interpolation (`functional.grid_sample`); a shift by whole pixels and a quarter turn of a square
    copy each pixel.
    """
    across, along, turn, scale = np.broadcast_arrays(*map(np.atleast_1d, (right, down, angles, scales)))
    height, width = image.shape[1:]
    cos, sin = np.cos(np.radians(turn)) / scale, np.sin(np.radians(turn)) / scale
    # From a place in the copy back to one in the picture, in pixels from the center, y downwards.
    back = np.stack([np.stack([cos, -sin], axis=1), np.stack([sin, cos], axis=1)], axis=1)
    start = -back @ np.stack([across, along], axis=1)[:, :, None]
    # `affine_grid` counts from −1 to 1 along each side.
    side = np.array([width, height], dtype=np.float64)
    theta = np.concatenate(
        [back * side[None, None, :] / side[None, :, None], start * 2 / side[:, None]], axis=2
    )
    copies = image.detach()[None].expand(len(theta), -1, -1, -1)
    grid = functional.affine_grid(torch.from_numpy(theta).to(image), list(copies.shape), align_corners=False)
    return functional.grid_sample(copies, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
