"""Memory that runs out under a page or a route, for real: it is called that, and the next request works.

Each case is a process of its own, which has little more memory from its first, small request on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from safetensors.torch import save

from cnnlab.design.design import Design
from cnnlab.ground.errors import LabError
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.training.config import TrainConfig
from tests.conftest import ROOT
from tests.ui.asgi import ask
from tests.ui.unpacking import unpack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is Linux's"),
]
SPARE = 16_000_000  # bytes, of which threads and caches take some
SIDE = 160


def network(filters: int) -> Design:
    """Its first layer outputs a hundred kilobytes for each filter."""
    layers = (Conv2d(out_channels=filters, kernel_size=1), ReLU(), Conv2d(out_channels=1, kernel_size=1))
    whole = (*layers, Flatten(), Linear(out_features=2))
    return Design(name="wide", input_shape=(1, SIDE, SIDE), classes=2).with_layers(whole)


Ask = Callable[[], str]


def strips(size: int) -> Ask:
    """The note below the layers' strips on Build."""
    from cnnlab.ui.build.editor import Editor

    editor = Editor.of(network(40 * size))

    def answer() -> str:
        body = json.dumps({"editor": editor.token}).encode()
        return str(unpack(ask("/api/editor/thumbnails", body).body)["note"])

    return answer


def photo(size: int) -> Ask:
    """What is said of a picture of a 1."""
    pixels = np.full((600 * size, 600 * size), 255, np.uint8)
    pixels[100 * size : 500 * size, 280 * size : 320 * size] = 0
    sent = BytesIO()
    Image.fromarray(pixels).save(sent, "PNG")

    def answer() -> str:
        got = ask("/api/photo", sent.getvalue())
        return str(json.loads(got.body)["error"]) if got.status == 422 else ""

    return answer


def look_inside(size: int) -> Ask:
    """What the page says in the place of the feature maps."""
    from cnnlab.models.build import build
    from cnnlab.ui.app.lab import lab
    from cnnlab.ui.look_inside.layers import Epochs, Picture, Shown, layers_data
    from cnnlab.ui.shared.model_menu import run_choices

    design = network(40 * size)
    weights = save(dict(build(design).state_dict()))
    run = lab().store.start_from_weights(
        design, weights, "digits", TrainConfig(), name=f"wide {size}", parent="bundled"
    )
    lab().models.get(run.id, "last")
    picture = Picture(np.zeros((1, SIDE, SIDE), np.uint8), "a picture", "digits-1", None)

    def show() -> str:
        try:
            layers_data(Shown(run_choices([run])[run.id], Epochs("last")), "layer", picture)
        except LabError as error:
            return str(error)
        return ""

    return show


PLACES: dict[str, Callable[[int], Ask]] = {
    "strips": strips,
    "photo": photo,
    "look inside": look_inside,
}


def starve(place: str) -> None:
    """In the process of its own: a small request, a large one without the memory for it, a small one."""
    import resource  # not on Windows

    from cnnlab.ui.app.lab import close_lab, lab

    lab().page_shown.set()
    assert lab().torch_ready.wait(60)
    small, large = PLACES[place](1), PLACES[place](8)
    said = [small()]
    free = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + SPARE, free[1]))
    said.append(large())
    resource.setrlimit(resource.RLIMIT_AS, free)
    said.append(PLACES[place](2)())
    close_lab()
    print(json.dumps(said))


@pytest.mark.parametrize("place", PLACES)
def test_a_full_memory_is_called_that(place: str, tmp_path: Path) -> None:
    """With something to try; before and after it nothing is wrong."""
    program = f"from tests.ui.test_full_memory import starve; starve({place!r})"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"CNNLAB_HOME": str(tmp_path / "of its own")},  # a late thread may open this test's
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout.splitlines()[-1])
    assert "memory" not in said[0] + said[2], said
    assert said[1].lower().startswith("the memory is full. "), said
