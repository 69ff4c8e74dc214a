"""POST /api/why: what speaks for the winner and against the runner-up (answer.explain_drawing).

Query and body are those of /api/classify. Requested after each stroke, and answered on a separate thread so
that no pen waits for it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing
from cnnlab.language import _
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.nearest import nearest
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import on_thread, packed, post_routes

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

_explainers = ThreadPoolExecutor(1, thread_name_prefix="explain")


async def why(request: Request) -> Response:
    """What speaks for the winner and against the runner-up."""
    query = ClassifyQuery.read(request.query_params)
    drawing = await read_drawing(request)
    require_awake()
    loaded = await loaded_model(query.model, query.epoch)
    return packed(await on_thread(_explainers, _explain, loaded, drawing, query))


def _explain(loaded: LoadedModel, drawing: Drawing, query: ClassifyQuery) -> bytes:
    from cnnlab.ui.draw.answer import explain_drawing

    pictures = nearest.pictures(query.model, loaded)
    neighborhood = pictures.neighborhood if pictures else None
    answer = explain_drawing(loaded, neighborhood, drawing, query.steps)
    looking = pictures is not None and neighborhood is None and not pictures.trouble
    absent = _("The pictures that it learned from are not on this machine.")
    text = pictures.text if pictures else absent
    return pack({"seq": query.seq, "looking": looking, "near": text} | answer)


routes = post_routes({"/api/why": why})
