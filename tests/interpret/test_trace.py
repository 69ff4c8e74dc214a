"""Traces against torch: each account adds up to the network's own number, and names what it is made of."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import WeightsError
from cnnlab.interpret.accounts import (
    Activated,
    Copied,
    Joined,
    Largest,
    Mean,
    Normalized,
    Share,
    WeightedSum,
    layer_name,
)
from cnnlab.interpret.activations import feature_maps_at
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording, Step, record
from cnnlab.interpret.trace import Trace, trace
from cnnlab.layers import (
    KINDS,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Shape,
    Softmax,
    SqueezeExcitation,
)
from cnnlab.layers.activation import Activation
from cnnlab.models.build import addresses, build, build_rows
from tests.convert.strategies import trainable_designs
from tests.layers.test_every_layer import SAMPLES, every_layer

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def recorded(*layers: Layer, shape: Shape = (3, 9, 7), picture: Tensor | None = None) -> Recording:
    """A random picture's way through these layers, with random weights and statistics."""
    channels, height, width = shape if len(shape) == 3 else (1, 1, *shape)
    ahead: tuple[Layer, ...] = (Flatten(),) if len(shape) == 1 else ()
    if channels > 4:  # which no picture has
        ahead = (Conv2d(out_channels=channels, kernel_size=1),)
        channels = 3
    design = Design(input_shape=(channels, height, width)).with_layers((*ahead, *layers))
    model = disturbed(build_rows(summarize(design).rows).eval())
    return record(design, model, torch.randn(design.input_shape) if picture is None else picture)


def disturbed(model: nn.Sequential) -> nn.Sequential:
    """Change the numbers that are 0 or 1 at the start, those of normalizations among them."""
    for name, numbers in model.state_dict().items():
        if numbers.ndim == 1:
            numbers.copy_(0.5 + torch.rand(numbers.shape) if "var" in name else torch.randn(numbers.shape))
    return model


def some_positions(step: Step, most: int = 40) -> Iterator[Position]:
    """All corners, and positions in between."""
    sides = step.output.shape
    yield from itertools.islice(itertools.product(*(sorted({0, side - 1}) for side in sides)), most)
    random = np.random.default_rng(2)
    for _ in range(8):
        yield tuple(int(random.integers(side)) for side in sides)


def all_traces(recording: Recording) -> Iterator[tuple[Step, Trace]]:
    """Traces of every layer, at some positions."""
    for address, step in recording.steps.items():
        for position in some_positions(step):
            yield step, trace(recording, address, position)


def scale(step: Step, found: Trace) -> float:
    """How large the numbers are that torch rounds on its way to this one."""
    match found.account:
        case WeightedSum():
            return float(np.abs(found.account.products).sum()) + abs(found.account.bias or 0)
        case Normalized():
            numbers = (found.account.input, found.account.mean, found.account.shift)
            return max(map(abs, numbers)) * max(1, abs(found.account.gain / found.account.deviation))
    return float(step.input.abs().max())


def account_at(recording: Recording, row: int, *position: int) -> Any:
    """The account of a number of a row."""
    return trace(recording, LayerAddress(row), position).account


# ---- every kind


@every_layer
def test_the_account_adds_up_to_torchs_number(layer: Layer, shape: Shape) -> None:
    """Of the layer and of all layers inside, to 1e-5 of the numbers that it is made of."""
    for step, found in all_traces(recorded(layer, shape=shape)):
        assert found.torch_value == float(step.output[found.position])
        assert found.value == pytest.approx(found.torch_value, abs=1e-5 * scale(step, found)), found


@every_layer
def test_sources_can_be_traced_and_have_the_values_of_the_account(layer: Layer, shape: Shape) -> None:
    """What the account calls an input is the number at the source, one after the other."""
    recording = recorded(layer, shape=shape)
    for step, found in all_traces(recording):
        values = []
        for source in found.sources:
            output = step.input if source.address == step.before else recording.at(source.address).output  # type: ignore[arg-type]
            values += [float(output[tuple(position)]) for position in source.positions.tolist()]
        if not (isinstance(found.account, Joined) and found.account.hidden):
            assert values == inputs_of(found)


