"""What each Keras layer is in the lab. Keras' defaults are filled in where the text says nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnlab.convert.arguments import Arguments, not_a_layer, wrong_value
from cnnlab.convert.blocks import put_residual
from cnnlab.convert.keras_shapes import picture_of, sides_of
from cnnlab.convert.places import line_name
from cnnlab.convert.stack import Stack, row_layers, unknown_layer
from cnnlab.convert.values import Call, Opaque, flat
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy
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
    SeparableConv2d,
    Sigmoid,
    SiLU,
    Softmax,
    SqueezeExcitation,
    Tanh,
)
from cnnlab.layers.windows import window_steps

_ANYWHERE = "name dtype trainable input_shape batch_input_shape input_dim data_format"
_WEIGHTS = (
    "kernel_initializer bias_initializer depthwise_initializer pointwise_initializer kernel_regularizer "
    "bias_regularizer depthwise_regularizer pointwise_regularizer activity_regularizer"
)
_CONSTRAINTS = "kernel_constraint bias_constraint depthwise_constraint pointwise_constraint"
_IGNORED = f"{_ANYWHERE} {_WEIGHTS} {_CONSTRAINTS}"


def take_layer(step: Any, stack: Stack) -> None:
    """Put what one Keras layer is on the stack."""
    if not isinstance(step, Call):
        raise not_a_layer(step, stack.line)
    if step.name in ("Input", "InputLayer"):
        return
    way = LAYERS.get(step.name)
    if way is None:
        raise unknown_layer(step, _offered())
    for name in _CONSTRAINTS.split():
        if step.kwargs.get(name) is not None:
            stack.note(step, lazy("{name} is left out: the lab has nothing like it.", name=name))
    way(step, stack)


def _offered() -> list[str]:
    return sorted(name for name in LAYERS if not name.startswith(("Convolution", "GlobalAvg", "AvgPool")))


def _activate(arguments: Arguments, stack: Stack, name: str = "activation") -> None:
    """The row that `activation=` is here."""
    value = arguments.get(name, "linear")
    call = arguments.call
    if isinstance(value, Call):
        take_layer(value, stack)
        return
    word = value.name.rpartition(".")[2] if isinstance(value, Opaque) else value
    if not isinstance(word, str) or word.lower() not in ACTIVATIONS:
        raise DesignError(
            wrong_value(name, value),
            where=line_name(call.line, call.name),
            allowed=", ".join(ACTIVATIONS),
        )
    kind, fields = ACTIVATIONS[word.lower()]
    if word.lower() == "log_softmax":
        stack.note(call, lazy("log_softmax became Softmax: the logarithm belongs to the loss here."))
    if kind is not None:
        stack.put(call, kind, **fields)


ACTIVATIONS: dict[str, tuple[type[Layer] | None, dict[str, Any]]] = {
    "linear": (None, {}),
    "relu": (ReLU, {}),
    "leaky_relu": (LeakyReLU, {"negative_slope": 0.2}),
    "elu": (ELU, {}),
    "selu": (SELU, {}),
    "gelu": (GELU, {}),
    "silu": (SiLU, {}),
    "swish": (SiLU, {}),
    "sigmoid": (Sigmoid, {}),
    "tanh": (Tanh, {}),
    "softmax": (Softmax, {}),
    "log_softmax": (Softmax, {}),
}


def _window(arguments: Arguments, stack: Stack) -> dict[str, Any]:
    """Kernel, stride, dilation and padding of a convolution."""
    kernel, stride = arguments.side("kernel_size"), arguments.side("strides", 1)
    dilation = arguments.side("dilation_rate", 1)
    padding: int | str = 0
    if arguments.word("padding", "valid", "valid same") == "same":
        reach = dilation * (kernel - 1) + 1
        padding = "same" if stride == 1 else _rim(arguments, stack, reach, stride)
    elif stack.rim:
        padding, stack.rim = stack.rim, 0
    return {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}


def _rim(arguments: Arguments, stack: Stack, reach: int, stride: int) -> int:
    """Keras' "same" with a stride as a number: Keras pads the right and lower side more where it is odd."""
    if stack.shape is None or len(stack.shape) != 3:
        return (reach - 1) // 2
    totals = [max((math.ceil(side / stride) - 1) * stride + reach - side, 0) for side in stack.shape[1:]]
    rim = math.ceil(max(totals) / 2)
    wanted = [math.ceil(side / stride) for side in stack.shape[1:]]
    found = [window_steps(side, reach, stride, rim) for side in stack.shape[1:]]
    if wanted != found:
        raise arguments.wrong(
            lazy(
                'padding "same" with stride {stride} needs padding that differs from side to side here',
                stride=stride,
            ),
            lazy("padding that is the same on all four sides; padding='valid' works"),
        )
    if any(total != 2 * rim for total in totals):
        stack.warn(
            arguments.call,
            lazy(
                'Keras pads "same" with stride {stride} unevenly, more at the right and below; here the '
                "padding is {rim} on all sides. Shapes agree, trained weights would not.",
                stride=stride,
                rim=rim,
            ),
        )
    return rim


