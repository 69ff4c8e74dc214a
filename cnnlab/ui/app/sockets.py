"""How many sockets visitors may hold, so that the lab itself can always open a file.

A process may have so many open files and sockets and no more: of a usual limit of 1,024, 251 browser sessions
took everything (each four: a socket, and an event loop for its scripts), and no run could be recorded any
more. So the limit is raised as far as the system lets us, a part of it stays out of visitors' reach, one
address gets at most two thirds of the rest, and a connection on which nothing is requested is closed. (That a
session holds an event loop only once its scripts use one is done in streamlit_patches.py.)
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

RESERVED = 256  # descriptors that are the lab's: database, files, pipes to the training process
WANTED = 65_536  # descriptors that are enough for any classroom
MOST_OF_ONE = 1_024  # connections of an address: 40 pupils behind one, with three tabs each, have 360
SILENT_SECONDS = 20.0  # after which a connection that has not requested anything whole is closed
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
        self._most_of_one = min(MOST_OF_ONE, most * 2 // 3)
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

    def believes(self, peer: str) -> bool:
        """Whether this address may say for whom it speaks."""
        return peer in self._exempt

    def leave(self, transport: Any) -> None:
        """The connection is closed."""
        peer = self._peers.pop(transport, None)
        if peer is not None:
            self._counts[peer] -= 1
            self._counts += Counter()  # forget those who have none


def keep_doors(limit: int, exempt: Collection[str] = ()) -> bool:
    """Put a doorkeeper before uvicorn's connections, once it runs. Whether uvicorn is built as we know it."""
    keeper = Doorkeeper(max(64, limit - RESERVED), exempt)
    http = [found for name in _HTTP if (found := _loaded(name))]
    websocket = [found for name in _WEBSOCKET if (found := _loaded(name))]
    for protocol in (*http, *websocket):
        _wrap(protocol, keeper)
    return bool(http and websocket)


def _loaded(name: str) -> Any:
    """The class, where uvicorn has loaded its module; those that it does not use, it warns about."""
    module, _, attribute = name.partition(":")
    found = getattr(sys.modules.get(module), attribute, None)
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
        self.app = _from(self.app, peer, keeper.believes(peer))
        if not keeper.admit(transport, peer):
            transport.abort()
        elif hasattr(self, "cycle"):  # HTTP
            _watch(self, None)

    @wraps(lost)
    def connection_lost(self: Any, error: Exception | None) -> None:
        keeper.leave(self.transport)
        lost(self, error)

    protocol.connection_made = connection_made
    protocol.connection_lost = connection_lost


def _from(app: Callable[..., Any], peer: str, believed: bool) -> Callable[..., Any]:
    """The app, told in each request's scope who is at the other end.

    uvicorn lets any program on this machine say in X-Forwarded-For for whom it speaks; here only a proxy may.
    """

    async def asked(scope: Any, receive: Any, send: Any) -> Any:
        scope[PEER] = peer
        if not believed:
            headers = scope["headers"]
            scope["headers"] = [pair for pair in headers if not pair[0].startswith(b"x-forwarded-")]
        return await app(scope, receive, send)

    return asked


def _watch(protocol: Any, answered: Any) -> None:
    """Look at an HTTP connection from time to time; `answered` is what it had asked for at the last look.

    It is closed where nothing new has been requested since. uvicorn closes one that is silent between two
    requests, after five seconds, but waits for ever for the end of a request that was begun.
    """

    def look() -> None:
        if protocol not in protocol.connections:  # closed, or a WebSocket now
            return
        cycle = protocol.cycle
        if cycle is answered and (cycle is None or cycle.response_complete):
            protocol.transport.abort()
        else:
            _watch(protocol, cycle)

    asyncio.get_running_loop().call_later(SILENT_SECONDS, look)
