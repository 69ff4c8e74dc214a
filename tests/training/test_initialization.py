"""Weight initialization: the spread is what the papers say."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnnlab.training.initialization import initialize


def model() -> nn.Sequential:
    """A model with enough weights to measure their spread."""
    return nn.Sequential(nn.Conv2d(8, 16, 5), nn.BatchNorm2d(16), nn.Flatten(), nn.Linear(400, 100))


def initialized(scheme: str, seed: int = 0) -> dict[str, Tensor]:
    """The model's weights, initialized by that scheme."""
    made = model()
    initialize(made, scheme, seed)
    return made.state_dict()


def test_glorot_is_uniform_between_its_bounds() -> None:
    """±sqrt(6 / (inputs + outputs)); a convolution has kernel area times channels of each."""
    for weights, bound in (
        (initialized("glorot")["0.weight"], (6 / (8 * 25 + 16 * 25)) ** 0.5),
        (initialized("glorot")["3.weight"], (6 / 500) ** 0.5),
    ):
        assert 0.98 * bound < float(weights.abs().max()) <= bound
        assert float(weights.std()) == pytest.approx(bound / 3**0.5, rel=0.05)


def test_he_is_normal_with_its_standard_deviation() -> None:
    """It is sqrt(2 / inputs)."""
    assert float(initialized("he")["0.weight"].std()) == pytest.approx((2 / 200) ** 0.5, rel=0.05)
    assert float(initialized("he")["3.weight"].std()) == pytest.approx((2 / 400) ** 0.5, rel=0.05)


def test_zeros_are_zeros() -> None:
    """The start that shows how all filters stay alike."""
    assert not initialized("zeros")["0.weight"].any()
    assert not initialized("zeros")["3.weight"].any()


@pytest.mark.parametrize("scheme", ["glorot", "he", "zeros"])
def test_biases_are_0(scheme: str) -> None:
    """As in Keras."""
    made = initialized(scheme)
    assert not made["0.bias"].any()
    assert not made["3.bias"].any()


@pytest.mark.parametrize("scheme", ["glorot", "he"])
def test_a_seed_draws_the_same_weights(scheme: str) -> None:
    """A different seed draws different ones."""
    assert torch.equal(initialized(scheme, 4)["0.weight"], initialized(scheme, 4)["0.weight"])
    assert not torch.equal(initialized(scheme, 4)["0.weight"], initialized(scheme, 5)["0.weight"])


@pytest.mark.parametrize("scheme", ["pytorch", "glorot", "he", "zeros"])
def test_the_global_generator_is_left_alone(scheme: str) -> None:
    """Dropout draws the same numbers whatever the initial weights."""
    made, before = model(), torch.get_rng_state()
    initialize(made, scheme, 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_pytorchs_way_leaves_everything_as_it_is() -> None:
    """What `build` drew stays."""
    made = model()
    before = [weights.clone() for weights in made.parameters()]
    initialize(made, "pytorch", 0)
    assert all(map(torch.equal, before, made.parameters()))


def test_batch_norm_is_not_drawn() -> None:
    """Its scale begins at 1 in every scheme."""
    assert (initialized("zeros")["1.weight"] == 1).all()
