"""Weight files: complete or absent, and verified by their hash."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from cnnlab.ground.errors import WeightsError
from cnnlab.models.weights import read_tensors, write_tensors
from tests.conftest import ROOT

TENSORS = {
    "half": torch.rand(3, 2).to(torch.bfloat16),
    "count": torch.tensor(7),
    "random": torch.get_rng_state(),
    "weights": torch.rand(2, 3, 4),
}


def test_round_trip(tmp_path: Path) -> None:
    """Any dtype, any shape, and plain numbers next to them."""
    numbers = {"epoch": 3, "rate": 1e-300, "changes": {"batch_size": 7}}
    sha256 = write_tensors(tmp_path / "new" / "file", TENSORS, numbers)
    tensors, found = read_tensors(tmp_path / "new" / "file", sha256)
    assert found == numbers
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_equal_contents_have_equal_hashes(tmp_path: Path) -> None:
    """The hash is the file's own SHA-256, whatever its name."""
    first, second = (write_tensors(tmp_path / name, TENSORS) for name in "ab")
    assert first == second
    assert write_tensors(tmp_path / "c", TENSORS, {"epoch": 1}) != first


@pytest.mark.parametrize("offset", [0, 8, 100, -1])
def test_a_flipped_byte_is_detected(tmp_path: Path, offset: int) -> None:
    """From the header to the last weight."""
    path = tmp_path / "file"
    sha256 = write_tensors(path, TENSORS)
    body = bytearray(path.read_bytes())
    body[offset] ^= 1
    path.write_bytes(body)
    with pytest.raises(WeightsError, match="file: the file is damaged.*hash"):
        read_tensors(path, sha256)


@pytest.mark.parametrize("length", [0, 7, 100, -1])
@pytest.mark.parametrize("hashed", [True, False], ids=["with its hash", "without a hash"])
def test_a_truncated_file_is_detected(tmp_path: Path, length: int, hashed: bool) -> None:
    """With or without its hash."""
    path = tmp_path / "file"
    sha256 = write_tensors(path, TENSORS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(WeightsError, match="file: "):
        read_tensors(path, sha256 if hashed else None)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(WeightsError, match="nowhere: the weights cannot be read"):
        read_tensors(tmp_path / "nowhere")


def test_a_file_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    """A header that claims 10^12 numbers allocates none of them."""
    header = b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    (tmp_path / "file").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(WeightsError):
        read_tensors(tmp_path / "file")


def test_overwriting_replaces(tmp_path: Path) -> None:
    """The new contents remain, and no other file."""
    write_tensors(tmp_path / "file", TENSORS)
    sha256 = write_tensors(tmp_path / "file", {"w": torch.zeros(1)})
    assert read_tensors(tmp_path / "file", sha256)[0]["w"].tolist() == [0.0]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """The error reaches the caller; the half-written file is gone."""
    sha256 = write_tensors(tmp_path / "file", TENSORS)
    (tmp_path / f".file.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as error:
        write_tensors(tmp_path / "file", {"w": torch.zeros(1)})
    assert error.value.errno == errno.ENOSPC
    read_tensors(tmp_path / "file", sha256)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


WRITER = """
import sys, torch
from pathlib import Path
from cnnlab.models.weights import write_tensors
print("ready", flush=True)
for number in range(10**9):
    write_tensors(Path(sys.argv[1]), {"w": torch.full((300_000,), float(number))}, {"number": number})
"""


@pytest.mark.slow
def test_neither_readers_nor_kills_leave_a_torn_file(tmp_path: Path) -> None:
    """Read 20 times while it is written, then killed while writing: all its numbers are equal."""
    path = tmp_path / "file"
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        while not path.exists():
            time.sleep(0.01)
        for _ in range(20):
            assert_whole(path)
            time.sleep(random.random() * 0.005)
        writer.kill()
        writer.communicate()
        assert_whole(path)


def assert_whole(path: Path) -> None:
    """All of its contents were written in one go."""
    tensors, numbers = read_tensors(path)
    assert (tensors["w"] == numbers["number"]).all()
