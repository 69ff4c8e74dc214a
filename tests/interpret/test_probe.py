"""The probe, compared with pictures that are moved by cutting, flipping and repeating pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.interpret.probe import ANGLES, SCALES, SHIFTS, moved, probe
from cnnlab.models.predict import classify


def picture(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, 2), (-2, 5), (-20, 1)])
def test_a_shift_moves_whole_pixels(right: int, down: int) -> None:
    """To the right and down; what comes in is blank."""
    image = picture(3, 9, 12)
    padded = functional.pad(image, (20, 20, 20, 20))
    expected = padded[:, 20 - down : 29 - down, 20 - right : 32 - right]
    torch.testing.assert_close(moved(image, right=right, down=down)[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("angle", "turns"), [(90, 1), (-90, -1), (180, 2)])
def test_an_angle_turns_counterclockwise(angle: float, turns: int) -> None:
    """As torch.rot90 does with rows from top to bottom."""
    image = picture(2, 10, 10)
    expected = torch.rot90(image, turns, (1, 2))
    torch.testing.assert_close(moved(image, angles=angle)[0], expected, rtol=0, atol=1e-5)


def test_a_turned_picture_keeps_its_proportions() -> None:
    """Of a wide picture the middle is turned like that of a square one."""
    image = functional.pad(picture(1, 10, 10), (4, 4))
    turned = moved(image, angles=30.0)[0]
    alone = moved(image[:, :, 4:14], angles=30.0)[0]
    torch.testing.assert_close(turned[:, 2:8, 6:12], alone[:, 2:8, 2:8], rtol=0, atol=1e-5)


def test_a_scale_of_two_doubles_about_the_center() -> None:
    """A block of equal pixels in the middle is twice as large."""
    image = torch.zeros(1, 12, 12)
    image[:, 4:8, 5:7] = 1
    large = moved(image, scales=2.0)[0]
    assert float(large.sum()) == pytest.approx(4 * 8, rel=1e-4)
    assert (large[:, 3:9, 5:7] > 0.999).all()
    half = moved(image, scales=0.5)[0]
    assert float(half.sum()) == pytest.approx(8 / 4, rel=1e-4)


def test_every_copy_gets_its_probabilities() -> None:
    """Those of the network for that copy alone; unmoved, those of the picture."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 100, 3)).eval()
    image = picture(1, 12, 12)
    found = probe(model, image)
    assert found.shifted.shape == (17, 17, 3)
    assert found.turned.shape == (37, 3)
    assert found.scaled.shape == (21, 3)
    np.testing.assert_allclose(found.shifted.sum(axis=-1), 1, rtol=1e-5)

    def alone(copy: Tensor) -> Tensor:
        return classify(model, copy).probabilities[0]

    unmoved = alone(image[None])
    for own in (found.shifted[8, 8], found.turned[18], found.scaled[10]):
        torch.testing.assert_close(torch.from_numpy(own), unmoved, rtol=1e-4, atol=1e-5)
    down, right = 3, 14
    shifted = alone(moved(image, right=float(SHIFTS[right]), down=float(SHIFTS[down])))
    torch.testing.assert_close(torch.from_numpy(found.shifted[down, right]), shifted)
    torch.testing.assert_close(
        torch.from_numpy(found.turned[3]), alone(moved(image, angles=float(ANGLES[3])))
    )
    torch.testing.assert_close(
        torch.from_numpy(found.scaled[2]), alone(moved(image, scales=float(SCALES[2])))
    )


def test_the_grids_are_those_that_were_promised() -> None:
    """From −8 to 8 pixels, −90 to 90 degrees, and half to one and a half; the middle is no change."""
    assert (SHIFTS[0], SHIFTS[8], SHIFTS[-1]) == (-8, 0, 8)
    assert (ANGLES[0], ANGLES[18], ANGLES[-1]) == (-90, 0, 90)
    assert (SCALES[0], SCALES[10], SCALES[-1]) == (0.5, 1, 1.5)
