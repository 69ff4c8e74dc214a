"""GET /api/script/NAME-HASH.js: the scripts of components that a page draws again and again.

Streamlit sends the whole text of a component with each drawing of it. Of a watched run's tick that was more
than half of all bytes; the browser now fetches the text once, and keeps it.
"""

from __future__ import annotations

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.ui.draw.classify_route import paths

_FOREVER = "public, max-age=31536000, immutable"  # another text has another name
_texts: dict[str, str] = {}


def served_once(name: str, text: str) -> str:
    """The module to give to Streamlit in place of `text`: it fetches that one and does what it does."""
    file = f"{name}-{sha256(text.encode()).hexdigest()[:16]}.js"
    _texts[file] = text
    address = f'new URL("api/script/{file}", document.baseURI).href'
    return f"const {{ default: mount }} = await import({address});\nexport default mount;\n"


async def script(request: Request) -> Response:
    """The text, or 404 where no component has it."""
    text = _texts.get(request.path_params["file"])
    if text is None:
        return Response("There is no such script.", 404)
    return Response(text, media_type="text/javascript", headers={"Cache-Control": _FOREVER})


routes = [Route(path, script) for path in paths("/api/script/{file}")]
