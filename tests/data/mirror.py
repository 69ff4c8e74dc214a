"""A local web server in place of the internet, with small data sets and simple pictures."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from cnnlab.data.downloads import Archive


class Mirror:
    """Serves bytes by path. `before` is called before each answer; `cut` sends only half of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.files: dict[str, bytes] = {}
        self.before: Callable[[], Any] = lambda: None
        self.cut = False

    def offer(self, file: str, content: bytes) -> Archive:
        """Serve a file and return the archive that points at it."""
        self.files[f"/{file}"] = content
        return Archive(file, (f"{self.address}/{file}",), hashlib.md5(content).hexdigest())


@contextmanager
def running_mirror() -> Iterator[Mirror]:
    """A mirror on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the server asks for this name
            content = mirror.files.get(self.path)
            mirror.before()
            with suppress(ConnectionError):  # the client may have hung up
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write((content or b"")[: len(content or b"") // (2 if mirror.cut else 1)])

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mirror = Mirror(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def idx_files(train: int, test: int) -> dict[str, bytes]:
    """The four files of an MNIST-like set. The first two bytes of a picture are its index."""
    files = {}
    for part, first, count in (("train", 0, train), ("t10k", train, test)):
        number = np.arange(first, first + count)
        images = np.zeros((count, 28 * 28), dtype=np.uint8)
        images[:, 0], images[:, 1] = number >> 8, number & 255
        files[f"{part}-images-idx3-ubyte"] = struct.pack(">4I", 2051, count, 28, 28) + images.tobytes()
        labels = (number % 10).astype(np.uint8)
        files[f"{part}-labels-idx1-ubyte"] = struct.pack(">2I", 2049, count) + labels.tobytes()
    return files


def idx_archives(mirror: Mirror, files: dict[str, bytes]) -> list[Archive]:
    """Offer the files gzipped, like MNIST's."""
    return [
        mirror.offer(f"{name}.gz", gzip.compress(content, compresslevel=1)) for name, content in files.items()
    ]


def cifar_files(pictures: int) -> dict[str, bytes]:
    """The seven pickles of a small CIFAR-10. Picture i of a batch has red i, green 100 + i, blue 200 + i."""
    planes = np.arange(pictures)[:, None] + np.repeat([0, 100, 200], 32 * 32)[None]
    batch = pickle.dumps({"data": planes.astype(np.uint8), "labels": [i % 10 for i in range(pictures)]})
    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    meta = pickle.dumps({"label_names": ["airplane"] * 10})
    return {"batches.meta": meta, **{name: batch for name in names}}


def cifar_archive(mirror: Mirror, files: dict[str, bytes]) -> Archive:
    """Offer the files in an archive with a folder, like CIFAR-10's."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return mirror.offer("cifar-10-python.tar.gz", packed.getvalue())
