"""The log file: written, turned over, and never in anybody's way."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnlab.ground.errors import DataError
from cnnlab.ground.log import NAME, LogFile, explained, log_unexpected
from cnnlab.ground.memory import MemoryFullError
from tests.conftest import ROOT, fill

_log = logging.getLogger("cnnlab.test")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log file of a lab in the test's folder."""
    kept = LogFile(tmp_path)
    kept.start()
    yield tmp_path / NAME
    kept.stop()


def broken() -> ValueError:
    """An exception with a traceback."""
    try:
        raise ValueError("a bug")
    except ValueError as error:
        return error


def test_an_id_finds_the_entry(log: Path) -> None:
    """The one on the screen; below it is the traceback."""
    said = str(log_unexpected(broken(), "a test"))
    found = re.search(r"[0-9a-f]{8}", said)
    assert found
    entry = log.read_text("utf-8").partition(found[0])[2]
    assert "Traceback" in entry
    assert "ValueError: a bug" in entry


def test_any_error_is_one_for_a_person(log: Path) -> None:
    """One of the lab's, a full memory, and a bug, of which only the log has the words."""
    refused = DataError("no such picture")
    assert explained(refused, "a test") is refused
    assert isinstance(explained(MemoryError(), "a test"), MemoryFullError)
    assert "a bug" not in str(explained(broken(), "a test"))
    assert "a bug" in log.read_text("utf-8")


def test_old_entries_go(log: Path) -> None:
    """Three files of a megabyte at most."""
    for number in range(45):
        _log.warning("%s %s", number, "x" * 100_000)
    files = sorted(log.parent.glob(f"{NAME}*"))
    assert [file.name for file in files] == [NAME, f"{NAME}.1", f"{NAME}.2"]
    assert all(file.stat().st_size <= 1_000_000 for file in files)
    assert "44 xxx" in log.read_text("utf-8")


def test_a_thread_that_breaks_off_is_logged(log: Path) -> None:
    """With its name."""

    def run() -> None:
        raise broken()

    thread = threading.Thread(target=run, name="warm-up")
    thread.start()
    thread.join()
    assert "the thread warm-up" in log.read_text("utf-8")


def test_what_is_no_warning_is_left_out(log: Path) -> None:
    """But for the lab's own starts."""
    logging.getLogger("somebody.else").info("hello")
    _log.info("cnnlab starts")
    text = log.read_text("utf-8")
    assert "cnnlab starts" in text
    assert "hello" not in text


@pytest.mark.slow
def test_a_full_disk_costs_entries_and_nothing_else(small_disk: Path) -> None:
    """As soon as there is room again, the next entry is there, and the file is turned over as ever."""
    log = LogFile(small_disk)
    log.start()
    try:
        _log.warning("before")
        ballast = fill(small_disk)
        for _ in range(200):
            _log.warning("lost %s", "x" * 20_000)
        ballast.unlink()
        _log.warning("after")
        assert "after" in (small_disk / NAME).read_text("utf-8")
        for _ in range(200):
            _log.warning("more %s", "x" * 10_000)
        assert (small_disk / f"{NAME}.1").exists()
    finally:
        log.stop()


@pytest.mark.parametrize("place", ["a folder", "nowhere"])
def test_a_log_that_cannot_be_written_is_no_trouble(tmp_path: Path, place: str) -> None:
    """Nobody hears of it."""
    if place == "a folder":
        (tmp_path / NAME).mkdir()
    log = LogFile(tmp_path / "gone" if place == "nowhere" else tmp_path)
    log.start()
    _log.warning("a warning")
    log_unexpected(broken(), "a test")
    log.stop()


PROGRAM = """
import logging, sys
from pathlib import Path
from cnnlab.ground.log import LogFile
log = LogFile(Path(sys.argv[1]))
if sys.argv[2] == "kept":
    log.start()
logging.getLogger("cnnlab.x").info("starts")
logging.getLogger("cnnlab.x").warning("a warning")
logging.getLogger("else").error("an error")
"""


def test_a_terminal_shows_what_it_showed(tmp_path: Path) -> None:
    """With a log file and without."""
    said = {
        kept: subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path), kept],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for kept in ("kept", "not kept")
    }
    assert said["kept"] == said["not kept"] == "a warning\nan error\n"
    assert "starts" in (tmp_path / NAME).read_text("utf-8")
