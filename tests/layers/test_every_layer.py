"""One harness for every layer kind. A new kind adds its sample configurations to SAMPLES and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.design.design import Design
from cnnlab.design.forms import FormField, layer_form
from cnnlab.ground.errors import DesignError
from cnnlab.layers import (
    KINDS,
    Conv2d,
    Inception,
    Layer,
    Linear,
    MisfitError,
    ReLU,
    Repair,
    Residual,
    SeparableConv2d,
    Shape,
    SqueezeExcitation,
    Tanh,
    shape_text,
)

PICTURE: Shape = (4, 9, 7)  # all different, so that a mix-up of two sides is noticed
VECTOR: Shape = (24,)

SAMPLES: dict[str, list[tuple[dict[str, Any], Shape]]] = {
    "Conv2d": [
        ({}, (1, 28, 28)),
        ({"out_channels": 6, "kernel_size": 5, "stride": 2, "padding": 2}, PICTURE),
        ({"out_channels": 8, "kernel_size": 3, "padding": "same", "bias": False}, PICTURE),
        ({"out_channels": 8, "kernel_size": 4, "padding": "same"}, PICTURE),
        ({"out_channels": 5, "kernel_size": 2, "padding": "same", "dilation": 2}, PICTURE),
        ({"out_channels": 8, "kernel_size": 3, "groups": 4, "dilation": 3}, PICTURE),
        ({"out_channels": 3, "kernel_size": 1}, (2, 1, 1)),
    ],
    "DepthwiseConv2d": [
        ({}, (1, 28, 28)),
        ({"kernel_size": 5, "stride": 2, "padding": 2, "multiplier": 3}, PICTURE),
        ({"kernel_size": 4, "padding": "same", "bias": False}, PICTURE),
        ({"kernel_size": 2, "dilation": 3, "padding": 1}, PICTURE),
    ],
    "SeparableConv2d": [
        ({}, (1, 28, 28)),
        ({"out_channels": 6, "kernel_size": 5, "stride": 2, "padding": 2}, PICTURE),
        ({"out_channels": 5, "padding": "same", "bias": False}, PICTURE),
        ({"out_channels": 2, "dilation": 2, "kernel_size": 3}, PICTURE),
    ],
    "MaxPool2d": [({}, PICTURE), ({"kernel_size": 3, "stride": 1, "padding": 1}, PICTURE)],
    "AvgPool2d": [({}, PICTURE), ({"kernel_size": 4, "stride": 3, "padding": 2}, PICTURE)],
    "AdaptiveAvgPool2d": [({}, PICTURE), ({"output_size": 3}, PICTURE), ({"output_size": 12}, PICTURE)],
    "Flatten": [({}, PICTURE), ({}, VECTOR)],
    "Linear": [({}, VECTOR), ({"out_features": 3, "bias": False}, VECTOR)],
    "ReLU": [({}, PICTURE), ({}, VECTOR)],
    "LeakyReLU": [({}, PICTURE), ({"negative_slope": 0.3}, VECTOR)],
    "ELU": [({}, PICTURE), ({}, VECTOR)],
    "SELU": [({}, PICTURE), ({}, VECTOR)],
    "GELU": [({}, PICTURE), ({}, VECTOR)],
    "SiLU": [({}, PICTURE), ({}, VECTOR)],
    "Sigmoid": [({}, PICTURE), ({}, VECTOR)],
    "Tanh": [({}, PICTURE), ({}, VECTOR)],
    "Softmax": [({}, VECTOR)],
    "BatchNorm2d": [({}, PICTURE)],
    "BatchNorm1d": [({}, VECTOR)],
    "GroupNorm": [({"num_groups": 2}, PICTURE), ({"num_groups": 4}, PICTURE), ({}, (8, 3, 3))],
    "LayerNorm": [({}, PICTURE), ({}, VECTOR)],
    "Dropout": [({}, PICTURE), ({"p": 0.0}, VECTOR)],
    "Dropout2d": [({}, PICTURE), ({"p": 0.4}, PICTURE)],
    "Inception": [
        ({}, PICTURE),
        ({"filters_1x1": 3, "filters_pool": 5, "reduce_3x3": 9, "filters_3x3": 7}, (2, 6, 6)),
    ],
    "SqueezeExcitation": [({}, (16, 4, 3)), ({"reduction": 2}, PICTURE), ({"reduction": 1}, (5, 3, 4))],
    "Residual": [
        ({}, (32, 8, 7)),
        ({}, PICTURE),
        ({"layers": (Conv2d(out_channels=8, stride=2, padding=1), ReLU())}, PICTURE),
        (
            {"layers": (Conv2d(out_channels=4, stride=2, padding=1), SqueezeExcitation(reduction=1))},
            (4, 8, 5),
        ),
        ({"layers": (Linear(out_features=24), Tanh())}, VECTOR),
        ({"layers": (Linear(out_features=6, bias=False),)}, VECTOR),
        ({"layers": (Inception(filters_1x1=2), SeparableConv2d(padding="same"), ReLU())}, PICTURE),
    ],
}

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def _all_samples() -> list[Any]:
    return [
        pytest.param(
            KINDS[kind](**fields), shape, id=f"{KINDS[kind](**fields).label()} on {shape_text(shape)}"
        )
        for kind, samples in SAMPLES.items()
        for fields, shape in samples
    ]


every_layer: Callable[..., Any] = pytest.mark.parametrize(("layer", "shape"), _all_samples())


def pictures(shape: Shape, count: int = 3) -> Tensor:
    """A seeded batch."""
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(1))


def test_every_kind_has_samples() -> None:
    """A new kind cannot slip past the harness."""
    assert list(SAMPLES) == list(KINDS)


@every_layer
def test_output_shape_is_torchs(layer: Layer, shape: Shape) -> None:
    """The predicted shape is that of the module's output."""
    assert layer.build(shape)(pictures(shape)).shape[1:] == layer.output_shape(shape)


