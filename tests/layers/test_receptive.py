"""Receptive fields, measured in torch: a NaN pixel turns every number that depends on it into NaN."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    DepthwiseConv2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2d,
    MisfitError,
    ReceptiveField,
    ReLU,
    Residual,
    SeparableConv2d,
    Softmax,
    SqueezeExcitation,
)
from cnnlab.layers.receptive import Span

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
SIDES = (23, 20)
_DOWN = (Conv2d(out_channels=6, stride=2, padding=1), ReLU(), Conv2d(out_channels=6, padding="same"))

STACKS: dict[str, tuple[Layer, ...]] = {
    "convolution": (Conv2d(out_channels=3),),
    "stride, padding, dilation": (Conv2d(kernel_size=3, stride=2, padding=1, dilation=2), ReLU()),
    "same with an even kernel": (Conv2d(kernel_size=4, padding="same"), MaxPool2d()),
    "two blocks": (Conv2d(), ReLU(), MaxPool2d(), Conv2d(kernel_size=5, padding=2), AvgPool2d(stride=1)),
    "depthwise and separable": (DepthwiseConv2d(stride=2), SeparableConv2d(kernel_size=5, padding=1)),
    "pooling that overlaps": (MaxPool2d(kernel_size=3, stride=2, padding=1), Conv2d()),
    "residual": (Conv2d(), Residual(), MaxPool2d(), Residual(layers=_DOWN), Conv2d()),
    "inception": (MaxPool2d(), Inception(), Conv2d()),
    "even cells": (Conv2d(kernel_size=4), AdaptiveAvgPool2d(output_size=1)),
    "dense": (Conv2d(kernel_size=5, stride=4), Flatten(), Linear(), ReLU()),
    "softmax": (Conv2d(kernel_size=9, stride=8), Flatten(), Softmax()),
    "group norm": (Conv2d(kernel_size=9, stride=4), GroupNorm(), Conv2d()),
    "layer norm": (Conv2d(kernel_size=9, stride=4), LayerNorm()),
    "attention": (Conv2d(), MaxPool2d(), SqueezeExcitation(), Conv2d()),
}


def model_and_field(layers: tuple[Layer, ...], sides: tuple[int, int]) -> tuple[nn.Module, ReceptiveField]:
    """The stack as a module in evaluation mode, and its receptive field according to the lab."""
    shape: tuple[int, ...] = (1, *sides)
    seen, modules = ReceptiveField.of_a_pixel(*sides), []
    for layer in layers:
        modules.append(layer.build(shape).eval())
        seen = layer.receptive_field(seen, shape)
        shape = layer.output_shape(shape)
    return nn.Sequential(*modules).double(), seen  # in float32 torch works in tiles, which spread NaNs


def dependencies(model: nn.Module, sides: tuple[int, int], axis: int) -> Tensor:
    """(pixels, units) along an axis: whether an output unit depends on a line of pixels."""
    seen = []
    with torch.no_grad():
        for line in range(sides[axis]):
            image = torch.zeros(1, 1, *sides, dtype=torch.float64)
            image.select(2 + axis, line).fill_(torch.nan)
            affected = model(image).isnan()[0].any(0)  # over the channels
            seen.append(affected.any(1 - axis) if affected.ndim else affected[None])
    return torch.stack(seen)


def compare(span: Span, seen: Tensor) -> None:
    """Units fully inside the picture see exactly their window, others at most their window."""
    assert seen.shape[1] in (span.count, 1)
    for unit in range(seen.shape[1]):
        first = span.start + unit * span.step
        lines = seen[:, unit].nonzero()[:, 0].tolist()
        inside = first >= 0 and first + span.size <= span.pixels
        assert not lines or first <= lines[0] <= lines[-1] < first + span.size
        assert not inside or [lines[0], lines[-1]] == [first, first + span.size - 1]


@pytest.mark.parametrize("name", STACKS)
def test_a_unit_depends_on_the_pixels_that_its_row_says(name: str) -> None:
    """Every unit of the output, every line of pixels, on both axes."""
    model, field = model_and_field(STACKS[name], SIDES)
    compare(field.rows, dependencies(model, SIDES, 0))
    compare(field.columns, dependencies(model, SIDES, 1))


windows = st.builds(
    Conv2d,
    out_channels=st.just(2),
    kernel_size=st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
) | st.builds(AvgPool2d, kernel_size=st.integers(1, 4), stride=st.integers(1, 3))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(layers=st.lists(windows, min_size=1, max_size=3))
def test_any_stack_of_windows(layers: list[Layer]) -> None:
    """Sizes, steps and starts, for any sequence of windows."""
    sides = (64, 60)
    try:
        model, field = model_and_field(tuple(layers), sides)
    except MisfitError:
        reject()
    compare(field.rows, dependencies(model, sides, 0))


@pytest.mark.parametrize("cells", [3, 7, 30])
def test_uneven_cells_see_no_more_than_the_largest(cells: int) -> None:
    """For adaptive pooling with cells of different sizes, the largest counts."""
    model, field = model_and_field((AdaptiveAvgPool2d(output_size=cells),), SIDES)
    assert int(dependencies(model, SIDES, 0).sum(0).max()) == field.rows.size


def test_the_text_of_a_receptive_field() -> None:
    """As cards show it; the articles' dense layers never see the last two lines of a digit."""
    pixel = ReceptiveField.of_a_pixel(28, 28)
    conv, pool = Conv2d(), MaxPool2d()
    first = conv.receptive_field(pixel, (1, 28, 28))
    pooled = pool.receptive_field(first, (32, 26, 26))
    second = pool.receptive_field(conv.receptive_field(pooled, (32, 13, 13)), (64, 11, 11))
    assert [str(seen) for seen in (pixel, first, pooled, second)] == [
        "Each number depends on one pixel.",
        "Each number depends on 3×3 pixels.",
        "Each number depends on 4×4 pixels.",
        "Each number depends on 10×10 pixels.",
    ]
    assert str(second.whole()) == "Each number depends on 26×26 pixels."
    assert str(pixel.whole()) == "Each number depends on all 28×28 pixels."
