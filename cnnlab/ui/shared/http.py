"""What all routes share: only the lab's own pages may use them, within limits, and threads do the work.

A handler takes the request and returns JSON, packed bytes or nothing; what it refuses becomes JSON
{"error": text} (and a "code" where the memory is full) with a status: 400 and 413 for a request that is
invalid or too long, 403 for a foreign page, 404 for what does not exist (any more), 422 for what the lab
cannot do, 500 for a bug, 503 for "try again".
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import streamlit as st
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cnnlab.ground.errors import LabError, RunError
from cnnlab.ground.log import explained
from cnnlab.language import Words, first_available, lazy, speaking

Handler = Callable[[Request], Awaitable[Response]]
P = ParamSpec("P")
T = TypeVar("T")


class Refusal(Exception):
    """A request is refused; the reason is in the language of its sender."""

    def __init__(self, status: int, words: Words, **extra: Any) -> None:
        super().__init__(words)
        self.status = status
        self.extra = extra


class WaitingRoom:
    """A limit for the requests that wait for one kind of answer; further ones are refused."""

    def __init__(self, capacity: int, refusal: Words) -> None:
        self.capacity = capacity
        self.waiting = 0
        self._refusal = refusal

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot for the length of a block, on the event loop; raises Refusal if none is free."""
        if self.waiting >= self.capacity:
            raise Refusal(503, self._refusal)
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1


def post_routes(handlers: Mapping[str, Handler]) -> list[Route]:
    """POST routes for these paths, for the lab's own pages only."""
    return [
        Route(path, _answering(handler), methods=["POST"])
        for own_path, handler in handlers.items()
        for path in paths(own_path)
    ]


def paths(path: str) -> list[str]:
    """The path, and the one below the base path that a proxy gives the lab, as for Streamlit's own routes."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return [path, *([f"/{base}{path}"] if base else [])]


async def on_thread(
    pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **options: P.kwargs
) -> T:
    """Call a function on a thread of the pool, without blocking the event loop; return its result.

    There, too, texts are in the language of the request's sender.
    """
    call = partial(copy_context().run, function, *args, **options)
    return await asyncio.get_running_loop().run_in_executor(pool, call)


async def read_body(request: Request, what: Words, max_bytes: int) -> bytes:
    """The body of a request; raises Refusal as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise Refusal(413, lazy("{what} has at most {most} bytes.", what=what, most=f"{max_bytes:,}"))
    return bytes(body)


async def read_json(request: Request, what: Words, max_bytes: int) -> dict[str, Any]:
    """The JSON object that a page sends; raises Refusal for anything else."""
    body = await read_body(request, what, max_bytes)
    try:
        text = body.decode()
        value = json.loads(text, parse_constant=_no_number, parse_float=_number, parse_int=_whole_number)
        _require_characters(text, value)
    except (ValueError, RecursionError):
        raise Refusal(400, lazy("This is not valid JSON.")) from None
    if not isinstance(value, dict):
        raise Refusal(400, lazy("This is not a JSON object."))
    return value


def _no_number(text: str) -> float:
    """Refuse NaN and Infinity, which Python reads although JSON does not have them."""
    raise ValueError(text)


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _whole_number(text: str) -> int:
    """An integer of at most 64 bits, as arrays and database columns can hold."""
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _require_characters(text: str, value: Any) -> None:
    r"""Raise UnicodeEncodeError for half a character, such as "\ud800", which JSON allows, UTF-8 not."""
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()


def packed(body: bytes) -> Response:
    """A response for `unpack` in the browser."""
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def _answering(handler: Handler) -> Handler:
    """The handler after a check of the sender; its refusals become JSON."""

    @wraps(handler)
    async def handle(request: Request) -> Response:
        with speaking(first_available(request.headers.get("accept-language", ""))):
            try:
                _require_same_origin(request.headers)
                return await handler(request)
            except Refusal as refusal:
                return JSONResponse({"error": str(refusal)} | refusal.extra, refusal.status)
            except LabError as error:
                return _failure(error, 422)
            except ClientDisconnect:
                return Response(status_code=499)  # nobody is left to read it
            except Exception as error:
                return _failure(explained(error, request.url.path), 500)

    return handle


def _failure(error: LabError, status: int) -> Response:
    """An error's words, its code if it has one, and its status: the given one for most kinds."""
    if isinstance(error, RunError):
        status = 404
    elif error.code:
        status = 422
    return JSONResponse({"error": str(error)} | ({"code": error.code} if error.code else {}), status)


def _require_same_origin(headers: Mapping[str, str]) -> None:
    """Refuse foreign pages in the same browser, which have another Origin.

    The middleware around all routes has already checked the Host (ui/app/guard.py).
    """
    origin = urlsplit(headers.get("origin", "")).netloc
    own = headers.get("host", "")
    if not origin or origin != own or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refusal(403, lazy("Only the lab's own pages may request this."))
