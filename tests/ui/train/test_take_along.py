"""A trained network as one file: what is in it fits together, without the lab."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load

from cnnlab.data.downloads import torchvision_datasets
from cnnlab.design.design import Design
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.take_along import packed_run

pytestmark = pytest.mark.slow  # opens a lab


def test_script_and_weights_fit_together(home_with_run: Path) -> None:
    """The script's model takes the weights, and the design is the run's."""
    (run,) = lab().store.runs()
    with zipfile.ZipFile(io.BytesIO(packed_run(run.id))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(files) == ["design.json", "model.safetensors", "network.py"]
    assert Design.from_json(files["design.json"].decode()) == run.design
    torchvision_datasets()  # imports torchvision, which the script's own import cannot if torch has no CUDA
    script: dict[str, Any] = {"__name__": "network"}
    exec(compile(files["network.py"], "network.py", "exec"), script)
    script["model"].load_state_dict(load(files["model.safetensors"]))
