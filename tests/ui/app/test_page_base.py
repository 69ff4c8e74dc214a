"""What the lab adds to a page is in its html, and nowhere else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from cnnlab.ui.app.page_base import PageBase
from tests.ui.asgi import get_from

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
COMPRESSED = gzip.compress(INDEX.read_bytes())
APP = Starlette(
    routes=[
        Route("/train", lambda request: HTMLResponse(INDEX.read_text())),
        Route("/small", lambda request: HTMLResponse(COMPRESSED, headers={"Content-Encoding": "gzip"})),
        Route("/gone", lambda request: HTMLResponse("<head></head>", 404)),
        Route("/text", lambda request: PlainTextResponse("<head></head>")),
    ],
    middleware=[Middleware(PageBase)],
)


def test_streamlits_page_says_where_its_server_is() -> None:
    """Before any of its scripts; with the style and the phone's whole screen it is all that is added."""
    answer = get_from(APP, "/train")
    html = answer.body.decode()
    assert "BACKEND_BASE_URL" in element(html, "script")
    first = element(html, "style")
    last = element(html.replace(first, ""), "style")
    assert "--lab-foot" in first
    assert html.endswith(f"{last}</body>\n</html>\n")  # after the styles that Streamlit adds to the head
    for added in (element(html, "script"), first, last, "viewport-fit=cover, "):
        html = html.replace(added, "", 1)
    assert html == INDEX.read_text()
    assert int(answer.headers["content-length"]) == len(answer.body)


def element(html: str, name: str) -> str:
    """The first element with this name, whole."""
    end = f"</{name}>"
    return html[html.index(f"<{name}>") : html.index(end) + len(end)]


def test_a_compressed_page_says_it_as_well() -> None:
    """It stays compressed."""
    answer = get_from(APP, "/small")
    assert gzip.decompress(answer.body) == get_from(APP, "/train").body
    assert int(answer.headers["content-length"]) == len(answer.body)


@pytest.mark.parametrize("path", ["/gone", "/text"])
def test_nothing_else_is_changed(path: str) -> None:
    """An error's text, a file."""
    assert get_from(APP, path).body == b"<head></head>"
