"""Reading Keras layers. Omitted arguments get Keras' defaults.

A layer's own class says how Keras writes it (`Layer.in_keras`). This module has what goes beyond that: other
spellings of these layers, and what is not a layer of its own in the lab.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from cnnlab.convert.arguments import Arguments, not_a_layer, wrong_value
from cnnlab.convert.blocks import add_residual
from cnnlab.convert.keras_shapes import picture_of, sides_of
from cnnlab.convert.locations import line_name
from cnnlab.convert.signatures import Reader, arguments_of, fields_of, fitting, has_weights, note_constants
from cnnlab.convert.stack import Stack, block_layers, unknown_layer
from cnnlab.convert.values import Call, Opaque, flat
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy
from cnnlab.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    AvgPool2d,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    ReLU,
    Residual,
    Softmax,
)
from cnnlab.layers.code import INITIALIZERS, Activated, KerasPadding
from cnnlab.layers.pooling import WindowPool
from cnnlab.layers.windows import window_steps

_ANYWHERE = "name dtype trainable input_shape batch_input_shape input_dim data_format"
_CONSTRAINTS = "kernel_constraint bias_constraint depthwise_constraint pointwise_constraint"
_IGNORED = f"{_ANYWHERE} {INITIALIZERS} {_CONSTRAINTS}"


def read_layer(step: Any, stack: Stack) -> None:
    """Add the rows of one Keras layer to the stack."""
    if not isinstance(step, Call):
        raise not_a_layer(step, stack.line)
    if step.name in ("Input", "InputLayer"):
        return
    reader = keras_layers().get(step.name)
    if reader is None:
        raise unknown_layer(step, _offered())
    for name in _CONSTRAINTS.split():
        if step.kwargs.get(name) is not None:
            stack.note(step, lazy("{name} is left out: the lab has nothing like it.", name=name))
    reader(step, stack)


def _offered() -> list[str]:
    older = ("Convolution", "GlobalAvg", "AvgPool")
    return sorted(name for name in keras_layers() if not name.startswith(older))


def keras_layers() -> Mapping[str, Reader]:
    """Return the readers of Keras' layers, and of those in exported scripts, by name."""
    return _layers(tuple(KINDS.values()))


def activations() -> Mapping[str, tuple[type[Layer] | None, Mapping[str, Any]]]:
    """Return the kinds of activations and their fields, by their names for `activation=`."""
    return _activations(tuple(KINDS.values()))


def weighted() -> frozenset[str]:
    """Return the names of the layers that have weights."""
    return frozenset(
        name
        for kind in KINDS.values()
        if has_weights(kind)
        for name in (kind.in_keras.name, *kind.in_keras.also)
    )


def own_classes() -> frozenset[str]:
    """Return the classes that exported scripts define, which are layers here."""
    calls = {kind.in_keras.call for kind in KINDS.values()}
    return frozenset(call for call in calls if call and not call.startswith("layers.")) | {_PADDED}


@cache
def _layers(kinds: tuple[type[Layer], ...]) -> dict[str, Reader]:
    found: dict[str, list[type[Layer]]] = {}
    for kind in kinds:
        for name in (kind.in_keras.name, *kind.in_keras.also) if kind.in_keras.call else ():
            found.setdefault(name, []).append(kind)
    return {**{name: partial(_read, several) for name, several in found.items()}, **_LAYERS}


@cache
def _activations(
    kinds: tuple[type[Layer], ...],
) -> dict[str, tuple[type[Layer] | None, Mapping[str, Any]]]:
    found: dict[str, tuple[type[Layer] | None, Mapping[str, Any]]] = {"linear": (None, {})}
    for kind in kinds:
        found |= {name: (kind, fields) for name, fields in kind.in_keras.activations.items()}
    return found | {"log_softmax": (Softmax, {})}