def inputs_of(found: Trace) -> list[float]:
    """The numbers that an account starts from, without padding."""
    match found.account:
        case WeightedSum() | Largest() | Mean():
            cells = found.account.cells
            return [float(value) for value in cells.values[~cells.outside]]
        case Share():
            return [float(score) for score in found.account.scores]
        case Joined():
            return [part.value for part in found.account.parts]
        case Activated() | Copied() | Normalized():
            return [found.account.input]
    raise AssertionError(found)


@every_layer
def test_json_has_the_same_keys_for_every_layer(layer: Layer, shape: Shape) -> None:
    """And no number that JSON does not have."""
    for _, found in all_traces(recorded(layer, shape=shape)):
        body = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert list(body)[:6] == ["layer", "kind", "channel", "y", "x", "how"]
        assert list(body)[-4:] == ["value", "torch_value", "receptive_field", "sources"]
        assert body["kind"] == found.kind
        assert (body["value"], body["torch_value"]) == (found.value, found.torch_value)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True)
@given(design=trainable_designs(), seed=st.integers(0, 99))
def test_any_number_of_any_network(design: Design, seed: int) -> None:
    """The account of random designs agrees with the network's output as hooks see it."""
    torch.default_generator.manual_seed(seed)
    model = disturbed(build(design, seed).eval())
    picture = torch.rand(design.input_shape)
    try:
        recording = record(design, model, picture)
    except WeightsError:
        return  # which random weights can cause in a deep network
    outputs = feature_maps_at(model, picture, addresses(model))
    assert list(recording.steps) == sorted(outputs)
    for address, step in recording.steps.items():
        for position in itertools.islice(some_positions(step, 4), 6):
            found = trace(recording, address, position)
            near = 1e-5 * scale(step, found)
            assert found.torch_value == pytest.approx(float(outputs[address][position]), abs=near)
            assert found.value == pytest.approx(found.torch_value, abs=near)


# ---- weighted sums


WINDOWS = [
    (Conv2d(out_channels=6, kernel_size=4, padding="same"), 1),
    (Conv2d(out_channels=6, kernel_size=3, stride=2, padding=3, dilation=2, groups=3), 3),
    (DepthwiseConv2d(kernel_size=3, padding=1, multiplier=2), 3),
]


