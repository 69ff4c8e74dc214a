from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.models.predict import Prediction, as_input, classify, fit_input

DRAWN = np.zeros((140, 140), np.uint8)
DRAWN[30:110, 60:75] = 255


def scores(*values: float) -> nn.Sequential:
    """A network that always answers with these scores."""
    linear = nn.Linear(4, len(values))
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.copy_(torch.tensor(values))
    return nn.Sequential(nn.Flatten(), linear)


@pytest.mark.parametrize("softmax", [False, True])
def test_scores_become_probabilities(softmax: bool) -> None:
    """The same answer with or without a softmax row; it is applied once."""
    model = scores(0.0, math.log(3), 0.0)
    if softmax:
        model.append(nn.Softmax(dim=1))
    prediction = classify(model, torch.zeros(2, 1, 2, 2))
    torch.testing.assert_close(prediction.probabilities, torch.tensor([[0.2, 0.6, 0.2]] * 2))
    assert prediction.label.tolist() == [1, 1]


def test_ranking_confidence_and_entropy() -> None:
    """Against their definitions."""
    prediction = Prediction(torch.tensor([[0.25, 0.25, 0.5], [0.0, 1.0, 0.0]]))
    assert prediction.ranking.tolist() == [[2, 0, 1], [1, 0, 2]]
    assert prediction.confidence.tolist() == [0.5, 1.0]
    assert prediction.entropy.tolist() == pytest.approx([1.5, 0.0])


def test_a_drawing_is_resized_and_repeated_for_a_color_network() -> None:
    """A network for 3×64×64 reads drawings too, and a sentence says how they were changed."""
    image = torch.rand(1, 28, 28)
    fitted, words = fit_input(image, (3, 64, 64))
    assert fitted.shape == (3, 64, 64)
    assert torch.equal(fitted[0], fitted[2])
    assert "from 28×28 to 64×64" in str(words)
    assert "3 channels" in str(words)


def test_a_drawing_that_fits_is_left_alone() -> None:
    """There is no sentence if nothing was changed."""
    image = torch.rand(1, 28, 28)
    fitted, words = fit_input(image, (1, 28, 28))
    assert fitted is image
    assert words == ""


def test_pictures_become_numbers_from_0_to_1() -> None:
    """Black is 0, white is 1, in float32."""
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 1, 1, 3)
    x = as_input(images, torch.device("cpu"))
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.flatten(), torch.tensor([0.0, 0.2, 1.0]))