@every_layer
def test_parameters_are_torchs(layer: Layer, shape: Shape) -> None:
    """The counted parameters are the trainable numbers of the module."""
    counted = sum(weights.numel() for weights in layer.build(shape).parameters() if weights.requires_grad)
    assert layer.parameters(shape) == counted


@every_layer
def test_arithmetic_adds_up_to_the_parameters(layer: Layer, shape: Shape) -> None:
    """The written-out sum is right, and empty if there is nothing to count."""
    sum_text, _, result = layer.arithmetic(shape).replace("×", "*").replace(",", "").partition(" = ")
    assert eval(sum_text or "0") == int(result or 0) == layer.parameters(shape)


@every_layer
def test_arithmetic_multiplies_to_the_multiply_adds(layer: Layer, shape: Shape) -> None:
    """The written-out product is right, and empty if nothing is multiplied."""
    product, _, result = layer.macs_arithmetic(shape).replace("×", "*").replace(",", "").partition(" = ")
    assert eval(product or "0") == int(result or 0) == layer.macs(shape)


@every_layer
def test_multiply_adds_are_half_of_torchs_flops(layer: Layer, shape: Shape) -> None:
    """torch counts a multiply-add as two operations, and only in convolutions and linear layers, as we do."""
    module = layer.build(shape)
    with FlopCounterMode(display=False) as counter:
        module(pictures(shape, count=1).expand(2, *shape))
    assert layer.macs(shape) * 2 * 2 == counter.get_total_flops()


@every_layer
def test_json_round_trip(layer: Layer, shape: Shape) -> None:
    """A layer is read back from a design file with the same fields."""
    design = Design().with_layers((layer,))
    assert Design.from_json(design.to_json()) == design


@every_layer
def test_torch_code_is_the_module(layer: Layer, shape: Shape) -> None:
    """The PyTorch expression that the lab shows computes the same as the lab's module."""
    names: dict[str, Any] = {"nn": nn, "torch": torch}
    for part in (layer, *(layer.layers if isinstance(layer, Residual) else ())):
        exec(part.torch_class(), names)
    built, written = layer.build(shape).eval(), eval(layer.torch_code(shape), names).eval()
    if layer.in_torch.call.startswith("nn."):
        assert type(written) is type(built)
        if '"same"' not in layer.torch_code(shape):  # which is built as a number if possible
            assert repr(written) == repr(built)
    written.load_state_dict(built.state_dict())
    torch.testing.assert_close(written(pictures(shape)), built(pictures(shape)))


@every_layer
def test_one_training_step(layer: Layer, shape: Shape) -> None:
    """Gradients reach the layer's input and its own weights, and stay finite."""
    images, module = pictures(shape, count=4).requires_grad_(), layer.build(shape)
    network = nn.Sequential(module, nn.Flatten(), nn.LazyLinear(2))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    nn.functional.cross_entropy(network(images), torch.tensor([0, 1, 0, 1])).backward()
    before = [weights.detach().clone() for weights in module.parameters()]
    optimizer.step()
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert images.grad.any()
    for was, now in zip(before, module.parameters(), strict=True):
        assert now.isfinite().all()
        assert not torch.equal(was, now)


