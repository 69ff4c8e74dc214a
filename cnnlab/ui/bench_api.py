"""POST /api/bench/edit: the layer cards send their edits here, without a run of Streamlit's script.

Body: JSON {"desk": token, "edits": [...]}; answer: what the cards show (layer_stack.desk_data). A desk that
is not known any more (the server was started anew) is a 404: the page then asks for the one it has now.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cnnlab.ui.api import Refusal, paths, require_same_origin
from cnnlab.ui.desk import Desk, find_desk
from cnnlab.ui.layer_stack import desk_data

MOST_BYTES = 64 * 1024

_editors = ThreadPoolExecutor(2, thread_name_prefix="bench")
Answer = Callable[[Desk, dict[str, Any]], Response]


def _edit(desk: Desk, wish: dict[str, Any]) -> Response:
    desk.take(wish)
    return JSONResponse(desk_data(desk))


def _route(answer: Answer, pool: ThreadPoolExecutor) -> Callable[[Request], Any]:
    """A handler that checks who asks and for which desk, and answers on a thread of the pool."""

    async def handle(request: Request) -> Response:
        try:
            require_same_origin(request.headers)
            wish = await _wish(request)
            desk = find_desk(wish.get("desk"))
            if desk is None:
                raise Refusal(404, "This tab's bench is gone: the server was started anew.")
            return await asyncio.get_running_loop().run_in_executor(pool, answer, desk, wish)
        except Refusal as refusal:
            return JSONResponse({"error": str(refusal)} | refusal.extra, refusal.status)

    return handle


async def _wish(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refusal(413, f"At most {MOST_BYTES:,} bytes are read here.")
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "This is not JSON.") from None
    if not isinstance(wish, dict):
        raise Refusal(400, "This is no JSON object.")
    return wish


_HANDLERS = {"edit": _route(_edit, _editors)}

routes = [
    Route(path, handler, methods=["POST"])
    for name, handler in _HANDLERS.items()
    for path in paths(f"/api/bench/{name}")
]
