from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.look_inside.view_data import view_data


def loaded(*, channels: int = 1, filters: int = 4) -> LoadedModel:
    """Two convolutions and a dense layer, untrained."""
    layers = (
        Conv2d(out_channels=filters),
        ReLU(),
        Conv2d(out_channels=6),
        Flatten(),
        Linear(out_features=3),
    )
    design = Design(input_shape=(channels, 8, 8), classes=3).with_layers(layers)
    return LoadedModel(design, build(design).eval(), ("a", "b", "c"), "test", None)


def test_every_row_is_there_with_its_figures() -> None:
    """The values are torch's, on the scale that goes with them."""
    network = loaded()
    image = torch.rand(1, 8, 8)
    seen = view_data(network, image, "layer")
    assert [row["values"].shape for row in seen["rows"]] == [
        (4, 6, 6),
        (4, 6, 6),
        (6, 4, 4),
        (1, 1, 96),
        (1, 1, 3),
    ]
    with torch.inference_mode():
        first = network.model[0](image[None])[0]
    shown = torch.from_numpy(seen["rows"][0]["values"]) / 127 * float(first.abs().max())
    assert torch.allclose(shown, first, atol=float(first.abs().max()) / 250)
    assert seen["rows"][1]["figures"].endswith("% zeros")
    assert seen["probabilities"].sum() == pytest.approx(1)


def test_every_convolution_shows_its_kernels() -> None:
    """One tile for each map that a filter looks at, filter by filter."""
    seen = view_data(loaded(channels=3), torch.rand(3, 8, 8), "map")
    assert [(each["row"], each["count"], each["inputs"]) for each in seen["filters"]] == [
        (0, 4, 3),
        (2, 6, 4),
    ]
    assert [each["values"].shape for each in seen["filters"]] == [(12, 3, 3), (24, 3, 3)]
    weight = next(loaded(channels=3).model.parameters()).detach()
    first = seen["filters"][0]
    shown = first["values"] / 127 * first["scales"][:, None, None]
    assert np.allclose(shown.reshape(weight.shape), weight.numpy(), atol=0.01)


def test_many_filters_are_cut_at_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No filter is shown in part."""
    monkeypatch.setattr("cnnlab.ui.look_inside.view_data.MAX_KERNELS", 10)
    deep = view_data(loaded(), torch.rand(1, 8, 8), "layer")["filters"][1]
    assert (deep["count"], deep["shown"]) == (6, 2)
    assert deep["values"].shape == (8, 3, 3)


def test_a_network_that_went_off_is_shown_as_such() -> None:
    """No exception, no figure that means nothing."""
    network = loaded()
    with torch.no_grad():
        next(network.model.parameters()).fill_(float("nan"))
    seen = view_data(network, torch.rand(1, 8, 8), "network")
    assert seen["rows"][0]["figures"] == "some are not numbers: training diverged"
    assert not seen["probabilities"].any()