@pytest.mark.parametrize(("layer", "groups"), WINDOWS)
def test_a_convolution_names_every_term_of_its_window(layer: Layer, groups: int) -> None:
    """The weights are the filter's own, the products add up; only padding is outside, with values of 0."""
    recording = recorded(layer)
    ((address, step),) = recording.steps.items()
    assert isinstance(step.module, nn.Conv2d)
    for position in some_positions(step):
        account = trace(recording, address, position).account
        assert isinstance(account, WeightedSum)
        assert account.weights.tolist() == step.module.weight[position[0]].flatten().tolist()
        terms = list(account.terms())
        assert len(terms) == (3 // groups) * layer.window().kernel ** 2  # type: ignore[attr-defined]
        assert all(term.product == term.value * term.weight for term in terms)
        assert account.bias is not None
        assert math.fsum(term.product for term in terms) + account.bias == pytest.approx(account.value)
        for term in terms:
            channel, y, x = term.position
            assert term.outside == (not (0 <= y < 9 and 0 <= x < 7))
            assert term.value == (0 if term.outside else float(step.input[channel, y, x]))


def test_sums_of_the_channels_are_the_convolutions_of_single_channels() -> None:
    """And they add up to the sum before the bias."""
    recording = recorded(Conv2d(out_channels=4, padding=1))
    step = recording.at(LayerAddress(0))
    assert isinstance(step.module, nn.Conv2d)
    account = account_at(recording, 0, 2, 0, 3)
    kernels = step.module.weight.detach()[2][:, None]
    alone = functional.conv2d(step.input[:, None], kernels, padding=1)  # (channel, kernel, y, x)
    expected = {channel: float(alone[channel, channel, 0, 3]) for channel in range(3)}
    assert account.channel_sums() == pytest.approx(expected, rel=1e-4)
    assert sum(account.channel_sums().values()) == pytest.approx(account.total)


def test_the_largest_contributions_and_the_rest() -> None:
    """By absolute product; with the others' sum and the bias they make the value."""
    account = account_at(recorded(Conv2d(out_channels=2, kernel_size=5, padding=2)), 0, 1, 4, 0)
    most, rest = account.largest(7)
    sizes = sorted((abs(term.product) for term in account.terms()), reverse=True)
    assert [abs(term.product) for term in most] == sizes[:7]
    assert sum(term.product for term in most) + rest + account.bias == pytest.approx(account.value)
    assert account.largest(1_000)[1] == 0


def test_a_dense_layer_names_all_inputs() -> None:
    """One term for each, by its index; without a bias there is none."""
    recording = recorded(Linear(out_features=5, bias=False), shape=(24,))
    step = recording.at(LayerAddress(1))
    account = account_at(recording, 1, 3)
    assert [term.position for term in account.terms()] == [(index,) for index in range(24)]
    assert [term.value for term in account.terms()] == step.input.tolist()
    assert (account.bias, account.channel_sums()) == (None, {})
    body = account.to_json()
    assert (body["bias"], body["channel_sums"]) == (None, [])
    assert (body["terms"][7]["channel"], body["terms"][7]["y"], body["terms"][7]["x"]) == (7, None, None)


# ---- pooling


@pytest.mark.parametrize("layer", [MaxPool2d(), MaxPool2d(kernel_size=4, stride=3, padding=2)])
def test_the_winner_is_torchs(layer: MaxPool2d) -> None:
    """The cell that `return_indices` names, of equal numbers as well; padding never wins."""
    picture = torch.randint(-3, 0, (3, 9, 7)).float()
    recording = recorded(layer, picture=picture)
    kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
    _, indices = functional.max_pool2d(picture[None], kernel, stride, padding, return_indices=True)
    for position in itertools.product(*map(range, indices.shape[1:])):
        account = account_at(recording, 0, *position)
        channel, y, x = account.cells.positions[account.winner]
        assert (channel, 7 * y + x) == (position[0], int(indices[0][position]))
        assert len(account.cells) == kernel**2
    window = account_at(recording, 0, 0, 0, 0).to_json()["window"]
    assert all((cell["value"] is None) == cell["outside"] for cell in window)


def test_an_average_is_divided_by_the_cells_of_its_window() -> None:
    """Padding counts, with zeros."""
    recording = recorded(AvgPool2d(kernel_size=4, stride=3, padding=2))
    account = account_at(recording, 0, 1, 0, 0)
    assert (account.divisor, int(account.cells.outside.sum())) == (16, 12)
    assert account.total == pytest.approx(float(recording.at(LayerAddress(0)).input[1, :2, :2].sum()))


# ---- number by number


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if issubclass(kind, Activation)])
def test_the_written_formula_computes_the_number(kind: str) -> None:
    """Evaluated as it is shown, with Python's own functions."""
    names = {"exp": math.exp, "tanh": math.tanh, "Φ": NormalDist().cdf}
    for fields, shape in SAMPLES[kind]:
        for _, found in all_traces(recorded(KINDS[kind](**fields), shape=shape)):
            if not isinstance(found.account, Activated):
                continue
            written = found.account.formula.replace("·", "*").replace("−", "-")
            result = eval(written, names, {"x": found.account.input, "min": min, "max": max})
            assert found.value == pytest.approx(result, rel=1e-5, abs=1e-7)


def test_a_softmax_is_a_share() -> None:
    """The shares of all exponentials are 1; large scores do not overflow."""
    recording = recorded(
        Flatten(), Softmax(), shape=(1, 1, 5), picture=torch.tensor([[[0.0, 900, 901, 5, 2]]])
    )
    accounts = [account_at(recording, 1, index) for index in range(5)]
    assert sum(account.value for account in accounts) == pytest.approx(1)
    assert accounts[2].value == pytest.approx(1 / (1 + math.exp(-1)))
    body = accounts[1].to_json()
    assert body["exponentials"][1] / body["sum"] == pytest.approx(accounts[1].value)


def test_batch_norm_has_the_statistics_of_training() -> None:
    """Those of the number's map, in the steps of the formula."""
    recording = recorded(BatchNorm2d())
    module = recording.at(LayerAddress(0)).module
    assert isinstance(module, nn.BatchNorm2d)
    assert isinstance(module.running_mean, Tensor)
    account = account_at(recording, 0, 2, 8, 0)
    assert (account.of, account.channels, account.eps) == ("training", (2, 2), 1e-5)
    assert (account.mean, account.gain) == (float(module.running_mean[2]), float(module.weight.detach()[2]))
    assert account.centered / account.deviation == account.normalized


