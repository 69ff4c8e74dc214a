"""Reading modules and functions of PyTorch.

A layer's own class says how PyTorch writes it (`Layer.in_torch`). This module has what goes beyond that:
other spellings of these layers, and what is not a layer of its own in the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from cnnlab.convert.arguments import Arguments, not_a_layer, wrong_value
from cnnlab.convert.blocks import add_residual
from cnnlab.convert.locations import line_name
from cnnlab.convert.signatures import (
    Reader,
    arguments_of,
    fields_of,
    has_weights,
    note_constants,
    switched_off,
)
from cnnlab.convert.stack import Stack, block_layers, unknown_layer
from cnnlab.convert.values import Call, flat, is_whole
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy
from cnnlab.layers import KINDS, AdaptiveAvgPool2d, Flatten, Layer, Linear, ReLU, Residual
from cnnlab.layers.code import Count, TorchPadding

_IGNORED = "device dtype inplace"


def read_layer(step: Any, stack: Stack) -> None:
    """Add the rows of one module or function to the stack."""
    if not isinstance(step, Call):
        raise not_a_layer(step, stack.line)
    reader = functions().get(step.name) or modules().get(step.name)
    if reader is None:
        raise unknown_layer(step, modules())
    reader(step, stack)


def modules() -> Mapping[str, Reader]:
    """Return the readers of PyTorch's modules, and of those in exported scripts, by name."""
    return _modules(tuple(KINDS.values()))


def functions() -> Mapping[str, Reader]:
    """Return the readers of functions in torch and torch.nn.functional, and of tensor methods, by name."""
    return _functions(tuple(KINDS.values()))


def weighted() -> frozenset[str]:
    """Return the names of the modules that have weights."""
    kinds = {kind.in_torch.name for kind in KINDS.values() if has_weights(kind)}
    return frozenset(name for name in modules() if name.removeprefix("Lazy") in kinds)


def own_classes() -> frozenset[str]:
    """Return the classes that exported scripts define, which are layers here."""
    return frozenset(
        kind.in_torch.name for kind in KINDS.values() if not kind.in_torch.call.startswith("nn.")
    )


@cache
def _modules(kinds: tuple[type[Layer], ...]) -> dict[str, Reader]:
    found: dict[str, Reader] = {kind.in_torch.name: partial(_read, kind) for kind in kinds}
    counting = [kind for kind in kinds if isinstance((*kind.in_torch.arguments, None)[0], Count)]
    lazily = {
        f"Lazy{kind.in_torch.name}": partial(_read_lazy, kind)
        for kind in counting
        if kind.in_torch.call.startswith("nn.")
    }
    return {**found, **_MODULES, **lazily}


@cache
def _functions(kinds: tuple[type[Layer], ...]) -> dict[str, Reader]:
    found = {name: partial(_read, kind) for kind in kinds for name in kind.in_torch.also}
    return {**found, **_FUNCTIONS}


def _read(kind: type[Layer], call: Call, stack: Stack) -> None:
    """Read a call by the signature of the layer's class."""
    signature = kind.in_torch
    arguments = arguments_of(signature, call, _IGNORED)
    if switched_off(signature, arguments, stack):
        return
    if kind is Linear and stack.shape is not None and len(stack.shape) == 3 and not stack.rows:
        stack.put(call, Flatten)
        stack.note(call, lazy("a Flatten is put before it, because its input is a picture."))
    fields = fields_of(kind, signature, arguments)
    for argument in signature.arguments:
        if isinstance(argument, Count):
            _check(arguments, stack, argument)
        elif isinstance(argument, TorchPadding):
            fields[argument.name] = _padding(arguments)
    note_constants(signature, arguments, stack)
    stack.put(call, kind, **fields)


def _read_lazy(kind: type[Layer], call: Call, stack: Stack) -> None:
    """Read a lazy module, which counts its inputs itself, as the lab does."""
    _read(kind, replace(call, args=(None, *call.args)), stack)


def _padding(arguments: Arguments) -> int | str:
    padding = arguments.get("padding", 0)
    if padding == "same":
        return "same"
    return arguments.side("padding", 0) if padding and padding != "valid" else 0


