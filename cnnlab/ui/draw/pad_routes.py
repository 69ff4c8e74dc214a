"""What a pad asks for beside the bars: /api/photo (a picture becomes ink), /api/why (what speaks for it),
/api/drawing (what a browser has kept).

POST /api/drawing?tab=: a body as for /api/classify (see classify_route.py), from a page without a pad; no answer.
POST /api/photo: a picture file; the answer has the ink for the pad and a small picture of each step.
POST /api/why: as /api/classify (see classify_route.py); the answer is answer.explain_drawing's. Asked once a stroke is
done, on a thread of its own: no pen waits for it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.drawing.photo import Drawing, read_photo
from cnnlab.ground import limits
from cnnlab.ui.draw.classify_route import (
    Refusal,
    Wish,
    answering,
    loaded_model,
    packed,
    paths,
    read_body,
    read_drawing_body,
    require_awake,
)
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.draw.nearest import nearest
from cnnlab.ui.shared.binary import pack

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

STEP_SIDE = 112  # pixels of a step's picture
MOST_WAITING = 16

_photos = ThreadPoolExecutor(1, thread_name_prefix="photo")  # one at a time: a photo may take 200 MB
_explainers = ThreadPoolExecutor(1, thread_name_prefix="explain")
_waiting = 0


async def photo(request: Request) -> Response:
    """The ink of a drawing on a picture."""
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Refusal(503, "Many photos are being read at this moment. Try again.")
    _waiting += 1
    try:
        body = await read_body(request, "A picture", limits.MAX_PICTURE_BYTES)
        return packed(await asyncio.get_running_loop().run_in_executor(_photos, _read_photo, body))
    finally:
        _waiting -= 1


def _read_photo(body: bytes) -> bytes:
    from cnnlab.reader.answers import on_the_pad

    found = read_photo(body)
    ink = on_the_pad(found).ink
    steps = [
        {"name": step.name, "picture": _small(step.picture), "is_ink": step.is_ink} for step in found.steps
    ]
    return pack({"ink": ink, "steps": steps})


def _small(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((STEP_SIDE, STEP_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


async def remind(request: Request) -> Response:
    """Take the drawing that a browser has kept for a tab in which nobody has drawn yet."""
    wish = Wish.read(request.query_params)
    last_drawings.remind(wish.tab, await read_drawing_body(request))
    return Response(status_code=204)


async def why(request: Request) -> Response:
    """What speaks for the winner and against the runner-up."""
    wish = Wish.read(request.query_params)
    drawing = await read_drawing_body(request)
    require_awake()
    loaded = await loaded_model(wish.model, wish.epoch)
    explains = partial(_explain, loaded, drawing, wish)
    return packed(await asyncio.get_running_loop().run_in_executor(_explainers, explains))


def _explain(loaded: LoadedModel, drawing: Drawing, wish: Wish) -> bytes:
    from cnnlab.ui.draw.answer import explain_drawing

    pictures = nearest.pictures(wish.model, loaded)
    around = pictures.around if pictures else None
    answer = explain_drawing(loaded, around, drawing, wish.steps)
    looking = pictures is not None and around is None and not pictures.trouble
    words = pictures.words if pictures else "The pictures that it learned from are not on this machine."
    return pack({"seq": wish.seq, "looking": looking, "near": words} | answer)


routes = [
    Route(path, answering(handler), methods=["POST"])
    for name, handler in {"photo": photo, "why": why, "drawing": remind}.items()
    for path in paths(f"/api/{name}")
]
