"""The parts of the renewal that need no index."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.supply.lock import Locked
from tests.supply.renew import RemoteFile, add_own_builds

BUILD = "torch-2.13.0+cpu-cp311-cp311-win_amd64.whl"


@pytest.fixture
def remote_archive() -> Iterator[tuple[str, int, list[int]]]:
    """The address and size of a zip file on a server, and the lengths of the server's answers."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("large", bytes(1_000_000))
        archive.writestr("small", "the text")
    content, lengths = buffer.getvalue(), list[int]()

    class Ranges(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name is the library's
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            part = content[int(first) : int(last) + 1]
            lengths.append(len(part))
            self.send_response(206)
            self.end_headers()
            self.wfile.write(part)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/", len(content), lengths
    server.shutdown()
    server.server_close()


def test_only_what_is_read_of_a_remote_file_is_fetched(remote_archive: tuple[str, int, list[int]]) -> None:
    address, size, lengths = remote_archive
    with ZipFile(io.BufferedReader(RemoteFile(address, size), 1 << 12)) as archive:
        assert archive.read("small") == b"the text"
    assert 0 < sum(lengths) < 100_000


@pytest.mark.parametrize(("version", "kept"), [("2.13.0", True), ("2.14.0", False)])
def test_a_build_stays_as_long_as_its_version(version: str, kept: bool) -> None:
    old = {"torch": Locked("2.13.0", {BUILD: "a" * 64, "torch-2.13.0-cp311-cp311-win_amd64.whl": "b" * 64})}
    lock = {"torch": Locked(version)}
    add_own_builds(lock, old, [])
    assert lock["torch"].files == ({BUILD: "a" * 64} if kept else {})


def test_a_build_is_added_by_its_file(tmp_path: Path) -> None:
    (tmp_path / BUILD).write_bytes(b"a wheel")
    lock = {"torch": Locked("2.13.0")}
    add_own_builds(lock, {}, [tmp_path / BUILD])
    assert lock["torch"].files == {BUILD: sha256(b"a wheel").hexdigest()}
