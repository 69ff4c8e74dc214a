"""POST /api/why: what speaks for the winner and against a rival (answer.explain_drawing).

Query and body are those of /api/classify; `other` is the rival's class, without it the runner-up. Requested
after each stroke, and answered on a separate thread so that no pen waits for it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing
from cnnlab.language import _, lazy
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.nearest import nearest
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, on_thread, packed, post_routes

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

_explainers = ThreadPoolExecutor(1, thread_name_prefix="explain")


async def why(request: Request) -> Response:
    """What speaks for the winner and against its rival."""
    query = ClassifyQuery.read(request.query_params)
    rival = _rival(request.query_params.get("other", ""))
    drawing = await read_drawing(request)
    require_awake()
    loaded = await loaded_model(query.model, query.epoch)
    return packed(await on_thread(_explainers, _explain, loaded, drawing, query, rival))


def _rival(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Refusal(400, lazy("other {value} is not a number.", value=repr(text[:20])))
    return int(text)


def _explain(loaded: LoadedModel, drawing: Drawing, query: ClassifyQuery, rival: int | None) -> bytes:
    from cnnlab.ui.draw.answer import explain_drawing

    pictures = nearest.pictures(query.model, loaded)
    neighborhood = pictures.neighborhood if pictures else None
    answer = explain_drawing(loaded, neighborhood, drawing, query.steps, rival)
    looking = pictures is not None and neighborhood is None and not pictures.trouble
    absent = _("The pictures that it learned from are not on this machine.")
    text = pictures.text if pictures else absent
    return pack({"seq": query.seq, "looking": looking, "near": text} | answer)


routes = post_routes({"/api/why": why})
