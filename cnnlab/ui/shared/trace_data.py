"""The exact trace of one number, as the screens show it. Imports torch.

Layers are named as by `layer_name`: "3", "3.0.1" inside of a block, or "picture". A position is
[channel, y, x] in maps and [index] in a vector. Arrays are float32, numbers float64.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from cnnlab.design.address import LayerAddress
from cnnlab.ground.cache import LruCache
from cnnlab.ground.memory import FEWER, full_memory_named
from cnnlab.interpret.accounts import (
    Account,
    Cells,
    Joined,
    Largest,
    Mean,
    Share,
    WeightedSum,
    layer_name,
)
from cnnlab.interpret.onward import onward
from cnnlab.interpret.reach import Lines, Position, Region
from cnnlab.interpret.recording import Recording, Step, record
from cnnlab.interpret.trace import Source, Trace, trace
from cnnlab.language import _
from cnnlab.layers import Dropout, Flatten, Shape
from cnnlab.layers.activation import Activation
from cnnlab.layers.normalization import BatchNorm
from cnnlab.reader.loaded_model import LoadedModel

MAX_SOURCES = 512  # positions of a source that are sent, those that contribute most
MAX_RECORDINGS = 8
MAX_NUMBERS = 20_000_000  # of all layers in all recordings: 80 MB

Place = tuple[LayerAddress, Position]

_recordings: LruCache[tuple[int, bytes], tuple[LoadedModel, Recording]] = LruCache(
    MAX_RECORDINGS, weight=lambda entry: _numbers(entry[1]), max_weight=MAX_NUMBERS
)


def recording_of(loaded: LoadedModel, picture: Tensor) -> Recording:
    """Return the picture's way through the network, (C, H, W) in [0, 1]; the last few are kept.

    Raises DataError and WeightsError as `record` does, MemoryError named if the memory is full.
    """
    digest = hashlib.sha256(picture.contiguous().numpy().tobytes()).digest()
    key = id(loaded), digest  # an entry keeps its network, so that no other one gets its id
    known = _recordings.get(key)
    if known is None:
        with full_memory_named(FEWER):
            known = loaded, record(loaded.design, loaded.model, picture)
        _recordings.put(key, known)
    return known[1]


def _numbers(recording: Recording) -> int:
    return sum(step.output.numel() for step in recording.steps.values())


def trace_data(
    recording: Recording, address: LayerAddress, position: Position, class_names: Sequence[str]
) -> dict[str, Any]:
    """Return everything that a screen shows about one number; raises ConfigError if it does not exist.

    `names` are those of the classes if the layer's numbers are theirs; `layout` (of a weighted sum) is the
    shape of the maps that its input was before Flatten. The positions of a source are those that contribute
    most, the largest first, MAX_SOURCES of its `count` at most. In a window, `outside` marks the padding,
    whose values are 0 here.
    """
    found = trace(recording, address, position)
    step = recording.at(address)
    sources = [_by_contribution(source, found, recording, step) for source in found.sources]
    return {
        "layer": str(address),
        "row": address.row,
        "title": step.layer.titled(),
        "kind": step.layer.kind,
        "family": step.layer.family,
        "position": list(position),
        "shape": list(step.output.shape),
        "names": _names(recording, step, class_names),
        "how": found.account.how,
        "value": found.value,
        "torch_value": found.torch_value,
        "before": _before(recording, step),
        **_account_data(recording, step, found.account),
        "sources": [_source_data(source) for source in sources],
        "field": field_data(found.receptive_field),
        "backward": _place(recording, _backward(found, sources)),
        "onward": _place(recording, onward(recording, address, position)),
    }


def _names(recording: Recording, step: Step, class_names: Sequence[str]) -> list[str] | None:
    """The names of the last scores and of their shares."""
    last = step.address.inside is None and step.address.row >= len(recording.design.layers) - 2
    return list(map(str, class_names)) if last and step.output.shape == (len(class_names),) else None


def _before(recording: Recording, step: Step) -> dict[str, Any]:
    title = _("the picture") if step.before is None else recording.at(step.before).layer.titled()
    return {"layer": layer_name(step.before), "title": title, "shape": list(step.input_shape)}


def field_data(region: Region) -> dict[str, Any]:
    """Return which pixels a number depends on: the first and the last row and column; None for no pixel."""
    return {"rows": _lines(region.rows), "columns": _lines(region.columns)}


def _lines(lines: Lines) -> list[int] | None:
    return None if lines.first is None or lines.last is None else [lines.first, lines.last]


# ---- accounts


def _account_data(recording: Recording, step: Step, account: Account) -> dict[str, Any]:
    match account:
        case WeightedSum():
            return _sum_data(recording, step, account)
        case Largest():
            winner = account.cells.positions[account.winner]
            return {**_window_data(account.cells), "winner": winner.tolist()}
        case Mean():
            return {**_window_data(account.cells), "sum": account.total, "divisor": account.divisor}
        case Share():
            scores, exponentials = _floats(account.scores), _floats(account.exponentials)
            return {**account.to_json(), "scores": scores, "exponentials": exponentials}
    return account.to_json()


def _sum_data(recording: Recording, step: Step, account: WeightedSum) -> dict[str, Any]:
    figures = {"sum": account.total, "bias": account.bias}
    cells = account.cells
    if cells.positions.shape[1] == 1:
        layout = _layout(recording, step.before)
        values, weights = _floats(cells.values), _floats(account.weights)
        return {"values": values, "weights": weights, "layout": layout and list(layout), **figures}
    window = _window_data(cells)
    weights = _floats(account.weights.reshape(window["values"].shape))
    sums = _floats(np.array(list(account.channel_sums().values())))
    return {**window, "weights": weights, "channel_sums": sums, **figures}


def _window_data(cells: Cells) -> dict[str, Any]:
    """A window's lines, some of which may be in the padding, and its values (channels, rows, columns)."""
    lines = [np.unique(cells.positions[:, axis]) for axis in range(3)]
    shape = tuple(map(len, lines))
    values = np.where(cells.outside, 0, cells.values).reshape(shape)
    channels, rows, columns = (each.tolist() for each in lines)
    return {
        "window": {"channels": channels, "rows": rows, "columns": columns},
        "values": _floats(values),
        "outside": cells.outside.reshape(shape)[0].astype(np.uint8),
    }


