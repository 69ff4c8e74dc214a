from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.interpret.activations import feature_maps_at, tiles
from cnnlab.layers import Conv2d, Flatten, Inception, Linear, ReLU, Residual
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.look_inside.view_data import view_data, views_data
from cnnlab.ui.shared.feature_maps import inside_captions


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
    """The values are torch's, on the scale sent along."""
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


def test_a_short_vector_is_sent_as_it_is() -> None:
    """Also on a scale on which its integers are coarse; maps and long vectors are not."""
    network = loaded()
    image = torch.rand(1, 8, 8)
    rows = view_data(network, image, "network")["rows"]
    with torch.inference_mode():
        scores = network.model(image[None])[0]
    np.testing.assert_array_equal(rows[4]["exact"], scores.numpy())
    assert [row["exact"] is None for row in rows] == [True, True, True, False, False]
    assert tiles(torch.randn(257), torch.ones(1)).exact is None


def test_every_convolution_shows_its_kernels() -> None:
    """One tile per input map of each filter, filter by filter."""
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


def test_long_lists_of_filters_end_with_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No filter is shown in part."""
    monkeypatch.setattr("cnnlab.ui.look_inside.view_data.MAX_KERNELS", 10)
    deep = view_data(loaded(), torch.rand(1, 8, 8), "layer")["filters"][1]
    assert (deep["count"], deep["shown"]) == (6, 2)
    assert deep["values"].shape == (8, 3, 3)


def test_a_diverged_network_is_shown_as_such() -> None:
    """No exception, and no meaningless figure."""
    network = loaded()
    with torch.no_grad():
        next(network.model.parameters()).fill_(float("nan"))
    seen = view_data(network, torch.rand(1, 8, 8), "network")
    assert seen["rows"][0]["figures"] == "some are not numbers: training diverged"
    assert not seen["probabilities"].any()


def test_two_networks_share_their_scales() -> None:
    """Of maps and of kernels: on the screen, equal integers are equal numbers."""
    one, other = loaded(), loaded()
    with torch.no_grad():
        other.model.get_parameter("2.weight").mul_(3)
    image = torch.rand(1, 8, 8)
    seen = views_data([one, other], image, "map")
    for row in (0, 2, 4):
        np.testing.assert_array_equal(seen[0]["rows"][row]["scales"], seen[1]["rows"][row]["scales"])
    for network, data in zip((one, other), seen, strict=True):
        with torch.inference_mode():
            third = network.model[:3](image[None])[0].numpy()
        scales = data["rows"][2]["scales"]
        shown = data["rows"][2]["values"] / 127 * scales[:, None, None]
        np.testing.assert_allclose(shown, third, atol=scales.max() / 250)
    np.testing.assert_array_equal(seen[0]["filters"][1]["scales"], seen[1]["filters"][1]["scales"])


def test_an_opened_block_has_the_maps_of_its_layers() -> None:
    """Those that hooks in the running network catch; other rows and blocks have none."""
    block = Residual(layers=(Conv2d(out_channels=5, padding="same"), ReLU()))
    layers = (Conv2d(out_channels=4), block, Inception(), Flatten(), Linear(out_features=3))
    design = Design(input_shape=(1, 8, 8), classes=3).with_layers(layers)
    network = LoadedModel(design, build(design).eval(), ("a", "b", "c"), "test", None)
    image = torch.rand(1, 8, 8)
    inside = view_data(network, image, "layer", {0, 1, 9})["inside"]
    captions = inside_captions(design, {0, 1, 9})
    assert list(inside) == list(captions) == ["1"]
    assert [each["address"] for each in captions["1"]] == ["1.0.0", "1.0.1", "1.1.0"]
    assert [each["before"] for each in captions["1"]] == ["0", "1.0.0", "0"]
    wanted = [LayerAddress.parse(each["address"]) for each in captions["1"]]
    caught = feature_maps_at(network.model, image, wanted)
    for address, each in zip(wanted, inside["1"], strict=True):
        shown = torch.from_numpy(each["values"]) / 127 * float(each["scales"].max())
        assert torch.allclose(shown, caught[address], atol=float(each["scales"].max()) / 250)


def test_the_figures_of_each_map_are_those_of_its_numbers() -> None:
    """Not of the integers on the screen, of which more are zero."""
    network = loaded()
    image = torch.rand(1, 8, 8)
    each = view_data(network, image, "network")["rows"][1]["each"]
    with torch.inference_mode():
        maps = network.model[:2](image[None])[0].numpy()
    for figures, values in zip(each, maps, strict=True):
        np.testing.assert_allclose(
            figures, [values.min(), values.mean(), values.max(), (values == 0).mean()], rtol=1e-5
        )
    assert view_data(network, image, "layer")["rows"][4]["each"] is None
