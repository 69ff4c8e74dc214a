"""The html of a page names the modules that the page needs, in the language that the page will have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from cnnlab.ui.app.preload import Preload
from cnnlab.ui.shared.scripts import scripts
from tests.ui.asgi import get_from

APP = Starlette(
    routes=[
        Route("/api/build", lambda request: PlainTextResponse("draw")),
        Route("/{path:path}", lambda request: HTMLResponse("<html></html>")),
    ],
    middleware=[Middleware(Preload)],
)


def named(path: str, headers: Mapping[str, str] = {}, **query: str) -> list[str]:
    """The addresses of the modules that a page's html names."""
    link = get_from(APP, path, headers, **query).headers.get("link", "")
    return re.findall(r"<([^>]+)>; rel=modulepreload", link)


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "draw/drawing_pad/drawing_pad.js"),
        ("/draw", "draw/drawing_pad/drawing_pad.js"),
        ("/lab/", "draw/drawing_pad/drawing_pad.js"),
        ("/build", "build/layer_stack/layer_stack.js"),
        ("/lab/build", "build/layer_stack/layer_stack.js"),
        ("/train", "train/live_curves/live_curves.js"),
        ("/look_inside", "look_inside/layers/layers.js"),
    ],
)
def test_a_page_names_what_its_component_imports(path: str, entry: str) -> None:
    """The same addresses as the component's own script asks for, and each once."""
    stub = scripts("en").stub(entry)
    base = re.search(r'"(api/script/[^"]+/)"', stub)
    names = re.search(r"const names = (.*);", stub)
    assert base
    assert names
    assert named(path) == [base[1] + name for name in json.loads(names[1])]


@pytest.mark.parametrize(
    ("lang", "cookie", "accepted", "code"),
    [
        ("", "", "zh-CN,zh;q=0.9,en;q=0.5", "zh"),
        ("", "a=b; cnnlab_language=en", "zh-CN", "en"),
        ("zh", "cnnlab_language=en", "en", "zh"),
        ("tlh", "cnnlab_language=??", "fr", "en"),
        ("\xff&", "=;;cnnlab_language", "", "en"),
    ],
)
def test_in_the_language_of_the_page(lang: str, cookie: str, accepted: str, code: str) -> None:
    """The link decides, then the cookie, then the browser's owner."""
    addresses = named("/", {"Cookie": cookie, "Accept-Language": accepted}, lang=lang)
    assert {address.split("/")[3] for address in addresses} == {code}


@pytest.mark.parametrize("path", ["/none", "/api/build", "/static/draw.js"])
def test_nothing_else_has_the_header(path: str) -> None:
    """An address without a page, and what is not a page."""
    assert named(path) == []
