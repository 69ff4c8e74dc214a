"""A page says where its server is, so that Streamlit does not try it out.

Streamlit 1.67 takes the address of a page for the server's own address at first: from /train it asks for
/train/_stcore/health and /train/_stcore/host-config, gets two errors (404), and only then asks at /. Here the
page's html says it: a page's address has one part after the server's, also behind a proxy that adds a path.
"""

from __future__ import annotations

import gzip

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAD = b"<head>"
_SCRIPT = b'<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'


class PageBase:
    """Middleware that writes the script into a page's html."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a page with its script."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}  # of a page, until its html is whole
        html = bytearray()

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start:
                html.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    headers = MutableHeaders(scope=start)
                    page = _with_script(bytes(html), headers.get("content-encoding") == "gzip")
                    headers["Content-Length"] = str(len(page))
                    await send(start)
                    await send({"type": "http.response.body", "body": page})
            else:
                await send(message)

        await self._app(scope, receive, sending)


def _is_page(message: Message) -> bool:
    """Whether it is html, and all of it."""
    headers = MutableHeaders(scope=message)
    is_html = headers.get("content-type", "").startswith("text/html")
    return is_html and message["status"] == 200 and headers.get("content-encoding", "gzip") == "gzip"


def _with_script(html: bytes, is_compressed: bool) -> bytes:
    if is_compressed:
        return gzip.compress(_with_script(gzip.decompress(html), False), mtime=0)
    return html.replace(_HEAD, _HEAD + _SCRIPT, 1)
