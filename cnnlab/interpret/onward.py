"""Where a number goes next, layer by layer: the way forward to the scores. `trace` is the way back."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from cnnlab.design.address import LayerAddress
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording, Step, steps_inside
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    Conv2d,
    DepthwiseConv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Softmax,
)
from cnnlab.layers.pooling import WindowPool
from cnnlab.layers.windows import Window, grid_cell


def onward(
    recording: Recording, address: LayerAddress, position: Position
) -> tuple[LayerAddress, Position] | None:
    """Return the number of the layer behind that best shows what becomes of the number at a position.

    That number depends on this one, and is at the same place if it can be. Of windows, it is the one with
    this number nearest to its middle, in max pooling rather one that this number wins. Of the filters and
    units that use it, it is the one to which |value · weight| is largest, in the last scores the answer.
    Behind a layer inside of a block is the next one of its branch, then the block itself.

    None at the end of the network, and where no window contains the number. Raises ConfigError if there is no
    such layer.
    """
    recording.at(address)
    if address.inside is not None:
        branch, index = address.inside
        following = LayerAddress(address.row, branch, index + 1)
        if following not in recording.steps:
            block = LayerAddress(address.row)
            return block, _joined(recording.at(block), branch, position)
    else:
        following = LayerAddress(address.row + 1)
    step = recording.steps.get(following)
    if step is None:
        return None
    if following == _last_scores(recording) and isinstance(step.layer, Linear):
        return following, (int(step.output.argmax()),)
    ahead = _ahead(step, position)
    return None if ahead is None else (following, ahead)


def _last_scores(recording: Recording) -> LayerAddress:
    """Return the last row but a softmax."""
    layers = recording.design.layers
    return LayerAddress(len(layers) - 1 - isinstance(layers[-1], Softmax))


def _ahead(step: Step, position: Position) -> Position | None:
    """Return where in a layer's output a number of its input goes."""
    layer = step.layer
    if layer.branches(step.input_shape):
        return _through_block(step, position)
    if isinstance(layer, Conv2d | DepthwiseConv2d):
        return _convolved(step, layer.window(), position)
    if isinstance(layer, WindowPool):
        return _pooled(step, layer.window(), position)
    if isinstance(layer, AdaptiveAvgPool2d):
        return _in_grid(step, layer.output_size, position)
    if isinstance(step.module, nn.Linear):
        return (int(step.module.weight[:, position[0]].abs().argmax()),)
    if isinstance(layer, Flatten):
        return (int(np.ravel_multi_index(position, step.input_shape)),)
    return position


# ---- windows


def _lines(unit: int, window: Window) -> range:
    """Return the lines of the input that the window of a unit has on one axis, padding included."""
    kernel, stride, before, dilation = window
    first = unit * stride - before
    return range(first, first + dilation * (kernel - 1) + 1, dilation)


def _units(at: int, units: int, window: Window) -> list[int]:
    """Return the units whose windows contain a line, those first that have it nearest to their middle."""
    containing = [unit for unit in range(units) if at in _lines(unit, window)]
    return sorted(containing, key=lambda unit: _distance(at, _lines(unit, window)))


def _distance(at: int, lines: range) -> int:
    """Return twice the distance from the middle of the lines."""
    return abs(lines[0] + lines[-1] - 2 * at)


def _convolved(step: Step, window: Window, position: Position) -> Position | None:
    assert isinstance(step.module, nn.Conv2d)
    channel, *place = position
    sides = zip(place, step.output.shape[1:], strict=True)
    rows, columns = (_units(at, side, window) for at, side in sides)
    if not rows or not columns:
        return None
    unit = (rows[0], columns[0])
    cell = tuple(_lines(each, window).index(at) for each, at in zip(unit, place, strict=True))
    weight = step.module.weight
    outputs, inputs = len(weight) // step.module.groups, weight.shape[1]
    group, within = divmod(channel, inputs)
    filters = weight[group * outputs : (group + 1) * outputs, within, cell[0], cell[1]]
    # The value is the same for all of them, so the largest weight makes the largest contribution.
    return (group * outputs + int(filters.abs().argmax()), *unit)


def _pooled(step: Step, window: Window, position: Position) -> Position | None:
    channel, *place = position
    sides = zip(place, step.output.shape[1:], strict=True)
    rows, columns = (_units(at, side, window) for at, side in sides)
    units = [(channel, *unit) for unit in itertools.product(rows, columns)]
    if isinstance(step.layer, MaxPool2d):
        won = (unit for unit in units if _winner(step, window, unit) == position)
        return next(won, units[0] if units else None)
    return units[0] if units else None


def _winner(step: Step, window: Window, unit: Position) -> Position:
    """Return the largest number in the window of a unit; of equal ones the first, as in torch."""
    channel, *place = unit
    sides = zip(place, step.input_shape[1:], strict=True)
    rows, columns = ([at for at in _lines(each, window) if 0 <= at < side] for each, side in sides)
    values = step.input[channel][rows][:, columns]
    row, column = divmod(int(values.argmax()), len(columns))
    return (channel, rows[row], columns[column])


def _in_grid(step: Step, cells: int, position: Position) -> Position:
    channel, *place = position
    sides = zip(place, step.input_shape[1:], strict=True)
    return (channel, *(_grid_unit(at, side, cells) for at, side in sides))


def _grid_unit(at: int, side: int, cells: int) -> int:
    """Return the cell of an adaptive grid that has a line nearest to its middle; every line is in one."""
    grid = [range(*grid_cell(cell, side, cells)) for cell in range(cells)]
    containing = [cell for cell, lines in enumerate(grid) if at in lines]
    return min(containing, key=lambda cell: _distance(at, grid[cell]))


# ---- blocks


def _through_block(block: Step, position: Position) -> Position | None:
    """Return the same place if a branch hands on the input as it is, else the largest number on the way."""
    branches = block.layer.branches(block.input_shape)
    with torch.inference_mode():
        inside = list(steps_inside(block))
    ways = []
    for number, branch in enumerate(branches):
        end = _through_branch((step for step in inside if step.address.branch == number), position)
        if end is None:
            continue
        joined = _joined(block, number, end)
        if not branch.layers:
            return joined
        ways.append(joined)
    return max(ways, key=lambda way: abs(float(block.output[way])), default=None)


def _through_branch(steps: Iterable[Step], position: Position) -> Position | None:
    at: Position | None = position
    for step in steps:
        at = None if at is None else _ahead(step, at)
    return at


def _joined(block: Step, number: int, position: Position) -> Position:
    """Return where the output of a block has a number at the end of one of its branches."""
    channel, *place = position
    if block.layer.join == "concatenate":
        before = block.layer.branches(block.input_shape)[:number]
        channel += sum(branch.parts(block.input_shape)[-1].output_shape[0] for branch in before)
    elif block.layer.join == "multiply" and number == 0:  # the gate, one factor for each map
        factored = block.output[channel].abs()
        place = list(divmod(int(factored.argmax()), factored.shape[1]))
    return (channel, *place)
