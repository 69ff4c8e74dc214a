"""The sanity check, and the rank correlation in it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch.nn import functional

from cnnlab.interpret.attribution.gradients import gradient
from cnnlab.interpret.attribution.question import Question, Shares
from cnnlab.interpret.attribution.sanity import rank_correlation, sanity_check
from tests.interpret.attribution.networks import every_network, question


def edges(asked: Question) -> Shares:
    """A method that only looks at the picture: the Laplacian, as an edge detector computes it."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    return Shares(functional.conv2d(asked.image[:, None], kernel, padding=1)[:, 0])


@every_network
def test_a_method_that_ignores_the_weights_is_found_out(name: str) -> None:
    """An edge detector's map stays the same; the gradient's does not."""
    asked = question(name)
    fake, real = sanity_check(asked, edges), sanity_check(asked, gradient)
    assert fake.insensitive
    assert [stage.correlation for stage in fake.stages] == pytest.approx([1.0] * len(fake.stages))
    assert not real.insensitive
    assert abs(real.stages[-1].correlation) < 0.5


def test_rows_forget_from_the_end() -> None:
    """As many as asked for; those without weights are passed over."""
    asked = question("plain")
    rows = [stage.row for stage in sanity_check(asked, gradient).stages]
    assert rows == [8, 6, 3, 0]
    two = sanity_check(asked, gradient, rows=2)
    assert two.stages == sanity_check(asked, gradient).stages[:2]


def test_the_check_is_repeatable_and_leaves_the_model_alone() -> None:
    """Its random weights are from a generator of its own, in a copy."""
    asked = question("blocks")
    before = {key: tensor.clone() for key, tensor in asked.model.state_dict().items()}
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first = sanity_check(asked, gradient)
    assert torch.equal(torch.rand(3), expected)
    assert sanity_check(asked, gradient) == first
    assert sanity_check(asked, gradient, seed=1) != first
    assert all(torch.equal(tensor, before[key]) for key, tensor in asked.model.state_dict().items())
    assert not asked.model.training


def test_the_rank_correlation_is_spearmans() -> None:
    """As SciPy computes it, with and without equal numbers."""
    random = np.random.default_rng(1)
    for first, second in (random.normal(size=(2, 9, 9)), random.integers(0, 4, size=(2, 9, 9)).astype(float)):
        expected = spearmanr(first.ravel(), second.ravel()).statistic
        assert rank_correlation(first, second) == pytest.approx(expected)


def test_a_constant_map_has_no_order() -> None:
    """It agrees only with another constant one."""
    flat, slope = np.zeros((3, 3)), np.arange(9.0).reshape(3, 3)
    assert rank_correlation(flat, flat + 1) == 1.0
    assert rank_correlation(flat, slope) == 0.0
