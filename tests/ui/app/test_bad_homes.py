"""Starting a server with unusable folders: one line and status 2, or a message and a lab without it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnlab.design.presets import preset
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from tests.browser.driving import running_lab
from tests.conftest import ROOT
from tests.processes import free_port

pytestmark = pytest.mark.slow


def a_file(folder: Path) -> str:
    (folder / "file").write_text("my thesis")
    return str(folder / "file")


def a_loop(folder: Path) -> str:
    (folder / "loop").symlink_to(folder / "loop")
    return str(folder / "loop")


def a_dangling_link(folder: Path) -> str:
    (folder / "link").symlink_to(folder / "gone")
    return str(folder / "link")


NOT_FOLDERS: dict[str, Callable[[Path], str]] = {
    "a file": a_file,
    "below a file": lambda folder: f"{a_file(folder)}/home",
    "a loop": a_loop,
    "a dangling link": a_dangling_link,
    "nobody's home": lambda folder: "~nosuchuser/lab",
    "an endless name": lambda folder: str(folder / ("x" * 5_000)),
    "no folder at all": lambda folder: "/dev/null",
    "read-only": lambda folder: "/proc/cnnlab",  # also for an administrator
}


def start(home: str) -> tuple[int, list[str]]:
    """The exit status of a server that ends by itself, and its lines on stderr."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={free_port()}"]
    environment = os.environ | {"CNNLAB_HOME": home}
    done = subprocess.run(
        [*command, "--server.headless=true"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("name", NOT_FOLDERS)
def test_an_unusable_home_is_one_line(name: str, tmp_path: Path) -> None:
    """It names the folder, and says what to do."""
    status, lines = start(NOT_FOLDERS[name](tmp_path))
    assert status == 2
    (line,) = lines
    assert line.startswith("cnnlab: ")
    assert "CNNLAB_HOME" in line
    assert len(line) < 300


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    """It names the command that helps; the file is left alone."""
    (tmp_path / "lab.db").write_bytes(b"SQLite format 3\0" + bytes(8_000))
    before = (tmp_path / "lab.db").read_bytes()
    status, lines = start(str(tmp_path))
    assert (status, len(lines)) == (2, 1)
    assert "python -m cnnlab repair" in lines[0]
    assert (tmp_path / "lab.db").read_bytes() == before


@pytest.mark.parametrize("left", [None, b""], ids=["missing", "empty"])
def test_a_missing_database_is_not_replaced(tmp_path: Path, left: bytes | None) -> None:
    """The folders of its runs are still there."""
    store = RunStore(tmp_path)
    run = store.queue(preset("lenet-5").design, "digits", TrainConfig())
    store.folder(run.id).mkdir(parents=True)
    (store.folder(run.id) / "last.safetensors").write_bytes(b"weights")
    store.close()
    (tmp_path / "lab.db").unlink()
    if left is not None:
        (tmp_path / "lab.db").write_bytes(left)
    status, lines = start(str(tmp_path))
    assert (status, len(lines)) == (2, 1)
    assert "the folder of 1 run" in lines[0]
    assert (store.folder(run.id) / "last.safetensors").read_bytes() == b"weights"


@pytest.mark.parametrize("name", NOT_FOLDERS)
def test_an_unusable_data_folder_is_reported_and_ignored(name: str, tmp_path: Path) -> None:
    """The lab works without it; the log names the variable."""
    log = tmp_path / "log"
    with running_lab(tmp_path / "home", log, data=NOT_FOLDERS[name](tmp_path)):
        pass
    assert "CNNLAB_DATA" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_deletion_stays_inside_the_home(tmp_path: Path) -> None:
    """A run's folder that is a link, and a file on record that lies elsewhere: neither is followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis.safetensors").write_bytes(b"mine")
    store = RunStore(tmp_path / "home")
    run = store.queue(preset("lenet-5").design, "digits", TrainConfig())
    store.folder(run.id).parent.mkdir(parents=True)
    store.folder(run.id).symlink_to(elsewhere)
    store.delete_stray_files(run.id)
    store.delete_run(run.id)
    assert not store.folder(run.id).is_symlink()
    assert (elsewhere / "thesis.safetensors").read_bytes() == b"mine"
    store.close()
