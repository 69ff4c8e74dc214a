"""Which pixels a number depends on, measured in torch: what depends on a NaN pixel is NaN as well."""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, summarize
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording, record
from cnnlab.interpret.trace import trace
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    SqueezeExcitation,
)
from cnnlab.models.build import build_rows
from tests.layers.test_receptive import STACKS

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
SHAPE = (2, 19, 18)
conv = partial(Conv2d, out_channels=4)
_HALF = (conv(stride=2, padding=1), ReLU(), conv(padding=1))

AT_EDGES: dict[str, tuple[Layer, ...]] = {
    "lines that no window reaches": (conv(kernel_size=1, stride=2), conv(padding=1)),
    "holes of dilation in the padding": (conv(kernel_size=2, dilation=3, padding=4), conv(padding=1)),
    "units that see only padding": (conv(kernel_size=1, padding=2), ReLU(), MaxPool2d()),
    "normalized padding": (GroupNorm(num_groups=1), conv(kernel_size=1, padding=1)),
    "uneven cells": (AdaptiveAvgPool2d(output_size=7), conv(padding=1)),
    "more cells than lines": (conv(stride=3), AdaptiveAvgPool2d(output_size=9), AvgPool2d()),
    "branches with windows of their own": (
        conv(stride=2, padding=1),
        Inception(),
        Dropout2d(),
        MaxPool2d(),
    ),
    "blocks inside of a block": (
        Residual(layers=(Inception(), SeparableConv2d(out_channels=4, padding="same"))),
        conv(),
    ),
    "a projection with a stride": (Residual(layers=_HALF), Residual(layers=_HALF, projection_norm=True)),
    "a branch that sees only padding": (
        AdaptiveAvgPool2d(output_size=4),
        Residual(layers=(conv(kernel_size=1, padding=4), AdaptiveAvgPool2d(output_size=4))),
    ),
    "a gate": (conv(stride=4), SqueezeExcitation(reduction=2)),
    "a vector": (MaxPool2d(kernel_size=3), Flatten(), ReLU()),
    "a dense block": (MaxPool2d(), Flatten(), Residual(layers=(Linear(out_features=4),))),
}


def recorded(layers: tuple[Layer, ...]) -> tuple[Recording, nn.Sequential]:
    """A stack of these layers, built, and a recording of a random picture."""
    design = Design(input_shape=SHAPE).with_layers(layers)
    model = build_rows(summarize(design).rows).eval()
    return record(design, model, torch.rand(SHAPE)), model


def dependencies(model: nn.Sequential, axis: int) -> list[Tensor]:
    """(lines, ...) for each row: whether each number of its output depends on a line of pixels."""
    lines = SHAPE[1 + axis]
    values = torch.zeros(lines, *SHAPE, dtype=torch.float64)
    for line in range(lines):
        values[line].select(1 + axis, line).fill_(torch.nan)
    found = []
    with torch.inference_mode():
        for row in model.double():  # in float32 torch works in tiles, which spread NaNs
            values = row(values)
            found.append(values.isnan())
    return found


def measured(seen: Tensor, position: Position) -> tuple[int | None, int | None]:
    """The first and last line that a number depends on."""
    lines = seen.flatten(1)[:, int(np.ravel_multi_index(position, seen.shape[1:]))].nonzero()[:, 0].tolist()
    return (lines[0], lines[-1]) if lines else (None, None)


@pytest.mark.parametrize("name", [*STACKS, *AT_EDGES])
def test_a_number_depends_on_exactly_the_pixels_of_its_trace(name: str) -> None:
    """Numbers of every row, at all corners and edges and in the middle, in the first and last channels."""
    recording, model = recorded((STACKS | AT_EDGES)[name])
    both = zip(dependencies(model, 0), dependencies(model, 1), strict=True)
    for row, (by_row, by_column) in enumerate(both):
        sides = by_row.shape[1:]
        some = [sorted({0, 1, side // 2, side - 2, side - 1} & set(range(side))) for side in sides]
        for position in itertools.product(*some):
            region = trace(recording, LayerAddress(row), position).receptive_field
            expected = measured(by_row, position), measured(by_column, position)
            found = tuple((lines.first, lines.last) for lines in (region.rows, region.columns))
            # Where it depends on nothing, the columns of its window may still be those of pixels.
            assert found == expected or ((None, None) in found and (None, None) in expected), position


def test_a_unit_in_a_branch_sees_less_than_its_block() -> None:
    """The maps of Inception's branches: one pixel, 3×3 and 5×5; after pooling 3×3."""
    recording, _ = recorded((Inception(),))
    sizes = []
    for channel in (0, 16, 48, 56):
        rows = trace(recording, LayerAddress(0), (channel, 7, 7)).receptive_field.rows
        assert rows.first is not None
        assert rows.last is not None
        sizes.append(rows.last - rows.first + 1)
    assert sizes == [1, 3, 5, 3]


@pytest.mark.parametrize("name", ["stride, padding, dilation", "two blocks", "pooling that overlaps"])
def test_the_window_goes_on_outside_of_the_picture(name: str) -> None:
    """With the lines that are missing it is as large, and where, the row's receptive field says."""
    recording, _ = recorded(STACKS[name])
    for row in summarize(recording.design).rows:
        assert row.receptive_field is not None
        assert row.output_shape is not None
        span = row.receptive_field.rows
        for unit in range(row.output_shape[1]):
            lines = trace(recording, LayerAddress(row.index), (0, unit, 0)).receptive_field.rows
            first = span.start + unit * span.step
            before, after = max(0, -first), max(0, first + span.size - SHAPE[1])
            assert lines.outside == (before, after)


def test_a_unit_in_the_padding_depends_on_nothing() -> None:
    """Its row of the picture is missing, and the window is said to be outside."""
    recording, _ = recorded((DepthwiseConv2d(kernel_size=1, padding=2),))
    rows = trace(recording, LayerAddress(0), (0, 0, 5)).receptive_field.rows
    assert (rows.first, rows.last, rows.outside) == (None, None, (1, 0))
