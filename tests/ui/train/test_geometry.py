from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.conftest import ROOT
from tests.ui.draw.test_pad_scripts import node


def test_the_arithmetic_of_the_charts(tmp_path: Path) -> None:
    """Ticks, ranges, scales and zoom, where no browser is needed; see geometry.mjs."""
    shutil.copy(ROOT / "assets" / "train" / "live_curves" / "geometry.js", tmp_path / "geometry.mjs")
    tests = shutil.copy(ROOT / "tests" / "ui" / "train" / "geometry.mjs", tmp_path / "tests.mjs")
    done = subprocess.run([node(), "--test", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
