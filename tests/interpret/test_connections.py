"""The strengths of connections against the network itself: gradients, and sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.interpret import connections as module
from cnnlab.interpret.connections import Connections, connections
from cnnlab.layers import Conv2d, DepthwiseConv2d, Flatten, Linear, Residual
from cnnlab.models.build import build


def found() -> tuple[torch.nn.Sequential, dict[LayerAddress, Connections]]:
    """Those of a network with a depthwise convolution, a block and a dense layer."""
    layers = (
        Conv2d(out_channels=4),
        DepthwiseConv2d(),
        Residual(layers=(Conv2d(out_channels=4, padding="same"),)),
        Flatten(),
        Linear(out_features=3),
    )
    model = build(Design(input_shape=(2, 8, 8), classes=3).with_layers(layers)).eval()
    return model, dict(connections(model))


def test_a_kernel_is_as_strong_as_its_mean_weight_is_large() -> None:
    """Also inside of a block; without a sign."""
    model, strengths = found()
    for address, name in ((LayerAddress(0), "0.weight"), (LayerAddress(2, 0, 0), "2.inside.0.weight")):
        weight = model.state_dict()[name].numpy()
        expected = [[np.abs(kernel).sum() / kernel.size for kernel in each] for each in weight]
        assert not strengths[address].signed
        np.testing.assert_allclose(strengths[address].strengths.numpy(), expected, rtol=1e-6)


def test_a_map_is_connected_to_those_that_it_depends_on() -> None:
    """In a depthwise convolution to one only."""
    model, strengths = found()
    maps = torch.rand(1, 4, 6, 6, requires_grad=True)
    for channel, each in enumerate(strengths[LayerAddress(1)].strengths):
        (gradient,) = torch.autograd.grad(model[1](maps)[0, channel].sum(), maps)
        assert torch.equal(gradient[0].abs().sum(dim=(1, 2)) > 0, each > 0)


def test_a_dense_layer_has_its_weights() -> None:
    """With their signs."""
    model, strengths = found()
    assert strengths[LayerAddress(4)].signed
    assert torch.equal(strengths[LayerAddress(4)].strengths, model.state_dict()["4.weight"])


def test_of_a_large_layer_there_are_the_first_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole ones."""
    monkeypatch.setattr(module, "MAX_NUMBERS", 9)
    shapes = {str(address): tuple(each.strengths.shape) for address, each in found()[1].items()}
    assert shapes == {"0": (4, 2), "1": (2, 4), "2.0.0": (2, 4), "4": (1, 64)}
