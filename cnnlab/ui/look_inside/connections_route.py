"""POST /api/connections: how strongly each layer of a network is connected to the layer before it.

Query: model and epoch, as for /api/classify. Response, packed: by the layer's name ("3", or "3.0.1" in a
block) its `strengths`, float32 (outputs, inputs), and whether they are `signed`, as in
interpret/connections.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import on_thread, packed, post_routes

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

_threads = ThreadPoolExecutor(1, thread_name_prefix="connections")


async def connections(request: Request) -> Response:
    """Those of all layers, which change with the epoch, but not with the picture."""
    query = ClassifyQuery.read(request.query_params)
    require_awake()
    loaded = await loaded_model(query.model, query.epoch)
    return packed(await on_thread(_threads, _packed, loaded))


def _packed(loaded: LoadedModel) -> bytes:
    from cnnlab.interpret.connections import connections as found

    return pack(
        {
            str(address): {"strengths": each.strengths.float().numpy(), "signed": each.signed}
            for address, each in found(loaded.model)
        }
    )


routes = post_routes({"/api/connections": connections})
