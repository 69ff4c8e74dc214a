"""x + f(x) as the lab's residual block, with warnings on shortcuts that the lab does not have."""

from __future__ import annotations

from cnnlab.convert.locations import line_name
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, both, lazy, lazy_plural
from cnnlab.layers import BatchNorm1d, BatchNorm2d, Conv2d, Layer, Linear, MisfitError, Residual


def add_residual(call: Call, inside: tuple[Layer, ...], shortcut: tuple[Layer, ...], stack: Stack) -> None:
    """Add a residual block; the lab's shortcut is a projection if the shapes differ, and nothing otherwise.

    A bias of the projection is left out with a warning that counts it, and so is a batch normalization if the
    block has no projection. Raises DesignError if the shortcut is anything else.
    """
    if not _is_projection(shortcut) and _is_projection(inside):
        inside, shortcut = shortcut, inside
    if not inside:
        raise DesignError(lazy("a tensor is added to itself"), where=line_name(call.line))
    before = stack.shape
    stack.put(call, Residual, layers=inside, projection_norm=len(shortcut) == 2)
    if not shortcut or before is None:
        return
    if not _is_projection(shortcut):
        raise DesignError(
            lazy("both paths into the addition have layers"),
            where=line_name(call.line),
            allowed=lazy("a shortcut without layers, or with a convolution of 1×1 and a batch normalization"),
        )
    try:
        ours = stack.rows[-1].branches(before)[1].layers
        difference = _parameters(shortcut, before) - _parameters(ours, before)
    except MisfitError:
        return  # the editor says why
    if difference or len(shortcut) != len(ours):
        stack.warn(call, _difference(_named(shortcut), _named(ours), difference))


def _difference(shortcut: Words, ours: Words, parameters: int) -> Words:
    if parameters > 0:
        return lazy_plural(
            "the shortcut is {around}; the lab's is {ours}, without anything else. "
            "So the network has {count} parameter fewer.",
            "the shortcut is {around}; the lab's is {ours}, without anything else. "
            "So the network has {count} parameters fewer.",
            parameters,
            around=shortcut,
            ours=ours,
        )
    return lazy_plural(
        "the shortcut is {around}; the lab's is {ours}, without anything else. "
        "So the network has {count} parameter more.",
        "the shortcut is {around}; the lab's is {ours}, without anything else. "
        "So the network has {count} parameters more.",
        -parameters,
        around=shortcut,
        ours=ours,
    )


def _named(layers: tuple[Layer, ...]) -> Words:
    return both(layer.label() for layer in layers) or lazy("nothing")


def _is_projection(layers: tuple[Layer, ...]) -> bool:
    """Whether it is empty, or a 1×1 convolution (for a vector Linear) with optional batch normalization."""
    first, rest = layers[:1], layers[1:]
    if not first:
        return True
    projects = isinstance(first[0], Linear) or (isinstance(first[0], Conv2d) and first[0].kernel_size == 1)
    return projects and len(rest) < 2 and all(isinstance(layer, BatchNorm1d | BatchNorm2d) for layer in rest)


def _parameters(layers: tuple[Layer, ...], shape: tuple[int, ...]) -> int:
    total = 0
    for layer in layers:
        total += layer.parameters(shape)
        shape = layer.output_shape(shape)
    return total
