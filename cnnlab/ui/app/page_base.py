"""What the lab adds to the html of Streamlit's page: where its server is, and the style of the page.

Streamlit 1.67 takes the address of a page for the server's own address at first: from /train it asks for
/train/_stcore/health and /train/_stcore/host-config, gets two errors (404), and only then asks at /. Here the
page's html says it: a page's address has one part after the server's, also behind a proxy that adds a path.

The styles of all screens are there before the first paint, and with them the size of the text for a
projector, so that nothing moves when Streamlit's elements arrive. Those of the elements are at the end: there
they come after Streamlit's own, which it adds to the head. And the page covers a phone's whole screen: only
then is it told where the phone's own bars and rounded corners are.
"""

from __future__ import annotations

import gzip

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnlab.ui.shared.components import asset

_SCRIPT = b"""<script>
window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };
const presents = new URL(location.href).searchParams.get("present") === "1";
document.documentElement.classList.toggle("present", presents);
</script>"""
_STYLE = f"<style>{asset('shared/page.css')}</style>".encode()
_SCREENS = ("shared/fields.css", *(f"{name}/page.css" for name in ("draw", "build", "train", "look_inside")))
_LAST_STYLE = f"<style>{''.join(map(asset, _SCREENS))}</style>".encode()
_CHANGES = (
    (b"<head>", b"<head>" + _SCRIPT),
    (b'content="width=device-width, ', b'content="viewport-fit=cover, width=device-width, '),
    (b"</head>", _STYLE + b"</head>"),
    (b"</body>", _LAST_STYLE + b"</body>"),
)


class PageBase:
    """Middleware that writes script and style into a page's html."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a page with script and style."""
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
                    page = _completed(bytes(html), headers.get("content-encoding") == "gzip")
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


def _completed(html: bytes, is_compressed: bool) -> bytes:
    if is_compressed:
        return gzip.compress(_completed(gzip.decompress(html), False), mtime=0)
    for before, after in _CHANGES:
        html = html.replace(before, after, 1)
    return html
