"""POST /api/classify: the pad asks here while the pen moves, without a run of Streamlit's script.

Body: the pad's ink, 140×140 bytes, 0 paper .. 255 ink. Behind it, where the ink is that of whole strokes and
of nothing else (no eraser, no photo), those strokes, so that the step "width" can redraw them: little-endian
int16, for each stroke the number of its points and then x, y of each, in tenths of a sheet of 280 by 280, y
downwards; at most MOST_POINTS points, a longer drawing is sent without.

Query: tab (whose drawing it is; see last_drawing.py), model ("bundled" or a run's id), epoch, against (a second
model, whose answer comes along), seq (comes back with the answer), scale (map, layer, network; without it no
feature maps), and crop, fit, centre, width (0 switches a step off). Answer: see binary.py and answer.py; a
refusal is JSON {"error": words}.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cnnlab.drawing.photo import PAD_SIDE, Drawing, Steps
from cnnlab.drawing.strokes import Stroke
from cnnlab.ground.errors import LabError, RunError
from cnnlab.interpret import SCOPES, Scope
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import BUNDLED, get_model, model_at_hand
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.binary import pack

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel, Which

INK_BYTES = PAD_SIDE * PAD_SIDE
MOST_POINTS = 1_500  # of all strokes of a drawing: a digit has some hundred, and each costs 10 µs
STROKE_BYTES = 4 * MOST_POINTS * 2  # a stroke of one point takes six bytes, so this is enough for all
MOST_WAITING = 64  # drawings in the queue; the pads behind more than that are told to ask again

_readers = ThreadPoolExecutor(1, thread_name_prefix="read-drawing")  # one thread, so one torch thread in all
_loaders = ThreadPoolExecutor(2, thread_name_prefix="load-model")
_waiting = 0


class Refusal(Exception):
    """No answer, and why."""

    def __init__(self, status: int, words: str, **extra: Any) -> None:
        super().__init__(words)
        self.status = status
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Wish:
    """What the query asks for."""

    tab: str
    model: str
    against: str  # a second model to compare with; empty for none
    epoch: Which
    seq: int
    scope: Scope | None
    steps: Steps

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wish:
        """Raises Refusal that names the option."""
        epoch = query.get("epoch", "best")
        if epoch not in ("best", "last") and not _is_number(epoch):
            raise Refusal(400, f"epoch {epoch[:20]!r}: allowed are best, last or a number.")
        seq = query.get("seq", "0")
        if not _is_number(seq):
            raise Refusal(400, f"seq {seq[:20]!r} is no number.")
        scope = query.get("scale") or None
        if scope is not None and scope not in SCOPES:
            raise Refusal(400, f"scale {scope[:20]!r}: allowed are {', '.join(SCOPES)}.")
        steps = {step: query[step] != "0" for step in Steps.__slots__ if step in query}
        which: Which = int(epoch) if _is_number(epoch) else epoch  # type: ignore[assignment]
        tab, model = query.get("tab", ""), query.get("model", BUNDLED)
        return cls(tab, model, query.get("against", ""), which, int(seq), scope, Steps(**steps))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


async def classify(request: Request) -> Response:
    """Read one drawing."""
    wish = Wish.read(request.query_params)
    drawing = await read_drawing_body(request)
    last_drawings.take(wish.tab, drawing)
    require_awake()
    return packed(await _answer(wish, drawing))


Handler = Callable[[Request], Awaitable[Response]]


def answering(handler: Handler) -> Handler:
    """The handler for the lab's own pages only; what it refuses becomes JSON with words and a status."""

    @wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            require_same_origin(request.headers)
            return await handler(request)
        except Refusal as refusal:
            return JSONResponse({"error": str(refusal)} | refusal.extra, refusal.status)
        except LabError as error:
            return JSONResponse({"error": str(error)}, 404 if isinstance(error, RunError) else 422)

    return handle


