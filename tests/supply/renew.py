"""Renew the lock and the bill of materials: `python -m tests.supply.renew [FILE...]`.

Needs uv and the internet. uv finds the newest versions that fit both requirements files on every platform and
Python version, and lists the SHA-256 of all their files. Licenses and dependencies come from the packages
themselves, of which only the few bytes needed are fetched. FILE is a build that the index does not have, such
as PyTorch's CPU build; it stays in the lock as long as its version does. To hold back a version, name it in a
file, and the file in the variable UV_CONSTRAINT.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen
from zipfile import ZipFile

from tests.supply.lock import LAB, LOCK, TESTS, Locked, canonical, read_lock, write_lock
from tests.supply.materials import BILL, bill_of_materials
from tests.supply.needs import direct, graph

HEADING = """\
Exact versions of all that `pip install -r requirements.txt` and `python3 tests/run.py` may install, on any
platform; a machine gets only what it needs. Below a version is the SHA-256 of each of its files. They are
comments because pip cannot check them here: tests/supply/install.py says why, and checks them.
Written by `python -m tests.supply.renew`."""


class RemoteFile(io.RawIOBase):
    """A file of `size` bytes on a server, of which only the bytes that are read are fetched."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size, self.position = url, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = offset + (0, self.position, self.size)[whence]
        return self.position

    def readinto(self, buffer: Any) -> int:
        end = min(self.position + len(buffer), self.size)
        if end <= self.position:
            return 0
        request = Request(self.url, headers={"Range": f"bytes={self.position}-{end - 1}"})
        with urlopen(request) as answer:
            got = answer.read(end - self.position)
        buffer[: len(got)] = got
        self.position += len(got)
        return len(got)


def main(extra_files: list[str]) -> None:
    """Write both files."""
    packages = resolve()
    lock = {canonical(each["name"]): Locked(each["version"], hashes(each)) for each in packages}
    old = read_lock(LOCK.read_text("utf-8")) if LOCK.exists() else {}
    add_own_builds(lock, old, [Path(each) for each in extra_files])
    with ThreadPoolExecutor(8) as pool:
        metadata = dict(zip(lock, pool.map(fetch_metadata, packages), strict=True))
    roots = direct(LAB), direct(TESTS)
    needs = graph([*roots[0], *roots[1]], lambda name: metadata[name].get_all("Requires-Dist") or [])
    names = tuple({canonical(each.name) for each in some} for some in roots)
    bill = bill_of_materials(lock, metadata, needs, (names[0], names[1]))
    LOCK.write_text(write_lock(lock, HEADING), "utf-8")
    BILL.write_text(json.dumps(bill, indent=1) + "\n", "utf-8")
    print(f"{len(lock)} packages, {sum(len(each.files) for each in lock.values())} files")


def resolve() -> list[dict[str, Any]]:
    """Return the packages of the lock that uv makes (PEP 751); RuntimeError if one has several versions."""
    with TemporaryDirectory() as folder:
        inputs = []
        for index, file in enumerate((LAB, TESTS)):  # without the old lock
            inputs.append(Path(folder) / f"requirements-{index}.txt")
            inputs[-1].write_text("\n".join(map(str, direct(file))), "utf-8")
        output = Path(folder) / "pylock.toml"
        options = ["--universal", "--python-version=3.11", "--fork-strategy=fewest", "--format=pylock.toml"]
        subprocess.run(["uv", "pip", "compile", "--quiet", *options, "-o", output, *inputs], check=True)
        packages: list[dict[str, Any]] = tomllib.loads(output.read_text("utf-8"))["packages"]
    names = [each["name"] for each in packages]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RuntimeError(f"more than one version, and constraints can have only one: {sorted(twice)}")
    return packages


def hashes(package: dict[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each of a package's files on the index."""
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {each["url"].rpartition("/")[2]: each["hashes"]["sha256"] for each in files}


def add_own_builds(lock: dict[str, Locked], old: dict[str, Locked], files: list[Path]) -> None:
    """Add the hashes of files, and of builds (2.13.0+cpu) that the old lock has of the same version."""
    builds = {file.name: sha256(file.read_bytes()).hexdigest() for file in files}
    for locked in old.values():
        builds |= {file: digest for file, digest in locked.files.items() if "+" in file}
    for file, digest in builds.items():
        name, version = file.split("-")[:2]
        same = lock.get(canonical(name))
        if same and version.partition("+")[0] == same.version:
            same.files[file] = digest


def fetch_metadata(package: dict[str, Any]) -> Message:
    """Return the metadata of a package's first wheel."""
    wheel = package["wheels"][0]
    with ZipFile(io.BufferedReader(RemoteFile(wheel["url"], wheel["size"]), 1 << 16)) as archive:
        name = next(each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each))
        return Parser().parsestr(archive.read(name).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
