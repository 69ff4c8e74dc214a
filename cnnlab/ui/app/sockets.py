"""How many sockets visitors may hold, so that the lab itself can always open a file.

A process may have so many open files and sockets and no more: of a usual limit of 1,024, 251 browser sessions
took everything (each four: a socket, and an event loop for its scripts), and no run could be recorded any
more. So the limit is raised as far as the system lets us, a part of it stays out of visitors' reach, one
address gets at most two thirds of the rest, and a connection on which nothing is asked is closed. (That a
session holds an event loop only once its scripts use one is done in streamlit_patches.py.)
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Collection
from functools import wraps
from importlib import import_module
from typing import Any

from cnnlab.ui.app.guard import PEER, plain_address

RESERVED = 256  # descriptors that are the lab's: data base, files, pipes to the training process
WANTED = 65_536  # descriptors that are enough for any classroom
SILENT_SECONDS = 20.0  # after which a connection that has not asked anything whole is closed
_HTTP = (
    "uvicorn.protocols.http.h11_impl:H11Protocol",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol",
)
_WEBSOCKET = (
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol",
    "uvicorn.protocols.websockets.websockets_impl:WebSocketProtocol",
)


def raise_limit() -> int:
    """Let this process open as many files as the system allows, up to WANTED; how many that are."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return WANTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return min(soft, WANTED) if soft != resource.RLIM_INFINITY else WANTED
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):  # macOS refuses what its kernel does not have
        return soft
    return wanted


class Doorkeeper:
    """Counts visitors' connections by address; `exempt` are proxies, who speak for many."""

    def __init__(self, most: int, exempt: Collection[str] = ()) -> None:
        self._most = most
        self._most_of_one = most * 2 // 3
        self._exempt = frozenset(exempt)
        self._peers: dict[Any, str] = {}  # by transport
        self._counts: Counter[str] = Counter()

    def admit(self, transport: Any, peer: str) -> bool:
        """Whether there is room for this connection; it is counted if there is, or was before."""
        if transport in self._peers:  # an HTTP connection that becomes a WebSocket
            return True
        if len(self._peers) >= self._most:
            return False
        if peer not in self._exempt and self._counts[peer] >= self._most_of_one:
            return False
        self._peers[transport] = peer
        self._counts[peer] += 1
        return True

    def leave(self, transport: Any) -> None:
        """The connection is closed."""
        peer = self._peers.pop(transport, None)
        if peer is not None:
            self._counts[peer] -= 1
            self._counts += Counter()  # forget those who have none


def keep_doors(limit: int, exempt: Collection[str] = ()) -> bool:
    """Put a doorkeeper before uvicorn's connections. Whether uvicorn is built as we know it."""
    keeper = Doorkeeper(max(64, limit - RESERVED), exempt)
    http = [found for name in _HTTP if (found := _class(name))]
    websocket = [found for name in _WEBSOCKET if (found := _class(name))]
    for protocol in (*http, *websocket):
        _wrap(protocol, keeper)
    return bool(http and websocket)


def _class(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return None
    known = found is not None and hasattr(found, "connection_made") and hasattr(found, "connection_lost")
    return found if known else None


def _wrap(protocol: Any, keeper: Doorkeeper) -> None:
    made: Callable[..., None] = inspect.unwrap(protocol.connection_made)
    lost: Callable[..., None] = inspect.unwrap(protocol.connection_lost)

    @wraps(made)
    def connection_made(self: Any, transport: Any) -> None:
        address = transport.get_extra_info("peername")
        peer = plain_address(address[0]) if isinstance(address, tuple) else ""
        made(self, transport)
        self.app = _from(self.app, peer)
        if not keeper.admit(transport, peer):
            transport.abort()
        elif hasattr(self, "cycle"):  # HTTP
            asyncio.get_running_loop().call_later(SILENT_SECONDS, _close_silent, self)

    @wraps(lost)
    def connection_lost(self: Any, error: Exception | None) -> None:
        keeper.leave(self.transport)
        lost(self, error)

    protocol.connection_made = connection_made
    protocol.connection_lost = connection_lost


def _from(app: Callable[..., Any], peer: str) -> Callable[..., Any]:
    """The app, told in each request's scope who is at the other end, which headers cannot change."""

    async def asked(scope: Any, receive: Any, send: Any) -> Any:
        scope[PEER] = peer
        return await app(scope, receive, send)

    return asked


def _close_silent(protocol: Any) -> None:
    """Close a connection whose first request is not whole yet."""
    if protocol.cycle is None and protocol in protocol.connections:
        protocol.transport.abort()
