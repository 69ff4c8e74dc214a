"""A real server under connections that request nothing, bodies that never end, and hundreds of sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnlab.ui.app.guard import BODY_SECONDS, MAX_BODIES
from cnnlab.ui.app.sockets import RESERVED, SILENT_SECONDS, WANTED
from tests.browser.driving import Server, running_lab
from tests.ui.wire import PING, WebSocket, ask, handshake

pytestmark = pytest.mark.slow
FILES = 1_024  # that a process may open on most systems
ELSEWHERE = "127.0.0.9"  # another visitor
IDLE = 75.0  # seconds that a tab is idle, longer than the server waits for anything


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab that cannot raise the usual limit of open files."""
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home / "home", home / "log", limit=f"-n {FILES}") as running:
        yield running


def open_files(server: Server) -> int:
    """The number of descriptors that the server has open."""
    return int(psutil.Process(server.pid).num_fds())


def wait_until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """Wait for a condition to become true."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Visitor:
    """A connection on which somebody sends a few bytes and waits."""

    def __init__(self, server: Server, sent: str) -> None:
        self._begun = time.monotonic()
        self._connection = socket.create_connection(("127.0.0.1", server.port), timeout=IDLE)
        own = f"127.0.0.1:{server.port}"
        self._connection.sendall(sent.format(own=own, fields=f"Host: {own}\r\nOrigin: http://{own}").encode())

    def until_closed(self) -> tuple[bytes, float]:
        """What the server sent, and the seconds until it closed the connection."""
        got = b""
        with self._connection as connection:
            try:
                while data := connection.recv(65_536):
                    got += data
            except ConnectionResetError:
                pass
            return got, time.monotonic() - self._begun

    def close(self) -> None:
        """Close the connection from this end."""
        self._connection.close()


SLOW_PHOTO = "POST /api/photo HTTP/1.1\r\n{fields}\r\nContent-Length: 1000\r\n\r\nnot all of it"
SILENT = {
    "nothing": "",
    "half a request": "GET / HTTP/1.1\r\nHost: ",
    "half a second request": "GET /_stcore/health HTTP/1.1\r\n{fields}\r\n\r\nGET / HTTP/1.1\r\nHost: ",
    "a body that nobody reads": "GET /_stcore/health HTTP/1.1\r\n{fields}\r\nContent-Length: 9\r\n\r\n1",
}


@pytest.fixture(scope="module")
def closings(server: Server) -> dict[str, tuple[bytes, float]]:
    """How the connections of silent visitors and of a slow body ended; they are all open at the same time."""
    everybody = SILENT | {"slow": SLOW_PHOTO}
    with ThreadPoolExecutor(len(everybody)) as pool:
        waiting = {name: pool.submit(Visitor(server, sent).until_closed) for name, sent in everybody.items()}
        return {name: future.result() for name, future in waiting.items()}


@pytest.mark.parametrize("name", SILENT)
def test_a_connection_without_a_request_is_closed(
    closings: dict[str, tuple[bytes, float]], name: str
) -> None:
    """By the second check; otherwise it would hold a descriptor forever."""
    assert closings[name][1] < 2 * SILENT_SECONDS + 10


def test_a_body_has_to_arrive_in_time(closings: dict[str, tuple[bytes, float]]) -> None:
    """Otherwise its sender gets status 408."""
    got, seconds = closings["slow"]
    assert got.startswith(b"HTTP/1.1 408 ")
    assert BODY_SECONDS - 1 < seconds < BODY_SECONDS + 10


def test_slow_visitors_cause_no_traceback(server: Server, closings: object) -> None:
    """They are not an error of the lab."""
    assert "Traceback" not in server.log.read_text()


def test_an_idle_tab_keeps_its_connection(server: Server) -> None:
    """It sends nothing as long as nobody clicks, except for answers to the server's pings."""
    tab = handshake(server.port)
    assert tab.status == 101
    tab.connection.settimeout(IDLE)
    end = time.monotonic() + IDLE
    pings = 0
    while (left := end - time.monotonic()) > 0:
        tab.connection.settimeout(left)
        try:
            pings += tab.listen()[0] == PING
        except TimeoutError:
            break
    assert pings
    tab.close()


def test_slow_photos_do_not_block_others(server: Server) -> None:
    """More of them are on their way than can wait to be read; another address is still served."""
    own = {"Host": f"127.0.0.1:{server.port}", "Origin": f"http://127.0.0.1:{server.port}"}
    with ExitStack() as stack:
        for _ in range(MAX_BODIES):
            stack.callback(Visitor(server, SLOW_PHOTO).close)
        wait_until(
            lambda: ask(server.port, "/api/photo", own, b"not a photo").status == 503
        )  # for this address
        assert ask(server.port, "/api/photo", own, b"not a photo", by=ELSEWHERE).status == 200
    wait_until(lambda: ask(server.port, "/api/photo", own, b"not a photo").status == 200)


def test_a_crowd_of_sockets_leaves_the_lab_its_files(server: Server) -> None:
    """One visitor opens more than the limit: another one is served, and files can still be opened."""
    before = open_files(server)
    with ExitStack() as stack:
        tabs: list[WebSocket] = []
        for _ in range(FILES + 200):
            try:
                tabs.append(handshake(server.port))
            except OSError:  # closed at once
                continue
            stack.callback(tabs[-1].close)
        assert 300 < len(tabs) < FILES - RESERVED
        assert open_files(server) < FILES - RESERVED / 2
        assert ask(server.port, "/", by=ELSEWHERE).status == 200
    wait_until(lambda: open_files(server) < before + 20)


def test_a_tab_takes_one_descriptor(server: Server) -> None:
    """For its socket; its script has run without using an event loop."""
    before = open_files(server)
    message = BackMsg()
    message.rerun_script.query_string = ""
    with ExitStack() as stack:
        tabs = [handshake(server.port) for _ in range(40)]
        for tab in tabs:
            stack.callback(tab.close)
            tab.send(message.SerializeToString())
        for tab in tabs:  # until its script has run
            tab.until(lambda payload: ForwardMsg.FromString(payload).HasField("script_finished"))
        wait_until(lambda: open_files(server) <= before + len(tabs) + 5)


def test_the_limit_is_raised_as_far_as_it_goes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The limit at the start is lower than the one that the system allows."""
    home = tmp_path_factory.mktemp("raised")
    with running_lab(home / "home", home / "log", limit=f"-S -n {FILES}") as server:
        soft, hard = psutil.Process(server.pid).rlimit(psutil.RLIMIT_NOFILE)
        assert soft == (WANTED if hard < 0 else min(WANTED, hard)) > FILES
