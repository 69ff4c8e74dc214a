"""A small network beside a digit reader: it tells what looks like none of the reader's digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

_SHAPE_CELLS = 2  # a side of the grid that a late feature map is averaged to
_HIDDEN = 28  # all weights together stay under a megabyte


class NoveltyNet(nn.Module):
    """Tells what a reader knows from all else: the log-odds that a drawing is none of its classes.

    Two convolutions look anew at an early feature map, from which nothing is gone yet that the reader's own
    task can do without; beside them stands what the reader makes of the drawing.
    """

    def __init__(self, early: int, late: int, seen: int) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(early, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 48, 3),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.told = nn.Sequential(nn.BatchNorm1d(late), nn.Dropout(0.3))
        self.judge = nn.Sequential(nn.Linear(seen + late, _HIDDEN), nn.ReLU(), nn.Dropout(0.15))
        self.out = nn.Linear(_HIDDEN, 1)

    @classmethod
    def beside(cls, maps: Sequence[Tensor]) -> NoveltyNet:
        """A new one for a reader with these maps, the early one first: random weights."""
        _, channels, height, width = maps[0].shape
        seen = 48 * (height // 2 - 2) * (width // 2 - 2)
        return cls(channels, features(maps[1:]).shape[1], seen)

    def forward(self, early: Tensor, late: Tensor) -> Tensor:
        """(N,) from (N, early, H, W) and (N, late)."""
        scores: Tensor = self.out(self.judge(torch.cat([self.look(early), self.told(late)], dim=1)))
        return scores[:, 0]


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What a digit reader's drawings look like to it, from all else told apart. Fitted by calibration.py."""

    rows: tuple[int, ...]  # of the reader: an early feature map, its last ones, last hidden layer, scores
    net: NoveltyNet

    def strangeness(self, maps: Sequence[Tensor]) -> Tensor:
        """(N,) from what leaves each row of the reader, with batch axis: above 0 it is no digit."""
        early, *late = (maps[row] for row in self.rows)
        strange: Tensor = self.net(early, features(late))
        return strange

    def tensors(self) -> dict[str, Tensor]:
        """For a weight file, in half precision: it is a doubt, not a sum of money."""
        return {
            name: tensor.half().contiguous()
            for name, tensor in self.net.state_dict().items()
            if tensor.is_floating_point()
        }

    @classmethod
    def of(cls, tensors: dict[str, Tensor], rows: Sequence[int]) -> Familiarity:
        """From a weight file."""
        early, late = tensors["look.0.weight"].shape[1], len(tensors["told.0.weight"])
        net = NoveltyNet(early, late, tensors["judge.0.weight"].shape[1] - late)
        net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        return cls(tuple(rows), net.eval().requires_grad_(False))


def features(maps: Sequence[Tensor]) -> Tensor:
    """(N, features): feature maps averaged to 2×2 cells, vectors as they are."""
    cells = [
        functional.adaptive_avg_pool2d(values, _SHAPE_CELLS).flatten(1) if values.ndim == 4 else values
        for values in maps
    ]
    return torch.cat(cells, dim=1)
