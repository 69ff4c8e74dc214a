"""Preloading: a page's largest modules load with the page, not only after Streamlit's own scripts have run.

The page's html is Streamlit's; a Link header in its response names the modules (RFC 8288, rel=modulepreload).
"""

from __future__ import annotations

from functools import cache
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnlab.language import first_available
from cnnlab.ui.app.viewer_language import COOKIE
from cnnlab.ui.shared.scripts import scripts

_ENTRIES = {
    "": "draw/drawing_pad/drawing_pad.js",
    "draw": "draw/drawing_pad/drawing_pad.js",
    "build": "build/layer_stack/layer_stack.js",
    "train": "train/live_curves/live_curves.js",
    "look_inside": "look_inside/layers/layers.js",
}


class Preload:
    """Middleware that adds a Link header with the modules a page will need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and add the header to pages."""
        entry = _ENTRIES.get(scope["path"].rpartition("/")[2]) if scope["type"] == "http" else None
        if entry is None:
            await self._app(scope, receive, send)
            return

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["link"] = links(entry, _language(scope))
            await send(message)

        await self._app(scope, receive, send_with_links)


@cache
def links(entry: str, code: str) -> str:
    """The header's value: this module and all its dependencies, in this language."""
    base = scripts(code).base
    return ", ".join(f"<{base}{name}>; rel=modulepreload" for name in scripts(code).dependencies(entry))


def _language(scope: Scope) -> str:
    headers = Headers(scope=scope)
    cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    return first_available(
        parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1],
        cookie.value if cookie else "",
        headers.get("accept-language", ""),
    )
