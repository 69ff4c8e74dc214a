"""Pictures made up for a unit, against noise and data."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.optimized import STEPS, optimized
from cnnlab.interpret.units import excited_by
from cnnlab.models.partial import output_at
from tests.interpret.trained import DESIGN, digits, trained, unchanged

UNITS = [
    (LayerAddress(0), 2),
    (LayerAddress(2), 4),  # behind a ReLU
    (LayerAddress(3, 0, 0), 1),
    (LayerAddress(3, 0, 1), 5),
    (LayerAddress(4), 0),  # behind a maximum
    (LayerAddress(7), 7),
    (LayerAddress(8), 3),
    (LayerAddress(9), 3),
    (LayerAddress(10), 6),  # a share
]


def activations(address: LayerAddress, channel: int, images: Tensor) -> Tensor:
    """(N,): the unit's largest number for each picture."""
    with torch.inference_mode():
        return output_at(trained(), address, images)[:, channel].reshape(len(images), -1).amax(1)


@pytest.mark.parametrize(("address", "channel"), UNITS, ids=str)
def test_it_excites_the_unit_more_than_noise_and_data(address: LayerAddress, channel: int) -> None:
    """More than the best of 200 pictures of noise, and than the mean of the data's pictures."""
    found = optimized(DESIGN, trained(), address, channel, seed=1)
    assert found.picture.shape == DESIGN.input_shape
    assert float(found.picture.min()) >= 0
    assert float(found.picture.max()) <= 1
    assert found.activation == pytest.approx(float(activations(address, channel, found.picture[None])))
    noise = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert found.activation > float(activations(address, channel, noise).max())
    data = activations(address, channel, digits().test.images / 255)
    assert found.activation > float(data.mean())


def test_it_is_the_same_for_the_same_seed() -> None:
    """And another one for another seed."""
    one, again, other = (
        optimized(DESIGN, trained(), LayerAddress(7), 2, seed=seed, steps=10).picture for seed in (4, 4, 5)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_it_is_compared_with_data() -> None:
    """With the picture of these that excites the unit most."""
    test = digits().test
    found = optimized(DESIGN, trained(), LayerAddress(2), 4, steps=1, compared_with=test)
    assert found.largest_seen == excited_by(DESIGN, trained(), test, LayerAddress(2), 4)[0].value
    assert optimized(DESIGN, trained(), LayerAddress(2), 4, steps=1).largest_seen is None


def test_progress_and_cancel() -> None:
    """It is told after each step, and after each batch of the data; what it raises ends the work."""
    told: list[tuple[int, int]] = []
    optimized(
        DESIGN,
        trained(),
        LayerAddress(0),
        0,
        steps=3,
        compared_with=digits().val,
        on_progress=lambda done, total: told.append((done, total)),
    )
    total = 3 + len(digits().val.labels)
    assert told == [(1, total), (2, total), (3, total), (total, total)]

    def cancel(done: int, total: int) -> None:
        if (done, total) == (2, STEPS):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        optimized(DESIGN, trained(), LayerAddress(0), 0, on_progress=cancel)


def test_the_model_stays_what_it_was() -> None:
    """Weights, gradients, hooks and mode; the global generator as well."""
    before = {name: value.clone() for name, value in trained().state_dict().items()}
    state = torch.get_rng_state()
    optimized(DESIGN, trained(), LayerAddress(9), 0, steps=2)
    assert unchanged(trained(), before)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_unit_that_does_not_exist_is_refused() -> None:
    """With those that do."""
    with pytest.raises(ConfigError, match="row 7 has no channel 16. Allowed: 0 to 15"):
        optimized(DESIGN, trained(), LayerAddress(7), 16)
