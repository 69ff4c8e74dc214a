"""Which numbers in front of a layer one of its numbers depends on, exactly, at edges and corners, too.

`ReceptiveField` is about a unit in the middle and about all maps. Here the way back from one number is walked
a layer at a time, through the padding, holes of dilation, groups and branches that this number meets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.layers import (
    AdaptiveAvgPool2d,
    Branch,
    Conv2d,
    DepthwiseConv2d,
    Flatten,
    GroupNorm,
    Layer,
    LayerNorm,
    Linear,
    Shape,
    Softmax,
)
from cnnlab.layers.convolution import SlidingWindow
from cnnlab.layers.pooling import WindowPool
from cnnlab.layers.windows import Window, grid_cell

Position = tuple[int, ...]  # (channel, y, x) in maps, (index,) in a vector


@dataclass(frozen=True, slots=True)
class Axis:
    """What is seen on one axis.

    Without an edge of the picture it would be lines from `low` to before `high`.
    """

    seen: NDArray[np.intp]  # ascending
    low: int
    high: int

    @classmethod
    def between(cls, low: int, high: int) -> Axis:
        """Return the axis of which all from `low` to before `high` is seen."""
        return cls(np.arange(low, high), low, high)

    def slid(self, window: Window, side: int) -> Axis:
        """Return what the windows of these units see of an axis with `side` lines."""
        kernel, stride, before, dilation = window
        lines = (self.seen[:, None] * stride - before + dilation * np.arange(kernel)).ravel()
        last = (self.high - 1) * stride - before + dilation * (kernel - 1)
        return Axis(np.unique(lines[(lines >= 0) & (lines < side)]), self.low * stride - before, last + 1)

    def pooled(self, side: int, cells: int) -> Axis:
        """Return what these cells of an adaptive grid see of an axis with `side` lines."""
        lines = [np.arange(*grid_cell(int(unit), side, cells)) for unit in self.seen]
        low, high = grid_cell(self.low, side, cells)[0], grid_cell(self.high - 1, side, cells)[1]
        return Axis(np.unique(np.concatenate([np.arange(0), *lines])), low, high)

    def joined(self, other: Axis) -> Axis:
        """Return what is seen on either."""
        return Axis(np.union1d(self.seen, other.seen), min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows or the columns of the picture that a number depends on.

    `outside` counts those that its window has before the first and after the last line of the picture.
    """

    first: int | None  # None if it depends on no pixel: its window is in the padding
    last: int | None
    outside: tuple[int, int]

    @classmethod
    def of(cls, axis: Axis, side: int) -> Lines:
        """Return the lines of an axis of a picture with this side."""
        first, last = (int(axis.seen[0]), int(axis.seen[-1])) if axis.seen.size else (None, None)
        before, after = (max(0, count) for count in (-axis.low, axis.high - side))
        size = axis.high - axis.low
        return cls(first, last, (min(size, before), min(size, after)))

    def to_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        before, after = self.outside
        return {"first": self.first, "last": self.last, "outside_before": before, "outside_after": after}


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle of pixels that a number depends on: the smallest, for dilation leaves holes in it."""

    rows: Lines
    columns: Lines

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"rows": self.rows.to_json(), "columns": self.columns.to_json()}


Reach = tuple[Axis, ...]  # (channels, rows, columns) of maps, (indices,) of a vector


def reach_of(position: Position) -> Reach:
    """Return the reach of a number in its own layer: itself."""
    return tuple(Axis.between(at, at + 1) for at in position)


def through(layer: Layer, reach: Reach, shape: Shape) -> Reach:
    """Return what a part of a layer's output depends on in its input, which has this shape."""
    branches = layer.branches(shape)
    seen = (
        _through_branches(layer, branches, reach, shape) if branches else _through_plain(layer, reach, shape)
    )
    return seen if _sees(reach) else _blind(seen)


