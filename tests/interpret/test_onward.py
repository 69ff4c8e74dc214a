"""Where a number goes next, against the way back: the sources of a trace and the reach of a layer."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.onward import onward
from cnnlab.interpret.reach import Position, reach_of, through
from cnnlab.interpret.recording import Recording
from cnnlab.interpret.trace import trace
from cnnlab.layers import (
    AvgPool2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Flatten,
    Inception,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Shape,
    Softmax,
    SqueezeExcitation,
)
from tests.interpret.test_trace import recorded, some_positions
from tests.layers.test_every_layer import every_layer

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def next_to(recording: Recording, row: int, *position: int) -> Position | None:
    """Where a number of a row goes in the row behind it."""
    found = onward(recording, LayerAddress(row), position)
    if found is None:
        return None
    assert found[0] == LayerAddress(row + 1)
    return found[1]


def depends_on(recording: Recording, address: LayerAddress, later: Position, earlier: Position) -> bool:
    """Whether a number of a layer is computed from a number of its input."""
    step = recording.at(address)
    if step.layer.branches(step.input_shape):
        reach = through(step.layer, reach_of(later), step.input_shape)
        return all(at in axis.seen for at, axis in zip(earlier, reach, strict=True))
    sources = trace(recording, address, later).sources
    return any(earlier == tuple(position) for source in sources for position in source.positions.tolist())


@every_layer
def test_the_number_behind_depends_on_this_one(layer: Layer, shape: Shape) -> None:
    """Of every kind of layer; where there is none, no number behind depends on it."""
    recording = recorded(Dropout(), layer, shape=shape)
    row = len(recording.design.layers) - 1
    before, behind = recording.at(LayerAddress(row - 1)), recording.at(LayerAddress(row))
    for position in some_positions(before):
        later = next_to(recording, row - 1, *position)
        if later is None:
            every = itertools.product(*(range(side) for side in behind.output.shape))
            assert not any(depends_on(recording, behind.address, each, position) for each in every)
        else:
            assert depends_on(recording, behind.address, later, position)


@every_layer
def test_inside_of_a_block_the_way_leads_to_its_output(layer: Layer, shape: Shape) -> None:
    """From layer to layer of the branch, each number depending on the one before, then to the block's row."""
    recording = recorded(layer, shape=shape)
    for address, step in recording.steps.items():
        if address.inside is None:
            continue
        for position in some_positions(step):
            found = onward(recording, address, position)
            if found is None:
                continue
            behind, later = found
            if behind.inside is None:
                parts = trace(recording, behind, later).sources
                ends = [(part.address, tuple(part.positions[0].tolist())) for part in parts]
                assert (address, position) in ends
            else:
                assert behind == LayerAddress(address.row, address.branch, address.inside[1] + 1)
                assert depends_on(recording, behind, later, position)


def test_a_convolution_has_it_in_the_middle_and_weighs_it_most() -> None:
    """Of the filters, the one with the largest weight for it, whatever its sign."""
    recording = recorded(ReLU(), Conv2d(out_channels=4, kernel_size=3, padding=1))
    module = recording.at(LayerAddress(1)).module
    assert isinstance(module, nn.Conv2d)
    module.weight.data.fill_(0.1)
    module.weight.data[2, 1, 1, 1] = -0.5
    assert next_to(recording, 0, 1, 4, 5) == (2, 4, 5)
    module.weight.data[3, 1, 0, 0] = 0.7  # the corner: the number at (0, 0) of the window around (1, 1)
    assert next_to(recording, 0, 1, 0, 0) == (2, 0, 0)


def test_only_filters_of_its_group_use_it() -> None:
    """The last channel of three belongs to the last two of six filters."""
    recording = recorded(ReLU(), DepthwiseConv2d(kernel_size=3, padding=1, multiplier=2))
    module = recording.at(LayerAddress(1)).module
    assert isinstance(module, nn.Conv2d)
    module.weight.data[5] = 9
    assert next_to(recording, 0, 2, 3, 3) == (5, 3, 3)
    found = next_to(recording, 0, 0, 3, 3)
    assert found is not None
    assert found[0] in (0, 1)


def test_with_a_stride_the_nearest_window_is_chosen() -> None:
    """Windows of three at 0, 4 and 8: line 5 is in the middle of the second, line 3 in none."""
    recording = recorded(ReLU(), AvgPool2d(kernel_size=3, stride=4), shape=(1, 11, 11))
    assert next_to(recording, 0, 0, 5, 9) == (0, 1, 2)
    assert next_to(recording, 0, 0, 3, 9) is None


def test_max_pooling_prefers_a_window_that_it_wins() -> None:
    """The 5 is larger than all around it but the 9, with which it shares the windows on its left."""
    picture = torch.zeros(1, 1, 5)
    picture[0, 0, 1], picture[0, 0, 2] = 9, 5
    recording = recorded(
        ReLU(), MaxPool2d(kernel_size=3, stride=1, padding=1), shape=(1, 1, 5), picture=picture
    )
    assert recording.at(LayerAddress(1)).output.flatten().tolist() == [9, 9, 9, 5, 0]
    assert next_to(recording, 0, 0, 0, 2) == (0, 0, 3)
    assert next_to(recording, 0, 0, 0, 0) == (0, 0, 0)  # which wins nowhere, and is nearest to itself


def test_the_last_scores_are_reached_at_the_answer() -> None:
    """A hidden unit is followed to where it weighs most, the last hidden one to the network's answer."""
    recording = recorded(Flatten(), Linear(out_features=6), ReLU(), Linear(out_features=4), Softmax())
    hidden = recording.at(LayerAddress(1)).module
    assert isinstance(hidden, nn.Linear)
    hidden.weight.data[4, 17] = -50
    assert next_to(recording, 0, 17) == (4,)
    answer = int(recording.at(LayerAddress(3)).output.argmax())
    assert [next_to(recording, 2, index) for index in range(6)] == [(answer,)] * 6
    assert next_to(recording, 3, 2) == (2,)
    assert next_to(recording, 4, 2) is None


def test_a_block_is_passed_at_the_same_place_where_it_can_be() -> None:
    """Along an identity; else along the branch that leads to the larger number."""
    same = recorded(ReLU(), Residual(layers=(Conv2d(out_channels=3, padding=1),)))
    assert next_to(same, 0, 2, 8, 1) == (2, 8, 1)
    gated = recorded(ReLU(), SqueezeExcitation(reduction=1))
    assert next_to(gated, 0, 2, 8, 1) == (2, 8, 1)
    branched = recorded(ReLU(), Inception(filters_1x1=2, filters_3x3=3, filters_5x5=4, filters_pool=5))
    found = next_to(branched, 0, 1, 4, 4)
    assert found is not None
    assert found[1:] == (4, 4)


def test_a_layer_that_does_not_exist_is_an_error() -> None:
    """As in a trace."""
    with pytest.raises(ConfigError, match="no row 7"):
        onward(recorded(ReLU()), LayerAddress(7), (0, 0, 0))
