"""The lab's weights in Keras' order: convolutions are (height, width, in, out), vectors channels last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import nn

from cnnlab.design.design import Design, summarize
from cnnlab.layers import Flatten, Linear


def transpose_over(design: Design, model: nn.Sequential, keras_model: Any) -> None:
    """Copy the lab's weights into the Keras model, in place."""
    receivers = _with_weights(keras_model.layers)
    permuted = any(type(layer).__name__ == "Permute" for layer in keras_model.layers)
    order: Any = None
    for row, module in zip(summarize(design).rows, model, strict=True):
        shape = row.input_shape or ()
        if isinstance(row.layer, Flatten) and len(shape) == 3 and not permuted:
            order = np.arange(np.prod(shape)).reshape(shape).transpose(1, 2, 0).ravel()
        leaves = iter([leaf for leaf in module.modules() if _has_weights(leaf)])
        for leaf in leaves:
            receiver = next(receivers)
            pair = [leaf, next(leaves)] if type(receiver).__name__ == "SeparableConv2D" else [leaf]
            receiver.set_weights(_weights(receiver, pair, order))
        if isinstance(row.layer, Linear):
            order = None
    assert next(receivers, None) is None


def _has_weights(module: nn.Module) -> bool:
    return not list(module.children()) and bool(list(module.parameters()))


def _with_weights(layers: Any) -> Iterator[Any]:
    """Yield Keras' layers with weights, including those inside blocks, in the order of the lab's modules."""
    for layer in layers:
        name = type(layer).__name__
        if name == "Residual":
            yield from _with_weights([*layer.inside.layers, *layer.shortcut.layers])
        elif name == "Inception":
            for branch in layer.branches:
                yield from _with_weights(branch.layers)
        elif name == "SqueezeExcitation":
            yield from _with_weights(layer.gate.layers)
        elif layer.weights:
            yield layer


def _weights(receiver: Any, leaves: list[nn.Module], order: Any) -> list[np.ndarray]:
    name = type(receiver).__name__
    numbers: dict[str, np.ndarray] = {
        key: value.detach().numpy() for key, value in leaves[0].state_dict().items()
    }
    weight = numbers["weight"]
    bias = [numbers["bias"]] if "bias" in numbers else []
    if name == "SeparableConv2D":
        pointwise = {key: value.detach().numpy() for key, value in leaves[1].state_dict().items()}
        last = [pointwise["bias"]] if "bias" in pointwise else []
        return [_depthwise(receiver, weight), pointwise["weight"].transpose(2, 3, 1, 0), *last]
    if name == "DepthwiseConv2D":
        return [_depthwise(receiver, weight), *bias]
    if name == "Conv2D":
        return [weight.transpose(2, 3, 1, 0), *bias]
    if name == "Dense":
        return [(weight if order is None else weight[:, order]).T, *bias]
    if name == "LayerNormalization" and weight.ndim == 3:
        return [weight.transpose(1, 2, 0), bias[0].transpose(1, 2, 0)]
    statistics = [numbers[key] for key in ("running_mean", "running_var") if key in numbers]
    vectors = [weight, *bias, *statistics]
    return vectors if order is None or weight.size != order.size else [vector[order] for vector in vectors]


def _depthwise(receiver: Any, weight: np.ndarray) -> np.ndarray:
    """(C·m, 1, k, k) -> (k, k, C, m)."""
    size = weight.shape[-1]
    multiplier = receiver.depth_multiplier
    return weight.reshape(-1, multiplier, size, size).transpose(2, 3, 0, 1)
