"""Quick dropout against the definition of dropout."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.training.config import make_config
from cnnlab.training.events import Started
from cnnlab.training.loop import train
from cnnlab.training.speed.dropout import QuickDropout, with_quick_dropout


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("lane", range(4))
def test_the_share_that_is_dropped(p: float, lane: int) -> None:
    """p within five standard deviations, for each of the four decisions from one random number."""
    dropped = (QuickDropout(p)(torch.ones(400_000))[lane::4] == 0).double().mean()
    assert float(dropped) == pytest.approx(p, abs=5 * (p * (1 - p) / 100_000) ** 0.5)


def test_decisions_are_independent() -> None:
    """Neighbors in one random number agree as often as chance predicts."""
    dropped = (QuickDropout(0.5)(torch.ones(400_000)) == 0).view(-1, 4)
    for lane in range(1, 4):
        agree = (dropped[:, 0] == dropped[:, lane]).double().mean()
        assert float(agree) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_the_rest_is_scaled_up_and_so_is_its_gradient(
    layout: torch.memory_format, dtype: torch.dtype
) -> None:
    """What stays is divided by 1 - p, in a shape not divisible by four; so is the gradient."""
    x = torch.rand(3, 5, 7, 7).add(0.5).to(dtype).to(memory_format=layout).requires_grad_()
    y = QuickDropout(0.5)(x)
    (gradient,) = torch.autograd.grad(y, x, torch.ones_like(y))
    assert set(gradient.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(y, x * gradient)


def test_the_seed_decides() -> None:
    """The same state of torch's generator drops the same numbers."""
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(QuickDropout(0.3)(torch.ones(50)))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_only_dropouts_between_0_and_1_are_replaced() -> None:
    """Every other module stays as it is."""
    rows = [nn.Dropout(0.0), nn.Dropout(1.0), nn.ReLU(), nn.Dropout2d(0.5)]
    assert list(with_quick_dropout(nn.Sequential(*rows))) == rows
    (quick,) = with_quick_dropout(nn.Sequential(nn.Dropout(0.25)))
    assert isinstance(quick, QuickDropout)
    assert quick.p == 0.25


@pytest.mark.parametrize("fast", [True, False])
def test_quick_dropout_is_listed_among_the_speedups(
    tiny_data: ImageDataset, stochastic_design: Design, plain_design: Design, fast: bool
) -> None:
    """Only if there is a dropout and the speed-ups are on."""
    for design, drops in ((stochastic_design, True), (plain_design, False)):
        started = next(train(design, tiny_data, make_config(device="cpu", fast=fast)))
        assert isinstance(started, Started)
        assert ("quick-dropout" in started.ways) == (fast and drops)