def _conv2d(call: Call, stack: Stack) -> None:
    names = "filters kernel_size strides padding data_format dilation_rate groups activation use_bias"
    arguments = Arguments(call, f"{names} {_WEIGHTS}", _IGNORED)
    stack.put(
        call,
        Conv2d,
        out_channels=arguments.integer("filters"),
        **_window(arguments, stack),
        groups=arguments.integer("groups", 1),
        bias=arguments.flag("use_bias", True),
    )
    _activate(arguments, stack)


def _depthwise(call: Call, stack: Stack) -> None:
    names = "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias"
    arguments = Arguments(call, names, _IGNORED)
    stack.put(
        call,
        DepthwiseConv2d,
        multiplier=arguments.integer("depth_multiplier", 1),
        **_window(arguments, stack),
        bias=arguments.flag("use_bias", True),
    )
    _activate(arguments, stack)


def _separable(call: Call, stack: Stack) -> None:
    names = (
        "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias"
    )
    arguments = Arguments(call, names, _IGNORED)
    arguments.only("depth_multiplier", 1)
    stack.put(
        call,
        SeparableConv2d,
        out_channels=arguments.integer("filters"),
        **_window(arguments, stack),
        bias=arguments.flag("use_bias", True),
    )
    _activate(arguments, stack)


def _pool(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "pool_size strides padding data_format", _IGNORED)
        window = arguments.side("pool_size", 2)
        stride = arguments.side("strides", window)
        padding = 0
        if arguments.word("padding", "valid", "valid same") == "same":
            padding = _rim(arguments, stack, window, stride)
            if padding and kind is AvgPool2d:
                stack.warn(call, lazy("Keras leaves the padding out of the mean; here its zeros count."))
        elif stack.rim:
            padding, stack.rim = stack.rim, 0
        stack.put(call, kind, kernel_size=window, stride=stride, padding=padding)

    return take


def _global_average(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "data_format keepdims", _IGNORED)
    stack.put(call, AdaptiveAvgPool2d, output_size=1)
    if not arguments.flag("keepdims", False):
        stack.put(call, Flatten)


def _adaptive_average(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "output_size data_format", _IGNORED)
    stack.put(call, AdaptiveAvgPool2d, output_size=arguments.side("output_size"))


def _global_max(call: Call, stack: Stack) -> None:
    """The largest number of each map: max pooling with a window as large as the map."""
    arguments = Arguments(call, "data_format keepdims", _IGNORED)
    sides = stack.shape[1:] if stack.shape is not None else ()
    if len(set(sides)) != 1:
        raise arguments.wrong(lazy("the maps are not square here"), lazy("square maps"))
    stack.put(call, MaxPool2d, kernel_size=sides[0], stride=sides[0])
    if not arguments.flag("keepdims", False):
        stack.put(call, Flatten)


