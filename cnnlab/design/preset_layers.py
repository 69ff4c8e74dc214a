"""The layers of the networks to start from: of each that takes more than a line."""

from __future__ import annotations

from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Inception,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Tanh,
)


def conv_block(*channels: int) -> list[Layer]:
    """Conv 3×3, ReLU, max-pool 2×2, once for each number of filters."""
    return [layer for filters in channels for layer in (Conv2d(out_channels=filters), ReLU(), MaxPool2d())]


def head(hidden: int) -> list[Layer]:
    """Two dense layers and the softmax."""
    return [Linear(out_features=hidden), ReLU(), Linear(out_features=10), Softmax()]


def tiny_vgg_layers() -> list[Layer]:
    """Two blocks of two small convolutions and a pool."""
    pair: list[Layer] = [Conv2d(out_channels=10), ReLU()]
    block = [*pair, *pair, MaxPool2d()]
    return [*block, *block, Flatten(), Linear(out_features=10), Softmax()]


def lenet_layers() -> list[Layer]:
    """LeNet-5 with tanh and average pooling."""
    return [
        Conv2d(out_channels=6, kernel_size=5, padding=2),
        Tanh(),
        AvgPool2d(),
        Conv2d(out_channels=16, kernel_size=5),
        Tanh(),
        AvgPool2d(),
        Flatten(),
        Linear(out_features=120),
        Tanh(),
        Linear(out_features=84),
        Tanh(),
        Linear(out_features=10),
    ]


def convnetjs_layers() -> list[Layer]:
    """ConvNetJS's demo: two convolutions, each followed by a pool."""
    return [
        Conv2d(out_channels=8, kernel_size=5, padding=2),
        ReLU(),
        MaxPool2d(),
        Conv2d(out_channels=16, kernel_size=5, padding=2),
        ReLU(),
        MaxPool2d(kernel_size=3, stride=3),
        Flatten(),
        Linear(out_features=10),
        Softmax(),
    ]


def alexnet_layers() -> list[Layer]:
    """Five convolutions, pooling windows that overlap, dropout in front of both wide dense layers."""
    pool = MaxPool2d(kernel_size=3, stride=2)
    first: list[Layer] = [Conv2d(out_channels=32, kernel_size=5, padding=2), ReLU(), pool]
    second: list[Layer] = [Conv2d(out_channels=64, kernel_size=5, padding=2), ReLU(), pool]
    last = [layer for filters in (96, 96, 64) for layer in (Conv2d(out_channels=filters, padding=1), ReLU())]
    dense = [Dropout(p=0.5), Linear(out_features=256), ReLU()]
    return [*first, *second, *last, pool, Flatten(), *dense, *dense, Linear(out_features=10), Softmax()]


def vgg_layers() -> list[Layer]:
    """Pairs of 3×3 convolutions, twice as many filters after each pooling."""
    blocks: list[Layer] = []
    for filters in (16, 32, 64):
        pair: list[Layer] = [Conv2d(out_channels=filters, padding=1), ReLU()]
        blocks += [*pair, *pair, MaxPool2d()]
    return [*blocks, Flatten(), Linear(out_features=128), ReLU(), Dropout(p=0.5), *answers()]


def resnet_layers() -> list[Layer]:
    """He's network for CIFAR with one block for each size of map: eight layers of weights."""
    stem = [Conv2d(out_channels=16, padding=1, bias=False), BatchNorm2d(), ReLU()]
    blocks = [
        layer for filters, stride in ((16, 1), (32, 2), (64, 2)) for layer in _shortcut(filters, stride)
    ]
    return [*stem, *blocks, AdaptiveAvgPool2d(output_size=1), Flatten(), *answers()]


def _shortcut(filters: int, stride: int) -> list[Layer]:
    inside = (
        Conv2d(out_channels=filters, padding=1, stride=stride, bias=False),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=filters, padding=1, bias=False),
        BatchNorm2d(),
    )
    return [Residual(layers=inside), ReLU()]


def inception_layers() -> list[Layer]:
    """A stem, three modules with a pooling between, and global average pooling in place of dense layers."""
    pool = MaxPool2d(kernel_size=3, stride=2, padding=1)
    stem = [Conv2d(out_channels=32, padding=1, bias=False), BatchNorm2d(), ReLU(), pool]
    first = Inception(
        filters_1x1=16, reduce_3x3=16, filters_3x3=32, reduce_5x5=8, filters_5x5=8, filters_pool=8
    )
    second = Inception(
        filters_1x1=32, reduce_3x3=24, filters_3x3=48, reduce_5x5=8, filters_5x5=16, filters_pool=16
    )
    third = Inception(
        filters_1x1=48, reduce_3x3=32, filters_3x3=64, reduce_5x5=8, filters_5x5=16, filters_pool=16
    )
    modules = [first, BatchNorm2d(), second, BatchNorm2d(), pool, third, BatchNorm2d()]
    return [*stem, *modules, AdaptiveAvgPool2d(output_size=1), Flatten(), *answers()]


def answers() -> list[Layer]:
    """The last dense layer and the softmax."""
    return [Linear(out_features=10), Softmax()]


def fast_layers() -> list[Layer]:
    """Pools before it cuts off, which is the same for less work."""
    return [
        Conv2d(out_channels=16, kernel_size=5),
        MaxPool2d(),
        ReLU(),
        Conv2d(out_channels=32),
        MaxPool2d(),
        ReLU(),
        Flatten(),
        Linear(out_features=128),
        ReLU(),
        *answers(),
    ]


def digit_reader_layers() -> list[Layer]:
    """Three convolutions with batch normalization, then a small dense layer."""
    return [
        Conv2d(out_channels=24, kernel_size=5, padding=2),
        MaxPool2d(),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=48, padding=1),
        MaxPool2d(),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=96),
        BatchNorm2d(),
        ReLU(),
        Flatten(),
        Dropout(p=0.2),
        Linear(out_features=64),
        BatchNorm1d(),
        ReLU(),
        *answers(),
    ]


def unbent_layers() -> list[Layer]:
    """Convolutions and dense layers without a bend between them; even the pooling is linear."""
    convolutions = [
        layer for filters in (16, 32) for layer in (Conv2d(out_channels=filters, kernel_size=5), AvgPool2d())
    ]
    return [*convolutions, Flatten(), Linear(out_features=128), *answers()]


def sigmoid_layers() -> list[Layer]:
    """Eight sigmoids one after the other."""
    convolutions: list[Layer] = []
    for filters in (16, 32):
        pair: list[Layer] = [Conv2d(out_channels=filters, padding=1), Sigmoid()]
        convolutions += [*pair, *pair, AvgPool2d()]
    dense = [Linear(out_features=64), Sigmoid()]
    return [*convolutions, Flatten(), *dense * 4, *answers()]


def giant_layers() -> list[Layer]:
    """Far more weights than digits need, all in dense layers."""
    dense = [Linear(out_features=1_024), ReLU()]
    return [Flatten(), *dense, *dense, *answers()]
