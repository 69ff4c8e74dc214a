"""Designs to start from. A new preset is an entry in PRESETS.

The articles' networks are written as their Keras code has them: valid padding, activations as rows of
their own, a softmax at the end. The classics are cut down to pictures of 28×28 and 32×32: what made each of
them new is kept, and they train in a lesson.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from cnnlab.design.design import Design
from cnnlab.design.preset_layers import (
    alexnet_layers,
    answers,
    conv_block,
    convnetjs_layers,
    digit_reader_layers,
    fast_layers,
    giant_layers,
    head,
    inception_layers,
    lenet_layers,
    resnet_layers,
    sigmoid_layers,
    tiny_vgg_layers,
    unbent_layers,
    vgg_layers,
)
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy, lazy_listed
from cnnlab.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    ReLU,
)

PresetFamily = Literal["articles", "classics", "own", "bad"]
FAMILY_TITLES: dict[PresetFamily, Words] = {
    "articles": lazy("From the articles"),
    "classics": lazy("Classics"),
    "own": lazy("Made here"),
    "bad": lazy("Known to be bad"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A design with the two sentences that a menu shows and the place where it comes from.

    `training` are the settings that it was made for, as far as they differ from the usual ones, and `data`
    is the data set on which it does what its sentences say.
    """

    design: Design
    about: Words
    source: Words
    family: PresetFamily
    data: str = "mnist"
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def _preset(
    name: str,
    family: PresetFamily,
    about: Words,
    source: Words,
    layers: list[Layer],
    *,
    input_shape: tuple[int, int, int] = (1, 28, 28),
    data: str = "mnist",
    **training: Any,
) -> Preset:
    design = Design(name=name, input_shape=input_shape, classes=10).with_layers(tuple(layers))
    return Preset(design, about, source, family, data, MappingProxyType(training))


def _article(document: str, section: str) -> Words:
    return lazy(
        "“Building deep convolutional networks to recognise images in Python”, "
        "document {document}, section {section}",
        document=document,
        section=section,
    )