@pytest.mark.parametrize(
    ("layer", "maps"), [(GroupNorm(num_groups=2), (2, 3)), (LayerNorm(), (0, 3))], ids=["group", "layer"]
)
def test_other_normalizations_have_the_statistics_of_the_picture(layer: Layer, maps: tuple[int, int]) -> None:
    """The mean and variance of the maps that it names."""
    recording = recorded(layer, shape=(4, 5, 6))
    account = account_at(recording, 0, 3, 4, 5)
    assert (account.of, account.channels) == ("picture", maps)
    values = recording.at(LayerAddress(0)).input[maps[0] : maps[1] + 1].double()
    assert account.mean == pytest.approx(float(values.mean()))
    assert account.variance == pytest.approx(float(values.var(correction=0)))


def test_flatten_says_which_cell_it_is() -> None:
    """Map after map, row after row."""
    recording = recorded(Flatten(), shape=(3, 4, 5))
    assert account_at(recording, 0, 0).position == (0, 0, 0)
    assert account_at(recording, 0, 59).position == (2, 3, 4)
    assert account_at(recording, 0, 27).position == (1, 1, 2)


def test_dropout_hands_on_what_it_gets() -> None:
    """Training is over."""
    recording = recorded(Dropout2d(p=0.9))
    assert account_at(recording, 0, 1, 2, 3) == Copied(
        float(recording.at(LayerAddress(0)).input[1, 2, 3]), (1, 2, 3)
    )


# ---- blocks


def part_names(recording: Recording, row: int, *position: int) -> list[tuple[str, str, Position]]:
    """The parts of a block's number: branch, last layer, position."""
    account = account_at(recording, row, *position)
    assert isinstance(account, Joined)
    return [(str(part.name), layer_name(part.address), part.position) for part in account.parts]


def test_a_residual_block_is_a_sum() -> None:
    """Of what the layers inside and the shortcut say at the same place."""
    recording = recorded(Residual(layers=(Conv2d(out_channels=3, padding=1), ReLU())), Residual())
    place = (2, 8, 0)
    assert part_names(recording, 0, *place) == [("inside", "0.0.1", place), ("identity", "picture", place)]
    assert part_names(recording, 1, *place) == [("inside", "1.0.4", place), ("projection", "1.1.0", place)]
    found = trace(recording, LayerAddress(0), place)
    assert isinstance(found.account, Joined)
    assert found.account.join == "add"
    assert [part["layer"] for part in found.to_json()["parts"]] == ["0.0.1", "picture"]


def test_a_map_of_inception_is_from_one_branch() -> None:
    """The channel is that in the branch."""
    recording = recorded(Inception(filters_1x1=2, filters_3x3=3, filters_5x5=4, filters_pool=5))
    assert part_names(recording, 0, 1, 2, 3) == [("1×1", "0.0.1", (1, 2, 3))]
    assert part_names(recording, 0, 2, 2, 3) == [("3×3", "0.1.3", (0, 2, 3))]
    assert part_names(recording, 0, 13, 8, 6) == [("pooling", "0.3.2", (4, 8, 6))]


def test_a_gate_is_a_factor() -> None:
    """One for the whole map; the other is the number in front of the block."""
    recording = recorded(Conv2d(out_channels=4), SqueezeExcitation(reduction=2))
    assert part_names(recording, 1, 3, 6, 4) == [
        ("gate", "1.0.4", (3, 0, 0)),
        ("the maps themselves", "0", (3, 6, 4)),
    ]
    account = account_at(recording, 1, 3, 6, 4)
    assert account.value == account.parts[0].value * account.parts[1].value


def test_a_block_inside_of_a_block_says_where_it_looks() -> None:
    """Its parts have no addresses; the way back goes on with all that it depends on in the layer before."""
    recording = recorded(Residual(layers=(ReLU(), SeparableConv2d(out_channels=3, padding=1))))
    found = trace(recording, LayerAddress(0, 0, 1), (2, 0, 4))
    (source,) = found.sources
    assert source.address == LayerAddress(0, 0, 0)
    assert {tuple(position) for position in source.positions.tolist()} == set(
        itertools.product(range(3), (0, 1), (3, 4, 5))
    )
    assert found.to_json()["parts"][0]["layer"] is None
