"""Each layer as Keras code, and the classes for what Keras has no word for."""

from __future__ import annotations

from collections.abc import Callable

from cnnlab.convert.layout import call_code, indented
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy
from cnnlab.layers import (
    ELU,
    GELU,
    SELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Dropout2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Shape,
    Sigmoid,
    SiLU,
    Softmax,
    SqueezeExcitation,
    Tanh,
)
from cnnlab.layers.base import options_code
from cnnlab.layers.convolution import SlidingWindow


def layer_codes(layer: Layer, shape: Shape) -> list[str]:
    """The layer as one or two expressions."""
    return CODES[type(layer)](layer, shape)


def _window(layer: SlidingWindow) -> tuple[list[str], list[str]]:
    """What stands before a convolution, and its arguments."""
    if layer.stride > 1 and layer.dilation > 1:
        problem = lazy("Keras has no convolution with both a stride and a dilation")
        raise DesignError(problem, allowed=lazy("one of them"))
    same = [] if layer.padding != "same" else ['padding="same"']
    options = [
        *options_code(("strides", layer.stride, 1)),
        *same,
        *options_code(("dilation_rate", layer.dilation, 1)),
    ]
    rim = layer.padding if isinstance(layer.padding, int) and layer.padding else 0
    return ([f"layers.ZeroPadding2D({rim})"] if rim else []), options


def _conv2d(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, Conv2d)
    before, options = _window(layer)
    options += options_code(("groups", layer.groups, 1), ("use_bias", layer.bias, True))
    sizes = [str(layer.out_channels), str(layer.kernel_size)]
    return [*before, call_code("layers.Conv2D", [*sizes, *options])]


def _depthwise(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, DepthwiseConv2d)
    before, options = _window(layer)
    options += options_code(("depth_multiplier", layer.multiplier, 1), ("use_bias", layer.bias, True))
    return [*before, call_code("layers.DepthwiseConv2D", [str(layer.kernel_size), *options])]


def _separable(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, SeparableConv2d)
    before, options = _window(layer)
    options += options_code(("use_bias", layer.bias, True))
    sizes = [str(layer.out_channels), str(layer.kernel_size)]
    return [*before, call_code("layers.SeparableConv2D", [*sizes, *options])]


def _max_pool(layer: Layer, shape: Shape) -> list[str]:
    """Keras pads with what never wins only for "same"; other rims need a helper."""
    assert isinstance(layer, MaxPool2d)
    window, stride, rim = layer.kernel_size, layer.stride, layer.padding
    if not rim:
        return [call_code("layers.MaxPooling2D", [str(window), *options_code(("strides", stride, window))])]
    if stride == 1 and window == 2 * rim + 1:
        return [f'layers.MaxPooling2D({window}, strides=1, padding="same")']
    return [f"PaddedMaxPooling2D({window}, strides={stride}, rim={rim})"]


def _avg_pool(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, AvgPool2d)
    rim = [f"layers.ZeroPadding2D({layer.padding})"] if layer.padding else []
    options = options_code(("strides", layer.stride, layer.kernel_size))
    return [*rim, call_code("layers.AveragePooling2D", [str(layer.kernel_size), *options])]


def _adaptive(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, AdaptiveAvgPool2d)
    if layer.output_size == 1:
        return ["layers.GlobalAveragePooling2D(keepdims=True)"]
    return [f"layers.AdaptiveAveragePooling2D({layer.output_size})"]


def _linear(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, Linear)
    options = options_code(("use_bias", layer.bias, True))
    return [call_code("layers.Dense", [str(layer.out_features), *options])]


def _always(code: str) -> Callable[[Layer, Shape], list[str]]:
    return lambda layer, shape: [code]


def _leaky_relu(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, LeakyReLU)
    return [f"layers.LeakyReLU(negative_slope={layer.negative_slope!r})"]


def _group_norm(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, GroupNorm)
    return [f"layers.GroupNormalization({layer.num_groups}, epsilon=1e-5)"]


def _layer_norm(layer: Layer, shape: Shape) -> list[str]:
    axis = "axis=[1, 2, 3], " if len(shape) == 3 else ""
    return [f"layers.LayerNormalization({axis}epsilon=1e-5)"]


def _dropout(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, Dropout | Dropout2d)
    name = "Dropout" if isinstance(layer, Dropout) else "SpatialDropout2D"
    return [f"layers.{name}({layer.p!r})"]


def _residual(layer: Layer, shape: Shape) -> list[str]:
    inside, shortcut = layer.branches(shape)
    around = _listed(shortcut.layers, shape)
    return [call_code("Residual", [_listed(inside.layers, shape), *([around] if shortcut.layers else [])])]


