"""Pooling and ReLU, reordered and fused: bit-identical to torch's own two."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.training.speed.maxpool_relu import MaxPoolReLU, pool_before_relu


@pytest.mark.parametrize(
    "pool",
    [nn.MaxPool2d(2), nn.MaxPool2d(3, stride=1), nn.MaxPool2d(3, stride=2, padding=1), nn.MaxPool2d(5)],
    ids=str,
)
def test_pooling_before_relu_is_the_same_function(pool: nn.MaxPool2d) -> None:
    """Outputs and gradients are equal bit for bit, even if windows overlap or everything is negative."""
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), pool)
    images = torch.randn(4, 2, 12, 12)
    images[0] -= 9
    outputs, gradients = [], []
    for function in (model, pool_before_relu(model)):
        x = images.clone().requires_grad_()
        y = function(x)
        (y**2).sum().backward()
        outputs.append(y)
        gradients.append([x.grad, *(weights.grad for weights in model.parameters())])
        model.zero_grad(set_to_none=True)
    assert torch.equal(*outputs)
    for one, other in zip(*gradients, strict=True):
        assert one is not None
        assert other is not None
        assert torch.equal(one, other)


def plain(x: Tensor) -> Tensor:
    """The same function by torch itself."""
    return functional.relu(functional.max_pool2d(x, 2))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format], ids=str)
@pytest.mark.parametrize("size", [(12, 12), (11, 13), (2, 3)], ids=str)
def test_the_fast_pooling_equals_torchs(
    dtype: torch.dtype, layout: torch.memory_format, size: tuple[int, int]
) -> None:
    """Outputs and gradients bit for bit: odd sides, equal maxima, zeros of both signs, infinities."""
    few = torch.tensor([-float("inf"), -2.0, -1.0, -0.0, 0.0, 1e-30, 1.0, 2.0, float("inf")])
    for pictures in (torch.randn(8, 5, *size), few[torch.randint(len(few), (8, 5, *size))]):
        x = pictures.to(dtype).to(memory_format=layout)
        outputs: list[Tensor] = []
        gradients: list[Tensor] = []
        for function in (plain, MaxPoolReLU()):
            start = x.clone().requires_grad_()
            outputs.append(function(start))
            generator = torch.Generator().manual_seed(1)
            upwards = torch.randn(outputs[-1].shape, generator=generator).to(dtype)
            gradients += torch.autograd.grad(outputs[-1], start, upwards)
        assert torch.equal(*outputs)
        assert torch.equal(*gradients)


def test_nan_stays_nan() -> None:
    """A network that has diverged must not look healthy."""
    x = torch.full((1, 1, 2, 2), float("nan"), dtype=torch.bfloat16)
    for broken in (x, -x):
        assert MaxPoolReLU()(broken).isnan().all()


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([nn.ReLU(), nn.MaxPool2d(2)], [MaxPoolReLU]),
        ([nn.MaxPool2d(2), nn.ReLU()], [MaxPoolReLU]),
        ([nn.ReLU(), nn.MaxPool2d(3)], [nn.MaxPool2d, nn.ReLU]),
        ([nn.MaxPool2d(2, padding=1), nn.ReLU()], [nn.MaxPool2d, nn.ReLU]),
        ([nn.Tanh(), nn.MaxPool2d(2), nn.Tanh()], [nn.Tanh, nn.MaxPool2d, nn.Tanh]),
        ([nn.ReLU(), nn.AvgPool2d(2)], [nn.ReLU, nn.AvgPool2d]),
        ([nn.ReLU(), nn.MaxPool2d(2), nn.MaxPool2d(2)], [MaxPoolReLU, nn.MaxPool2d]),
    ],
    ids=str,
)
def test_only_2x2_pooling_is_fused_with_a_relu(rows: list[nn.Module], kinds: list[type]) -> None:
    """Whichever of the two comes first; everything else stays two modules."""
    assert [type(module) for module in pool_before_relu(nn.Sequential(*rows))] == kinds


@pytest.mark.parametrize("between", [[], [nn.Tanh()], [nn.BatchNorm2d(4)]], ids=str)
def test_memory_is_reused_only_if_nothing_else_needs_it(between: list[nn.Module]) -> None:
    """tanh's gradient is computed from its result, which must still be there. Gradients are torch's."""
    model = nn.Sequential(nn.Conv2d(1, 4, 3), *between, nn.MaxPool2d(2), nn.ReLU())
    images = torch.randn(3, 1, 9, 9)
    gradients = []
    for function in (model, pool_before_relu(model)):
        model.zero_grad()
        (function(images) ** 2).sum().backward()
        gradients.append([weights.grad for weights in model.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)  # added in another order
