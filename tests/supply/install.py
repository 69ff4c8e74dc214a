"""Install like pip, and compare every installed file with the lock: `python -m tests.supply.install FILE...`.

pip's own hash-checking mode cannot do it. Until pip 26.0 it refuses requirements that only a constraints
file pins, so all packages of CUDA would have to be requirements, and be installed where no GPU is. Newer ones
prefer a file whose hash the index states, PyTorch's CUDA build, to a CPU build in a local folder. So pip
reports what it has installed, with the hashes that it computed or checked, before any of it runs; a package
whose file is not in the lock is uninstalled again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.supply.lock import LOCK, ROOT, Locked, canonical, read_lock

PIP = [sys.executable, "-m", "pip"]


def main(requirements: list[str]) -> int:
    """Install the requirements files' packages; the exit status is 1 if a file is not in the lock."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        files = [option for file in requirements for option in ("-r", file)]
        installed = subprocess.run(
            [*PIP, "install", "--quiet", "--report", str(report), *files], cwd=ROOT, check=False
        )
        if installed.returncode:
            return installed.returncode
        found = unlocked(json.loads(report.read_text("utf-8")), read_lock(LOCK.read_text("utf-8")))
    for reason in found.values():
        print(f"not in {LOCK.relative_to(ROOT).as_posix()}: {reason}", file=sys.stderr)
    if found:
        subprocess.run([*PIP, "uninstall", "--quiet", "--yes", *found], check=False)
    return 1 if found else 0


def unlocked(report: dict[str, Any], lock: dict[str, Locked]) -> dict[str, str]:
    """Return the packages in pip's report whose file is not in the lock, each with a word on the file."""
    found = {}
    for package in report["install"]:
        name = canonical(package["metadata"]["name"])
        download = package["download_info"]
        archive = download.get("archive_info", {})
        stated = archive.get("hash", "").removeprefix("sha256=")  # all that pip before 23 has
        digest = archive.get("hashes", {}).get("sha256", stated or "unknown")
        if name not in lock or digest not in lock[name].files.values():
            found[name] = f"{name}, sha256:{digest}, {download['url']}"
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
