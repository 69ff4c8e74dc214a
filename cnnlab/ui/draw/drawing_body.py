"""A drawing in the body of a request, as the pad sends it.

First the pad's ink, 140×140 bytes, from 0 (paper) to 255 (ink). If the ink consists of whole strokes only (no
eraser, no photo), the strokes follow, so that the step "width" can redraw them: little-endian int16, for each
stroke the number of its points and then x, y of each, in tenths of a unit on a sheet of 280 by 280, y
downwards. At most MAX_POINTS points; a longer drawing is sent without strokes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from starlette.requests import Request

from cnnlab.drawing.ink import PAD_SIDE, Drawing
from cnnlab.drawing.strokes import Stroke
from cnnlab.language import lazy
from cnnlab.ui.shared.http import Refusal, read_body

INK_BYTES = PAD_SIDE * PAD_SIDE
MAX_POINTS = 1_500  # in a drawing: a digit has some hundred, and each costs 10 µs
STROKE_BYTES = 4 * MAX_POINTS * 2  # enough: a stroke of one point takes six bytes


async def read_drawing(request: Request) -> Drawing:
    """The drawing that the pad sent; raises Refusal if the body is not one."""
    return _drawing(await read_body(request, lazy("A drawing"), INK_BYTES + STROKE_BYTES))


def wrong_size(came: int) -> Refusal:
    """The refusal of ink of a wrong length in bytes."""
    sizes = {"side": PAD_SIDE, "bytes": f"{INK_BYTES:,}", "came": f"{came:,}"}
    return Refusal(400, lazy("A drawing is {side}×{side} = {bytes} bytes, but got {came}.", **sizes))


def _drawing(body: bytes) -> Drawing:
    """The ink, and the strokes if they were sent; raises Refusal for anything else."""
    if len(body) < INK_BYTES:
        raise wrong_size(len(body))
    ink = np.frombuffer(body, np.uint8, INK_BYTES).reshape(PAD_SIDE, PAD_SIDE)
    return Drawing(ink, tuple(_strokes(body[INK_BYTES:])))


def _strokes(body: bytes) -> Iterator[Stroke]:
    if len(body) % 2:
        raise Refusal(400, lazy("The strokes behind the ink are whole 16-bit numbers."))
    numbers = np.frombuffer(body, "<i2").astype(np.float64)
    position = 0
    while position < len(numbers):
        end = position + 1 + 2 * int(numbers[position])
        if not position + 2 < end <= len(numbers):
            points = f"{numbers[position]:.0f}"
            problem = lazy("A stroke of {points} points does not fit what follows it.", points=points)
            raise Refusal(400, problem)
        yield numbers[position + 1 : end].reshape(-1, 2) / 10
        position = end
