"""Blocks, compared with the papers' formulas in torch's functions and with published counts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.layers import (
    BatchNorm2d,
    Conv2d,
    Inception,
    Layer,
    Linear,
    ReLU,
    Residual,
    SeparableConv2d,
    SqueezeExcitation,
)


def pictures(*shape: int) -> Tensor:
    """A seeded batch."""
    return torch.randn(3, *shape, generator=torch.Generator().manual_seed(4))


def basic_block(filters: int, stride: int) -> Residual:
    """The block of ResNet-18, up to its last ReLU."""
    return Residual(
        layers=(
            Conv2d(out_channels=filters, padding=1, stride=stride, bias=False),
            BatchNorm2d(),
            ReLU(),
            Conv2d(out_channels=filters, padding=1, bias=False),
            BatchNorm2d(),
        )
    )


def normed(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Batch normalization in training mode, by definition."""
    mean, variance = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, unbiased=False)
    return (x - mean) / (variance + 1e-5).sqrt() * weight[:, None, None] + bias[:, None, None]


def test_residual_is_the_sum_in_the_paper() -> None:
    """y = F(x) + x, and with a projection y = F(x) + W x if the block halves the picture."""
    x = pictures(8, 9, 6)
    for filters, stride in ((8, 1), (16, 2)):
        block = basic_block(filters, stride).build((8, 9, 6)).train()
        first, scale1, shift1, second, scale2, shift2, *projection = block.parameters()
        inner = functional.conv2d(x, first, stride=stride, padding=1)
        inner = functional.conv2d(normed(inner, scale1, shift1).relu(), second, padding=1)
        shortcut = functional.conv2d(x, projection[0], stride=stride) if projection else x
        torch.testing.assert_close(block(x), normed(inner, scale2, shift2) + shortcut)


def test_a_normalized_projection_is_the_papers_option_b() -> None:
    """y = F(x) + BN(W x), as in the paper's networks; without a projection there is no normalization."""
    x = pictures(8, 9, 6)
    block = Residual(layers=(Conv2d(out_channels=4, padding="same", bias=False),), projection_norm=True)
    inside, projection, scale, shift = (module := block.build((8, 9, 6)).train()).parameters()
    around = normed(functional.conv2d(x, projection), scale, shift)
    torch.testing.assert_close(module(x), functional.conv2d(x, inside, padding=1) + around)
    assert block.branches((4, 9, 6))[1].layers == ()


def test_squeeze_and_excitation_is_the_gate_in_the_paper() -> None:
    """Each map times sigmoid(W2 relu(W1 z)), with the maps' means z and a quarter of the maps in between."""
    x = pictures(16, 5, 4)
    block = SqueezeExcitation(reduction=4).build((16, 5, 4))
    squeeze, bias1, excite, bias2 = block.parameters()
    assert squeeze.shape == (4, 16, 1, 1)
    means = x.mean((2, 3))
    hidden = (means @ squeeze[:, :, 0, 0].T + bias1).relu()
    gate = (hidden @ excite[:, :, 0, 0].T + bias2).sigmoid()
    torch.testing.assert_close(block(x), x * gate[:, :, None, None])


def test_inception_3a_has_the_published_weights() -> None:
    """GoogLeNet's first module: 64, 96 → 128, 16 → 32 and 32 filters on 192 maps of 28×28 leave 256."""
    block = Inception(
        filters_1x1=64, reduce_3x3=96, filters_3x3=128, reduce_5x5=16, filters_5x5=32, filters_pool=32
    )
    assert block.output_shape((192, 28, 28)) == (256, 28, 28)
    assert block.parameters((192, 28, 28)) == 163_696
    assert round(block.macs((192, 28, 28)) / 1e6) == 128  # "128M ops" in the paper's table 1


def test_inception_concatenates_its_branches() -> None:
    """In the order of the fields: zeroing the weights of a branch zeroes its maps."""
    block = Inception(filters_1x1=2, filters_3x3=3, filters_5x5=4, filters_pool=5)
    module = block.build((3, 6, 6))
    for name, weights in module.named_parameters():
        if name.startswith("branches.2."):
            nn.init.zeros_(weights)
    quiet = module(pictures(3, 6, 6)).abs().sum((0, 2, 3)) == 0
    assert quiet[5:9].all()
    assert not quiet[:5].all()
    assert not quiet[9:].all()


def test_the_parts_of_a_block() -> None:
    """Branch by branch, with shapes and counts, as in an opened card."""
    parts = basic_block(16, 2).parts((8, 9, 6))
    assert [(str(part.branch), part.layer.label(), part.output_shape) for part in parts] == [
        ("inside", "Conv2d 16, 3×3, stride 2, padding 1", (16, 5, 3)),
        ("inside", "BatchNorm2d", (16, 5, 3)),
        ("inside", "ReLU", (16, 5, 3)),
        ("inside", "Conv2d 16, 3×3, padding 1", (16, 5, 3)),
        ("inside", "BatchNorm2d", (16, 5, 3)),
        ("projection", "Conv2d 16, 1×1, stride 2", (16, 5, 3)),
    ]
    assert [part.arithmetic for part in parts][0] == "16 × (3×3×8) = 1,152"
    assert basic_block(16, 2).arithmetic((8, 9, 6)) == "1,152 + 32 + 2,304 + 32 + 128 = 3,648"


def test_a_residual_block_on_a_vector() -> None:
    """The projection is a dense layer without bias."""
    block = Residual(layers=(Linear(out_features=5),))
    assert [str(branch.name) for branch in block.branches((5,))] == ["inside", "identity"]
    assert block.branches((7,))[1].layers == (Linear(out_features=5, bias=False),)


def test_a_separable_convolution_needs_a_fraction_of_the_weights() -> None:
    """32 filters of 3×3 on 16 maps: 16 × 9 + 32 × 16 + 32 instead of 32 × 9 × 16 + 32."""
    assert SeparableConv2d(out_channels=32).parameters((16, 8, 8)) == 688
    assert Conv2d(out_channels=32).parameters((16, 8, 8)) == 4_640


@pytest.mark.parametrize("block", [Inception(), SqueezeExcitation()])
def test_a_block_counts_the_layers_inside_it(block: Layer) -> None:
    """The number that counts toward the limit of a design is the number of rows in its opened card."""
    assert block.layers_inside() == len(block.parts((16, 6, 6)))
