"""Parsing a layer's call by the signature in its class."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from typing import Any

from cnnlab.convert.arguments import Arguments
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.layers import Flatten, Layer, MisfitError, Shape
from cnnlab.layers.code import REQUIRED, Constant, Fixed, Setting, Side, Signature, Switch

Reader = Callable[[Call, Stack], None]


def arguments_of(signature: Signature, call: Call, ignored: str) -> Arguments:
    """Return the call's arguments by name; `ignored` are those that any layer may have."""
    return Arguments(call, signature.names, ignored)


def fields_of(kind: type[Layer], signature: Signature, arguments: Arguments) -> dict[str, Any]:
    """Return the layer's fields; raises DesignError if the lab does not support the value of an argument."""
    fields: dict[str, Any] = {}
    for argument in signature.arguments:
        if isinstance(argument, Fixed):
            arguments.require(argument.name, argument.value)
        elif isinstance(argument, Setting):
            default = REQUIRED if argument.default is REQUIRED else argument.usual(fields)
            fields[argument.target] = _value(kind, argument, arguments, default)
    return fields


def _value(kind: type[Layer], argument: Setting, arguments: Arguments, default: Any) -> Any:
    given = () if default is REQUIRED else (default,)
    if isinstance(argument, Side):
        return arguments.side(argument.name, *given)
    annotation = kind.model_fields[argument.target].annotation
    if annotation is bool:
        return arguments.flag(argument.name, *given)
    return (arguments.number if annotation is float else arguments.integer)(argument.name, *given)


def note_constants(signature: Signature, arguments: Arguments, stack: Stack) -> None:
    """Note, once each, where the lab's constants differ from those in the code."""
    notes = []
    for argument in signature.arguments:
        if isinstance(argument, Constant):
            given = arguments.number(argument.name, argument.default)
            notes += [] if isclose(given, argument.value) else [argument.note]
    for note in dict.fromkeys(notes):
        stack.note(arguments.call, note)


def switched_off(signature: Signature, arguments: Arguments, stack: Stack) -> bool:
    """Whether the code turns the layer off; adds a note if it does."""
    for argument in signature.arguments:
        if isinstance(argument, Switch) and arguments.get(argument.name, True) is False:
            stack.note(arguments.call, argument.note)
            return True
    return False


def has_weights(kind: type[Layer]) -> bool:
    """Whether layers of this kind have weights."""
    return kind.parameters is not Layer.parameters or kind.branches is not Layer.branches


def fitting(kinds: list[type[Layer]], stack: Stack) -> type[Layer]:
    """Return the first kind that accepts the present shape, among kinds with the same name."""
    shape = stack.shape
    if shape is None:  # after a misfit: a vector if the picture was flattened
        shape = (1,) if any(isinstance(row, Flatten) for row in stack.rows) else (1, 1, 1)
    return next((kind for kind in kinds if _accepts(kind, shape)), kinds[0])


def _accepts(kind: type[Layer], shape: Shape) -> bool:
    try:
        kind.model_validate({}).output_shape(shape)
    except MisfitError:
        return False
    return True