def _listed(layers: tuple[Layer, ...], shape: Shape) -> str:
    codes = []
    for layer in layers:
        codes += layer_codes(layer, shape)
        shape = layer.output_shape(shape)
    inside = "".join(f"{indented(code)},\n" for code in codes)
    return f"[\n{inside}]"


def _inception(layer: Layer, shape: Shape) -> list[str]:
    fields = layer.model_dump(exclude={"kind"})
    return [call_code("Inception", [f"{name}={value}" for name, value in fields.items()])]


def _squeeze(layer: Layer, shape: Shape) -> list[str]:
    assert isinstance(layer, SqueezeExcitation)
    return [f"SqueezeExcitation({shape[0]}, reduction={layer.reduction})"]


_BATCH_NORM = "layers.BatchNormalization(momentum=0.9, epsilon=1e-5)"
CODES: dict[type[Layer], Callable[[Layer, Shape], list[str]]] = {
    Conv2d: _conv2d,
    DepthwiseConv2d: _depthwise,
    SeparableConv2d: _separable,
    MaxPool2d: _max_pool,
    AvgPool2d: _avg_pool,
    AdaptiveAvgPool2d: _adaptive,
    Flatten: _always("layers.Flatten()"),
    Linear: _linear,
    ReLU: _always("layers.ReLU()"),
    LeakyReLU: _leaky_relu,
    ELU: _always("layers.ELU()"),
    SELU: _always('layers.Activation("selu")'),
    GELU: _always('layers.Activation("gelu")'),
    SiLU: _always('layers.Activation("silu")'),
    Sigmoid: _always('layers.Activation("sigmoid")'),
    Tanh: _always('layers.Activation("tanh")'),
    Softmax: _always("layers.Softmax()"),
    BatchNorm2d: _always(_BATCH_NORM),
    BatchNorm1d: _always(_BATCH_NORM),
    GroupNorm: _group_norm,
    LayerNorm: _layer_norm,
    Dropout: _dropout,
    Dropout2d: _dropout,
    Residual: _residual,
    Inception: _inception,
    SqueezeExcitation: _squeeze,
}
HELPERS = {
    "PaddedMaxPooling2D": '''
class PaddedMaxPooling2D(layers.Layer):
    """Max pooling behind a rim that never wins, as PyTorch pads."""

    def __init__(self, pool_size, strides, rim):
        super().__init__()
        self.pool_size, self.strides, self.rim = pool_size, strides, rim

    def call(self, x):
        sides = (self.rim, self.rim)
        padded = ops.pad(x, ((0, 0), sides, sides, (0, 0)), constant_values=float("-inf"))
        return ops.max_pool(padded, self.pool_size, self.strides)
''',
    "Residual": '''
class Residual(layers.Layer):
    """What the layers inside make of x, plus x itself (or its projection)."""

    def __init__(self, inside, shortcut=()):
        super().__init__()
        self.inside = keras.Sequential(inside)
        self.shortcut = keras.Sequential(shortcut or [layers.Identity()])

    def call(self, x, training=None):
        return self.inside(x, training=training) + self.shortcut(x)
''',
    "Inception": '''
class Inception(layers.Layer):
    """Filters of three sizes and a pooling side by side, their maps laid behind each other."""

    def __init__(self, filters_1x1, reduce_3x3, filters_3x3, reduce_5x5, filters_5x5, filters_pool):
        super().__init__()

        def convolution(filters, size):
            return [layers.Conv2D(filters, size, padding="same"), layers.ReLU()]

        pool = layers.MaxPooling2D(3, strides=1, padding="same")
        self.branches = [
            keras.Sequential(convolution(filters_1x1, 1)),
            keras.Sequential(convolution(reduce_3x3, 1) + convolution(filters_3x3, 3)),
            keras.Sequential(convolution(reduce_5x5, 1) + convolution(filters_5x5, 5)),
            keras.Sequential([pool, *convolution(filters_pool, 1)]),
        ]

    def call(self, x):
        return ops.concatenate([branch(x) for branch in self.branches], axis=-1)
''',
    "SqueezeExcitation": '''
class SqueezeExcitation(layers.Layer):
    """Each map times one number between 0 and 1, which the means of all maps decide."""

    def __init__(self, channels, reduction):
        super().__init__()
        self.gate = keras.Sequential(
            [
                layers.GlobalAveragePooling2D(keepdims=True),
                layers.Conv2D(max(1, channels // reduction), 1, activation="relu"),
                layers.Conv2D(channels, 1, activation="sigmoid"),
            ]
        )

    def call(self, x):
        return x * self.gate(x)
''',
}
