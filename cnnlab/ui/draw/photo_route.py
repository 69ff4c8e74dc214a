"""POST /api/photo: a picture file becomes ink for the pad, with a small picture of each step.

One in which no digit is found is answered with JSON {"refused": why}.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cnnlab.drawing.photo import read_photo
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import WaitingRoom, on_thread, packed, post_routes, read_body

STEP_SIDE = 112  # pixels of a step's picture
MAX_WAITING = 16

_photos = ThreadPoolExecutor(1, thread_name_prefix="photo")  # one at a time: a photo may take 200 MB
_room = WaitingRoom(MAX_WAITING, lazy("Many photos are being read right now. Try again."))


async def photo(request: Request) -> Response:
    """The ink of a drawing on a picture."""
    body = await read_body(request, lazy("A picture"), limits.MAX_PICTURE_BYTES)
    with _room.slot():
        try:
            return packed(await on_thread(_photos, _read_photo, body))
        except DataError as error:
            return JSONResponse({"refused": _sentence(error)})


def _read_photo(body: bytes) -> bytes:
    from cnnlab.reader.answers import drawing_from_photo

    found = read_photo(body, where="")
    ink = drawing_from_photo(found).ink
    steps = [
        {"name": str(step.name), "picture": _small(step.picture), "is_ink": step.is_ink}
        for step in found.steps
    ]
    return pack({"ink": ink, "steps": steps})


def _sentence(error: DataError) -> str:
    """The error as it stands beside the pad, where everyone knows which picture is meant."""
    text = str(error)
    return text[:1].upper() + text[1:]


def _small(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((STEP_SIDE, STEP_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


routes = post_routes({"/api/photo": photo})
