"""Grad-CAM, compared with a network solved by hand, and its choice of a layer."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.attribution.grad_cam import grad_cam, places_for_grad_cam
from cnnlab.interpret.attribution.question import Question, Target
from tests.interpret.attribution.networks import picture, question


def by_hand(inplace: bool) -> tuple[Question, torch.Tensor]:
    """A convolution, a ReLU and a linear layer, and the map that the paper's formula gives for class 1."""
    torch.manual_seed(2)
    convolution, dense = nn.Conv2d(2, 3, 3, padding=1), nn.Linear(3 * 48, 4)
    image = picture(2, 6, 8)
    with torch.no_grad():
        maps = convolution(image[None])[0]
        gradients = dense.weight[1].reshape(3, 6, 8) * (maps > 0)
        weighted = sum(gradients[k].mean() * maps[k] for k in range(3))
        assert isinstance(weighted, torch.Tensor)
    model = nn.Sequential(convolution, nn.ReLU(inplace=inplace), nn.Flatten(), dense).eval()
    return Question(model, image, Target(1)), weighted.clamp_min(0)


@pytest.mark.parametrize("inplace", [False, True])
def test_maps_are_weighted_by_their_mean_gradient(inplace: bool) -> None:
    """Also where the ReLU behind them overwrites them; each of two channels gets half."""
    asked, expected = by_hand(inplace)
    values = grad_cam(asked).values
    assert expected.any()
    torch.testing.assert_close(values.sum(dim=0), expected)
    assert torch.equal(values[0], values[1])


def test_any_convolution_and_any_block_that_has_one_can_be_chosen() -> None:
    """In a network with blocks: rows and layers inside of them; each gives a map of the picture's size."""
    asked = question("blocks")
    places = places_for_grad_cam(asked.model)
    assert [str(place) for place in places][:6] == ["0", "2", "2.0.0", "2.0.3", "2.1.0", "5"]
    for place in places:
        found = grad_cam(replace(asked, layer=place))
        assert found.layer == place
        assert found.values.shape == (1, 15, 13)
    default = grad_cam(asked)
    assert default.layer == LayerAddress(6)
    assert default.values.any()


def test_maps_of_one_pixel_are_not_the_default() -> None:
    """They cannot say where: such a convolution is like a dense layer. Without another one it is used."""
    first, second = nn.Conv2d(1, 3, 3), nn.Conv2d(3, 4, (3, 4))
    rows = [first, nn.ReLU(), second, nn.Flatten()]
    image = picture(1, 5, 6)
    assert grad_cam(Question(nn.Sequential(*rows).eval(), image, Target(1))).layer == LayerAddress(0)
    alone = nn.Sequential(nn.Conv2d(1, 4, (5, 6)), nn.Flatten()).eval()
    assert grad_cam(Question(alone, image, Target(1))).layer == LayerAddress(0)


@pytest.mark.parametrize("address", ["1", "2.0.1", "9", "0.0.0"])
def test_a_layer_that_is_no_convolution_is_refused(address: str) -> None:
    """A ReLU, a normalization in a block, and rows and places that do not exist."""
    asked = replace(question("plain"), layer=LayerAddress.parse(address))
    with pytest.raises(ConfigError, match=f"layer {address} is no convolution. Allowed: 0, 3"):
        grad_cam(asked)


def test_a_network_without_convolution_is_refused() -> None:
    """With a word on what to do."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 4)).eval()
    with pytest.raises(ConfigError, match="this network has none. Choose another method"):
        grad_cam(Question(model, picture(1, 5, 6), Target(1)))
