"""Occlusion: how far a score falls when a part of the picture is covered."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from cnnlab.interpret.attribution.question import Question, Shares, batches, spread

GRAY = 0.5  # what covers a color picture; a drawing is covered with blank paper, 0
_SQUARES_ALONG_A_SIDE = 7


def occlusion(question: Question) -> Shares:
    """score(x) − score(x with a covered square), for each pixel the mean over the squares that cover it.

    A square is a seventh of the shorter side, and moves by half of itself (Zeiler, Fergus 2014). The value is
    divided equally among the channels.
    """
    image = question.image.detach()
    channels, height, width = image.shape
    fill = 0.0 if channels == 1 else GRAY
    squares = covering_squares(height, width).to(image.device)
    falls, covers = torch.zeros_like(image[0]), torch.zeros_like(image[0])
    score = question.scores(image[None])
    for part in batches(squares):
        covered = torch.where(part[:, None], torch.full_like(image, fill), image)
        falls += ((score - question.scores(covered))[:, None, None] * part).sum(dim=0)
        covers += part.sum(dim=0)
    return Shares(spread(falls / covers, channels), baseline=fill)


def covering_squares(height: int, width: int) -> Tensor:
    """Return (count, height, width), true where a square is; the last in a line may be cut by the edge."""
    side = max(1, round(min(height, width) / _SQUARES_ALONG_A_SIDE))
    step = max(1, side // 2)
    rows, columns = (_windows(length, side, step) for length in (height, width))
    return (rows[:, None, :, None] & columns[None, :, None, :]).flatten(0, 1)


def _windows(length: int, side: int, step: int) -> Tensor:
    """Return (count, length), true where a window of a line is."""
    starts = step * torch.arange(1 + ceil((length - side) / step))[:, None]
    places = torch.arange(length)
    return (places >= starts) & (places < starts + side)
