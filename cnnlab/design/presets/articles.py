"""The networks of the articles, as in their Keras code: valid padding, a softmax at the end."""

from __future__ import annotations

from cnnlab.design.presets.record import Preset, conv_block, head, output_layers
from cnnlab.language import Words, lazy
from cnnlab.layers import Conv2d, Dropout, Flatten, Linear, ReLU


def _article(number: int, section: str) -> Words:
    return lazy(
        "“Building deep convolutional networks to recognise images in Python”, "
        "article {number} of 5, section {section}",
        number=number,
        section=section,
    )


ARTICLES = (
    Preset(
        "article-1",
        "articles",
        lazy(
            "Two convolutions, two poolings, two dense layers: the articles' standard network. "
            "Most of its weights sit in the first dense layer."
        ),
        _article(1, "5"),
        layers=(*conv_block(32, 64), Flatten(), *head(64)),
        training={"batch_size": 128, "epochs": 10, "initialization": "glorot"},
    ),
    Preset(
        "article-2",
        "articles",
        lazy(
            "A third convolution in place of weights in the dense layer. "
            "Deeper than article-1, and yet smaller."
        ),
        _article(2, "4"),
        layers=(*conv_block(32, 64), Conv2d(out_channels=64), ReLU(), Flatten(), *head(64)),
        training={"batch_size": 64, "epochs": 10, "initialization": "glorot"},
    ),
    Preset(
        "article-3",
        "articles",
        lazy(
            "The same stack as article-1, written with activations inside the layers. "
            "Its article trains it with integer labels."
        ),
        _article(3, "3.2"),
        layers=(*conv_block(32, 64), Flatten(), *head(64)),
        training={"batch_size": 32, "epochs": 10, "initialization": "glorot"},
    ),
    Preset(
        "article-3-deep",
        "articles",
        lazy(
            "Three convolutions of 32, 64 and 128 filters. "
            "The article's strongest network, with twice the weights of article-1."
        ),
        _article(3, "5.2"),
        layers=(*conv_block(32, 64), Conv2d(out_channels=128), ReLU(), Flatten(), *head(128)),
        training={"batch_size": 64, "epochs": 5, "initialization": "glorot"},
    ),
    Preset(
        "article-4",
        "articles",
        lazy(
            "article-1 with a dense layer twice as wide. "
            "See how many weights that costs, and how little it adds."
        ),
        _article(4, "4"),
        layers=(*conv_block(32, 64), Flatten(), *head(128)),
        training={"initialization": "glorot"},
    ),
    Preset(
        "article-5",
        "articles",
        lazy(
            "One convolution, dropout, and one huge dense layer with 99.8 % of all weights. "
            "The most weights of the six, the fewest multiply-adds."
        ),
        _article(5, "5.2"),
        layers=(
            *conv_block(32),
            Dropout(p=0.25),
            Flatten(),
            Linear(out_features=128),
            ReLU(),
            Dropout(p=0.5),
            *output_layers(),
        ),
        training={"batch_size": 128, "epochs": 10, "initialization": "glorot"},
    ),
)
