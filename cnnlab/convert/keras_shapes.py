"""Shapes in Keras' order: height, width, channels, or a vector of pixels."""

from __future__ import annotations

import math
from typing import Any

from cnnlab.convert.locations import line_name
from cnnlab.convert.stack import Picture, Stack, as_data, assumed_shape
from cnnlab.convert.values import Call, Network
from cnnlab.data import DatasetInfo
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy
from cnnlab.layers import Flatten


def sides_of(value: Any, batch: bool) -> tuple[int, ...] | None:
    """Return the sides in a literal, without the batch axis if there is one; None if it is not a shape."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if not isinstance(value, list | tuple):
        return None
    sides = tuple(value[1:] if batch else value)
    whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    return sides if whole and sides else None


def picture_of(sides: tuple[int, ...], line: int, steps: list[Any]) -> Picture:
    """Convert Keras' (height, width, channels), (height, width) or (pixels,) to channels, height, width."""
    if len(sides) == 3:
        named_first = any(
            isinstance(step, Call) and step.kwargs.get("data_format") == "channels_first" for step in steps
        )
        first = named_first or (sides[0] <= 4 < sides[2])
        return (sides[0], sides[1], sides[2]) if first else (sides[2], sides[0], sides[1])
    if len(sides) == 2:
        return (1, *sides)
    side = math.isqrt(max(sides[0], 0))
    if len(sides) == 1 and side * side == sides[0]:
        return (1, side, side)
    if len(sides) == 1 and sides[0] == 3 * 32 * 32:
        return (3, 32, 32)
    raise DesignError(
        lazy("the input is {sides}", sides=sides[0] if len(sides) == 1 else str(sides)),
        where=line_name(line),
        allowed=lazy("a picture: (height, width, channels), (height, width), or the pixels of a square"),
    )


def input_shape(steps: list[Any], network: Network, data: DatasetInfo | None) -> Picture:
    """Return the input shape: from the text, else from its data set, else MNIST's."""
    stated = _stated_shape(steps, network)
    if stated is not None:
        return stated
    return data.input_shape if data else (1, 28, 28)


def _stated_shape(steps: list[Any], network: Network) -> Picture | None:
    """Return the shape that the text gives, channels first; None if it gives none."""
    first = next((step for step in steps if isinstance(step, Call)), None)
    candidates: list[tuple[Any, bool]] = []
    if first is not None:
        arguments = first.kwargs
        if first.name in ("Input", "InputLayer"):
            candidates.append((first.argument(0, "shape"), False))
        candidates += [(arguments.get("input_shape"), False), (arguments.get("batch_input_shape"), True)]
        candidates += [(arguments.get("batch_shape"), True), (arguments.get("input_dim"), False)]
    build = network.training_calls.get("build")
    if build is not None:
        candidates.append((build.argument(0, "input_shape"), True))
    for value, batch in candidates:
        sides = sides_of(value, batch)
        if sides is not None:
            line = first.line if first is not None else network.line
            return picture_of(sides, line, steps)
    return None


def note_input(stack: Stack, steps: list[Any], network: Network, data: DatasetInfo | None) -> None:
    """Note what was assumed about the input, and flatten it if the text expects a vector."""
    if _stated_shape(steps, network) is None:
        stack.notes.append(assumed_shape(stack, as_data(data.name) if data else lazy("assumed")))
    first = next((step for step in steps if isinstance(step, Call)), None)
    flat_input = first is not None and _is_flat(first)
    if flat_input and not any(isinstance(step, Call) and step.name == "Reshape" for step in steps):
        stack.put(Call("Flatten", "", None, (), {}, network.line), Flatten)
        sides = dict(zip(("height", "width"), stack.input_shape[1:], strict=True))
        stack.notes.append(
            lazy(
                "The input is a vector in the text: here it is the picture {height}×{width}, and a Flatten.",
                **sides,
            )
        )


def _is_flat(first: Call) -> bool:
    arguments = first.kwargs
    is_input = first.name in ("Input", "InputLayer")
    shape = arguments.get("input_shape", first.argument(0, "shape") if is_input else None)
    alone = isinstance(shape, list | tuple) and len(shape) == 1
    return (
        "input_dim" in arguments
        or alone
        or (isinstance(shape, int) and (is_input or "input_shape" in arguments))
    )
