"""Node.js, to run the browser's modules without a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import playwright
import pytest


def run_node(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Node; its output and exit status."""
    command = [_node(), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def _node() -> str:
    """The system's Node, else the one that comes with Playwright."""
    own = Path(playwright.__file__).parent / "driver" / "node"
    return shutil.which("node") or shutil.which(str(own)) or pytest.skip("no Node.js on this machine")
