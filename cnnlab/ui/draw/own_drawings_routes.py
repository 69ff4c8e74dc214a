"""The pad's routes for a person's own drawings: POST /api/hand/keep, list, delete, restore, learn, progress.

Bodies are JSON objects. keep: ink (the pad's, base64), strokes (as the pad has them), label, read_as, author.
list: author. delete, restore: name, author. learn: model, author. progress: run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import PAD_SIDE, Drawing
from cnnlab.ground import limits
from cnnlab.language import lazy
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw import learn_handwriting, own_drawings
from cnnlab.ui.draw.drawing_body import INK_BYTES, wrong_size
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Handler, Refusal, on_thread, packed, post_routes, read_json

_keepers = ThreadPoolExecutor(1, thread_name_prefix="keep")  # one thread, so two drawings never get one name
# Measures networks, on its own thread so that nobody who draws waits for it.
_learners = ThreadPoolExecutor(1, thread_name_prefix="learn")
Body = dict[str, Any]


def _keep(body: Body) -> Any:
    strokes = body.get("strokes")
    if not isinstance(strokes, list):
        raise Refusal(400, lazy("strokes: a list is expected."))
    label = _digit(body, "label")
    read_as = None if body.get("read_as") is None else _digit(body, "read_as")
    name = own_drawings.keep(_drawing(body, strokes), strokes, label, read_as, _text(body, "author"))
    return own_drawings.overview(_text(body, "author")) | {"kept": name}


def _digit(body: Body, name: str) -> int:
    value = body.get(name)
    if type(value) is not int or not 0 <= value <= 9:
        raise Refusal(400, lazy("{name}: a digit is expected, 0 to 9.", name=name))
    return value


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > 64:
        raise Refusal(400, lazy("{name}: a text of at most 64 characters is expected.", name=name))
    return value


def _drawing(body: Body, strokes: list[Any]) -> Drawing:
    """The ink, and the strokes if it consists of pen strokes only."""
    try:
        ink = base64.b64decode(body.get("ink", ""), validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refusal(400, lazy("ink: base64 is expected.")) from None
    if len(ink) != INK_BYTES:
        raise wrong_size(len(ink))
    lines = []
    if all(isinstance(stroke, dict) and stroke.get("tool") == "pen" for stroke in strokes):
        try:
            lines = [np.array(stroke["points"], np.float64).reshape(-1, 2) for stroke in strokes]
        except (KeyError, TypeError, ValueError):
            raise Refusal(400, lazy("strokes: each has points x0, y0, x1, y1, ...")) from None
    if not all(len(line) and np.isfinite(line).all() for line in lines):
        raise Refusal(400, lazy("strokes: points are numbers."))
    return Drawing(np.frombuffer(ink, np.uint8).reshape(PAD_SIDE, PAD_SIDE), tuple(lines))


def _list(body: Body) -> Any:
    return own_drawings.overview(_text(body, "author"))


def _delete(body: Body) -> Any:
    own_drawings.delete(_text(body, "name"), _text(body, "author"))
    return own_drawings.overview(_text(body, "author"))


def _restore(body: Body) -> Any:
    own_drawings.restore(_text(body, "name"), _text(body, "author"))
    return own_drawings.overview(_text(body, "author"))


def _learn(body: Body) -> Any:
    require_awake()
    return learn_handwriting.progress(learn_handwriting.learn(_text(body, "model"), _text(body, "author")).id)


def _progress(body: Body) -> Any:
    require_awake()
    return learn_handwriting.progress(_text(body, "run"))


def _handler(answer: Callable[[Body], Any], pool: ThreadPoolExecutor) -> Handler:
    async def handle(request: Request) -> Response:
        body = await read_json(request, lazy("A drawing that is kept"), limits.MAX_DRAWING_BYTES)
        return packed(pack(await on_thread(pool, answer, body)))

    return handle


_KEEPING = {"keep": _keep, "list": _list, "delete": _delete, "restore": _restore}
_LEARNING = {"learn": _learn, "progress": _progress}
routes = post_routes(
    {f"/api/hand/{name}": _handler(answer, _keepers) for name, answer in _KEEPING.items()}
    | {f"/api/hand/{name}": _handler(answer, _learners) for name, answer in _LEARNING.items()}
)
