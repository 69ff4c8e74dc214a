"""The exact trace of a number: from which numbers a layer computed it, and which pixels it depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.accounts import (
    Account,
    Activated,
    Cells,
    Copied,
    Joined,
    Largest,
    Mean,
    Normalized,
    Part,
    Share,
    WeightedSum,
    layer_name,
)
from cnnlab.interpret.reach import Position, Region, channel_group, map_cell, reach_of, region, through
from cnnlab.interpret.recording import Recording, Step
from cnnlab.language import lazy
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Dropout2d,
    Flatten,
    GroupNorm,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2d,
    Shape,
    Softmax,
)
from cnnlab.layers.activation import Activation
from cnnlab.layers.normalization import BatchNorm
from cnnlab.layers.windows import Window, grid_cell
from cnnlab.models.build import branches_of


@dataclass(frozen=True, slots=True)
class Source:
    """Numbers of one layer before, which can be traced next; those of the picture end the way back."""

    address: LayerAddress | None  # None: the picture
    positions: NDArray[np.intp]  # (count, 3) in maps, (count, 1) in a vector

    def to_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        return {"layer": layer_name(self.address), "positions": self.positions.tolist()}


@dataclass(frozen=True, slots=True)
class Trace:
    """How one number of a layer came about."""

    address: LayerAddress
    kind: str  # of layer
    position: Position
    account: Account
    torch_value: float  # the network's own number; `value` agrees with it but for rounding to float32
    receptive_field: Region
    sources: tuple[Source, ...]

    @property
    def value(self) -> float:
        """The number as the account has it."""
        return self.account.value

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values; names of branches are in the viewer's language."""
        channel, y, x = self.position if len(self.position) == 3 else (*self.position, None, None)
        return {
            "layer": str(self.address),
            "kind": self.kind,
            "channel": channel,
            "y": y,
            "x": x,
            "how": self.account.how,
            **self.account.to_json(),
            "value": self.value,
            "torch_value": self.torch_value,
            "receptive_field": self.receptive_field.to_json(),
            "sources": [source.to_json() for source in self.sources],
        }


def trace(recording: Recording, address: LayerAddress, position: Position) -> Trace:
    """Trace the number at a position, (channel, y, x) in maps or (index,) in a vector, in a layer's output.

    Raises ConfigError for a layer or a position that does not exist.
    """
    step = recording.at(address)
    _check_position(recording, step, position)
    account, sources = _account(recording, step, position)
    return Trace(
        address,
        step.layer.kind,
        position,
        account,
        float(step.output[position]),
        region(_way_back(recording, step), position, recording.design.input_shape),
        sources,
    )


def _check_position(recording: Recording, step: Step, position: Position) -> None:
    sides = step.output.shape
    if len(position) == len(sides) and all(0 <= at < side for at, side in zip(position, sides, strict=True)):
        return
    last = [side - 1 for side in sides]
    raise ConfigError(
        lazy(
            "row {row} has no number at {position}",
            row=str(step.address),
            position=", ".join(map(str, position)),
        ),
        where=recording.design.name,
        allowed=lazy("channel 0 to {channel}, y 0 to {y}, x 0 to {x}", channel=last[0], y=last[1], x=last[2])
        if len(last) == 3
        else lazy("channel 0 to {channel} (the index), without y and x", channel=last[0]),
    )


def _way_back(recording: Recording, step: Step) -> Iterator[tuple[Layer, Shape]]:
    """Yield the layers from this one back to the first, each with the shape of its input."""
    yield step.layer, step.input_shape
    while step.before is not None:
        step = recording.at(step.before)
        yield step.layer, step.input_shape


Found = tuple[Account, tuple[Source, ...]]


