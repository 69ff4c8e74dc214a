"""Which requests a real server answers, for every page, route and file, and for its WebSocket."""

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
PROXY = "127.0.0.9"  # on Linux all of 127.0.0.0/8 is this machine
SETTINGS = {
    "CNNLAB_HOSTS": "lab.example",
    "CNNLAB_PROXIES": PROXY,
    "CNNLAB_EMBEDDERS": "https://moodle.example",
}
CLASSIFY = "/api/classify?model=bundled"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab that listens at all addresses, with names that its owner added."""
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home / "home", home / "log", "0.0.0.0", **SETTINGS) as running:
        wait_until_awake(running)
        yield running


def wait_until_awake(server: Server) -> None:
    """Wait until the bundled model is loaded; until then a classification gets status 503."""
    own = {"Host": f"localhost:{server.port}", "Origin": f"http://localhost:{server.port}"}
    while ask(server.port, f"{server.base}{CLASSIFY}", own, INK.tobytes()).status == 503:
        time.sleep(0.1)


def script_address(server: Server) -> str:
    """The address of a module that the page's HTML names."""
    found = re.search("<(api/script/[^>]+)>", ask(server.port).headers["link"])
    assert found
    return f"/{found[1]}"


def classify(server: Server, host: str, origin: str, to: str = "127.0.0.1") -> Reply:
    """The response to the pad of a page at this address."""
    headers = {"Host": host, "Origin": origin}
    return ask(server.port, CLASSIFY, headers, INK.tobytes(), to=to)


@pytest.mark.parametrize(
    "path", ["/", "/train", "/?embed=true", "/_stcore/health", "/_stcore/host-config", "script", "/none"]
)
def test_dns_rebinding_gets_no_page(server: Server, path: str) -> None:
    """evil.example resolves to 127.0.0.1, and the host and origin of each request are its own."""
    path = script_address(server) if path == "script" else path
    foreign = {"Host": f"evil.example:{server.port}"}
    assert ask(server.port, path).status == (200 if path != "/none" else ask(server.port, "/none").status)
    assert ask(server.port, path, foreign).status == 403
    assert "CNNLAB_HOSTS" in ask(server.port, path, foreign).text


def test_dns_rebinding_gets_no_route(server: Server) -> None:
    """Host and origin agree, as a browser would send them."""
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
    ids=["own", "rebound", "another port", "an opaque origin", "configured"],
)
def test_only_own_pages_get_a_websocket(server: Server, host: str, origin: str, status: int) -> None:
    """All interaction with the pages goes through it."""
    port = server.port
    socket_ = handshake(port, Host=host.format(port=port), Origin=origin.format(port=port))
    assert socket_.status == status
    socket_.close()


def own_addresses() -> list[str]:
    """This machine's addresses: loopback and all networks (IPv4, where the server listens)."""
    return [
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    ]


@pytest.mark.parametrize("address", own_addresses())
def test_the_lab_answers_at_every_address_of_the_machine(server: Server, address: str) -> None:
    """A class types one of them from the blackboard."""
    host = f"{address}:{server.port}"
    assert ask(server.port, headers={"Host": host}, to=address).status == 200
    assert classify(server, host, f"http://{host}", to=address).status == 200


@pytest.mark.parametrize("name", ["localhost", socket.gethostname(), "lab.example"])
def test_the_lab_answers_to_its_names(server: Server, name: str) -> None:
    """The machine's, and those that the owner added."""
    host = f"{name}:{server.port}"
    assert classify(server, host, f"http://{host}").status == 200


def test_a_page_of_another_program_is_foreign(server: Server) -> None:
    """Even at another port of the same machine."""
    assert classify(server, f"localhost:{server.port}", "http://localhost:3000").status == 403


def test_only_the_known_proxy_can_forward_a_host(server: Server) -> None:
    """Anybody can write the header that it writes."""
    headers = {"Host": f"127.0.0.1:{server.port}", "X-Forwarded-Host": "lab.example"}
    forwarded = headers | {"Origin": "https://lab.example"}
    body = INK.tobytes()
    assert ask(server.port, CLASSIFY, forwarded, body, by=PROXY).status == 200
    assert ask(server.port, CLASSIFY, forwarded, body, by="127.0.0.8").status == 403


@pytest.mark.parametrize("path", ["/", "/?embed=true", "/_stcore/health", "script"])
def test_every_response_has_the_security_headers(server: Server, path: str) -> None:
    """Streamlit's own files as well as the lab's routes."""
    headers = ask(server.port, script_address(server) if path == "script" else path).headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://moodle.example")
    assert headers["x-content-type-options"] == "nosniff"


@contextmanager
def reverse_proxy(port: int) -> Iterator[int]:
    """A proxy that changes the host, forwards the original in a header, and passes on the rest; its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(65_536)
            renamed = rb"Host: upstream\r\nX-Forwarded-Host: \1\r\n"
            with socket.create_connection(("127.0.0.1", port), source_address=(PROXY, 0)) as server:
                server.sendall(re.sub(rb"(?i)host: (.*?)\r\n", renamed, head, count=1))
                back = threading.Thread(target=pass_on, args=(server, self.request))
                back.start()
                pass_on(self.request, server)
                back.join()

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
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


def test_the_lab_works_behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Below a path of a school's server: page, route and WebSocket."""
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
