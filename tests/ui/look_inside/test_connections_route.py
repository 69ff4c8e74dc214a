"""The route with the strengths of a network's connections."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.reader.loaded_model import load_bundled
from cnnlab.ui.app.lab import lab
from tests.ui.asgi import ask, error_text
from tests.ui.unpacking import unpack


@pytest.fixture(autouse=True)
def awake() -> None:
    """The lab has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)


def test_the_layers_with_weights_are_there() -> None:
    """By their names."""
    layers = unpack(ask("/api/connections", b"", model="bundled", epoch="best").body)
    design = load_bundled().design
    weighted = [str(row) for row, each in enumerate(design.layers) if each.kind in ("Conv2d", "Linear")]
    assert list(layers) == weighted
    kernels = load_bundled().model.state_dict()["4.weight"].numpy()
    np.testing.assert_allclose(layers["4"]["strengths"], np.abs(kernels).mean((2, 3)), rtol=1e-5)
    signs = [design.layers[int(row)].kind == "Linear" for row in weighted]
    assert [each["signed"] for each in layers.values()] == signs


def test_a_network_that_does_not_exist_is_refused() -> None:
    """With a sentence."""
    answer = ask("/api/connections", b"", model="gone")
    assert answer.status == 404
    assert error_text(answer)
