"""POST /api/drawing?tab=: a drawing stored in the browser, sent from a page without a pad (reminder.py).

The body is that of /api/classify (drawing_body.py); the response is empty.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.http import post_routes


async def remind(request: Request) -> Response:
    """Accept the drawing for a tab in which nobody has drawn yet."""
    last_drawings.remind(request.query_params.get("tab", ""), await read_drawing(request))
    return Response(status_code=204)


routes = post_routes({"/api/drawing": remind})