PRESETS: dict[str, Preset] = {
    "article-1": _preset(
        "article-1",
        "articles",
        lazy(
            "Two convolutions, two poolings, two dense layers: the articles' standard network. "
            "Most of its weights sit in the first dense layer."
        ),
        _article("000", "5"),
        [*conv_block(32, 64), Flatten(), *head(64)],
        batch_size=128,
        epochs=10,
        initialization="glorot",
    ),
    "article-2": _preset(
        "article-2",
        "articles",
        lazy(
            "A third convolution in place of weights in the dense layer. "
            "Deeper than article-1, and yet smaller."
        ),
        _article("001", "4"),
        [*conv_block(32, 64), Conv2d(out_channels=64), ReLU(), Flatten(), *head(64)],
        batch_size=64,
        epochs=10,
        initialization="glorot",
    ),
    "article-3": _preset(
        "article-3",
        "articles",
        lazy(
            "The same stack as article-1, written with activations inside the layers. "
            "Its article trains it with integer labels."
        ),
        _article("002", "3.2"),
        [*conv_block(32, 64), Flatten(), *head(64)],
        batch_size=32,
        epochs=10,
        initialization="glorot",
    ),
    "article-3-deep": _preset(
        "article-3-deep",
        "articles",
        lazy(
            "Three convolutions of 32, 64 and 128 filters. "
            "The article's strongest network, with twice the weights of article-1."
        ),
        _article("002", "5.2"),
        [*conv_block(32, 64), Conv2d(out_channels=128), ReLU(), Flatten(), *head(128)],
        batch_size=64,
        epochs=5,
        initialization="glorot",
    ),
    "article-4": _preset(
        "article-4",
        "articles",
        lazy(
            "article-1 with a dense layer twice as wide. "
            "See how many weights that costs, and how little it adds."
        ),
        _article("003", "4"),
        [*conv_block(32, 64), Flatten(), *head(128)],
        initialization="glorot",
    ),
    "article-5": _preset(
        "article-5",
        "articles",
        lazy(
            "One convolution, dropout, and one huge dense layer with 99.8 % of all weights. "
            "The most weights of the six, the fewest multiply-adds."
        ),
        _article("004", "5.2"),
        [
            *conv_block(32),
            Dropout(p=0.25),
            Flatten(),
            Linear(out_features=128),
            ReLU(),
            Dropout(p=0.5),
            *answers(),
        ],
        batch_size=128,
        epochs=10,
        initialization="glorot",
    ),
    "lenet-5": _preset(
        "lenet-5",
        "classics",
        lazy(
            "The network that read bank checks, with tanh and average pooling. "
            "Small by today's measure, and still above 98 % on MNIST."
        ),
        lazy("LeCun, Bottou, Bengio, Haffner 1998 (dense connections in the second convolution)"),
        lenet_layers(),
    ),
    "convnetjs": _preset(
        "convnetjs",
        "classics",
        lazy(
            "The network that taught a web browser to read digits in 2014, with 5,994 weights. "
            "The smallest one here that reads well."
        ),
        lazy("Karpathy 2014, ConvNetJS MNIST demo"),
        convnetjs_layers(),
    ),
    "tiny-vgg": _preset(
        "tiny-vgg",
        "classics",
        lazy(
            "Two blocks of two thin convolutions each, for 64×64 color pictures. "
            "The network that CNN Explainer shows."
        ),
        lazy("Wang et al. 2020, CNN Explainer; after Simonyan & Zisserman 2015"),
        tiny_vgg_layers(),
        input_shape=(3, 64, 64),
    ),
    "small-alexnet": _preset(
        "small-alexnet",
        "classics",
        lazy(
            "Five convolutions with overlapping poolings, then dropout in front of two wide dense layers: "
            "what won ImageNet in 2012, cut down to small pictures. It adapts to 28×28 and 32×32."
        ),
        lazy("after Krizhevsky, Sutskever, Hinton 2012"),
        alexnet_layers(),
    ),
    "small-vgg": _preset(
        "small-vgg",
        "classics",
        lazy(
            "Nothing but 3×3 filters, in pairs, and twice as many of them after each pooling. "
            "Two of them see as far as one 5×5 filter, with fewer weights and one more nonlinearity."
        ),
        lazy("after Simonyan & Zisserman 2015"),
        vgg_layers(),
    ),
    "small-resnet": _preset(
        "small-resnet",
        "classics",
        lazy(
            "Three residual blocks: each only has to learn what to add to its input. "
            "Global average pooling at the end keeps the dense layer tiny."
        ),
        lazy("after He, Zhang, Ren, Sun 2016 (their network for CIFAR, with one block for each size of map)"),
        resnet_layers(),
    ),
    "small-inception": _preset(
        "small-inception",
        "classics",
        lazy(
            "Each Inception block looks with 1×1, 3×3 and 5×5 filters side by side and keeps all "
            "the answers. "
            "The 1×1 filters in front make the large ones affordable."
        ),
        lazy("after Szegedy et al. 2015, GoogLeNet, with the batch normalization of Ioffe & Szegedy 2015"),
        inception_layers(),
    ),
    "fast": _preset(
        "fast",
        "own",
        lazy(
            "Two thin convolutions, pooled before they are cut off: made for demonstrations. One epoch in "
            "batches of 128, one cycle of Adam and labels smoothed by 0.05 take it past 99 % on MNIST."
        ),
        "cnnlab",
        fast_layers(),
        epochs=1,
        batch_size=128,
        learning_rate=0.01,
        beta1=0.7,
        beta2=0.9,
        schedule="one-cycle",
        label_smoothing=0.05,
    ),
    "digit-reader": _preset(
        "digit-reader",
        "own",
        lazy(
            "Three convolutions with batch normalization, pooled before they are cut off. "
            "The design of the bundled model that reads your drawings."
        ),
        "cnnlab",
        digit_reader_layers(),
    ),
    "no-bend": _preset(
        "no-bend",
        "bad",
        lazy(
            "Four layers of weights and not one activation. "
            "Why does it get no further than a single dense layer would?"
        ),
        "cnnlab",
        unbent_layers(),
    ),
    "vanishing": _preset(
        "vanishing",
        "bad",
        lazy(
            "Eight sigmoids in a row: after a whole epoch it still guesses. "
            "Look at the gradients of the first row, and then swap the sigmoids for ReLU."
        ),
        lazy("cnnlab; after Hochreiter 1991 and Glorot & Bengio 2010"),
        sigmoid_layers(),
        epochs=3,
    ),
    "diverging": _preset(
        "diverging",
        "bad",
        lazy(
            "Nothing is wrong with this network, only with its learning rate: each step jumps over "
            "the valley. "
            "By what factor must the rate be lowered before the loss falls?"
        ),
        "cnnlab",
        [*conv_block(16, 32), Flatten(), *head(64)],
        optimizer="sgd",
        learning_rate=1.0,
        epochs=3,
    ),
    "giant": _preset(
        "giant",
        "bad",
        lazy(
            "1.9 million weights for 1,297 small pictures: after 20 epochs it has memorized them, "
            "yet it misreads "
            "three or four new ones in a hundred. Compare both losses, then add dropout or augmentation."
        ),
        "cnnlab",
        giant_layers(),
        data="digits",
        epochs=30,
    ),
}


def families() -> dict[PresetFamily, dict[str, Preset]]:
    """The presets by family, in the order of the menu."""
    grouped: dict[PresetFamily, dict[str, Preset]] = {}
    for name, entry in PRESETS.items():
        grouped.setdefault(entry.family, {})[name] = entry
    return grouped


def preset(name: str) -> Preset:
    """The preset of that name; raises DesignError that lists the names."""
    if name not in PRESETS:
        raise DesignError(
            lazy("there is no preset {name}", name=repr(name)),
            where=lazy("presets"),
            allowed=lazy_listed(PRESETS),
        )
    return PRESETS[name]