def _read(kinds: list[type[Layer]], call: Call, stack: Stack) -> None:
    """Read a call by the signature of the layer's class; of several with this name, the one that fits."""
    kind = fitting(kinds, stack)
    signature = kind.in_keras
    arguments = arguments_of(signature, call, _IGNORED)
    fields = fields_of(kind, signature, arguments)
    if any(isinstance(argument, KerasPadding) for argument in signature.arguments):
        fields["padding"] = _padding(arguments, stack, kind, fields)
    note_constants(signature, arguments, stack)
    stack.put(call, kind, **fields)
    if any(isinstance(argument, Activated) for argument in signature.arguments):
        _activate(arguments, stack)


def _activate(arguments: Arguments, stack: Stack, name: str = "activation") -> None:
    """Add the row for `activation=`."""
    value = arguments.get(name, "linear")
    call = arguments.call
    if isinstance(value, Call):
        read_layer(value, stack)
        return
    word = value.name.rpartition(".")[2] if isinstance(value, Opaque) else value
    if not isinstance(word, str) or word.lower() not in activations():
        raise DesignError(
            wrong_value(name, value),
            where=line_name(call.line, call.name),
            allowed=", ".join(activations()),
        )
    kind, fields = activations()[word.lower()]
    if word.lower() == "log_softmax":
        stack.note(call, lazy("log_softmax became Softmax: the logarithm belongs to the loss here."))
    if kind is not None:
        stack.put(call, kind, **fields)


def _padding(arguments: Arguments, stack: Stack, kind: type[Layer], fields: dict[str, Any]) -> int | str:
    """Return the padding of a window: that of a ZeroPadding2D before it, or the amount of Keras' "same"."""
    if arguments.choice("padding", "valid", "valid same") != "same":
        padding, stack.pending_padding = stack.pending_padding, 0
        return padding
    stride = fields["stride"]
    reach = fields.get("dilation", 1) * (fields["kernel_size"] - 1) + 1
    pools = issubclass(kind, WindowPool)
    if stride == 1 and not pools:
        return "same"
    padding = _same_padding(arguments, stack, reach, stride)
    if padding and kind is AvgPool2d:
        stack.warn(arguments.call, lazy("Keras leaves the padding out of the mean; here its zeros count."))
    return padding


def _same_padding(arguments: Arguments, stack: Stack, reach: int, stride: int) -> int:
    """Return Keras' "same" with a stride as a number; Keras pads right and bottom more if it is odd."""
    if stack.shape is None or len(stack.shape) != 3:
        return (reach - 1) // 2
    totals = [max((math.ceil(side / stride) - 1) * stride + reach - side, 0) for side in stack.shape[1:]]
    padding = math.ceil(max(totals) / 2)
    wanted = [math.ceil(side / stride) for side in stack.shape[1:]]
    found = [window_steps(side, reach, stride, padding) for side in stack.shape[1:]]
    if wanted != found:
        raise arguments.error(
            lazy(
                'padding "same" with stride {stride} needs padding that differs from side to side here',
                stride=stride,
            ),
            lazy("padding that is the same on all four sides; padding='valid' works"),
        )
    if any(total != 2 * padding for total in totals):
        stack.warn(
            arguments.call,
            lazy(
                'Keras pads "same" with stride {stride} unevenly, more at the right and below; here the '
                "padding is {rim} on all sides. Shapes agree, trained weights would not.",
                stride=stride,
                rim=padding,
            ),
        )
    return padding


# ---- other spellings, and what is not a layer


def _global_average(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "data_format keepdims", _IGNORED)
    stack.put(call, AdaptiveAvgPool2d, output_size=1)
    if not arguments.flag("keepdims", False):
        stack.put(call, Flatten)


def _global_max(call: Call, stack: Stack) -> None:
    """Read global max pooling: max pooling with a window as large as the map."""
    arguments = Arguments(call, "data_format keepdims", _IGNORED)
    sides = stack.shape[1:] if stack.shape is not None else ()
    if len(set(sides)) != 1:
        raise arguments.error(lazy("the maps are not square here"), lazy("square maps"))
    stack.put(call, MaxPool2d, kernel_size=sides[0], stride=sides[0])
    if not arguments.flag("keepdims", False):
        stack.put(call, Flatten)