def _zero_padding(call: Call, stack: Stack) -> None:
    """Zeros around the picture become the padding of the layer that follows."""
    arguments = Arguments(call, "padding data_format", _IGNORED)
    stack.rim = arguments.side("padding", 1)


def _flatten(call: Call, stack: Stack) -> None:
    Arguments(call, "data_format", _IGNORED)
    stack.put(call, Flatten)


def _permute(call: Call, stack: Stack) -> None:
    """Our own scripts bring the channels to the front before Flatten, which is PyTorch's order."""
    arguments = Arguments(call, "dims", _IGNORED)
    if arguments.get("dims") not in ((3, 1, 2), [3, 1, 2]):
        raise arguments.wrong(wrong_value("dims", arguments.get("dims")), "(3, 1, 2)")


def _reshape(call: Call, stack: Stack) -> None:
    """Only what changes nothing, or lays a picture out as a vector."""
    arguments = Arguments(call, "target_shape", _IGNORED)
    sides = sides_of(arguments.get("target_shape"), batch=False)
    if sides is not None and len(sides) == 3 and not stack.rows:
        channels, height, width = stack.input_shape
        if math.prod(sides) == channels * height * width:
            stack.reshape(picture_of(sides, call.line, []), call.line)
            return
    if sides is not None and len(sides) == 1:
        stack.put(call, Flatten)
        return
    problem = lazy("the lab does not know this reshaping")
    raise arguments.wrong(problem, lazy("Flatten, or the input as a picture"))


def _dense(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, f"units activation use_bias {_WEIGHTS}", _IGNORED)
    stack.put(call, Linear, out_features=arguments.integer("units"), bias=arguments.flag("use_bias", True))
    _activate(arguments, stack)


def _activation(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "activation", _IGNORED)
    arguments.get("activation")
    _activate(arguments, stack)


def _plain(kind: type[Layer], names: str = "", **usual: Any) -> Callable[[Call, Stack], None]:
    """A layer without fields here, whose arguments may only have their usual values."""

    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, names, _IGNORED)
        for name, value in usual.items():
            arguments.only(name, value)
        stack.put(call, kind)

    return take


def _relu(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "max_value negative_slope threshold", _IGNORED)
    if arguments.has("max_value"):
        raise arguments.wrong(lazy("max_value is given"), lazy("ReLU without a ceiling"))
    arguments.only("threshold", 0)
    slope = arguments.number("negative_slope", 0.0)
    if slope:
        stack.put(call, LeakyReLU, negative_slope=slope)
    else:
        stack.put(call, ReLU)


def _leaky_relu(call: Call, stack: Stack) -> None:
    slope = Arguments(call, "negative_slope", _IGNORED).number("negative_slope", 0.3)
    stack.put(call, LeakyReLU, negative_slope=slope)


def _batch_norm(call: Call, stack: Stack) -> None:
    names = "axis momentum epsilon center scale beta_initializer gamma_initializer"
    more = "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer"
    arguments = Arguments(call, f"{names} {more}", _IGNORED)
    arguments.only("center", True)
    arguments.only("scale", True)
    if not math.isclose(arguments.number("epsilon", 1e-3), 1e-5) or arguments.number("momentum", 0.99) != 0.9:
        text = lazy("batch norm here has PyTorch's ε 1e-5 and momentum 0.9 (as Keras counts it).")
        stack.note(call, text)
    flat_here = stack.shape is not None and len(stack.shape) == 1
    unknown = stack.shape is None and any(isinstance(row, Flatten) for row in stack.rows)
    stack.put(call, BatchNorm1d if flat_here or unknown else BatchNorm2d)


def _group_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "groups axis epsilon center scale", _IGNORED)
    _norm_options(arguments, stack)
    stack.put(call, GroupNorm, num_groups=arguments.integer("groups", 32))