def _account(recording: Recording, step: Step, position: Position) -> Found:
    if step.layer.branches(step.input_shape):
        return _joined(recording, step, position)
    for kinds, account in _ACCOUNTS:
        if isinstance(step.layer, kinds):
            found, positions = account(step, position)
            return found, (Source(step.before, positions),)
    raise ConfigError(
        lazy("the lab cannot say how a {layer} computes its numbers", layer=step.layer.title),
        where=recording.design.name,
    )


def _one(position: Position) -> NDArray[np.intp]:
    return np.array([position])


def _number(tensor: Tensor) -> float:
    return float(tensor.detach())


def _numbers(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().cpu().numpy().astype(np.float64)


# ---- windows


def _convolution(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, Conv2d | DepthwiseConv2d)
    assert isinstance(step.module, nn.Conv2d)
    channel, *place = position
    counts = (step.module.groups, step.module.out_channels, step.module.in_channels)
    channels = range(*channel_group(channel, *counts))
    cells = _window(step.input, channels, step.layer.window(), place)
    bias = step.module.bias
    weights = _numbers(step.module.weight[channel]).ravel()
    return WeightedSum(cells, weights, None if bias is None else _number(bias[channel])), cells.inside


def _window(maps: Tensor, channels: range, window: Window, place: list[int], padding: float = 0.0) -> Cells:
    """Return the cells that the window of the unit at (y, x) has in these maps."""
    kernel, stride, before, dilation = window
    lines = [at * stride - before + dilation * np.arange(kernel) for at in place]
    return _cells(maps, channels, lines[0], lines[1], padding)


def _cells(
    maps: Tensor,
    channels: range,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    padding: float = 0.0,
) -> Cells:
    """Return the cells where rows and columns of these maps cross; those outside have the padding's value."""
    height, width = maps.shape[1:]
    within = [(lines >= 0) & (lines < side) for lines, side in ((rows, height), (columns, width))]
    inside = np.broadcast_to(within[0][:, None] & within[1], (len(channels), len(rows), len(columns)))
    values = np.full(inside.shape, padding)
    kept = maps[channels.start : channels.stop].cpu().numpy()
    values[inside] = kept[:, rows[within[0]][:, None], columns[within[1]]].ravel()
    grid = np.meshgrid(np.array(channels), rows, columns, indexing="ij")
    return Cells(np.stack([axis.ravel() for axis in grid], axis=1), ~inside.ravel(), values.ravel())


def _max_pooling(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, MaxPool2d)
    channel, *place = position
    cells = _window(step.input, range(channel, channel + 1), step.layer.window(), place, -np.inf)
    return Largest(cells), cells.inside


def _average_pooling(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, AvgPool2d)
    channel, *place = position
    cells = _window(step.input, range(channel, channel + 1), step.layer.window(), place)
    return Mean(cells), cells.inside


def _adaptive_pooling(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, AdaptiveAvgPool2d)
    channel, *place = position
    count = step.layer.output_size
    rows, columns = (
        np.arange(*grid_cell(at, side, count)) for at, side in zip(place, step.input.shape[1:], strict=True)
    )
    cells = _cells(step.input, range(channel, channel + 1), rows, columns)
    return Mean(cells), cells.inside


# ---- vectors


def _dense(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.module, nn.Linear)
    values = _numbers(step.input)
    cells = Cells(np.arange(len(values))[:, None], np.zeros(len(values), np.bool_), values)
    bias = step.module.bias
    weights = _numbers(step.module.weight[position[0]])
    return WeightedSum(cells, weights, None if bias is None else _number(bias[position[0]])), cells.positions


def _softmax(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, Softmax)
    scores = _numbers(step.input)
    return Share(scores, position[0], step.layer.written()), np.arange(len(scores))[:, None]


def _flatten(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    before = map_cell(position[0], step.input_shape)
    return Copied(float(step.input[before]), before), _one(before)


# ---- number by number


def _same(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    return Copied(float(step.input[position]), position), _one(position)


def _activation(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    assert isinstance(step.layer, Activation)
    value = float(step.input[position])
    result = _number(step.module(torch.tensor(value, dtype=torch.float64)))
    return Activated(value, step.layer.written(), result), _one(position)


def _batch_norm(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    module = step.module
    assert isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
    assert module.running_mean is not None
    assert module.running_var is not None
    of_channel = (module.running_mean, module.running_var, module.weight, module.bias)
    mean, variance, gain, shift = (_number(numbers[position[0]]) for numbers in of_channel)
    channels = (position[0], position[0]) if len(position) == 3 else None
    value = float(step.input[position])
    account = Normalized(value, mean, variance, module.eps, gain, shift, "training", channels)
    return account, _one(position)


def _picture_norm(step: Step, position: Position) -> tuple[Account, NDArray[np.intp]]:
    module, count = step.module, len(step.input)
    assert isinstance(module, nn.GroupNorm | nn.LayerNorm)
    if isinstance(module, nn.GroupNorm):
        channels = channel_group(position[0], module.num_groups, count, count)
        own: int | Position = position[0]
    else:
        channels, own = (0, count), position
    numbers = _numbers(step.input[slice(*channels)])
    value, mean, variance = float(step.input[position]), float(numbers.mean()), float(numbers.var())
    gain, shift = _number(module.weight[own]), _number(module.bias[own])
    maps = (channels[0], channels[1] - 1) if len(position) == 3 else None
    account = Normalized(value, mean, variance, module.eps, gain, shift, "picture", maps)
    return account, _one(position)


# ---- blocks


def _joined(recording: Recording, block: Step, position: Position) -> Found:
    hidden = block.address.inside is not None
    parts = _parts(recording, block, position)
    account = Joined(block.layer.join, parts, hidden)
    if not hidden:
        return account, tuple(Source(part.address, _one(part.position)) for part in parts)
    reach = through(block.layer, reach_of(position), block.input_shape)
    grid = np.meshgrid(*(axis.seen for axis in reach), indexing="ij")
    return account, (Source(block.before, np.stack([axis.ravel() for axis in grid], axis=1)),)


def _parts(recording: Recording, block: Step, position: Position) -> tuple[Part, ...]:
    parts = []
    channel, *place = position
    branches = block.layer.branches(block.input_shape)
    for number, (branch, layers) in enumerate(zip(branches, branches_of(block.module), strict=True)):
        address, values = _end_of_branch(recording, block, number, layers)
        if channel in range(len(values)):
            # A gate has one number for each map.
            within = (min(at, side - 1) for at, side in zip(place, values.shape[1:], strict=True))
            at = (channel, *within)
            parts.append(Part(branch.name, address, at, float(values[at])))
        if block.layer.join == "concatenate":
            channel -= len(values)
    return tuple(parts)


def _end_of_branch(
    recording: Recording, block: Step, number: int, layers: nn.Sequential
) -> tuple[LayerAddress | None, Tensor]:
    """Return which layer ends a branch, and its output; of a block inside of another it is computed."""
    if not len(layers):
        return block.before, block.input
    if block.address.inside is None:
        address = LayerAddress(block.address.row, number, len(layers) - 1)
        return address, recording.at(address).output
    with torch.inference_mode():
        return None, layers(block.input[None])[0]


_ACCOUNTS: tuple[
    tuple[
        type[Layer] | tuple[type[Layer], ...],
        Callable[[Step, Position], tuple[Account, NDArray[np.intp]]],
    ],
    ...,
] = (
    ((Conv2d, DepthwiseConv2d), _convolution),
    (MaxPool2d, _max_pooling),
    (AvgPool2d, _average_pooling),
    (AdaptiveAvgPool2d, _adaptive_pooling),
    (Linear, _dense),
    (Flatten, _flatten),
    (Softmax, _softmax),
    (Activation, _activation),
    (BatchNorm, _batch_norm),
    ((GroupNorm, LayerNorm), _picture_norm),
    ((Dropout, Dropout2d), _same),
)
