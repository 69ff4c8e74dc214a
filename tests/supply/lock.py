"""The lock: the version of every package that pip may install, and the SHA-256 of each of its files.

Only the standard library is used: what checks the packages cannot need one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "assets" / "supply" / "lock.txt"
LAB, TESTS = ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"

_VERSION = re.compile(r"([a-z0-9-]+)==(\S+)")
_FILE = re.compile(r" {4}# sha256:([0-9a-f]{64}) (\S+)")


@dataclass
class Locked:
    """A package at its only version; `files` gives the SHA-256, in hex, of each file by its name."""

    version: str
    files: dict[str, str] = field(default_factory=dict)


def canonical(name: str) -> str:
    """Return the one spelling of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> dict[str, Locked]:
    """Return the locked packages by canonical name; ValueError for a line that is not of the lock's form."""
    packages: dict[str, Locked] = {}
    latest = Locked("")
    for line in text.splitlines():
        if version := _VERSION.fullmatch(line):
            latest = packages[version[1]] = Locked(version[2])
        elif file := _FILE.fullmatch(line):
            latest.files[file[2]] = file[1]
        elif line and not line.startswith("#"):
            raise ValueError(f"not a line of a lock: {line!r}")
    return packages


def write_lock(packages: dict[str, Locked], heading: str) -> str:
    """Return the text of a lock, sorted by name; each line of the heading becomes a comment."""
    lines = [f"# {line}" for line in heading.splitlines()]
    for name, locked in sorted(packages.items()):
        lines.append(f"{name}=={locked.version}")
        lines += [f"    # sha256:{digest} {file}" for file, digest in sorted(locked.files.items())]
    return "\n".join(lines) + "\n"