def _layer_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "axis epsilon center scale", _IGNORED)
    _norm_options(arguments, stack)
    axis = arguments.get("axis", -1)
    picture = stack.shape is None or len(stack.shape) == 3
    if picture and axis not in ((1, 2, 3), [1, 2, 3], (-3, -2, -1), [-3, -2, -1]):
        text = lazy("Keras normalizes over the channels alone here; the lab over the whole picture.")
        stack.warn(call, text)
    stack.put(call, LayerNorm)


def _norm_options(arguments: Arguments, stack: Stack) -> None:
    arguments.only("center", True)
    arguments.only("scale", True)
    if not math.isclose(arguments.number("epsilon", 1e-3), 1e-5):
        stack.note(arguments.call, lazy("normalization here has PyTorch's ε, 1e-5."))


def _dropout(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "rate noise_shape seed", _IGNORED)
        stack.put(call, kind, p=arguments.number("rate"))

    return take


# ---- blocks, as our own scripts write them and as Add()([x, y]) gives them


def _residual(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "inside shortcut")
    inside = _inside(arguments.get("inside"), call, stack)
    around = _inside(arguments.get("shortcut", []), call, stack)
    put_residual(call, inside, around, stack)


def _inside(value: Any, call: Call, stack: Stack) -> tuple[Layer, ...]:
    """The layers of one way through a block."""
    inner = stack.inner()
    for step in flat([value], call.line):
        take_layer(step, inner)
    stack.take(inner)
    return row_layers(inner, call)


def _inception(call: Call, stack: Stack) -> None:
    names = "filters_1x1 reduce_3x3 filters_3x3 reduce_5x5 filters_5x5 filters_pool"
    arguments = Arguments(call, names)
    stack.put(call, Inception, **{name: arguments.integer(name) for name in names.split()})


def _squeeze(call: Call, stack: Stack) -> None:
    reduction = Arguments(call, "channels reduction").integer("reduction")
    stack.put(call, SqueezeExcitation, reduction=reduction)


def _padded_max_pool(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "pool_size strides rim")
    window, stride = arguments.integer("pool_size"), arguments.integer("strides")
    stack.put(call, MaxPool2d, kernel_size=window, stride=stride, padding=arguments.integer("rim"))


def _left_out(why: Words) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        stack.note(call, lazy("{name} is left out: {why}", name=call.name, why=why))

    return take


_AUGMENTATION = lazy("augmentation is a setting of the training here.")
LAYERS: dict[str, Callable[[Call, Stack], None]] = {
    "Conv2D": _conv2d,
    "Convolution2D": _conv2d,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "SeparableConvolution2D": _separable,
    "MaxPooling2D": _pool(MaxPool2d),
    "MaxPool2D": _pool(MaxPool2d),
    "AveragePooling2D": _pool(AvgPool2d),
    "AvgPool2D": _pool(AvgPool2d),
    "GlobalAveragePooling2D": _global_average,
    "GlobalAvgPool2D": _global_average,
    "GlobalMaxPooling2D": _global_max,
    "GlobalMaxPool2D": _global_max,
    "AdaptiveAveragePooling2D": _adaptive_average,
    "ZeroPadding2D": _zero_padding,
    "Flatten": _flatten,
    "Permute": _permute,
    "Reshape": _reshape,
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _plain(ELU, "negative_slope", negative_slope=1.0),
    "Softmax": _plain(Softmax, "axis", axis=-1),
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "Dropout": _dropout(Dropout),
    "SpatialDropout2D": _dropout(Dropout2d),
    "Residual": _residual,
    "Inception": _inception,
    "SqueezeExcitation": _squeeze,
    "PaddedMaxPooling2D": _padded_max_pool,
    "Rescaling": _left_out(lazy("the lab divides the pixels by 255 itself.")),
    "RandomFlip": _left_out(_AUGMENTATION),
    "RandomRotation": _left_out(_AUGMENTATION),
    "RandomZoom": _left_out(_AUGMENTATION),
    "RandomTranslation": _left_out(_AUGMENTATION),
    "Identity": _left_out(lazy("it does nothing.")),
}
WEIGHTED = frozenset(name for name in LAYERS if "Conv" in name or "Normalization" in name or name == "Dense")
