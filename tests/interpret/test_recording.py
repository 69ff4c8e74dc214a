"""What cannot be recorded or traced is refused, with what is allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.ground.errors import ConfigError, DataError, LabError, WeightsError
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording, record
from cnnlab.interpret.trace import trace
from cnnlab.layers import Layer, Shape
from cnnlab.models.build import build


@pytest.fixture(scope="module")
def lenet() -> Recording:
    design = preset("lenet-5").design
    return record(design, build(design).eval(), torch.rand(design.input_shape))


@pytest.mark.parametrize("position", [(6, 0, 0), (0, 28, 0), (0, 0, -1), (0,), (0, 1), (0, 0, 0, 0), ()])
def test_a_position_outside_of_the_maps_is_refused(lenet: Recording, position: Position) -> None:
    """With what is allowed."""
    with pytest.raises(ConfigError, match=r"Allowed: channel 0 to 5, y 0 to 27, x 0 to 27"):
        trace(lenet, LayerAddress(0), position)


@pytest.mark.parametrize("position", [(10,), (-1,), (0, 0, 0)])
def test_a_position_outside_of_a_vector_is_refused(lenet: Recording, position: Position) -> None:
    """With what is allowed."""
    row = len(lenet.design.layers) - 1
    with pytest.raises(ConfigError, match=r"Allowed: channel 0 to 9 \(the index\)"):
        trace(lenet, LayerAddress(row), position)


@pytest.mark.parametrize(
    ("address", "allowed"), [(LayerAddress(99), "rows 0 to 11"), (LayerAddress(2, 0, 0), "Allowed: 2")]
)
def test_an_unknown_layer_is_refused(lenet: Recording, address: LayerAddress, allowed: str) -> None:
    """With the rows that there are, or the layers of the row."""
    with pytest.raises(ConfigError, match=allowed):
        trace(lenet, address, (0, 0, 0))


def spoiled(picture: Tensor) -> Tensor:
    """The picture with one pixel that is not a number."""
    picture = picture.clone()
    picture[0, 3, 3] = torch.nan
    return picture


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda picture: picture[:, :20], "its shape is 1×20×28. Allowed: 1×28×28"),
        (lambda picture: picture[None], "its shape is 1×1×28×28. Allowed"),
        (spoiled, "not finite numbers"),
    ],
)
def test_a_picture_that_does_not_fit_is_refused(
    lenet: Recording, change: Callable[[Tensor], Tensor], words: str
) -> None:
    """By its shape, or for a pixel that is not a number."""
    with pytest.raises(DataError, match=words):
        record(lenet.design, build(lenet.design).eval(), change(torch.rand(1, 28, 28)))


def test_a_network_that_diverged_is_refused(lenet: Recording) -> None:
    """With the first layer whose numbers are not finite."""
    model = build(lenet.design).eval()
    model.state_dict()["3.weight"].fill_(torch.inf)
    with pytest.raises(WeightsError, match="numbers of row 3 are no longer finite"):
        record(lenet.design, model, torch.rand(1, 28, 28))


def test_a_kind_without_an_account_is_refused() -> None:
    """With its name, for people who add a layer."""

    class Unknown(Layer):
        family = "activation"
        title = "Mystery"
        kind: str = "Unknown"

        def build(self, shape: Shape) -> nn.Module:
            return nn.Identity()

    design = Design.model_construct(input_shape=(1, 2, 2), layers=(Unknown(),), name="strange")
    recording = record(design, nn.Sequential(nn.Identity()), torch.rand(1, 2, 2))
    with pytest.raises(LabError, match="Mystery"):
        trace(recording, LayerAddress(0), (0, 0, 0))