@every_layer
def test_every_layer_has_a_title_summary_and_label(layer: Layer, shape: Shape) -> None:
    """For the palette and the rows."""
    assert layer.title
    assert str(layer.summary).endswith((".", ")"))
    assert layer.label().startswith(layer.kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_shape_comes_with_repairs_that_fit(kind: str) -> None:
    """If a layer refuses a shape, the layers of each repair fit, one after the other."""
    layer = KINDS[kind].model_validate({})
    for shape in (PICTURE, VECTOR):
        for repair in _repairs(layer, shape):
            current = shape
            for step in repair.replacement:
                current = step.output_shape(current)


def _repairs(layer: Layer, shape: Shape) -> tuple[Repair, ...]:
    try:
        layer.output_shape(shape)
    except MisfitError as misfit:
        return misfit.repairs or pytest.fail(f"{layer.kind} refuses {shape} and offers nothing")
    return ()


sides = st.integers(1, 24)
small = st.integers(1, 6)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(height=sides, width=sides, kernel=small, stride=small, padding=st.integers(0, 6), dilation=small)
def test_a_convolution_fits_exactly_if_it_does_in_torch(
    height: int, width: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    """For any window the lab agrees with torch (on meta tensors): the same shape, or an error."""
    fields = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    _compare_with_torch("Conv2d", {"out_channels": 2, **fields}, (1, height, width))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["MaxPool2d", "AvgPool2d"]),
    height=sides,
    width=sides,
    kernel=small,
    stride=small,
    padding=st.integers(0, 3),
)
def test_a_pooling_fits_exactly_if_it_does_in_torch(
    kind: str, height: int, width: int, kernel: int, stride: int, padding: int
) -> None:
    """For any window the lab agrees with torch (on meta tensors): the same shape, or an error."""
    assume(padding <= kernel // 2)
    fields = {"kernel_size": kernel, "stride": stride, "padding": padding}
    _compare_with_torch(kind, fields, (1, height, width))


def _values(field: FormField) -> st.SearchStrategy[Any]:
    """Values for a form field: all its words, small numbers, both switch states."""
    if field.type == "switch":
        return st.booleans()
    if field.type == "number":
        return st.floats(field.minimum, field.maximum or 0.9)
    low = int(field.minimum or 0)
    return st.integers(low, low + 6) | st.sampled_from([*field.words, low])


picture_shapes = st.tuples(st.sampled_from([1, 2, 3, 4, 6, 8]), st.integers(1, 12), st.integers(1, 12))
inner_layers = st.sampled_from(
    [
        Conv2d(out_channels=4, padding="same"),
        Conv2d(out_channels=6, stride=2, padding=1),
        SeparableConv2d(out_channels=3, padding=1),
        Inception(),
        SqueezeExcitation(reduction=2),
        ReLU(),
        Linear(out_features=5),
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_settings_of_any_kind_count_as_torch_counts(kind: str, data: st.DataObject) -> None:
    """Shape, parameters and multiply-adds of every accepted layer, compared with torch on meta tensors."""
    fields = {field.name: data.draw(_values(field), field.name) for field in layer_form(KINDS[kind])}
    if kind == "Residual":
        fields["layers"] = tuple(data.draw(st.lists(inner_layers, min_size=1, max_size=3)))
    shape: Shape = data.draw(picture_shapes | st.tuples(st.integers(1, 20)))
    try:
        layer = KINDS[kind](**fields)
        expected = layer.output_shape(shape)
    except (ValidationError, MisfitError):
        reject()
    with torch.device("meta"):
        module = layer.build(shape).eval()
        with FlopCounterMode(display=False) as counter:
            output = module(torch.empty(2, *shape))
    assert output.shape[1:] == expected
    assert sum(weights.numel() for weights in module.parameters()) == layer.parameters(shape)
    assert counter.get_total_flops() == 2 * 2 * layer.macs(shape)
    assert layer.activations(shape) >= output[0].numel()


def _compare_with_torch(kind: str, fields: dict[str, Any], shape: Shape) -> None:
    layer = KINDS[kind](**fields)
    with torch.device("meta"):
        try:
            expected = layer.build(shape)(torch.empty(1, *shape)).shape[1:]
            if 0 in expected:
                raise RuntimeError("nothing is left")  # which some versions of torch do not report
        except RuntimeError:
            with pytest.raises(DesignError):
                layer.output_shape(shape)
        else:
            assert layer.output_shape(shape) == expected
