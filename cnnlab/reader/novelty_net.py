"""A small network next to a digit reader: it detects drawings that look like none of the reader's digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

_GRID_SIDE = 2  # late feature maps are averaged down to a grid of 2×2 cells
_HIDDEN = 28  # units; few enough that all weights together stay under a megabyte


class NoveltyNet(nn.Module):
    """Compute the log-odds that a drawing belongs to none of a reader's classes.

    Two convolutions look at an early feature map, which still has the information that the reader's own task
    discards; their output is joined with the reader's late features. The names of the submodules are those in
    the weight file.
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
    def for_reader(cls, maps: Sequence[Tensor]) -> NoveltyNet:
        """Create one with random weights for a reader with these maps, the early one first."""
        _, channels, height, width = maps[0].shape
        seen = 48 * (height // 2 - 2) * (width // 2 - 2)
        return cls(channels, features(maps[1:]).shape[1], seen)

    def forward(self, early: Tensor, late: Tensor) -> Tensor:
        """Map (N, early, H, W) and (N, late) to (N,) log-odds."""
        scores: Tensor = self.out(self.judge(torch.cat([self.look(early), self.told(late)], dim=1)))
        return scores[:, 0]


@dataclass(frozen=True, slots=True)
class NoveltyDetector:
    """Tells drawings that a digit reader knows from novel ones. Fitted by calibration.py."""

    rows: tuple[int, ...]  # of the reader: an early feature map, the last ones, the last hidden layer, scores
    net: NoveltyNet

    def novelty(self, maps: Sequence[Tensor]) -> Tensor:
        """Return (N,) scores from the output of each row of the reader, with batch axis: above 0 is novel."""
        early, *late = (maps[row] for row in self.rows)
        scores: Tensor = self.net(early, features(late))
        return scores

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights for a file, in half precision, which is enough for a score."""
        return {
            name: tensor.half().contiguous()
            for name, tensor in self.net.state_dict().items()
            if tensor.is_floating_point()
        }

    @classmethod
    def of(cls, tensors: dict[str, Tensor], rows: Sequence[int]) -> NoveltyDetector:
        """Restore a detector from a weight file's tensors."""
        early, late = tensors["look.0.weight"].shape[1], len(tensors["told.0.weight"])
        net = NoveltyNet(early, late, tensors["judge.0.weight"].shape[1] - late)
        net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        return cls(tuple(rows), net.eval().requires_grad_(False))


def features(maps: Sequence[Tensor]) -> Tensor:
    """Return (N, features): feature maps averaged down to 2×2 cells, vectors as they are."""
    cells = [
        functional.adaptive_avg_pool2d(values, _GRID_SIDE).flatten(1) if values.ndim == 4 else values
        for values in maps
    ]
    return torch.cat(cells, dim=1)
