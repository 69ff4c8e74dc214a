"""Only the lab's own pages at its own addresses are answered."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from cnnlab.ui.app import guard
from cnnlab.ui.app.guard import Guard, Trust
from tests.ui.asgi import Answer, get_from


def visit(headers: Mapping[str, str], bound: str = "127.0.0.1", **settings: str) -> Answer:
    """The response to a visitor who reached the server at 127.0.0.1."""
    guard = Guard(PlainTextResponse("hello"), Trust.from_environment(settings), bound)
    return get_from(guard, "/", headers)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8501",
        "localhost.:8501",
        "127.0.0.1:8501",
        "[::1]:8501",
        "[::1]",
        "[::ffff:127.0.0.1]:8501",
        socket.gethostname(),
        f"{socket.gethostname()}.local:8501",
    ],
)
def test_the_lab_answers_to_its_own_names(host: str) -> None:
    """Those of this machine, in any notation."""
    assert visit({"Host": host}).body == b"hello"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:localhost",
        "localhost@evil.example",
        "localhost/evil.example",
        "localhost evil.example",
        "localhost,evil.example",
        "localhost;",
        "[::1",
        "::1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "192.0.2.7",
        "localhost:123456",
        "localhost:²",
    ],
)
def test_the_lab_does_not_answer_to_other_names(host: str) -> None:
    """A foreign page chooses the name under which it reaches this machine."""
    assert visit({"Host": host}).status == 403


def test_the_refusal_says_what_to_do() -> None:
    """It quotes the name, and says where it can be added."""
    text = visit({"Host": "lab.example"}).body.decode()
    assert "'lab.example'" in text
    assert "CNNLAB_HOSTS" in text
    assert "请" in visit({"Host": "lab.example", "Accept-Language": "zh"}).body.decode()


def test_the_lab_answers_at_the_address_that_it_is_bound_to() -> None:
    """The owner chose it."""
    assert visit({"Host": "192.0.2.7:8501"}, bound="192.0.2.7").status == 200
    assert visit({"Host": "[2001:db8::7]:8501"}, bound="2001:DB8:0::7").status == 200
    assert visit({"Host": "0.0.0.0:8501"}, bound="0.0.0.0").status == 200


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("lab.example", True),
        ("LAB.example:443", True),
        ("a.school.example", True),
        ("a.b.school.example", True),
        ("school.example", False),
        ("evilschool.example", False),
        ("sub.lab.example", False),
    ],
)
def test_the_owner_adds_names(host: str, allowed: bool) -> None:
    """A star matches everything below a name."""
    answer = visit({"Host": host}, CNNLAB_HOSTS="Lab.example, *.school.example.")
    assert answer.status == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8501", True),
        ("https://localhost:8501", True),
        ("http://LOCALHOST:8501", True),
        ("http://localhost", False),
        ("http://localhost:3000", False),
        ("http://127.0.0.1:8501", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_pages_of_the_same_host_and_port_may_ask(origin: str, allowed: bool) -> None:
    """Another program's page on this machine is foreign as well."""
    answer = visit({"Host": "localhost:8501", "Origin": origin})
    assert answer.status == (200 if allowed else 403)


def test_a_forwarded_host_counts_only_from_a_known_proxy() -> None:
    """Anybody else could write the header; so what comes before a proxy's own entry is not trusted either."""
    headers = {"Host": "upstream:8501", "X-Forwarded-Host": "lab.example"}
    known = {"CNNLAB_HOSTS": "lab.example", "CNNLAB_PROXIES": "192.0.2.9, ::ffff:127.0.0.1"}
    assert visit(headers, **known).status == 200
    assert visit(headers, **known | {"CNNLAB_PROXIES": "192.0.2.9"}).status == 403
    assert visit(headers | {"X-Forwarded-Host": "evil.example"}, **known).status == 403
    assert visit(headers | {"X-Forwarded-Host": "lab.example, evil.example"}, **known).status == 403
    assert visit(headers | {"X-Forwarded-Host": "evil.example, lab.example"}, **known).status == 200


def test_no_other_page_may_show_the_lab_in_a_frame() -> None:
    """Old browsers know X-Frame-Options only."""
    headers = visit({"Host": "localhost"}).headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_page_named_by_the_owner_may_show_the_lab_in_a_frame() -> None:
    """X-Frame-Options cannot name one, so it must not be there."""
    headers = visit({"Host": "localhost"}, CNNLAB_EMBEDDERS="https://moodle.school.example/").headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://moodle.school.example")
    assert "x-frame-options" not in headers


def test_a_browser_neither_guesses_types_nor_sends_referrers() -> None:
    """The design in a URL is not for other sites."""
    headers = visit({"Host": "localhost"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def upload(pieces: list[bytes], pause: float) -> int:
    """The status for a body in these pieces, each after a pause; without pieces it never arrives."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()  # raises ClientDisconnect, as every reader of bodies does
        await PlainTextResponse("whole")(scope, receive, send)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(pause if pieces else 3_600)
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    statuses: list[int] = []
    own = (b"host", b"localhost")
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [own], "client": ("127.0.0.1", 1)}
    asyncio.run(Guard(app, Trust())(scope, receive, send))
    return statuses[0]


def test_a_body_that_never_arrives_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the app it looks as if the visitor had hung up, so code that reads bodies needs no change."""
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    assert upload([], 0) == 408


def test_a_large_body_gets_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for a slow connection, but not for one byte at a time."""
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.25)
    monkeypatch.setattr(guard, "MIN_BYTES_PER_SECOND", 100)
    assert upload([bytes(100)] * 4, 0.1) == 200
    assert upload([bytes(1)] * 40, 0.1) == 408
