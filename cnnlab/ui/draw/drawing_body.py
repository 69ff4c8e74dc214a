"""A drawing as the pad sends it, in the body of a request.

The pad's ink, 140×140 bytes, 0 paper .. 255 ink. Behind it, where the ink is that of whole strokes and of
nothing else (no eraser, no photo), those strokes, so that the step "width" can redraw them: little-endian
int16, for each stroke the number of its points and then x, y of each, in tenths of a sheet of 280 by 280, y
downwards; at most MOST_POINTS points, a longer drawing is sent without.
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
MOST_POINTS = 1_500  # of all strokes of a drawing: a digit has some hundred, and each costs 10 µs
STROKE_BYTES = 4 * MOST_POINTS * 2  # a stroke of one point takes six bytes, so this is enough for all


async def read_drawing(request: Request) -> Drawing:
    """What the pad sends; raises Refusal for what is no drawing."""
    return _drawing(await read_body(request, lazy("A drawing"), INK_BYTES + STROKE_BYTES))


def wrong_size(came: int) -> Refusal:
    """For so many bytes of ink."""
    sizes = {"side": PAD_SIDE, "bytes": f"{INK_BYTES:,}", "came": f"{came:,}"}
    return Refusal(400, lazy("A drawing is {side}×{side} = {bytes} bytes, but got {came}.", **sizes))


def _drawing(body: bytes) -> Drawing:
    """The ink, and the strokes where they are known; raises Refusal for bytes that are neither."""
    if len(body) < INK_BYTES:
        raise wrong_size(len(body))
    ink = np.frombuffer(body, np.uint8, INK_BYTES).reshape(PAD_SIDE, PAD_SIDE)
    return Drawing(ink, tuple(_strokes(body[INK_BYTES:])))


def _strokes(body: bytes) -> Iterator[Stroke]:
    if len(body) % 2:
        raise Refusal(400, lazy("The strokes behind the ink are whole 16-bit numbers."))
    numbers = np.frombuffer(body, "<i2").astype(np.float64)
    place = 0
    while place < len(numbers):
        end = place + 1 + 2 * int(numbers[place])
        if not place + 2 < end <= len(numbers):
            points = f"{numbers[place]:.0f}"
            words = lazy("A stroke of {points} points does not fit what follows it.", points=points)
            raise Refusal(400, words)
        yield numbers[place + 1 : end].reshape(-1, 2) / 10
        place = end
