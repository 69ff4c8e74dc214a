"""Middleware that decides which requests the server answers, of pages, routes and WebSockets alike.

A foreign page can make a browser on this machine request any address, and with a name of its own that leads
here (DNS rebinding) it chooses the Host and the Origin of its requests. So a request is answered only if its
Host is one of this server's own names and its Origin, if it has one, is the very same host and port. A body
has to arrive in time, and one address may send at most `MAX_BODIES` at the same time.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnlab.language import Words, first_available, lazy, speaking

BODY_SECONDS = 60.0  # for any body, in addition to the time that its bytes take at MIN_BYTES_PER_SECOND
MIN_BYTES_PER_SECOND = 32_768
MAX_BODIES = 64  # per address, which a whole class may share
PEER = "cnnlab.peer"  # the key of the address that really connected, which sockets.py adds to a scope
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_LOCAL = ("localhost", "127.0.0.1", "::1")
# Streamlit's own page has inline scripts and styles, and its components are modules loaded from blobs.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; connect-src 'self' data: blob:{sockets}; worker-src 'self' blob:; "
    "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the owner of the server trusts in addition to the server's own names."""

    hosts: tuple[str, ...] = ()  # names of the server; "*.school.example" matches all below, "*" any
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-Host is believed
    embedders: tuple[str, ...] = ()  # origins whose pages may show the lab in a frame

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Trust:
        """CNNLAB_HOSTS, CNNLAB_PROXIES and CNNLAB_EMBEDDERS, each a comma-separated list."""

        def listed(name: str) -> tuple[str, ...]:
            entries = (entry.strip() for entry in environment.get(name, "").split(","))
            return tuple(entry.lower().rstrip("./") for entry in entries if entry)

        proxies = tuple(map(plain_address, listed("CNNLAB_PROXIES")))
        return cls(listed("CNNLAB_HOSTS"), proxies, listed("CNNLAB_EMBEDDERS"))

    def knows(self, host: str) -> bool:
        """Whether a configured name matches."""
        return any(
            name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:])) for name in self.hosts
        )


class Guard:
    """The middleware; `bound` is the address that the server was configured to listen at."""

    def __init__(self, app: ASGIApp, trust: Trust, bound: str = "") -> None:
        self._app = app
        self._trust = trust
        machine = socket.gethostname().lower()
        self._own = frozenset((*_LOCAL, machine, f"{machine}.local", plain_address(bound.lower())))
        self._bodies: Counter[str] = Counter()
        self._ancestors = " ".join(("'self'", *trust.embedders))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let the app answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        self._believe_proxy(scope)
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, 403, refusal)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, self._with_headers(scope, send))

    def _believe_proxy(self, scope: Scope) -> None:
        """Use the Host that a known proxy forwards for the browser; drop the header of anybody else.

        A proxy that finds the header already there appends to it: what comes before may be anybody's.
        """
        headers = MutableHeaders(scope=scope)
        forwarded = headers.get("x-forwarded-host")
        if forwarded is None:
            return
        if _peer(scope) in self._trust.proxies:
            headers["host"] = forwarded.rpartition(",")[2].strip()
        del headers["x-forwarded-host"]

    def _refusal(self, scope: Scope) -> Words | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        here = (scope.get("server") or ("", None))[0]
        if not self._is_own(host, here):
            return lazy(
                "This lab does not answer to the name {host}. Open it at the address that it printed when "
                "it started, or ask its owner to add the name to CNNLAB_HOSTS.",
                host=repr(host[:100]),
            )
        origin = headers.get("origin")
        if origin is not None and _origin_host(origin) != host.lower():
            return lazy("Only the lab's own pages may request this.")
        return None

    def _is_own(self, host: str, here: str) -> bool:
        """Whether a Host header names this server; `here` is the address at which the request came in."""
        name = _host_name(host)
        return name is not None and (
            name in self._own or name == plain_address(here) or self._trust.knows(name)
        )

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        host = Headers(scope=scope).get("host", "")
        policy = _POLICY.format(sockets=f" ws://{host} wss://{host}", ancestors=self._ancestors)
        framed = bool(self._trust.embedders)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                if not framed:  # X-Frame-Options cannot name another origin
                    headers["X-Frame-Options"] = "SAMEORIGIN"
            await send(message)

        return sending

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        peer = _peer(scope)
        if self._bodies[peer] >= MAX_BODIES:
            await _refuse(scope, receive, send, 503, lazy("Too many uploads are under way. Try again."))
            return
        body = _Body(self._bodies, peer, receive)

        async def sending(message: Message) -> None:
            if not body.late:  # a late body gets its own answer, below
                await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except ClientDisconnect:
            pass  # nobody is left to read an answer
        finally:
            body.arrived()
        if body.late:
            await _refuse(scope, receive, send, 408, lazy("This took too long to arrive. Try again."))


class _Body:
    """A request body on its way: counted until it is complete, and abandoned when its time is up."""

    def __init__(self, counts: Counter[str], peer: str, receive: Receive) -> None:
        self.late = False
        self._counts = counts
        self._peer = peer
        self._receive = receive
        self._complete = False
        self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        counts[peer] += 1

    async def receive(self) -> Message:
        """The next piece; if it does not arrive in time, a disconnect, as if the sender had hung up."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.late = True
            message = {"type": "http.disconnect"}
        self._deadline += len(message.get("body", b"")) / MIN_BYTES_PER_SECOND
        if not message.get("more_body", False):
            self.arrived()
        return message

    def arrived(self) -> None:
        """Stop counting: the body is complete, or nobody waits for it any longer."""
        if self._complete:
            return
        self._complete = True
        self._counts[self._peer] -= 1
        if self._counts[self._peer] <= 0:
            del self._counts[self._peer]


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: Words) -> None:
    """Answer with a text, a WebSocket too, which gets it instead of a handshake."""
    language = first_available(Headers(scope=scope).get("accept-language", ""))
    with speaking(language):
        response = PlainTextResponse(f"{words}\n", status, headers={"Connection": "close"})
    await response(scope, receive, send)


def _peer(scope: Scope) -> str:
    """The address at the other end of the connection, whatever a header says."""
    peer: str = scope.get(PEER) or (scope.get("client") or ("", 0))[0]
    return plain_address(peer)


@lru_cache(maxsize=256)
def plain_address(address: str) -> str:
    """An address in one notation: an IPv4 address that arrives as an IPv6 one is written as IPv4."""
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return address
    return str(getattr(found, "ipv4_mapped", None) or found)


@lru_cache(maxsize=256)
def _host_name(host: str) -> str | None:
    """The name or address in a Host header, without its port; None where it is not one."""
    name, _, port = host.lower().rpartition(":") if re.search(r":[0-9]*$", host) else (host.lower(), "", "")
    return plain_address(name.rstrip(".")) if _HOST.fullmatch(name) and len(port) <= 5 else None


@lru_cache(maxsize=256)
def _origin_host(origin: str) -> str:
    """Host and port of an Origin header; empty where it is "null" or not an address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
