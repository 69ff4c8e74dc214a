"""Requests to a running server, with headers and timing that no browser would allow."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "streamlit",
}


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(
    port: int,
    path: str = "/",
    headers: Mapping[str, str] = {},
    body: bytes | None = None,
    *,
    to: str = "127.0.0.1",
    by: str | None = None,
) -> Reply:
    """Send one request, a POST if it has a body; `by` is the address that it comes from."""
    connection = HTTPConnection(to, port, timeout=30, source_address=(by, 0) if by else None)
    connection.request("GET" if body is None else "POST", path, body, dict(headers))
    response = connection.getresponse()
    got = {name.lower(): value for name, value in response.getheaders()}
    reply = Reply(response.status, got, response.read())
    connection.close()
    return reply


def handshake(port: int, path: str = "/_stcore/stream", **headers: str) -> WebSocket:
    """Request a WebSocket; its status says whether it is one. Raises OSError if the server hangs up."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = {"Host": f"127.0.0.1:{port}", "Sec-WebSocket-Key": key} | UPGRADE | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    try:
        return WebSocket(connection)
    except OSError:
        connection.close()
        raise


class WebSocket:
    """The visitor's end of a WebSocket, which answers pings."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._file = connection.makefile("rb")
        first = self._file.readline()
        if not first:
            self._file.close()
            raise ConnectionResetError("hung up")
        self.status = int(first.split()[1])
        while self._file.readline().strip():
            pass

    def until(self, matches: Callable[[bytes], bool]) -> None:
        """Listen until a binary message matches."""
        while not ((message := self.listen())[0] == BINARY and matches(message[1])):
            pass

    def listen(self) -> tuple[int, bytes]:
        """The next message and its kind (RFC 6455, 5.2); raises OSError if the server has hung up."""
        head = self._file.read(2)
        if len(head) < 2:
            raise ConnectionResetError("hung up")
        kind, length = head[0] & 0x0F, head[1] & 0x7F
        if length > 125:
            length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
        payload = self._file.read(length)
        if kind == PING:
            self._send(PONG, payload)
        return kind, payload

    def send(self, payload: bytes) -> None:
        """Send a binary message."""
        self._send(BINARY, payload)

    def _send(self, kind: int, payload: bytes) -> None:
        assert len(payload) < 126
        mask = bytes(4)  # zeros leave the bytes as they are
        self.connection.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + mask + payload)

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self.connection.close()


BINARY, PING, PONG = 2, 9, 10
