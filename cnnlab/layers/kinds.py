"""Every kind that has no layers of a person's choice inside. A new kind is a class and its name here."""

from __future__ import annotations

from cnnlab.layers.activation import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from cnnlab.layers.blocks import Inception, SqueezeExcitation
from cnnlab.layers.convolution import Conv2d, DepthwiseConv2d, SeparableConv2d
from cnnlab.layers.dense import Flatten, Linear
from cnnlab.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.layers.regularization import Dropout, Dropout2d

PlainLayer = (
    Conv2d
    | DepthwiseConv2d
    | SeparableConv2d
    | MaxPool2d
    | AvgPool2d
    | AdaptiveAvgPool2d
    | Flatten
    | Linear
    | ReLU
    | LeakyReLU
    | ELU
    | SELU
    | GELU
    | SiLU
    | Sigmoid
    | Tanh
    | Softmax
    | BatchNorm2d
    | BatchNorm1d
    | GroupNorm
    | LayerNorm
    | Dropout
    | Dropout2d
    | Inception
    | SqueezeExcitation
)
