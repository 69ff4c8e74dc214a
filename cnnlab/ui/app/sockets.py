"""Limit the sockets that visitors hold, so that the lab itself can always open a file.

The system limits the files and sockets that a process may have open: with a usual limit of 1,024, 251 browser
sessions used up all of them (four each: a socket, and an event loop for its scripts), and runs could no
longer be recorded. So the limit is raised as far as the system allows, a part of it is reserved for the lab,
one address gets at most two thirds of the rest, and a connection that requests nothing is closed.
(streamlit_patches.py makes sure that a session holds an event loop only once its scripts use one.)
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from cnnlab.ui.app.guard import PEER, plain_address

RESERVED = 256  # descriptors for the lab itself: database, files, pipes to the training process
WANTED = 65_536  # descriptors, enough for any classroom
MAX_PER_ADDRESS = 1_024  # connections; 40 pupils behind one address, with three tabs each, have 360
SILENT_SECONDS = 20.0  # after which a connection without a complete request is closed
_HTTP = (
    "uvicorn.protocols.http.h11_impl:H11Protocol",
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol",
)
_WEBSOCKET = (
    "uvicorn.protocols.websockets.websockets_sansio_impl:WebSocketsSansIOProtocol",
    "uvicorn.protocols.websockets.websockets_impl:WebSocketProtocol",
)


def raise_limit() -> int:
    """Let this process open as many files as the system allows, up to WANTED; return how many."""
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


class ConnectionLimiter:
    """Limits visitors' connections, in total and per address; `exempt` are proxies, which act for many."""

    def __init__(self, max_connections: int, exempt: Collection[str] = ()) -> None:
        self._max_connections = max_connections
        self._max_per_address = min(MAX_PER_ADDRESS, max_connections * 2 // 3)
        self._exempt = frozenset(exempt)
        self._peers: dict[Any, str] = {}  # by transport
        self._counts: Counter[str] = Counter()

    def admit(self, transport: Any, peer: str) -> bool:
        """Count the connection if there is room for it, or if it is counted already; return whether it is."""
        if transport in self._peers:  # an HTTP connection that becomes a WebSocket
            return True
        if len(self._peers) >= self._max_connections:
            return False
        if peer not in self._exempt and self._counts[peer] >= self._max_per_address:
            return False
        self._peers[transport] = peer
        self._counts[peer] += 1
        return True

    def believes(self, peer: str) -> bool:
        """Whether this address may say on whose behalf it asks."""
        return peer in self._exempt

    def release(self, transport: Any) -> None:
        """No longer count a connection that is closed."""
        peer = self._peers.pop(transport, None)
        if peer is not None:
            self._counts[peer] -= 1
            self._counts += Counter()  # drops the addresses without connections


def limit_connections(limit: int, exempt: Collection[str] = ()) -> bool:
    """Limit uvicorn's connections, once it is running; return whether uvicorn is built as expected."""
    limiter = ConnectionLimiter(max(64, limit - RESERVED), exempt)
    http = [found for name in _HTTP if (found := _loaded(name))]
    websocket = [found for name in _WEBSOCKET if (found := _loaded(name))]
    for protocol in (*http, *websocket):
        _wrap(protocol, limiter)
    return bool(http and websocket)


def _loaded(name: str) -> Any:
    """The class, if uvicorn has loaded its module; to import one that it does not use causes a warning."""
    module, _, attribute = name.partition(":")
    found = getattr(sys.modules.get(module), attribute, None)
    known = found is not None and hasattr(found, "connection_made") and hasattr(found, "connection_lost")
    return found if known else None


def _wrap(protocol: Any, limiter: ConnectionLimiter) -> None:
    made: Callable[..., None] = inspect.unwrap(protocol.connection_made)
    lost: Callable[..., None] = inspect.unwrap(protocol.connection_lost)

    @wraps(made)
    def connection_made(self: Any, transport: Any) -> None:
        address = transport.get_extra_info("peername")
        peer = plain_address(address[0]) if isinstance(address, tuple) else ""
        made(self, transport)
        self.app = _from(self.app, peer, limiter.believes(peer))
        if not limiter.admit(transport, peer):
            transport.abort()
        elif hasattr(self, "cycle"):  # HTTP
            _watch(self, None)

    @wraps(lost)
    def connection_lost(self: Any, error: Exception | None) -> None:
        limiter.release(self.transport)
        lost(self, error)

    protocol.connection_made = connection_made
    protocol.connection_lost = connection_lost


def _from(app: Callable[..., Any], peer: str, believed: bool) -> Callable[..., Any]:
    """The app, with the address at the other end in the scope of each request.

    uvicorn lets any program on this machine say in X-Forwarded-For for whom it asks; here only a proxy may.
    """

    async def with_peer(scope: Any, receive: Any, send: Any) -> Any:
        scope[PEER] = peer
        if not believed:
            headers = scope["headers"]
            scope["headers"] = [pair for pair in headers if not pair[0].startswith(b"x-forwarded-")]
        return await app(scope, receive, send)

    return with_peer


def _watch(protocol: Any, last: Any) -> None:
    """Check an HTTP connection periodically; `last` is the request that it had made by the last check.

    It is closed if nothing new has been requested since. uvicorn closes a connection that is silent between
    two requests after five seconds, but waits forever for the end of a request that has begun.
    """

    def check() -> None:
        if protocol not in protocol.connections:  # closed, or a WebSocket now
            return
        cycle = protocol.cycle
        if cycle is last and (cycle is None or cycle.response_complete):
            protocol.transport.abort()
        else:
            _watch(protocol, cycle)

    asyncio.get_running_loop().call_later(SILENT_SECONDS, check)
