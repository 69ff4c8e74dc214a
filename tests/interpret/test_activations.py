from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.activations import (
    feature_maps,
    feature_maps_at,
    filters,
    row_filters,
    row_tiles,
    scales,
    tiles,
)
from cnnlab.layers import Conv2d, Flatten, Inception, Linear, Residual, SeparableConv2d, SqueezeExcitation
from cnnlab.models.build import addresses, build, module_at


@pytest.mark.parametrize("name", ["article-1", "digit-reader", "lenet-5"])
def test_feature_maps_are_what_forward_hooks_see(name: str) -> None:
    """One entry a row, equal to torch's own outputs, in order."""
    design = preset(name).design
    model = build(design).eval()
    image = torch.rand(design.input_shape)
    seen: list[Tensor] = []
    for row in model:
        row.register_forward_hook(lambda _row, _inputs, output: seen.append(output.clone()))
    with torch.no_grad():
        model(image[None])
    hooked = [output[0] for output in seen]
    maps = feature_maps(model, image)
    assert len(maps) == len(design.layers)
    for ours, theirs in zip(maps, hooked, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_row_filters_are_the_weights_of_the_convolutions_by_row() -> None:
    """(out_channels, in_channels, height, width) under the row's index."""
    model = build(preset("article-1").design)
    found = row_filters(model)
    assert {row: tuple(weight.shape) for row, weight in found.items()} == {
        0: (32, 1, 3, 3),
        3: (64, 32, 3, 3),
    }
    assert isinstance(model[3], nn.Conv2d)
    assert torch.equal(found[3], model[3].weight)


BLOCKS = Design(name="blocks", input_shape=(3, 12, 12)).with_layers(
    (
        Conv2d(out_channels=8),
        Residual(layers=(Conv2d(out_channels=16, padding="same"),)),
        Inception(),
        SqueezeExcitation(),
        SeparableConv2d(out_channels=4),
        Flatten(),
        Linear(out_features=10),
    )
)


def test_filters_inside_blocks_have_addresses() -> None:
    """All convolutions of the model, each under its layer's address in the design."""
    model = build(BLOCKS)
    found = filters(model)
    every = [module.weight for module in model.modules() if isinstance(module, nn.Conv2d)]
    assert sorted(map(torch.Tensor.data_ptr, found.values())) == sorted(map(torch.Tensor.data_ptr, every))
    assert found[LayerAddress(1, 0, 0)].shape == (16, 8, 3, 3)
    assert found[LayerAddress(1, 1, 0)].shape == (16, 8, 1, 1)  # the projection
    assert list(row_filters(model)) == [0]


def test_every_layer_has_one_address_in_design_and_model() -> None:
    """A convolution at an address has the settings of the design's layer there."""
    model = build(BLOCKS)
    for address in addresses(model):
        layer, module = BLOCKS.layer_at(address), module_at(model, address)
        if isinstance(module, nn.Conv2d) and isinstance(layer, Conv2d):
            assert module.out_channels == layer.out_channels
            assert module.kernel_size == (layer.kernel_size,) * 2
    with pytest.raises(LookupError):
        BLOCKS.layer_at(LayerAddress(0, 0, 0))
    with pytest.raises(LookupError):
        module_at(model, LayerAddress(0, 0, 0))


def test_maps_inside_a_residual_block_add_up_to_its_output() -> None:
    """The output is the sum of its two branches; whole rows agree with `feature_maps`."""
    model = build(BLOCKS).eval()
    image = torch.rand(BLOCKS.input_shape)
    inside, projection, whole = LayerAddress(1, 0, 0), LayerAddress(1, 1, 0), LayerAddress(1)
    found = feature_maps_at(model, image, (inside, projection, whole))
    assert torch.equal(found[inside] + found[projection], found[whole])
    assert torch.equal(found[whole], feature_maps(model, image)[1])


MAPS = [torch.tensor([[[1.0, -4.0]], [[0.5, 0.0]]]), torch.tensor([2.0, -8.0, 0.0])]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("map", [[4, 0.5], [8]]), ("layer", [[4, 4], [8]]), ("network", [[8, 8], [8]])],
)
def test_a_scale_is_the_largest_value_in_its_scope(scope: str, expected: list[list[float]]) -> None:
    """Each map by itself, all maps of a row, or all rows; a vector is one map."""
    assert [each.tolist() for each in scales(MAPS, scope)] == expected  # type: ignore[arg-type]


def test_an_unknown_scope_is_refused() -> None:
    """The message lists the scopes."""
    with pytest.raises(ConfigError, match="map, layer, network"):
        scales(MAPS, "pixel")  # type: ignore[arg-type]


@pytest.mark.parametrize("scope", ["map", "layer", "network"])
def test_quantized_values_are_within_half_a_step(scope: str) -> None:
    """value = number / 127 * scale, to half a step; zero stays zero and the sign is kept."""
    for values, scale in zip(MAPS, scales(MAPS, scope), strict=True):  # type: ignore[arg-type]
        made = tiles(values, scale)
        back = made.values / 127 * made.scales[:, None, None]
        wanted = values.numpy() if values.ndim == 3 else values.numpy()[None, None]
        assert np.abs(back - wanted).max() <= made.scales.max() / 254 + 1e-6
        assert (made.values[wanted == 0] == 0).all()


def test_an_empty_map_stays_at_zero() -> None:
    """A scale of 0 does not divide by zero; values that are not finite become zero."""
    made = tiles(torch.zeros(1, 2, 2), torch.zeros(1))
    assert not made.values.any()
    broken = tiles(torch.full((1, 2, 2), torch.nan), torch.tensor([torch.nan]))
    assert not broken.values.any()


def test_large_rows_are_cut_to_what_fits_on_a_screen() -> None:
    """Only the first maps, averaged down to the side; the total says how many there are."""
    values = torch.rand(10, 40, 20)
    made = tiles(values, scales([values], "layer")[0], limit=4, side=10)
    assert made.values.shape == (4, 10, 10)
    assert made.total == 10
    vector = torch.rand(100)
    assert tiles(vector, scales([vector], "map")[0], limit=30).values.shape == (1, 1, 30)


def test_a_softmax_row_goes_up_to_one() -> None:
    """So that a faint color means a small share; beside all other rows it has their scale."""
    model = nn.Sequential(nn.Flatten(), nn.Softmax(1))
    maps = feature_maps(model, torch.tensor([[[0.0, 1.0, 5.0]]]))
    flat, shares = row_tiles(model, maps, "layer")
    assert (float(flat.scales[0]), float(shares.scales[0])) == (5, 1)
    np.testing.assert_allclose(shares.values[0, 0] / 127, maps[1].numpy(), atol=0.5 / 127)
    assert {float(each.scales[0]) for each in row_tiles(model, maps, "network")} == {5}
