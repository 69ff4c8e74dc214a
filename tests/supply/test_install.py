"""What is installed is compared with the lock, file by file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.supply.install import unlocked
from tests.supply.lock import ROOT, Locked

LOCK = {"good-one": Locked("1.0", {"good_one-1.0.whl": "a" * 64, "good_one-1.0.tar.gz": "b" * 64})}


def installed(name: str, archive: dict[str, Any]) -> dict[str, Any]:
    """A report of pip's on one package (pip's documentation, "Installation Report")."""
    download = {"url": "https://packages.example/x.whl", **archive}
    return {"install": [{"metadata": {"name": name, "version": "1.0"}, "download_info": download}]}


@pytest.mark.parametrize(
    "archive",
    [{"hashes": {"sha256": "a" * 64}}, {"hashes": {"sha256": "b" * 64}}, {"hash": f"sha256={'a' * 64}"}],
    ids=["wheel", "source", "pip before 23"],
)
def test_a_file_of_the_lock_is_accepted(archive: dict[str, Any]) -> None:
    assert unlocked(installed("Good.One", {"archive_info": archive}), LOCK) == {}


@pytest.mark.parametrize(
    ("name", "archive"),
    [
        ("good-one", {"archive_info": {"hashes": {"sha256": "c" * 64}}}),
        ("other", {"archive_info": {"hashes": {"sha256": "a" * 64}}}),
        ("good-one", {"archive_info": {}}),
        ("good-one", {"dir_info": {}}),
    ],
    ids=["tampered", "another package", "no hash", "a folder"],
)
def test_anything_else_is_named(name: str, archive: dict[str, Any]) -> None:
    found = unlocked(installed(name, archive), LOCK)
    assert list(found) == [name]
    assert "https://packages.example/x.whl" in found[name]


@pytest.mark.slow
def test_a_package_that_is_not_locked_does_not_stay(tmp_path: Path) -> None:
    """In a new environment, with a real pip and a wheel from a folder."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    info = "stranger-1.0.dist-info"
    with ZipFile(tmp_path / "stranger-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("stranger.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(
            f"{info}/RECORD", f"stranger.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("stranger")
    answer = subprocess.run(
        [python, "-m", "tests.supply.install", str(wanted)],
        cwd=ROOT,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "not in assets/supply/lock.txt: stranger, sha256:" in answer.stderr
    assert subprocess.run([python, "-c", "import stranger"], capture_output=True, check=False).returncode
