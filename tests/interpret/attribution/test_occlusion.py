"""Occlusion, compared with a loop that covers the picture square by square."""

from __future__ import annotations

import pytest
import torch

from cnnlab.interpret.attribution.occlusion import covering_squares, occlusion
from cnnlab.interpret.attribution.question import Target
from tests.interpret.attribution.networks import every_network, question, scores


@every_network
@pytest.mark.parametrize("target", [Target(2), Target(2, 4)], ids=["class", "difference"])
def test_a_pixel_gets_the_mean_fall_of_the_score(name: str, target: Target) -> None:
    """Over all squares of 2×2 pixels that cover it; these are blank on a drawing, gray on a color picture."""
    asked = question(name, target)
    channels, height, width = asked.image.shape

    def score(image: torch.Tensor) -> float:
        found = scores(asked.model, image[None])[0]
        return float(found[target.label]) - (0 if target.against is None else float(found[target.against]))

    falls = [[list[float]() for _ in range(width)] for _ in range(height)]
    for top in range(height - 1):
        for left in range(width - 1):
            covered = asked.image.clone()
            covered[:, top : top + 2, left : left + 2] = 0 if channels == 1 else 0.5
            fall = score(asked.image) - score(covered)
            for y, x in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                falls[y][x].append(fall)
    expected = torch.tensor([[sum(each) / len(each) for each in row] for row in falls])
    found = occlusion(asked)
    torch.testing.assert_close(found.values.sum(dim=0), expected, rtol=1e-4, atol=1e-6)
    assert found.baseline == (0.0 if channels == 1 else 0.5)


@pytest.mark.parametrize(("height", "width"), [(28, 28), (32, 32), (1, 1), (9, 40), (64, 50)])
def test_squares_cover_every_pixel(height: int, width: int) -> None:
    """Of 28×28 pixels with 169 squares of 4×4, by steps of 2."""
    squares = covering_squares(height, width)
    assert squares.any(dim=0).all()
    if (height, width) == (28, 28):
        assert squares.shape == (169, 28, 28)
        assert (squares.sum(dim=(1, 2)) == 16).all()
