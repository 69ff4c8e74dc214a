"""The modules of assets/ in Node, where no browser is needed: all *.test.mjs below this folder."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cnnlab.ui.shared.binary import pack
from tests.ui.node import run_node

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.test.mjs"))


Run = Future[subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[Path, Run]]:
    """All files under way, several at a time: most of a run is Node's start, or waiting."""
    row = {"values": np.array([[-127, 0, 127]], np.int8), "scales": np.array([1.5], np.float32)}
    packed = base64.b64encode(pack({"seq": 7, "rows": [row]})).decode()
    with ThreadPoolExecutor(4) as pool:
        yield {file: pool.submit(run_node, "--test", file, PACKED=packed) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(HERE).as_posix())
def test_in_node(file: Path, runs: dict[Path, Run]) -> None:
    """Its output says which test failed."""
    done = runs[file].result()
    assert done.returncode == 0, done.stdout + done.stderr