def region(back: Iterable[tuple[Layer, Shape]], position: Position, picture: Shape) -> Region:
    """Return which pixels a number depends on in a picture of this shape.

    The layers, each with the shape of its input, lead from the number's own back to the first.
    """
    reach = reach_of(position)
    for layer, shape in back:
        reach = through(layer, reach, shape)
    _, height, width = picture
    return Region(Lines.of(reach[1], height), Lines.of(reach[2], width))


def _sees(reach: Reach) -> bool:
    return all(axis.seen.size for axis in reach)


def _blind(reach: Reach) -> Reach:
    """Return the reach of padding alone: its windows are somewhere, but there is nothing in them."""
    return tuple(replace(axis, seen=np.arange(0)) for axis in reach)


def _through_plain(layer: Layer, reach: Reach, shape: Shape) -> Reach:
    if isinstance(layer, Linear | Softmax | LayerNorm | GroupNorm):  # a group's maps see what all maps see
        return _everything(shape)
    if isinstance(layer, Flatten) and len(shape) > 1:
        (indices,) = reach
        one = indices.high - indices.low == 1
        return reach_of(map_cell(indices.low, shape)) if one else _everything(shape)
    if len(shape) == 1:
        return reach
    channels, *sides = reach
    if isinstance(layer, Conv2d):
        channels = _of_groups(channels, layer.groups, layer.out_channels, shape[0])
    elif isinstance(layer, DepthwiseConv2d):
        channels = _of_groups(channels, shape[0], shape[0] * layer.multiplier, shape[0])
    return (channels, *(_on_side(layer, axis, side) for axis, side in zip(sides, shape[1:], strict=True)))


def _on_side(layer: Layer, axis: Axis, side: int) -> Axis:
    if isinstance(layer, SlidingWindow | WindowPool):
        return axis.slid(layer.window(), side)
    return axis.pooled(side, layer.output_size) if isinstance(layer, AdaptiveAvgPool2d) else axis


def map_cell(index: int, shape: Shape) -> Position:
    """Return which cell of the maps Flatten puts at an index."""
    return tuple(int(at) for at in np.unravel_index(index, shape))


def channel_group(channel: int, groups: int, outputs: int, inputs: int) -> tuple[int, int]:
    """Return the first input channel of an output channel's group, and the one after its last."""
    each, group = inputs // groups, channel // (outputs // groups)
    return group * each, (group + 1) * each


def _of_groups(channels: Axis, groups: int, outputs: int, inputs: int) -> Axis:
    first = channel_group(channels.low, groups, outputs, inputs)[0]
    return Axis.between(first, channel_group(channels.high - 1, groups, outputs, inputs)[1])


def _everything(shape: Shape) -> Reach:
    return tuple(Axis.between(0, side) for side in shape)


def _through_branches(layer: Layer, branches: Sequence[Branch], reach: Reach, shape: Shape) -> Reach:
    found: Reach | None = None
    first = 0  # channel of the branch in a concatenation
    for number, branch in enumerate(branches):
        parts = branch.parts(shape)
        inside: Reach | None = reach
        if layer.join == "concatenate":
            inside = _slice(reach, first, first + parts[-1].output_shape[0])
            first += parts[-1].output_shape[0]
        elif layer.join == "multiply" and number == 0:
            inside = (reach[0], *reach_of((0, 0)))  # one factor for each map
        if inside is None:
            continue
        for part in reversed(parts):
            inside = through(part.layer, inside, part.input_shape)
        found = inside if found is None else _union(found, inside)
    assert found is not None, "a block has a branch for each channel"
    return found


def _slice(reach: Reach, first: int, end: int) -> Reach | None:
    """Return the part of a reach in the channels from `first` to before `end`, counted from there."""
    channels, *sides = reach
    low, high = max(channels.low, first) - first, min(channels.high, end) - first
    return (Axis.between(low, high), *sides) if low < high else None


def _union(one: Reach, other: Reach) -> Reach:
    both = tuple(axis.joined(also) for axis, also in zip(one, other, strict=True))
    if _sees(one) == _sees(other):
        return both
    seeing = one if _sees(one) else other  # the lines of a branch that ends in padding do not count
    return tuple(replace(axis, seen=sees.seen) for axis, sees in zip(both, seeing, strict=True))
