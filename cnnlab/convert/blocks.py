"""x + f(x) as the lab's residual block, and what of the way around it the lab has not."""

from __future__ import annotations

from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.ground.errors import DesignError
from cnnlab.layers import BatchNorm1d, BatchNorm2d, Conv2d, Layer, Linear, MisfitError, Residual


def put_residual(call: Call, inside: tuple[Layer, ...], around: tuple[Layer, ...], stack: Stack) -> None:
    """A residual block; the lab's way around is a projection where the shapes differ, and nothing elsewhere.

    A bias of the projection is left out with a warning that counts it, and so is a batch normalization where
    the block has no projection. Raises DesignError where the way around is anything else.
    """
    if not _is_projection(around) and _is_projection(inside):
        inside, around = around, inside
    if not inside:
        raise DesignError("a tensor is added to itself", where=f"line {call.line}")
    before = stack.shape
    stack.put(call, Residual, layers=inside, projection_norm=len(around) == 2)
    if not around or before is None:
        return
    if not _is_projection(around):
        raise DesignError(
            "both ways through the addition have layers",
            where=f"line {call.line}",
            allowed="a way around without layers, or with a convolution of 1×1 and a batch normalization",
        )
    try:
        ours = stack.rows[-1].branches(before)[1].layers
        difference = _parameters(around, before) - _parameters(ours, before)
    except MisfitError:
        return  # the editor says why
    if difference or len(around) != len(ours):
        stack.warn(
            call,
            f"the way around is {_named(around)}; the lab's is {_named(ours)}, without anything else. "
            f"So the network has {abs(difference):,} parameters {'fewer' if difference > 0 else 'more'}.",
        )


def _named(layers: tuple[Layer, ...]) -> str:
    return " and ".join(layer.label() for layer in layers) or "nothing"


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
