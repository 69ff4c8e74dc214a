"""Gradients, compared with differences of scores, with sums of scores, and with networks solved by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab.interpret.attribution.gradients import (
    COPIES,
    NOISE,
    gradient,
    gradient_times_input,
    integrated_gradients,
    smoothgrad,
)
from cnnlab.interpret.attribution.question import Question, Target
from tests.interpret.attribution.networks import every_network, picture, question, scores

LEAD = Target(2, 4)


def linear() -> tuple[Question, torch.Tensor]:
    """A network without hidden layers, and the weight of each pixel in the lead of 2 over 4."""
    torch.manual_seed(1)
    layer = nn.Linear(2 * 6 * 7, 5)
    weight = (layer.weight[2] - layer.weight[4]).detach().reshape(2, 6, 7)
    return Question(nn.Sequential(nn.Flatten(), layer).eval(), picture(2, 6, 7), LEAD), weight


@every_network
@pytest.mark.parametrize("target", [Target(2), LEAD], ids=["class", "difference"])
def test_the_gradient_is_what_a_small_change_does(name: str, target: Target) -> None:
    """Central differences in double precision, pixel by pixel, to a millionth of the largest.

    No pixel is blank: where several numbers are the largest of a pooling, there is no derivative.
    """
    asked = question(name, target, double=True)
    asked = replace(asked, image=torch.rand_like(asked.image))
    found = gradient(asked).values
    step = 1e-6 * torch.eye(asked.image.numel(), dtype=torch.float64).reshape(-1, *asked.image.shape)
    up, down = (scores(asked.model, asked.image + sign * step) for sign in (1, -1))
    expected = (target.of(up - down) / 2e-6).reshape(asked.image.shape)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * float(expected.abs().max()))


def test_of_a_linear_network_the_gradient_is_the_weight() -> None:
    """With every method that is about gradients; times the picture where the method says so."""
    asked, weight = linear()
    for method in (gradient, smoothgrad):
        torch.testing.assert_close(method(asked).values, weight)
    for method in (gradient_times_input, integrated_gradients):
        torch.testing.assert_close(method(asked).values, weight * asked.image)


@every_network
@pytest.mark.parametrize("target", [Target(2), LEAD], ids=["class", "difference"])
def test_integrated_gradients_add_up_to_what_the_score_gained(name: str, target: Target) -> None:
    """Completeness, to a hundredth of what the values are together: ReLUs have kinks."""
    asked = question(name, target)
    found = integrated_gradients(asked)
    blank, full = scores(asked.model, torch.stack([torch.zeros_like(asked.image), asked.image]))
    gained = float(target.of((full - blank)[None]))
    assert found.gained == pytest.approx(gained, abs=1e-5)
    whole = float(found.values.abs().sum())
    assert float(found.values.sum()) == pytest.approx(gained, abs=0.01 * whole)


def test_blank_pixels_get_nothing_where_the_picture_is_a_factor() -> None:
    """Integrated gradients and gradient × input of a blank border, which has a gradient of its own."""
    asked = question("plain")
    assert gradient(asked).values[:, :, :3].any()
    for method in (gradient_times_input, integrated_gradients):
        assert not method(asked).values[:, :, :3].any()


@every_network
def test_smoothgrad_is_the_mean_gradient_of_noisy_copies(name: str) -> None:
    """The noise has a standard deviation of 15 % of the picture's range, and is always the same."""
    asked = question(name)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(COPIES, *asked.image.shape, generator=generator)
    spread = float(asked.image.max() - asked.image.min())
    each = []
    for one in noise:
        leaf = (asked.image + NOISE * spread * one)[None].requires_grad_(True)
        values = leaf
        for row in asked.model:
            values = values if isinstance(row, nn.Softmax) else row(values)
        each.append(torch.autograd.grad(values[0, 2], leaf)[0][0])
    torch.testing.assert_close(smoothgrad(asked).values, torch.stack(each).mean(0), rtol=1e-4, atol=1e-6)


def test_smoothgrad_leaves_the_global_generator_alone() -> None:
    """Two calls give the same; what the lab draws next does not depend on them."""
    asked = question("plain")
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first, second = smoothgrad(asked).values, smoothgrad(asked).values
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first, second)
