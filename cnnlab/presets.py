"""Designs to start from. A new preset is an entry in PRESETS.

The articles' networks are written as their Keras code has them: valid padding, activations as rows of
their own, a softmax at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.design import Design
from cnnlab.errors import DesignError
from cnnlab.layers import (
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Softmax,
    Tanh,
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A design with the two sentences that a menu shows and the place where it comes from."""

    design: Design
    about: str
    source: str


def _preset(
    name: str,
    about: str,
    source: str,
    layers: list[Layer],
    input_shape: tuple[int, int, int] = (1, 28, 28),
) -> Preset:
    design = Design(name=name, input_shape=input_shape, classes=10).with_layers(tuple(layers))
    return Preset(design, about, source)


def _conv_block(*channels: int) -> list[Layer]:
    """Conv 3×3, ReLU, max-pool 2×2, once for each number of filters."""
    return [layer for filters in channels for layer in (Conv2d(out_channels=filters), ReLU(), MaxPool2d())]


def _head(hidden: int) -> list[Layer]:
    """Two dense layers and the softmax."""
    return [Linear(out_features=hidden), ReLU(), Linear(out_features=10), Softmax()]


def _tiny_vgg_layers() -> list[Layer]:
    pair: list[Layer] = [Conv2d(out_channels=10), ReLU()]
    block = [*pair, *pair, MaxPool2d()]
    return [*block, *block, Flatten(), Linear(out_features=10), Softmax()]


def _lenet_layers() -> list[Layer]:
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


def _fast_layers() -> list[Layer]:
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
        Linear(out_features=10),
        Softmax(),
    ]


def _digit_reader_layers() -> list[Layer]:
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
        Linear(out_features=10),
        Softmax(),
    ]


_ARTICLES = "“Building deep convolutional networks to recognise images in Python”"

PRESETS: dict[str, Preset] = {
    "article-1": _preset(
        "article-1",
        "Two convolutions, two poolings, two dense layers: the articles' standard network. "
        "Most of its weights sit in the first dense layer.",
        f"{_ARTICLES}, document 000, section 5",
        [*_conv_block(32, 64), Flatten(), *_head(64)],
    ),
    "article-2": _preset(
        "article-2",
        "A third convolution in place of weights in the dense layer. Deeper than article-1, and yet smaller.",
        f"{_ARTICLES}, document 001, section 4",
        [*_conv_block(32, 64), Conv2d(out_channels=64), ReLU(), Flatten(), *_head(64)],
    ),
    "article-3": _preset(
        "article-3",
        "The same stack as article-1, written with activations inside the layers. "
        "Its article trains it with integer labels.",
        f"{_ARTICLES}, document 002, section 3.2",
        [*_conv_block(32, 64), Flatten(), *_head(64)],
    ),
    "article-3-deep": _preset(
        "article-3-deep",
        "Three convolutions of 32, 64 and 128 filters. "
        "The article's strongest network, with twice the weights of article-1.",
        f"{_ARTICLES}, document 002, section 5.2",
        [*_conv_block(32, 64), Conv2d(out_channels=128), ReLU(), Flatten(), *_head(128)],
    ),
    "article-4": _preset(
        "article-4",
        "article-1 with a dense layer twice as wide. "
        "See how many weights that costs, and how little it adds.",
        f"{_ARTICLES}, document 003, section 4",
        [*_conv_block(32, 64), Flatten(), *_head(128)],
    ),
    "article-5": _preset(
        "article-5",
        "One convolution, dropout, and one huge dense layer with 99.8 % of all weights. "
        "The most weights of the six, the fewest multiply-adds.",
        f"{_ARTICLES}, document 004, section 5.2",
        [
            *_conv_block(32),
            Dropout(p=0.25),
            Flatten(),
            Linear(out_features=128),
            ReLU(),
            Dropout(p=0.5),
            Linear(out_features=10),
            Softmax(),
        ],
    ),
    "lenet-5": _preset(
        "lenet-5",
        "The network that read bank cheques, with tanh and average pooling. "
        "Small by today's measure, and still above 98 % on MNIST.",
        "LeCun, Bottou, Bengio, Haffner 1998 (dense connections in the second convolution)",
        _lenet_layers(),
    ),
    "tiny-vgg": _preset(
        "tiny-vgg",
        "Two blocks of two thin convolutions each, for 64×64 colour pictures. "
        "The network that CNN Explainer shows.",
        "Wang et al. 2020, CNN Explainer; after Simonyan & Zisserman 2015",
        _tiny_vgg_layers(),
        (3, 64, 64),
    ),
    "fast": _preset(
        "fast",
        "Two thin convolutions, pooled before they are cut off: made for demonstrations. With Adam at 0.01, "
        "β 0.7 and 0.9, batches of 256 and one cycle it passes 99 % on MNIST within seconds.",
        "cnnlab",
        _fast_layers(),
    ),
    "digit-reader": _preset(
        "digit-reader",
        "Three convolutions with batch normalisation, pooled before they are cut off. "
        "The design of the bundled model that reads your drawings.",
        "cnnlab",
        _digit_reader_layers(),
    ),
}


def preset(name: str) -> Preset:
    """The preset of that name; raises DesignError that lists the names."""
    if name not in PRESETS:
        raise DesignError(f"there is no preset {name!r}", where="presets", allowed=", ".join(PRESETS))
    return PRESETS[name]
