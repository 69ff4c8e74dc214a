"""What each module and function of PyTorch is in the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnlab.convert.arguments import Arguments, not_a_layer, wrong_value
from cnnlab.convert.blocks import put_residual
from cnnlab.convert.places import line_name
from cnnlab.convert.stack import Stack, row_layers, unknown_layer
from cnnlab.convert.values import Call, flat, is_whole
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
    SeparableConv2d,
    Sigmoid,
    SiLU,
    Softmax,
    SqueezeExcitation,
    Tanh,
)

_IGNORED = "device dtype inplace"


def take_layer(step: Any, stack: Stack) -> None:
    """Put what one module or function is on the stack."""
    if not isinstance(step, Call):
        raise not_a_layer(step, stack.line)
    way = FUNCTIONS.get(step.name) or MODULES.get(step.name)
    if way is None:
        raise unknown_layer(step, MODULES)
    way(step, stack)


def _check(arguments: Arguments, stack: Stack, name: str, axis: int = 0) -> None:
    """Whether what a layer expects is what arrives."""
    if stack.shape is None or not arguments.has(name):
        return
    said, comes = arguments.get(name), stack.shape[axis]
    stack.counted = True
    if is_whole(said) and said != comes:
        if len(stack.shape) == 1 or not stack.rows:  # elsewhere the size of the pictures makes no difference
            stack.misfits.append((arguments.call.line, said, comes))
        counts = {"name": name, "said": said, "comes": comes}
        text = lazy("{name} is {said}, but {comes} arrive; the lab counts them itself.", **counts)
        stack.warn(arguments.call, text)


def _conv(arguments: Arguments) -> dict[str, Any]:
    """The window of a convolution."""
    arguments.only("padding_mode", "zeros")
    padding = arguments.get("padding", 0)
    if padding == "valid":
        padding = 0
    return {
        "kernel_size": arguments.side("kernel_size"),
        "stride": arguments.side("stride", 1),
        "padding": padding if padding == "same" else arguments.side("padding", 0) if padding else 0,
        "dilation": arguments.side("dilation", 1),
        "bias": arguments.flag("bias", True),
    }


def _conv2d(call: Call, stack: Stack) -> None:
    names = "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode"
    arguments = Arguments(call, names, _IGNORED)
    _check(arguments, stack, "in_channels")
    filters, groups = arguments.integer("out_channels"), arguments.integer("groups", 1)
    stack.put(call, Conv2d, out_channels=filters, groups=groups, **_conv(arguments))


def _depthwise(call: Call, stack: Stack) -> None:
    names = "channels kernel_size multiplier stride padding dilation bias padding_mode"
    arguments = Arguments(call, names)
    stack.put(call, DepthwiseConv2d, multiplier=arguments.integer("multiplier", 1), **_conv(arguments))


def _separable(call: Call, stack: Stack) -> None:
    names = "in_channels out_channels kernel_size bias stride padding dilation padding_mode"
    arguments = Arguments(call, names)
    stack.put(call, SeparableConv2d, out_channels=arguments.integer("out_channels"), **_conv(arguments))


def _pool(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        extra = "dilation return_indices ceil_mode" if kind is MaxPool2d else "ceil_mode count_include_pad"
        arguments = Arguments(call, f"kernel_size stride padding {extra}", "divisor_override")
        arguments.only("dilation", 1)
        arguments.only("ceil_mode", False)
        arguments.only("count_include_pad", True)
        window = arguments.side("kernel_size")
        stride, padding = arguments.side("stride", window), arguments.side("padding", 0)
        stack.put(call, kind, kernel_size=window, stride=stride, padding=padding)

    return take


def _adaptive(call: Call, stack: Stack) -> None:
    side = Arguments(call, "output_size").side("output_size")
    stack.put(call, AdaptiveAvgPool2d, output_size=side)


def _mean(call: Call, stack: Stack) -> None:
    """x.mean([2, 3]) is global average pooling; so is x.mean(3).mean(2)."""
    arguments = Arguments(call, "dim keepdim", "axis dtype")
    sides = call.given(0, "dim", "axis")
    if not isinstance(sides, list | tuple) or set(map(str, sides)) not in ({"2", "3"}, {"-1", "-2"}):
        raise arguments.wrong(wrong_value("dim", sides), lazy("[2, 3], the mean of each map"))
    stack.put(call, AdaptiveAvgPool2d, output_size=1)
    if not arguments.flag("keepdim", False):
        stack.put(call, Flatten)


def _flatten(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "start_dim end_dim")
    arguments.only("start_dim", 1)
    arguments.only("end_dim", -1)
    stack.put(call, Flatten)


def _view(call: Call, stack: Stack) -> None:
    """x.view(x.size(0), -1) and its relatives; on a vector it does nothing."""
    given = call.args or tuple(call.kwargs.values())
    sizes = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if not stack.rows and len(sizes) == 4 and tuple(sizes[1:]) == stack.input_shape:
        return
    said = [size for size in sizes if is_whole(size)]
    if len(sizes) != 2 or not said:
        raise DesignError(
            lazy("the lab does not know this reshaping"),
            where=line_name(call.line),
            allowed="x.view(x.size(0), -1), torch.flatten(x, 1)",
        )
    if stack.shape is None or len(stack.shape) != 1:
        stack.put(call, Flatten)
    wanted = said[-1]
    stack.counted |= wanted > 0
    if wanted > 0 and stack.shape is not None and wanted != stack.shape[0]:
        stack.misfits.append((call.line, wanted, stack.shape[0]))
        counts = {"wanted": wanted, "comes": stack.shape[0]}
        text = lazy(
            "{wanted} numbers are expected, but {comes} arrive; the lab counts them itself.", **counts
        )
        stack.warn(call, text)


def _linear(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "in_features out_features bias", _IGNORED)
    if stack.shape is not None and len(stack.shape) == 3 and not stack.rows:
        stack.put(call, Flatten)
        stack.note(call, lazy("a Flatten is put before it, because its input is a picture."))
    _check(arguments, stack, "in_features", axis=-1)
    stack.put(call, Linear, out_features=arguments.integer("out_features"), bias=arguments.flag("bias", True))


def _plain(kind: type[Layer], names: str = "", **usual: Any) -> Callable[[Call, Stack], None]:
    """A layer without fields here, whose arguments may only have their usual values."""

    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, names, _IGNORED)
        for name, value in usual.items():
            arguments.only(name, value)
        stack.put(call, kind)

    return take


def _softmax(call: Call, stack: Stack) -> None:
    Arguments(call, "dim", _IGNORED)
    stack.put(call, Softmax)


def _log_softmax(call: Call, stack: Stack) -> None:
    """Its logarithm belongs to the loss: the scores before it are what the lab computes cross-entropy on."""
    Arguments(call, "dim", _IGNORED)
    stack.note(call, lazy("log-softmax is left out: it is a part of the loss here."))


def _leaky_relu(call: Call, stack: Stack) -> None:
    slope = Arguments(call, "negative_slope inplace", _IGNORED).number("negative_slope", 0.01)
    stack.put(call, LeakyReLU, negative_slope=slope)


def _batch_norm(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "num_features eps momentum affine track_running_stats", _IGNORED)
        _check(arguments, stack, "num_features")
        arguments.only("affine", True)
        arguments.only("track_running_stats", True)
        if arguments.number("eps", 1e-5) != 1e-5 or arguments.number("momentum", 0.1) != 0.1:
            stack.note(call, lazy("batch norm here has ε 1e-5 and momentum 0.1."))
        stack.put(call, kind)

    return take


def _group_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "num_groups num_channels eps affine", _IGNORED)
    _check(arguments, stack, "num_channels")
    arguments.only("affine", True)
    stack.put(call, GroupNorm, num_groups=arguments.integer("num_groups"))


def _layer_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "normalized_shape eps elementwise_affine bias", _IGNORED)
    arguments.only("elementwise_affine", True)
    arguments.only("bias", True)
    stack.put(call, LayerNorm)


def _dropout(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "p training inplace", _IGNORED)
        if arguments.get("training", True) is False:
            stack.note(call, lazy("dropout with training=False does nothing, and is left out."))
            return
        stack.put(call, kind, p=arguments.number("p", 0.5))

    return take


def _nothing(call: Call, stack: Stack) -> None:
    """What hands on its input."""


def _clamp(call: Call, stack: Stack) -> None:
    """x.clamp(min=0) is ReLU."""
    arguments = Arguments(call, "min max", _IGNORED)
    if call.given(0, "min") != 0 or arguments.has("max"):
        problem = lazy("the lab does not know this clamp")
        raise arguments.wrong(problem, lazy("clamp(min=0), which is ReLU"))
    stack.put(call, ReLU)


def _lazy(way: Callable[[Call, Stack], None], unknown: int) -> Callable[[Call, Stack], None]:
    """A module that counts its inputs itself, as the lab does."""

    def take(call: Call, stack: Stack) -> None:
        args = (None,) * unknown + call.args
        way(Call(call.name, call.path, call.owner, args, call.kwargs, call.line), stack)

    return take


# ---- blocks, as our own scripts write them and as x + f(x) gives them


def _residual(call: Call, stack: Stack) -> None:
    inside = _inside(call.given(0, "inside"), call, stack)
    around = _inside(call.given(1, "shortcut"), call, stack)
    put_residual(call, inside, around, stack)


def _inside(value: Any, call: Call, stack: Stack) -> tuple[Layer, ...]:
    """The layers of one way through a block."""
    steps = flat([value], call.line) if value is not None else []
    inner = stack.inner()
    for step in steps:
        take_layer(step, inner)
    stack.take(inner)
    return row_layers(inner, call)


def _inception(call: Call, stack: Stack) -> None:
    names = "in_channels filters_1x1 reduce_3x3 filters_3x3 reduce_5x5 filters_5x5 filters_pool"
    arguments = Arguments(call, names)
    _check(arguments, stack, "in_channels")
    stack.put(call, Inception, **{name: arguments.integer(name) for name in names.split()[1:]})


def _squeeze(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "channels reduction")
    _check(arguments, stack, "channels")
    stack.put(call, SqueezeExcitation, reduction=arguments.integer("reduction"))


MODULES: dict[str, Callable[[Call, Stack], None]] = {
    "Conv2d": _conv2d,
    "DepthwiseConv2d": _depthwise,
    "SeparableConv2d": _separable,
    "MaxPool2d": _pool(MaxPool2d),
    "AvgPool2d": _pool(AvgPool2d),
    "AdaptiveAvgPool2d": _adaptive,
    "Flatten": _flatten,
    "Linear": _linear,
    "ReLU": _plain(ReLU, "inplace"),
    "LeakyReLU": _leaky_relu,
    "ELU": _plain(ELU, "alpha inplace", alpha=1.0),
    "SELU": _plain(SELU, "inplace"),
    "GELU": _plain(GELU, "approximate", approximate="none"),
    "SiLU": _plain(SiLU, "inplace"),
    "Sigmoid": _plain(Sigmoid),
    "Tanh": _plain(Tanh),
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "BatchNorm2d": _batch_norm(BatchNorm2d),
    "BatchNorm1d": _batch_norm(BatchNorm1d),
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "Dropout": _dropout(Dropout),
    "Dropout2d": _dropout(Dropout2d),
    "Residual": _residual,
    "Inception": _inception,
    "SqueezeExcitation": _squeeze,
    "Identity": _nothing,
    "LazyConv2d": _lazy(_conv2d, 1),
    "LazyLinear": _lazy(_linear, 1),
    "LazyBatchNorm2d": _lazy(_batch_norm(BatchNorm2d), 1),
    "LazyBatchNorm1d": _lazy(_batch_norm(BatchNorm1d), 1),
}
WEIGHTED = frozenset(
    name for name in MODULES if name.startswith(("Conv", "Linear", "Batch", "Lazy", "Group", "LayerN"))
)
# Functions of torch, torch.nn.functional and of a tensor, without the tensor itself.
FUNCTIONS: dict[str, Callable[[Call, Stack], None]] = {
    "relu": _plain(ReLU, "inplace"),
    "leaky_relu": _leaky_relu,
    "elu": _plain(ELU, "alpha inplace", alpha=1.0),
    "selu": _plain(SELU, "inplace"),
    "gelu": _plain(GELU, "approximate", approximate="none"),
    "silu": _plain(SiLU, "inplace"),
    "sigmoid": _plain(Sigmoid),
    "tanh": _plain(Tanh),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "max_pool2d": _pool(MaxPool2d),
    "avg_pool2d": _pool(AvgPool2d),
    "adaptive_avg_pool2d": _adaptive,
    "dropout": _dropout(Dropout),
    "dropout2d": _dropout(Dropout2d),
    "flatten": _flatten,
    "view": _view,
    "reshape": _view,
    "mean": _mean,
    "clamp": _clamp,
    "clamp_min": _clamp,
}
