"""A real server, and who is let in: every page, route and file of it, and its WebSocket."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from tests.browser.driving import Server, running_lab
from tests.ui.draw.test_classify_route import INK
from tests.ui.wire import Reply, ask, handshake

pytestmark = pytest.mark.slow
PROXY = "127.0.0.9"  # Linux answers at all of 127.0.0.0/8
SETTINGS = {
    "CNNLAB_HOSTS": "lab.example",
    "CNNLAB_PROXIES": PROXY,
    "CNNLAB_EMBEDDERS": "https://moodle.example",
}
CLASSIFY = "/api/classify?model=bundled"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab that is open to the room, with names that its owner gave it."""
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home / "home", home / "log", "0.0.0.0", **SETTINGS) as running:
        wait_until_awake(running)
        yield running


def wait_until_awake(server: Server) -> None:
    """The bundled model is loaded beside the first page; until then a classification is told to wait."""
    own = {"Host": f"localhost:{server.port}", "Origin": f"http://localhost:{server.port}"}
    while ask(server.port, f"{server.base}{CLASSIFY}", own, INK.tobytes()).status == 503:
        time.sleep(0.1)


def script_address(server: Server) -> str:
    """A module that the page's html names."""
    found = re.search("<(api/script/[^>]+)>", ask(server.port).headers["link"])
    assert found
    return f"/{found[1]}"


def classify(server: Server, host: str, origin: str, to: str = "127.0.0.1") -> Reply:
    """What the pad of a page at this address is answered."""
    headers = {"Host": host, "Origin": origin}
    return ask(server.port, CLASSIFY, headers, INK.tobytes(), to=to)


@pytest.mark.parametrize(
    "path", ["/", "/train", "/?embed=true", "/_stcore/health", "/_stcore/host-config", "script", "/none"]
)
def test_a_page_that_leads_its_own_name_here_gets_nothing(server: Server, path: str) -> None:
    """DNS rebinding: evil.example is 127.0.0.1, and host and origin of each request are its own."""
    path = script_address(server) if path == "script" else path
    foreign = {"Host": f"evil.example:{server.port}"}
    assert ask(server.port, path).status == (200 if path != "/none" else ask(server.port, "/none").status)
    assert ask(server.port, path, foreign).status == 403
    assert "CNNLAB_HOSTS" in ask(server.port, path, foreign).text


def test_neither_do_its_requests_to_routes(server: Server) -> None:
    """With host and origin alike, as a browser sends them then."""
    host = f"evil.example:{server.port}"
    assert classify(server, host, f"http://{host}").status == 403


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:{port}", "http://localhost:{port}", 101),
        ("evil.example:{port}", "http://evil.example:{port}", 403),
        ("localhost:{port}", "http://localhost:3000", 403),
        ("localhost:{port}", "null", 403),
        ("lab.example", "https://lab.example", 101),
    ],
    ids=["own", "rebound", "another port", "no origin to speak of", "configured"],
)
def test_the_websocket_is_for_own_pages(server: Server, host: str, origin: str, status: int) -> None:
    """What runs the pages comes through it."""
    port = server.port
    socket_ = handshake(port, Host=host.format(port=port), Origin=origin.format(port=port))
    assert socket_.status == status
    socket_.close()


def own_addresses() -> list[str]:
    """Of this machine: on the loop, and on whatever network it has (IPv4; the server listens to that)."""
    return [
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    ]


@pytest.mark.parametrize("address", own_addresses())
def test_every_address_of_the_machine_is_its_own(server: Server, address: str) -> None:
    """The classroom types the one that is on the blackboard."""
    host = f"{address}:{server.port}"
    assert ask(server.port, headers={"Host": host}, to=address).status == 200
    assert classify(server, host, f"http://{host}", to=address).status == 200


@pytest.mark.parametrize("name", ["localhost", socket.gethostname(), "lab.example"])
def test_its_names_are_its_own(server: Server, name: str) -> None:
    """The machine's, and those that the owner adds."""
    host = f"{name}:{server.port}"
    assert classify(server, host, f"http://{host}").status == 200


def test_a_page_of_another_program_is_foreign(server: Server) -> None:
    """On another port of this machine."""
    assert classify(server, f"localhost:{server.port}", "http://localhost:3000").status == 403


def test_only_the_known_proxy_says_for_whom_it_asks(server: Server) -> None:
    """The header that it writes, anybody can write."""
    headers = {"Host": f"127.0.0.1:{server.port}", "X-Forwarded-Host": "lab.example"}
    asked = headers | {"Origin": "https://lab.example"}
    body = INK.tobytes()
    assert ask(server.port, CLASSIFY, asked, body, by=PROXY).status == 200
    assert ask(server.port, CLASSIFY, asked, body, by="127.0.0.8").status == 403


@pytest.mark.parametrize("path", ["/", "/?embed=true", "/_stcore/health", "script"])
def test_every_answer_tells_the_browser_what_it_may(server: Server, path: str) -> None:
    """Streamlit's own files and the lab's routes alike."""
    headers = ask(server.port, script_address(server) if path == "script" else path).headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://moodle.example")
    assert headers["x-content-type-options"] == "nosniff"


@contextmanager
def reverse_proxy(port: int) -> Iterator[int]:
    """A proxy in front of a server: it renames the host, says so, and hands on all else; its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(65_536)
            renamed = rb"Host: upstream\r\nX-Forwarded-Host: \1\r\n"
            with socket.create_connection(("127.0.0.1", port), source_address=(PROXY, 0)) as server:
                server.sendall(re.sub(rb"(?i)host: (.*?)\r\n", renamed, head, count=1))
                back = threading.Thread(target=hand_on, args=(server, self.request))
                back.start()
                hand_on(self.request, server)
                back.join()

    def hand_on(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        try:
            yield proxy.server_address[1]
        finally:
            proxy.shutdown()


def test_the_lab_lives_behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Under a path of a school's server: page, route and WebSocket."""
    home = tmp_path_factory.mktemp("proxied")
    with (
        running_lab(home / "home", home / "log", base="/lab", **SETTINGS) as server,
        reverse_proxy(server.port) as port,
    ):
        wait_until_awake(server)
        own = {"Host": "lab.example", "Origin": "https://lab.example"}
        assert ask(port, "/lab/", {"Host": "lab.example"}).status == 200
        assert ask(port, f"/lab{CLASSIFY}", own, INK.tobytes()).status == 200
        assert ask(port, f"/lab{CLASSIFY}", own | {"Host": "evil.example"}, INK.tobytes()).status == 403
        opened = handshake(port, "/lab/_stcore/stream", **own)
        assert opened.status == 101
        opened.close()
