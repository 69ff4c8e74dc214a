"""Networks that fail on purpose, each for one reason."""

from __future__ import annotations

from cnnlab.design.presets.record import MADE_HERE, Preset, conv_block, head, output_layers
from cnnlab.language import lazy
from cnnlab.layers import AvgPool2d, Conv2d, Flatten, Layer, Linear, ReLU, Sigmoid


def _sigmoid_pair(filters: int) -> tuple[Layer, ...]:
    return (Conv2d(out_channels=filters, padding=1), Sigmoid()) * 2


BAD = (
    Preset(
        "no-bend",
        "bad",
        lazy(
            "Four layers of weights and not one activation. "
            "Why does it get no further than a single dense layer would?"
        ),
        MADE_HERE,
        layers=(
            Conv2d(out_channels=16, kernel_size=5),
            AvgPool2d(),  # linear, unlike max pooling
            Conv2d(out_channels=32, kernel_size=5),
            AvgPool2d(),
            Flatten(),
            Linear(out_features=128),
            *output_layers(),
        ),
    ),
    Preset(
        "vanishing",
        "bad",
        lazy(
            "Eight sigmoids in a row: after a whole epoch it still guesses. "
            "Look at the gradients of the first row, and then swap the sigmoids for ReLU."
        ),
        lazy(
            "Made for this lab, after S. Hochreiter, “Untersuchungen zu dynamischen neuronalen Netzen”, TU "
            "München 1991, and X. Glorot and Y. Bengio, “Understanding the difficulty of training deep "
            "feedforward neural networks”, AISTATS 2010"
        ),
        layers=(
            *(*_sigmoid_pair(16), AvgPool2d(), *_sigmoid_pair(32), AvgPool2d(), Flatten()),
            *(Linear(out_features=64), Sigmoid()) * 4,
            *output_layers(),
        ),
        training={"epochs": 3},
    ),
    Preset(
        "diverging",
        "bad",
        lazy(
            "Nothing is wrong with this network, only with its learning rate: each step jumps over "
            "the valley. "
            "By what factor must the rate be lowered before the loss falls?"
        ),
        MADE_HERE,
        layers=(*conv_block(16, 32), Flatten(), *head(64)),
        training={"optimizer": "sgd", "learning_rate": 1.0, "epochs": 3},
    ),
    Preset(
        "giant",
        "bad",
        lazy(
            "1.9 million weights for 1,297 small pictures: after 20 epochs it has memorized them, "
            "yet it misreads "
            "three or four new ones in a hundred. Compare both losses, then add dropout or augmentation."
        ),
        MADE_HERE,
        layers=(Flatten(), *(Linear(out_features=1_024), ReLU()) * 2, *output_layers()),
        data="digits",
        training={"epochs": 30},
    ),
)
