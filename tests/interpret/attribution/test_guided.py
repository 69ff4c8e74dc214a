"""Guided back-propagation, compared with networks solved by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.attribution.gradients import gradient
from cnnlab.interpret.attribution.guided import guided_backpropagation
from cnnlab.interpret.attribution.question import Question, Target
from tests.interpret.attribution.networks import picture, question


def test_what_is_negative_does_not_go_back_through_a_relu() -> None:
    """The rule of the paper, written out for two ReLUs: both values and gradients have to be positive."""
    torch.manual_seed(1)
    first, second, third = nn.Linear(30, 8), nn.Linear(8, 8), nn.Linear(8, 4)
    model = nn.Sequential(nn.Flatten(), first, nn.ReLU(), second, nn.ReLU(), third).eval()
    image = picture(1, 5, 6)
    with torch.no_grad():
        below = first(image.flatten())
        above = second(below.clamp_min(0))
        back = third.weight[1].clamp_min(0) * (above > 0)
        back = (back @ second.weight).clamp_min(0) * (below > 0)
        expected = (back @ first.weight).reshape(1, 5, 6)
    torch.testing.assert_close(guided_backpropagation(Question(model, image, Target(1))).values, expected)


def test_a_relu_that_is_used_twice_is_guided_twice() -> None:
    """One module in two places is like two modules, in place or not."""
    torch.manual_seed(1)
    layers = [nn.Linear(30, 8), nn.Linear(8, 8), nn.Linear(8, 4)]
    image = picture(1, 5, 6)

    def network(one: nn.Module, other: nn.Module) -> Question:
        rows = (nn.Flatten(), layers[0], one, layers[1], other, layers[2])
        return Question(nn.Sequential(*rows).eval(), image, Target(1))

    expected = guided_backpropagation(network(nn.ReLU(), nn.ReLU())).values
    twice = nn.ReLU(inplace=True)
    torch.testing.assert_close(guided_backpropagation(network(twice, twice)).values, expected)
    assert not torch.allclose(expected, gradient(network(twice, twice)).values)


def test_relus_inside_of_blocks_are_guided() -> None:
    """Without those of the blocks the result would be another."""
    asked = question("blocks")
    only_rows = nn.Sequential(*(nn.Identity() if isinstance(row, nn.ReLU) else row for row in asked.model))
    assert guided_backpropagation(Question(only_rows, asked.image, asked.target)).values.any()
    assert not torch.equal(guided_backpropagation(asked).values, gradient(asked).values)


def test_a_network_without_relu_is_refused() -> None:
    """With a word on what to do."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 8), nn.Tanh(), nn.Linear(8, 4)).eval()
    with pytest.raises(ConfigError, match="this network has none. Choose another method"):
        guided_backpropagation(Question(model, picture(1, 5, 6), Target(1)))
