from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import playwright
import pytest

from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import asset, joined
from cnnlab.ui.shared.feature_maps import TILE_SCRIPTS
from cnnlab.ui.shared.words import WORDS, words_in
from tests.conftest import ROOT

SCRIPTS = ("strokes", "kept", "pump", "answer", "film", "reasons", "hand")


def node() -> str:
    """Node as the system has it, else the one that Playwright brings."""
    own = Path(playwright.__file__).parent / "driver" / "node"
    return shutil.which("node") or shutil.which(str(own)) or pytest.skip("no Node.js on this machine")


def test_the_pads_scripts(tmp_path: Path) -> None:
    """Geometry, history, questions and colors, where no browser is needed; see pad_scripts.mjs."""
    words = words_in("en", "draw/drawing_pad") + asset(WORDS)
    module = words + TILE_SCRIPTS + joined("draw/drawing_pad", SCRIPTS)
    (tmp_path / "pad.mjs").write_text(module, encoding="utf-8")
    tests = shutil.copy(ROOT / "tests" / "ui" / "draw" / "pad_scripts.mjs", tmp_path)
    row = {"values": np.array([[-127, 0, 127]], np.int8), "scales": np.array([1.5], np.float32)}
    packed = base64.b64encode(pack({"seq": 7, "rows": [row]})).decode()
    done = subprocess.run(
        [node(), "--test", tests],
        env=os.environ | {"PACKED": packed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
