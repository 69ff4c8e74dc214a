"""What a layer is: one class per kind, grouped by family; `kinds.py` names them all."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

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
from cnnlab.layers.kinds import PlainLayer
from cnnlab.layers.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.layers.receptive import ReceptiveField
from cnnlab.layers.regularization import Dropout, Dropout2d
from cnnlab.layers.residual import Residual

AnyLayer = Annotated[
    PlainLayer | Residual,
    Field(discriminator="kind"),
]

KINDS: dict[str, type[Layer]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(get_args(AnyLayer)[0])
}

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
    "PlainLayer",
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
