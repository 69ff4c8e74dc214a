"""x + f(x) as the lab's residual block, and what of the way around it the lab has not."""

from __future__ import annotations

from cnnlab.convert.places import line_name
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, both, lazy, lazy_plural
from cnnlab.layers import BatchNorm1d, BatchNorm2d, Conv2d, Layer, Linear, MisfitError, Residual


def put_residual(call: Call, inside: tuple[Layer, ...], around: tuple[Layer, ...], stack: Stack) -> None:
    """A residual block; the lab's way around is a projection where the shapes differ, and nothing elsewhere.

    A bias of the projection is left out with a warning that counts it, and so is a batch normalization where
    the block has no projection. Raises DesignError where the way around is anything else.
    """
    if not _is_projection(around) and _is_projection(inside):
        inside, around = around, inside
    if not inside:
        raise DesignError(lazy("a tensor is added to itself"), where=line_name(call.line))
    before = stack.shape
    stack.put(call, Residual, layers=inside, projection_norm=len(around) == 2)
    if not around or before is None:
        return
    if not _is_projection(around):
        raise DesignError(
            lazy("both paths into the addition have layers"),
            where=line_name(call.line),
            allowed=lazy("a shortcut without layers, or with a convolution of 1×1 and a batch normalization"),
        )
    try:
        ours = stack.rows[-1].branches(before)[1].layers
        difference = _parameters(around, before) - _parameters(ours, before)
    except MisfitError:
        return  # the editor says why
    if difference or len(around) != len(ours):
        stack.warn(call, _difference(_named(around), _named(ours), difference))


def _difference(around: Words, ours: Words, parameters: int) -> Words:
    if parameters > 0:
        return lazy_plural(
            "the shortcut is {around}; the lab's is {ours}, without anything else. "
            "So the network has {count} parameter fewer.",
            "the shortcut is {around}; the lab's is {ours}, without anything else. "
            "So the network has {count} parameters fewer.",
            parameters,
            around=around,
            ours=ours,
        )
    return lazy_plural(
        "the shortcut is {around}; the lab's is {ours}, without anything else. "
        "So the network has {count} parameter more.",
        "the shortcut is {around}; the lab's is {ours}, without anything else. "
        "So the network has {count} parameters more.",
        -parameters,
        around=around,
        ours=ours,
    )


def _named(layers: tuple[Layer, ...]) -> Words:
    return both(layer.label() for layer in layers) or lazy("nothing")


def _is_projection(layers: tuple[Layer, ...]) -> bool:
    """Nothing, or a convolution of 1×1 (for a vector a linear layer), with or without batch normalization."""
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
