"""The classics, scaled down to pictures of 28×28 and 32×32: the key ideas are kept, and training is short."""

from __future__ import annotations

from cnnlab.design.presets.record import Preset, output_layers
from cnnlab.language import lazy
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
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
    Tanh,
)

_OVERLAPPING = MaxPool2d(kernel_size=3, stride=2)
_HALVING = MaxPool2d(kernel_size=3, stride=2, padding=1)
_WIDE = (Dropout(p=0.5), Linear(out_features=256), ReLU())


def _convolutions(*channels: int, padding: int = 1) -> tuple[Layer, ...]:
    """3×3 filters and ReLU, for each number of filters."""
    return tuple(
        layer for filters in channels for layer in (Conv2d(out_channels=filters, padding=padding), ReLU())
    )


def _residual(filters: int, stride: int = 1) -> tuple[Layer, ...]:
    """He's basic block."""
    inside = (
        Conv2d(out_channels=filters, padding=1, stride=stride, bias=False),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=filters, padding=1, bias=False),
        BatchNorm2d(),
    )
    return (Residual(layers=inside), ReLU())


def _inception(one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> Inception:
    """1×1 filters; 3×3 and 5×5 filters, each after 1×1 filters that reduce the maps; pooling, then 1×1."""
    return Inception(
        filters_1x1=one,
        reduce_3x3=three[0],
        filters_3x3=three[1],
        reduce_5x5=five[0],
        filters_5x5=five[1],
        filters_pool=pool,
    )


CLASSICS = (
    Preset(
        "lenet-5",
        "classics",
        lazy(
            "The network that read bank checks, with tanh and average pooling. "
            "Small by today's measure, and still above 98 % on MNIST."
        ),
        lazy(
            "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, “Gradient-based learning applied to document "
            "recognition”, Proceedings of the IEEE 86, 1998; here the second convolution sees all maps of "
            "the first"
        ),
        layers=(
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
        ),
    ),
    Preset(
        "convnetjs",
        "classics",
        lazy(
            "The network that taught a web browser to read digits in 2014, with 5,994 weights. "
            "The smallest one here that reads well."
        ),
        lazy("A. Karpathy, ConvNetJS, demonstration on MNIST, 2014"),
        layers=(
            Conv2d(out_channels=8, kernel_size=5, padding=2),
            ReLU(),
            MaxPool2d(),
            Conv2d(out_channels=16, kernel_size=5, padding=2),
            ReLU(),
            MaxPool2d(kernel_size=3, stride=3),
            Flatten(),
            *output_layers(),
        ),
    ),
    Preset(
        "tiny-vgg",
        "classics",
        lazy(
            "Two blocks of two thin convolutions each, for 64×64 color pictures. "
            "The network that CNN Explainer shows."
        ),
        lazy(
            "Z. J. Wang et al., “CNN Explainer: Learning convolutional neural networks with interactive "
            "visualization”, IEEE TVCG 27, 2021; after K. Simonyan and A. Zisserman (see small-vgg)"
        ),
        layers=(
            *(*_convolutions(10, 10, padding=0), MaxPool2d()),
            *(*_convolutions(10, 10, padding=0), MaxPool2d()),
            *(Flatten(), *output_layers()),
        ),
        input_shape=(3, 64, 64),
    ),
    Preset(
        "small-alexnet",
        "classics",
        lazy(
            "Five convolutions with overlapping poolings, then dropout in front of two wide dense layers: "
            "what won ImageNet in 2012, cut down to small pictures. It adapts to 28×28 and 32×32."
        ),
        lazy(
            "After A. Krizhevsky, I. Sutskever and G. E. Hinton, “ImageNet classification with deep "
            "convolutional neural networks”, NeurIPS 2012"
        ),
        layers=(
            *(Conv2d(out_channels=32, kernel_size=5, padding=2), ReLU(), _OVERLAPPING),
            *(Conv2d(out_channels=64, kernel_size=5, padding=2), ReLU(), _OVERLAPPING),
            *(*_convolutions(96, 96, 64), _OVERLAPPING),
            *(Flatten(), *_WIDE, *_WIDE, *output_layers()),
        ),
    ),
    Preset(
        "small-vgg",
        "classics",
        lazy(
            "Nothing but 3×3 filters, in pairs, and twice as many of them after each pooling. "
            "Two of them see as far as one 5×5 filter, with fewer weights and one more nonlinearity."
        ),
        lazy(
            "After K. Simonyan and A. Zisserman, “Very deep convolutional networks for large-scale image "
            "recognition”, ICLR 2015"
        ),
        layers=(
            *(*_convolutions(16, 16), MaxPool2d()),
            *(*_convolutions(32, 32), MaxPool2d()),
            *(*_convolutions(64, 64), MaxPool2d()),
            *(Flatten(), Linear(out_features=128), ReLU(), Dropout(p=0.5), *output_layers()),
        ),
    ),
    Preset(
        "small-resnet",
        "classics",
        lazy(
            "Three residual blocks: each only has to learn what to add to its input. "
            "Global average pooling at the end keeps the dense layer tiny."
        ),
        lazy(
            "After K. He, X. Zhang, S. Ren and J. Sun, “Deep residual learning for image recognition”, CVPR "
            "2016: their network for CIFAR, with one block for each size of map"
        ),
        layers=(
            *(Conv2d(out_channels=16, padding=1, bias=False), BatchNorm2d(), ReLU()),
            *(*_residual(16), *_residual(32, stride=2), *_residual(64, stride=2)),
            *(AdaptiveAvgPool2d(output_size=1), Flatten(), *output_layers()),
        ),
    ),
    Preset(
        "small-inception",
        "classics",
        lazy(
            "Each Inception block looks with 1×1, 3×3 and 5×5 filters side by side and keeps all "
            "the answers. "
            "The 1×1 filters in front make the large ones affordable."
        ),
        lazy(
            "After C. Szegedy et al., “Going deeper with convolutions”, CVPR 2015, with the batch "
            "normalization of S. Ioffe and C. Szegedy, ICML 2015"
        ),
        layers=(
            *(Conv2d(out_channels=32, padding=1, bias=False), BatchNorm2d(), ReLU(), _HALVING),
            *(_inception(16, (16, 32), (8, 8), 8), BatchNorm2d()),
            *(_inception(32, (24, 48), (8, 16), 16), BatchNorm2d(), _HALVING),
            *(_inception(48, (32, 64), (8, 16), 16), BatchNorm2d()),
            *(AdaptiveAvgPool2d(output_size=1), Flatten(), *output_layers()),
        ),
    ),
)
