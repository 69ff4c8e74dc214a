"""Shapes as Keras writes them: height, width, channels, or a vector of pixels."""

from __future__ import annotations

import math
from typing import Any

from cnnlab.convert.stack import Picture
from cnnlab.convert.values import Call
from cnnlab.errors import DesignError


def sides_of(value: Any, batch: bool) -> tuple[int, ...] | None:
    """The sides that a literal gives, without the batch in front where there is one; else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if not isinstance(value, list | tuple):
        return None
    sides = tuple(value[1:] if batch else value)
    whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    return sides if whole and sides else None


def picture_of(sides: tuple[int, ...], line: int, steps: list[Any]) -> Picture:
    """Keras' (height, width, channels), (height, width) or (pixels,) as channels, height, width."""
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
        f"the input is {sides[0] if len(sides) == 1 else sides}",
        where=f"line {line}",
        allowed="a picture: (height, width, channels), (height, width), or the pixels of a square",
    )
