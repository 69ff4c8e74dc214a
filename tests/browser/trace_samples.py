"""Traces of real networks as the card gets them, of every kind of arithmetic."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch

from cnnlab.data.bundled import enlarge, read_cells
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, summarize
from cnnlab.interpret.accounts import Cells, Largest, Mean, Share, WeightedSum, layer_name
from cnnlab.interpret.reach import Lines, Position
from cnnlab.interpret.recording import Recording, record
from cnnlab.interpret.trace import Trace, trace
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Residual,
    SqueezeExcitation,
)
from cnnlab.models.build import build_rows
from cnnlab.reader.loaded_model import load_bundled


@cache
def digit() -> Recording:
    """A handwritten digit's way through the bundled network."""
    loaded = load_bundled()
    picture = torch.from_numpy(enlarge(read_cells()[0])[7]).float() / 255
    return record(loaded.design, loaded.model, picture.reshape(1, 28, 28))


@cache
def colors() -> Recording:
    """A colored picture's way through layers that the bundled network does not have."""
    layers: tuple[Layer, ...] = (
        Conv2d(out_channels=8, kernel_size=7, padding=3, bias=False),
        LeakyReLU(),
        Residual(),
        Inception(),
        SqueezeExcitation(),
        GroupNorm(),
        AvgPool2d(),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        AdaptiveAvgPool2d(),
        Flatten(),
        Linear(out_features=3),
    )
    torch.manual_seed(1)
    design = Design(input_shape=(3, 16, 16), classes=3).with_layers(layers)
    return record(design, build_rows(summarize(design).rows).eval(), torch.rand(3, 16, 16))


def traced(recording: Recording, address: str, *position: int) -> Trace:
    """The trace of a number."""
    return trace(recording, LayerAddress.parse(address), position)


def card_data(
    recording: Recording,
    address: str,
    *position: int,
    names: list[str] | None = None,
    onward: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The trace of a number as the card gets it."""
    found = traced(recording, address, *position)
    step = recording.at(found.address)
    before = "the picture" if step.before is None else str(recording.at(step.before).layer.titled())
    source = found.sources[0]
    field = found.receptive_field
    return {
        "layer": address,
        "row": found.address.row,
        "title": str(step.layer.titled()),
        "kind": step.layer.kind,
        "family": step.layer.family,
        "position": list(position),
        "shape": list(step.output.shape),
        "names": names,
        "how": found.account.how,
        "value": found.value,
        "torch_value": found.torch_value,
        "before": {"layer": layer_name(step.before), "title": before, "shape": list(step.input_shape)},
        **_account(recording, found),
        "field": {"rows": _lines(field.rows), "columns": _lines(field.columns)},
        "backward": None
        if source.address is None
        else {"layer": str(source.address), "position": source.positions[0].tolist()},
        "onward": onward,
    }


def _lines(lines: Lines) -> list[int] | None:
    return None if lines.first is None or lines.last is None else [lines.first, lines.last]


def _account(recording: Recording, found: Trace) -> dict[str, Any]:
    match found.account:
        case WeightedSum() as account:
            figures = {"sum": account.total, "bias": account.bias, "weights": _floats(account.weights)}
            sums = account.channel_sums()
            if not sums:
                layout = _layout(recording, found)
                return {"values": _floats(account.cells.values), "layout": layout, **figures}
            by_channel = _floats(np.array(list(sums.values())))
            return {**_window(account.cells), "channel_sums": by_channel, **figures}
        case Largest() as account:
            winner: Position = tuple(account.cells.positions[account.winner].tolist())
            return {**_window(account.cells), "winner": list(winner)}
        case Mean() as account:
            return {**_window(account.cells), "sum": account.total, "divisor": account.divisor}
        case Share() as account:
            arrays = {"scores": _floats(account.scores), "exponentials": _floats(account.exponentials)}
            return {**account.to_json(), **arrays}
    return found.account.to_json()


def _window(cells: Cells) -> dict[str, Any]:
    channels, rows, columns = (np.unique(cells.positions[:, axis]).tolist() for axis in range(3))
    values = np.where(cells.outside, 0, cells.values)
    return {
        "window": {"channels": channels, "rows": rows, "columns": columns},
        "values": _floats(values.reshape(len(channels), len(rows), len(columns))),
    }


def _layout(recording: Recording, found: Trace) -> list[int] | None:
    """The shape of the maps that became a dense layer's input, with at most dropout in between."""
    for row in range(found.address.row - 1, max(-1, found.address.row - 3), -1):
        step = recording.at(LayerAddress(row))
        if step.layer.kind == "Flatten":
            return list(step.input_shape)
    return None


def _floats(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.float32)