def _check(arguments: Arguments, stack: Stack, count: Count) -> None:
    """Check that the number of inputs that a layer states is the actual one."""
    name = count.name
    if stack.shape is None or not arguments.has(name):
        return
    stated, actual = arguments.get(name), stack.shape[count.axis]
    stack.counted = True
    if is_whole(stated) and stated != actual:
        if len(stack.shape) == 1 or not stack.rows:  # elsewhere the size of the pictures makes no difference
            stack.misfits.append((arguments.call.line, stated, actual))
        counts = {"name": name, "said": stated, "comes": actual}
        text = lazy("{name} is {said}, but {comes} arrive; the lab counts them itself.", **counts)
        stack.warn(arguments.call, text)


# ---- other spellings, and what is not a layer


def _mean(call: Call, stack: Stack) -> None:
    """Read x.mean([2, 3]), which is global average pooling."""
    arguments = Arguments(call, "dim keepdim", "axis dtype")
    sides = call.argument(0, "dim", "axis")
    if not isinstance(sides, list | tuple) or set(map(str, sides)) not in ({"2", "3"}, {"-1", "-2"}):
        raise arguments.error(wrong_value("dim", sides), lazy("[2, 3], the mean of each map"))
    stack.put(call, AdaptiveAvgPool2d, output_size=1)
    if not arguments.flag("keepdim", False):
        stack.put(call, Flatten)


def _view(call: Call, stack: Stack) -> None:
    """Read x.view(x.size(0), -1) and its variants, which flatten; on a vector they do nothing."""
    arguments = call.args or tuple(call.kwargs.values())
    is_listed = len(arguments) == 1 and isinstance(arguments[0], list | tuple)
    sizes = arguments[0] if is_listed else arguments
    if not stack.rows and len(sizes) == 4 and tuple(sizes[1:]) == stack.input_shape:
        return
    known = [size for size in sizes if is_whole(size)]
    if len(sizes) != 2 or not known:
        raise DesignError(
            lazy("the lab does not know this reshaping"),
            where=line_name(call.line),
            allowed="x.view(x.size(0), -1), torch.flatten(x, 1)",
        )
    if stack.shape is None or len(stack.shape) != 1:
        stack.put(call, Flatten)
    wanted = known[-1]
    stack.counted |= wanted > 0
    if wanted > 0 and stack.shape is not None and wanted != stack.shape[0]:
        stack.misfits.append((call.line, wanted, stack.shape[0]))
        counts = {"wanted": wanted, "comes": stack.shape[0]}
        text = lazy(
            "{wanted} numbers are expected, but {comes} arrive; the lab counts them itself.", **counts
        )
        stack.warn(call, text)


def _log_softmax(call: Call, stack: Stack) -> None:
    """Ignore log-softmax with a note: the lab computes cross-entropy on the scores before it."""
    Arguments(call, "dim", _IGNORED)
    stack.note(call, lazy("log-softmax is left out: it is a part of the loss here."))


def _identity(call: Call, stack: Stack) -> None:
    """Ignore a module that returns its input."""


def _clamp(call: Call, stack: Stack) -> None:
    """Read x.clamp(min=0), which is ReLU."""
    arguments = Arguments(call, "min max", _IGNORED)
    if call.argument(0, "min") != 0 or arguments.has("max"):
        problem = lazy("the lab does not know this clamp")
        raise arguments.error(problem, lazy("clamp(min=0), which is ReLU"))
    stack.put(call, ReLU)


# ---- blocks, as in exported scripts and from x + f(x)


def _residual(call: Call, stack: Stack) -> None:
    inside = _inside(call.argument(0, "inside"), call, stack)
    shortcut = _inside(call.argument(1, "shortcut"), call, stack)
    add_residual(call, inside, shortcut, stack)


def _inside(value: Any, call: Call, stack: Stack) -> tuple[Layer, ...]:
    """Read the layers of one branch of a block."""
    steps = flat([value], call.line) if value is not None else []
    inner = stack.inner()
    for step in steps:
        read_layer(step, inner)
    stack.merge(inner)
    return block_layers(inner, call)


_MODULES: dict[str, Reader] = {
    "LogSoftmax": _log_softmax,
    "Identity": _identity,
    Residual.in_torch.name: _residual,
}
_FUNCTIONS: dict[str, Reader] = {
    "log_softmax": _log_softmax,
    "view": _view,
    "reshape": _view,
    "mean": _mean,
    "clamp": _clamp,
    "clamp_min": _clamp,
}
