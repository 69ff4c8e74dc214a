"""Speaks to a route as a browser would, without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from cnnlab.ui.app.routes import ROUTES

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}  # a page of the lab's own


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def error_text(answer: Answer) -> str:
    """The text of a refusal."""
    error: str = json.loads(answer.body)["error"]
    return error


def ask(path: str, body: bytes, headers: dict[str, str] = HOME, **query: Any) -> Answer:
    """What the lab's server answers to one POST."""
    return post(ROUTES, path, body, query, headers)


def post(
    routes: list[Route], path: str, body: bytes, query: dict[str, Any], headers: dict[str, str]
) -> Answer:
    """One POST, its body in two pieces."""
    return _ask("POST", Starlette(routes=routes), path, body, query, headers)


def get(routes: list[Route], path: str) -> Answer:
    """One GET."""
    return get_from(Starlette(routes=routes), path)


def get_from(app: ASGIApp, path: str, headers: Mapping[str, str] = {}, **query: Any) -> Answer:
    """One GET of an application."""
    return _ask("GET", app, path, b"", query, headers)


def _ask(
    method: str,
    app: ASGIApp,
    path: str,
    body: bytes,
    query: dict[str, Any],
    headers: Mapping[str, str],
) -> Answer:
    sent: list[Any] = []
    pieces = [body[:1000], body[1000:]]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query).encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8501),
        "client": ("127.0.0.1", 50000),
        "root_path": "",
    }

    async def answer() -> None:
        await app(scope, receive, send)

    asyncio.run(answer())
    start = sent[0]
    return Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )
