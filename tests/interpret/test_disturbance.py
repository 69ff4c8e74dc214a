"""Noise and blur, against SciPy and statistics."""

from __future__ import annotations

import pytest
import torch
from scipy.ndimage import gaussian_filter

from cnnlab.interpret.disturbance import blurred, noisy


@pytest.mark.parametrize("deviation", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 11, 7)])
def test_blur_is_scipys(deviation: float, shape: tuple[int, int, int]) -> None:
    """With the edge continued outwards, each channel on its own."""
    picture = torch.rand(shape, dtype=torch.float64)
    expected = gaussian_filter(picture.numpy(), (0, deviation, deviation), mode="nearest", truncate=6)
    torch.testing.assert_close(blurred(picture, deviation), torch.from_numpy(expected), rtol=0, atol=1e-4)


def test_blur_keeps_gray_and_takes_batches() -> None:
    """A picture of one value stays what it is; 0 pixels change nothing."""
    gray = torch.full((2, 3, 9, 9), 0.4)
    torch.testing.assert_close(blurred(gray, 2.0), gray)
    some = torch.rand(2, 3, 9, 9)
    assert torch.equal(blurred(some, 0), some)
    torch.testing.assert_close(blurred(some, 1.0)[1], blurred(some[1], 1.0))


def test_noise_has_its_deviation_and_seed() -> None:
    """Around the picture's values, and cut off at black and white."""
    gray = torch.full((1, 100, 100), 0.5)
    noise = noisy(gray, 0.1, seed=3) - gray
    assert float(noise.mean()) == pytest.approx(0, abs=0.005)
    assert float(noise.std()) == pytest.approx(0.1, rel=0.05)
    assert torch.equal(noisy(gray, 0.1, seed=3), noisy(gray, 0.1, seed=3))
    assert not torch.equal(noisy(gray, 0.1, seed=3), noisy(gray, 0.1, seed=4))
    strong = noisy(gray, 2.0)
    assert (float(strong.min()), float(strong.max())) == (0, 1)
