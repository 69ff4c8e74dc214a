"""What a screen gets to know about one number, against the network's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.presets import preset
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording, Step
from cnnlab.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Shape,
    Softmax,
)
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.trace_data import MAX_SOURCES, recording_of, trace_data
from tests.interpret.test_trace import recorded, some_positions
from tests.layers.test_every_layer import every_layer
from tests.ui.unpacking import unpack

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def data_at(recording: Recording, address: LayerAddress, position: Position, classes: int = 10) -> Any:
    """The trace of a number, as a browser unpacks it."""
    return unpack(pack(trace_data(recording, address, position, [f"class {n}" for n in range(classes)])))


def row_data(recording: Recording, row: int, *position: int) -> Any:
    """The trace of a number of a row."""
    return data_at(recording, LayerAddress(row), position)


def all_data(recording: Recording) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Traces of some numbers of every layer."""
    for address, step in recording.steps.items():
        for position in some_positions(step):
            yield step, data_at(recording, address, position)


def number_at(recording: Recording, step: Step, layer: str, position: list[int]) -> float:
    """A number of a layer, or of the picture."""
    before = recording.at(LayerAddress.parse(layer)).output if layer != "picture" else step.input
    return float(before[tuple(position)])


@every_layer
def test_every_number_can_be_packed_and_walked_from(layer: Layer, shape: Shape) -> None:
    """The ways back and onward exist, and the way back is one of the sources."""
    recording = recorded(layer, Dropout(), shape=shape)
    for step, data in all_data(recording):
        assert data["torch_value"] == float(step.output[tuple(data["position"])])
        assert data["shape"] == list(step.output.shape)
        back, forward = data["backward"], data["onward"]
        if back is not None:
            sources = [(each["layer"], place) for each in data["sources"] for place in each["positions"]]
            assert (back["layer"], back["position"]) in sources
        else:
            assert {each["layer"] for each in data["sources"] if each["count"]} <= {"picture"}
        if forward is not None:
            assert data_at(recording, LayerAddress.parse(forward["layer"]), tuple(forward["position"]))


def test_a_window_shows_values_and_weights_where_they_are() -> None:
    """With zeros and a mark in the padding; the channels' sums and the bias make the value."""
    recording = recorded(Conv2d(out_channels=4, kernel_size=3, padding=1))
    data = row_data(recording, 0, 2, 0, 3)
    assert data["window"] == {"channels": [0, 1, 2], "rows": [-1, 0, 1], "columns": [2, 3, 4]}
    assert data["before"] == {"layer": "picture", "title": "the picture", "shape": [3, 9, 7]}
    assert data["outside"].tolist() == [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
    step = recording.at(LayerAddress(0))
    np.testing.assert_allclose(data["values"][:, 1:], step.input[:, :2, 2:5].numpy())
    assert not data["values"][:, 0].any()
    assert isinstance(step.module, nn.Conv2d)
    np.testing.assert_array_equal(data["weights"], step.module.weight[2].detach().numpy())
    products = data["values"] * data["weights"]
    np.testing.assert_allclose(data["channel_sums"], products.sum(axis=(1, 2)), rtol=1e-5)
    assert data["sum"] + data["bias"] == pytest.approx(data["value"])
    assert products.sum() == pytest.approx(data["sum"], rel=1e-4)
    assert data["field"] == {"rows": [0, 1], "columns": [2, 4]}
    (source,) = data["sources"]
    assert source["count"] == 18
    sizes = [abs(products[c, y + 1, x - 2]) for c, y, x in source["positions"]]
    assert sizes == sorted(sizes, reverse=True)
    assert data["backward"] is None


def test_a_maximum_leads_back_to_its_winner() -> None:
    """And a mean to the largest number of its window."""
    recording = recorded(Conv2d(out_channels=2), MaxPool2d(), AvgPool2d())
    data = row_data(recording, 1, 1, 2, 0)
    assert data["winner"] == data["backward"]["position"] == data["sources"][0]["positions"][0]
    assert number_at(recording, recording.at(LayerAddress(1)), "0", data["winner"]) == data["value"]
    mean = row_data(recording, 2, 0, 0, 0)
    assert mean["sum"] / mean["divisor"] == pytest.approx(mean["value"])
    assert mean["backward"]["layer"] == "1"


def test_a_dense_layer_knows_the_maps_that_its_input_was() -> None:
    """Also through layers that keep the order; behind another dense layer there are none."""
    recording = recorded(
        Conv2d(out_channels=2), Flatten(), Dropout(), ReLU(), Linear(out_features=5), Linear(out_features=10)
    )
    data = row_data(recording, 4, 3)
    assert data["layout"] == [2, 7, 5]
    assert data["values"].shape == data["weights"].shape == (70,)
    assert row_data(recording, 5, 3)["layout"] is None
    best = int(np.abs(data["values"] * data["weights"]).argmax())
    assert data["backward"] == {"layer": "3", "title": "ReLU", "position": [best]}


def test_many_sources_are_counted_and_the_largest_sent() -> None:
    """A dense layer behind large maps."""
    recording = recorded(Flatten(), Linear(), shape=(3, 30, 30))
    (source,) = row_data(recording, 1, 0)["sources"]
    assert (source["count"], len(source["positions"])) == (2700, MAX_SOURCES)


def test_scores_and_shares_have_the_names_of_the_classes() -> None:
    """Only those two rows; a share leads back to its own score."""
    recording = recorded(Flatten(), Linear(out_features=10), Linear(out_features=10), Softmax())
    names = [row_data(recording, row, 3)["names"] for row in (1, 2, 3)]
    assert names[0] is None
    assert names[1] == names[2] == [f"class {n}" for n in range(10)]
    share = row_data(recording, 3, 3)
    assert share["backward"] == {"layer": "2", "title": "Dense 10", "position": [3]}
    assert share["exponentials"][3] / share["sum"] == pytest.approx(share["value"])
    assert share["onward"] is None


def test_a_normalization_has_its_figures() -> None:
    """As the terminal's trace has them."""
    data = row_data(recorded(BatchNorm2d()), 0, 1, 2, 3)
    assert (data["input"] - data["mean"]) / data["deviation"] * data["gain"] + data["shift"] == pytest.approx(
        data["value"]
    )
    assert data["of"] == "training"


def test_a_block_leads_back_to_its_larger_part() -> None:
    """Into the layers inside, if the shortcut's number is the picture's or smaller."""
    recording = recorded(ReLU(), Residual(layers=(Conv2d(out_channels=3, padding=1),)))
    for position in some_positions(recording.at(LayerAddress(1))):
        data = row_data(recording, 1, *position)
        inside, same = data["parts"]
        larger = "1.0.0" if abs(inside["value"]) >= abs(same["value"]) else "0"
        assert (data["backward"]["layer"], data["backward"]["position"]) == (larger, list(position))


def test_recordings_are_kept_by_network_and_picture() -> None:
    """The same again for the same picture, another for another network."""
    one, other = (loaded_untrained(seed) for seed in (0, 1))
    picture = torch.rand(1, 28, 28)
    first = recording_of(one, picture)
    assert recording_of(one, picture.clone()) is first
    assert recording_of(other, picture) is not first
    assert recording_of(one, picture + 0.5) is not first


def loaded_untrained(seed: int) -> LoadedModel:
    """An untrained network."""
    design = preset("article-1").design
    model = build(design, seed).eval().requires_grad_(False)
    return LoadedModel(design, model, tuple("0123456789"), "untrained", None)
