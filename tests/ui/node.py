"""Node.js, for what the browser's modules do without a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import playwright
import pytest


def run_node(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What Node says and how it ends."""
    command = [_node(), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def _node() -> str:
    """Node as the system has it, else the one that Playwright brings."""
    own = Path(playwright.__file__).parent / "driver" / "node"
    return shutil.which("node") or shutil.which(str(own)) or pytest.skip("no Node.js on this machine")
