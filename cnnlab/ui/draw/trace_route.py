"""POST /api/trace: how one number of a layer came about, and where it goes.

Query: model, epoch, and the steps of the preparation as for /api/classify; row (of the stack, or
ROW.BRANCH.LAYER in a block), channel (or the index in a vector), and in maps y and x; all count from 0. Body:
the drawing (drawing_body.py); or none, with `picture` as in Look inside's address: NAME-NUMBER is a test
picture of a data set, "drawing" the drawing of the tab named by `tab`. Response: see shared/trace_data.py,
packed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing, Steps, from_pad
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.traced_cell import TracedCell
from cnnlab.ui.look_inside.named_picture import named_picture
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import on_thread, packed, post_routes

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel

_tracers = ThreadPoolExecutor(1, thread_name_prefix="trace")  # a long one keeps no pen waiting


async def trace(request: Request) -> Response:
    """The trace of one number."""
    query = ClassifyQuery.read(request.query_params)
    cell = TracedCell.read(request.query_params)
    named = request.query_params.get("picture", "")
    drawing = None if named else await read_drawing(request)
    require_awake()
    loaded = await loaded_model(query.model, query.epoch)
    if drawing is None:
        return packed(await on_thread(_tracers, _of_named, loaded, named, query.tab, cell))
    return packed(await on_thread(_tracers, _of_drawing, loaded, drawing, query.steps, cell))


def _of_drawing(loaded: LoadedModel, drawing: Drawing, steps: Steps, cell: TracedCell) -> bytes:
    import torch

    from cnnlab.models.predict import fit_input

    normalized = from_pad(drawing.ink, steps, drawing.strokes)
    if normalized is None:
        raise DataError(lazy("nothing is drawn yet"), where=lazy("drawing"))
    image, _changes = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
    return _traced(loaded, image, cell)


def _of_named(loaded: LoadedModel, name: str, tab: str, cell: TracedCell) -> bytes:
    return _traced(loaded, named_picture(loaded, name, tab), cell)


def _traced(loaded: LoadedModel, picture: Tensor, cell: TracedCell) -> bytes:
    from cnnlab.ui.shared.trace_data import recording_of, trace_data

    return pack(trace_data(recording_of(loaded, picture), *cell, loaded.classes))


routes = post_routes({"/api/trace": trace})