def _layout(recording: Recording, address: LayerAddress | None) -> Shape | None:
    """The shape of the maps that became a vector, from which layers that keep the order may lie."""
    while address is not None:
        step = recording.at(address)
        if isinstance(step.layer, Flatten) and len(step.input_shape) == 3:
            return step.input_shape
        if not isinstance(step.layer, Flatten | Dropout | Activation | BatchNorm):
            return None
        address = step.before
    return None


def _floats(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.float32)


# ---- where it is from, and where it goes


def _by_contribution(source: Source, found: Trace, recording: Recording, step: Step) -> Source:
    """The source with the positions that contribute most in front."""
    account = found.account
    match account:
        case WeightedSum():
            shares = account.products[~account.cells.outside]
        case Largest():
            shares = np.zeros(len(source.positions))
            shares[(source.positions == account.cells.positions[account.winner]).all(axis=1)] = 1
        case Mean():
            shares = account.cells.values[~account.cells.outside]
        case Share():
            shares = np.where(np.arange(len(account.scores)) == account.index, 2, account.exponentials)
        case Joined():
            values = step.input if source.address == step.before else _output(recording, source)
            shares = values[tuple(source.positions.T)].numpy()
        case _:
            return source
    order = np.argsort(-np.abs(shares), kind="stable")
    return Source(source.address, source.positions[order])


def _output(recording: Recording, source: Source) -> Tensor:
    assert source.address is not None, "only the picture has no address, and it is the input of a first row"
    return recording.at(source.address).output


def _source_data(source: Source) -> dict[str, Any]:
    positions = source.positions[:MAX_SOURCES].tolist()
    return {"layer": layer_name(source.address), "positions": positions, "count": len(source.positions)}


def _backward(found: Trace, sources: Sequence[Source]) -> Place | None:
    """The number to look at next: that which contributes most; of a block's parts the largest in a layer."""
    ways = [source for source in sources if source.address is not None and len(source.positions)]
    if isinstance(found.account, Joined) and not found.account.hidden:
        size = {(part.address, part.position): abs(part.value) for part in found.account.parts}
        ways.sort(key=lambda way: -size[way.address, tuple(way.positions[0].tolist())])
    if not ways or ways[0].address is None:
        return None
    return ways[0].address, tuple(ways[0].positions[0].tolist())


def _place(recording: Recording, place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    address, position = place
    title = recording.at(address).layer.titled()
    return {"layer": str(address), "title": title, "position": list(position)}
