"""Random augmentation, so that each epoch shows new pictures. On the device, one batch at a time.

One strength from 0 (off) to 1 controls all of it: rotation, scale, aspect, shear and shift (affine), a smooth
elastic distortion (Simard et al. 2003) and thinner or thicker strokes. One grid_sample does all geometry.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

ROTATION = math.radians(15)
SCALE = 0.15  # of the size, up or down
ASPECT = 0.10
SHEAR = 0.20
SHIFT = 0.08  # of the side
ELASTIC = 0.06  # standard deviation of the elastic displacements, in half sides
_ELASTIC_CELLS = 5  # the displacements are drawn on a coarse grid and interpolated


def augment(images: Tensor, strength: float, *, flip: bool = False) -> Tensor:
    """Augment (N, C, H, W) float in [0, 1], each picture in its own way.

    Draws from the global random generator of the images' device.
    """
    if flip:
        mirrored = _uniform(images, 1) > 0
        images = torch.where(mirrored[:, :, None, None], images.flip(3), images)
    if strength <= 0:
        return images
    grid = functional.affine_grid(_matrices(images, strength), list(images.shape), align_corners=False)
    grid = grid + _elastic(images, strength)
    moved = functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    return _thickness(moved, strength)


def _uniform(images: Tensor, columns: int) -> Tensor:
    """Return (N, columns) random numbers in [−1, 1)."""
    return torch.rand(len(images), columns, device=images.device) * 2 - 1


def _matrices(images: Tensor, strength: float) -> Tensor:
    """Return (N, 2, 3) affine maps from a pixel of the result to its source position in the picture."""
    angle, scale, aspect, shear, right, down = (_uniform(images, 6) * strength).unbind(1)
    cos, sin = torch.cos(angle * ROTATION), torch.sin(angle * ROTATION)
    wide = torch.exp(scale * SCALE + aspect * ASPECT)
    high = torch.exp(scale * SCALE - aspect * ASPECT)
    lean = shear * SHEAR
    rows = (
        torch.stack([cos * wide, (lean * cos - sin) * high, 2 * SHIFT * right], 1),
        torch.stack([sin * wide, (lean * sin + cos) * high, 2 * SHIFT * down], 1),
    )
    return torch.stack(rows, 1)


def _elastic(images: Tensor, strength: float) -> Tensor:
    """Return (N, H, W, 2) smooth displacements, in the grid's unit of half a side."""
    coarse = torch.randn(len(images), 2, _ELASTIC_CELLS, _ELASTIC_CELLS, device=images.device)
    size = images.shape[2:]
    smooth = functional.interpolate(coarse, size, mode="bicubic", align_corners=True)
    return (smooth * (ELASTIC * strength)).permute(0, 2, 3, 1)


def _thickness(images: Tensor, strength: float) -> Tensor:
    """Blend with the 3×3 maximum (thicker) or minimum (thinner) of the neighborhood."""
    amount = (_uniform(images, 1) * (strength * 0.7))[:, :, None, None]
    thicker = functional.max_pool2d(images, 3, stride=1, padding=1)
    thinner = -functional.max_pool2d(-images, 3, stride=1, padding=1)
    return torch.where(amount > 0, images.lerp(thicker, amount.abs()), images.lerp(thinner, amount.abs()))
