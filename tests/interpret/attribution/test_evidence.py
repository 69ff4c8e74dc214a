"""Attributions, compared with results that are known by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.design.presets import preset
from cnnlab.interpret.attribution.evidence import evidence, smoothed, strongest_path
from cnnlab.models.build import build


def smooth_network() -> nn.Sequential:
    """A network without kinks, for which a few integration steps are exact."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 9, 5), nn.Softmax(1)
    ).eval()


def picture() -> torch.Tensor:
    return torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(2))


def lead(model: nn.Sequential, image: torch.Tensor, winner: int, runner_up: int) -> float:
    with torch.inference_mode():
        scores = model[:-1](image[None])[0]
    return float(scores[winner] - scores[runner_up])


def test_the_evidence_adds_up_to_the_lead() -> None:
    """Completeness: the picture's lead minus that of blank paper is spread over the pixels, all of it."""
    model, image = smooth_network(), picture()
    shares, reported = evidence(model, image, 2, 4)
    assert reported == pytest.approx(lead(model, image, 2, 4), abs=1e-5)
    gained = lead(model, image, 2, 4) - lead(model, torch.zeros_like(image), 2, 4)
    assert float(shares.sum()) == pytest.approx(gained, abs=1e-5)


def test_the_evidence_of_a_linear_network_is_weight_times_pixel() -> None:
    """The exact answer for a network without hidden layers."""
    linear = nn.Linear(64, 3)
    model = nn.Sequential(nn.Flatten(), linear).eval()
    image = picture()
    shares, _ = evidence(model, image, 0, 1)
    weight = (linear.weight[0] - linear.weight[1]).detach().reshape(1, 8, 8)
    torch.testing.assert_close(shares, weight * image)


def test_swapping_the_classes_flips_the_signs() -> None:
    """What speaks for 2 over 4 speaks just as much against 4 over 2."""
    model, image = smooth_network(), picture()
    torch.testing.assert_close(evidence(model, image, 2, 4)[0], -evidence(model, image, 4, 2)[0])


def test_blank_paper_is_not_evidence() -> None:
    """Pixels without ink have no share."""
    image = picture()
    image[:, :, :4] = 0
    shares, _ = evidence(smooth_network(), image, 0, 1)
    assert not shares[:, :, :4].any()


def test_smoothing_keeps_the_sum_and_leaves_paper_blank() -> None:
    """Single pixels of alternating sign become calm; what is spread goes only to ink."""
    generator = torch.Generator().manual_seed(3)
    ink = torch.zeros(28, 28)
    ink[5:20, 8:12] = torch.rand(15, 4, generator=generator)
    shares = torch.randn(28, 28, generator=generator) * ink
    smooth = smoothed(shares, ink)
    assert float(smooth.sum()) == pytest.approx(float(shares.sum()), abs=1e-4)
    assert not smooth[ink == 0].any()
    assert smooth.abs().sum() < 0.7 * shares.abs().sum()


def test_smoothing_without_ink_gives_nothing() -> None:
    """Of a blank sheet; no division by zero."""
    assert not smoothed(torch.zeros(28, 28), torch.zeros(28, 28)).any()


def test_the_strongest_map_is_the_one_whose_removal_costs_most() -> None:
    """Where the rest of the network is linear, a map's contribution is what the score loses without it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 6, 3, bias=False), nn.Flatten(), nn.Linear(6 * 36, 4)).eval()
    image = picture()
    with torch.inference_mode():
        maps = model[0](image[None])
        whole = model[2](maps.flatten(1))[0, 1]
        drops = []
        for index in range(6):
            without = maps.clone()
            without[0, index] = 0
            drops.append(float(whole - model[2](without.flatten(1))[0, 1]))
    step = strongest_path(model, image, 1, limit=6)[0]
    expected = [index for index in sorted(range(6), key=lambda index: -drops[index]) if drops[index] > 0]
    assert list(step.maps) == expected
    total = sum(drops[index] for index in expected)
    assert step.shares == pytest.approx([drops[index] / total for index in expected], rel=1e-4)


def test_a_path_has_a_step_in_every_row_and_ends_at_the_class() -> None:
    """For a design that ends with a softmax row."""
    design = preset("article-1").design
    model = build(design).eval().requires_grad_(False)
    image = torch.rand(design.input_shape)
    path = strongest_path(model, image, 3)
    assert len(path) == len(design.layers)
    assert path[-1].maps == (3,)
    assert all(len(step.maps) <= 3 and sum(step.shares) <= 1.0001 for step in path)


def test_a_network_of_one_row_has_no_hidden_path() -> None:
    """There is nothing between the picture and the class."""
    model = nn.Sequential(nn.Conv2d(1, 2, 8), nn.Flatten()).eval()
    assert strongest_path(model, picture(), 1)[-1].maps == (1,)


def test_the_weights_keep_no_gradient() -> None:
    """All users share one model, so nothing may accumulate in it."""
    model = smooth_network()
    evidence(model, picture(), 0, 1)
    strongest_path(model, picture(), 0)
    assert all(weights.grad is None for weights in model.parameters())