def require_awake() -> None:
    """Raises Refusal while torch is still being loaded."""
    if not lab().torch_ready.is_set():
        raise Refusal(503, "The network is waking up.", waking=True)


def packed(body: bytes) -> Response:
    """An answer for `unpack` in the browser."""
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def require_same_origin(headers: Mapping[str, str]) -> None:
    """Only the lab's own pages may ask: a foreign page in the same browser has another Origin.

    A proxy may have changed Host and put the old one into X-Forwarded-Host, which no page can set.
    """
    origin = urlsplit(headers.get("origin", "")).netloc
    own = {headers.get("host", ""), headers.get("x-forwarded-host", "")}
    if not origin or origin not in own or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refusal(403, "Only the lab's own pages may ask this.")


async def read_body(request: Request, what: str, most: int) -> bytes:
    """Refused as soon as it is longer than it may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refusal(413, f"{what} has at most {most:,} bytes.")
    return bytes(body)


def json_object(body: bytes) -> dict[str, Any]:
    """What a page asks in JSON; raises Refusal for what is none."""
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "This is no JSON.") from None
    if not isinstance(wish, dict):
        raise Refusal(400, "This is no JSON object.")
    return wish


async def read_drawing_body(request: Request) -> Drawing:
    """What the pad sends; raises Refusal for what is no drawing."""
    return _drawing(await read_body(request, "A drawing", INK_BYTES + STROKE_BYTES))


def _drawing(body: bytes) -> Drawing:
    """The ink, and the strokes where they are known; raises Refusal for bytes that are neither."""
    if len(body) < INK_BYTES:
        raise Refusal(
            400, f"A drawing is {PAD_SIDE}×{PAD_SIDE} = {INK_BYTES:,} bytes, but {len(body):,} came."
        )
    ink = np.frombuffer(body, np.uint8, INK_BYTES).reshape(PAD_SIDE, PAD_SIDE)
    return Drawing(ink, tuple(_strokes(body[INK_BYTES:])))


def _strokes(body: bytes) -> Iterator[Stroke]:
    if len(body) % 2:
        raise Refusal(400, "The strokes behind the ink are whole 16-bit numbers.")
    numbers = np.frombuffer(body, "<i2").astype(np.float64)
    place = 0
    while place < len(numbers):
        end = place + 1 + 2 * int(numbers[place])
        if not place + 2 < end <= len(numbers):
            raise Refusal(400, f"A stroke of {numbers[place]:.0f} points does not fit what follows it.")
        yield numbers[place + 1 : end].reshape(-1, 2) / 10
        place = end


async def _answer(wish: Wish, drawing: Drawing) -> bytes:
    """Wait in the queue of drawings, never on the event loop."""
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Refusal(503, "Many people draw at this moment. The pad asks again by itself.")
    _waiting += 1
    try:
        loaded = await loaded_model(wish.model, wish.epoch)
        rival = await loaded_model(wish.against, "best") if wish.against else None
        reads = partial(_read, loaded, rival, drawing, wish)
        return await asyncio.get_running_loop().run_in_executor(_readers, reads)
    finally:
        _waiting -= 1


async def loaded_model(key: str, epoch: Which) -> LoadedModel:
    """The model, loaded aside where it is not at hand; raises LabError where there is none."""
    loaded = model_at_hand(key, epoch)
    if loaded is not None:
        return loaded
    return await asyncio.get_running_loop().run_in_executor(_loaders, get_model, key, epoch)


def _read(loaded: LoadedModel, rival: LoadedModel | None, drawing: Drawing, wish: Wish) -> bytes:
    from cnnlab.ui.draw.answer import read_drawing

    return pack({"seq": wish.seq} | read_drawing(loaded, drawing, wish.steps, wish.scope, rival))


def paths(path: str) -> list[str]:
    """Also below the address that a proxy gives the lab (server.baseUrlPath), as Streamlit's own are."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return [path, *([f"/{base}{path}"] if base else [])]


routes = [Route(path, answering(classify), methods=["POST"]) for path in paths("/api/classify")]
