"""Layers: one class per kind, grouped by family, and listed at the end of its family's file.

This module has the names that other rooms use.
"""

from __future__ import annotations

from typing import Annotated

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
from cnnlab.layers.base import Branch, Family, Join, Layer, MisfitError, Part, Repair, Shape, shape_text
from cnnlab.layers.blocks import Inception, SqueezeExcitation
from cnnlab.layers.convolution import Conv2d, DepthwiseConv2d, SeparableConv2d
from cnnlab.layers.dense import Flatten, Linear
from cnnlab.layers.kinds import PLAIN_KINDS, OneOf, by_name
from cnnlab.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.layers.receptive import ReceptiveField
from cnnlab.layers.regularization import Dropout, Dropout2d
from cnnlab.layers.residual import Residual

# Every kind that a design file may contain and the palette offers.
KINDS: dict[str, type[Layer]] = {**PLAIN_KINDS, **by_name(Residual)}
AnyLayer = Annotated[Layer, OneOf(KINDS)]

__all__ = [
    "ELU",
    "GELU",
    "KINDS",
    "SELU",
    "AdaptiveAvgPool2d",
    "AnyLayer",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Branch",
    "Conv2d",
    "DepthwiseConv2d",
    "Dropout",
    "Dropout2d",
    "Family",
    "Flatten",
    "GroupNorm",
    "Inception",
    "Join",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "MisfitError",
    "Part",
    "ReLU",
    "ReceptiveField",
    "Repair",
    "Residual",
    "SeparableConv2d",
    "Shape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SqueezeExcitation",
    "Tanh",
    "shape_text",
]