def _zero_padding(call: Call, stack: Stack) -> None:
    """Remember zero padding for the layer that follows."""
    arguments = Arguments(call, "padding data_format", _IGNORED)
    stack.pending_padding = arguments.side("padding", 1)


def _permute(call: Call, stack: Stack) -> None:
    """Accept what exported scripts do before Flatten: moving the channels to the front, as in PyTorch."""
    arguments = Arguments(call, "dims", _IGNORED)
    if arguments.get("dims") not in ((3, 1, 2), [3, 1, 2]):
        raise arguments.error(wrong_value("dims", arguments.get("dims")), "(3, 1, 2)")


def _reshape(call: Call, stack: Stack) -> None:
    """Read a reshaping that changes nothing, or that flattens a picture."""
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
    raise arguments.error(problem, lazy("Flatten, or the input as a picture"))


def _activation(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "activation", _IGNORED)
    arguments.get("activation")
    _activate(arguments, stack)


def _relu(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "max_value negative_slope threshold", _IGNORED)
    if arguments.has("max_value"):
        raise arguments.error(lazy("max_value is given"), lazy("ReLU without a ceiling"))
    arguments.require("threshold", 0)
    slope = arguments.number("negative_slope", 0.0)
    if slope:
        stack.put(call, LeakyReLU, negative_slope=slope)
    else:
        stack.put(call, ReLU)


def _layer_norm(call: Call, stack: Stack) -> None:
    axis = arguments_of(LayerNorm.in_keras, call, _IGNORED).get("axis", -1)
    picture = stack.shape is None or len(stack.shape) == 3
    if picture and axis not in ((1, 2, 3), [1, 2, 3], (-3, -2, -1), [-3, -2, -1]):
        text = lazy("Keras normalizes over the channels alone here; the lab over the whole picture.")
        stack.warn(call, text)
    _read([LayerNorm], call, stack)


# ---- blocks, as in exported scripts and from Add()([x, y])


def _residual(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "inside shortcut")
    inside = _inside(arguments.get("inside"), call, stack)
    shortcut = _inside(arguments.get("shortcut", []), call, stack)
    add_residual(call, inside, shortcut, stack)


def _inside(value: Any, call: Call, stack: Stack) -> tuple[Layer, ...]:
    """Read the layers of one branch of a block."""
    inner = stack.inner()
    for step in flat([value], call.line):
        read_layer(step, inner)
    stack.merge(inner)
    return block_layers(inner, call)


def _padded_max_pool(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "pool_size strides rim")
    window, stride = arguments.integer("pool_size"), arguments.integer("strides")
    stack.put(call, MaxPool2d, kernel_size=window, stride=stride, padding=arguments.integer("rim"))


def _ignored(why: Words) -> Callable[[Call, Stack], None]:
    def ignore(call: Call, stack: Stack) -> None:
        stack.note(call, lazy("{name} is left out: {why}", name=call.name, why=why))

    return ignore


_AUGMENTATION = lazy("augmentation is a setting of the training here.")
_PADDED = "PaddedMaxPooling2D"
_LAYERS: dict[str, Reader] = {
    "GlobalAveragePooling2D": _global_average,
    "GlobalAvgPool2D": _global_average,
    "GlobalMaxPooling2D": _global_max,
    "GlobalMaxPool2D": _global_max,
    "ZeroPadding2D": _zero_padding,
    "Permute": _permute,
    "Reshape": _reshape,
    "Activation": _activation,
    "ReLU": _relu,
    "LayerNormalization": _layer_norm,
    Residual.in_keras.name: _residual,
    _PADDED: _padded_max_pool,
    "Rescaling": _ignored(lazy("the lab divides the pixels by 255 itself.")),
    "RandomFlip": _ignored(_AUGMENTATION),
    "RandomRotation": _ignored(_AUGMENTATION),
    "RandomZoom": _ignored(_AUGMENTATION),
    "RandomTranslation": _ignored(_AUGMENTATION),
    "Identity": _ignored(lazy("it does nothing.")),
}
