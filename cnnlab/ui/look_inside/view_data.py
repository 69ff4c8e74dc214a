"""The data of the Look inside page for one picture. Imports torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.ground import limits
from cnnlab.interpret import Scope
from cnnlab.interpret.activations import (
    Tiles,
    feature_maps,
    row_filters,
    scales,
    shown_scales,
    shown_tiles,
    tiles,
)
from cnnlab.interpret.recording import Step, steps_inside
from cnnlab.interpret.statistics import map_statistics, statistics
from cnnlab.language import _
from cnnlab.layers import Layer
from cnnlab.models.build import logits_part
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.training.events import FirstFilters

MAX_KERNELS = 8_192  # of a convolution on the screen; as many whole filters as fit


def view_data(
    loaded: LoadedModel, image: Tensor, scope: Scope, opened: Collection[int] = ()
) -> dict[str, Any]:
    """Probabilities, the maps of every row and the filters of every convolution, for (C, H, W) in [0, 1].

    `inside` has the maps of the layers in the blocks of `opened` rows, by row; rows without a block, and rows
    that do not exist, are left out.
    """
    return views_data([loaded], image, scope, opened)[0]


def views_data(
    networks: Sequence[LoadedModel], image: Tensor, scope: Scope, opened: Collection[int] = ()
) -> list[dict[str, Any]]:
    """The same for several networks with the same rows: a color means the same number in all of them."""
    seen = [_see(each, image, opened) for each in networks]
    scales_of = _shared([shown_scales(each.modules, each.maps, scope) for each in seen])
    filters = [row_filters(each.model) for each in networks]
    kernels = [[weight.flatten(0, 1) for weight in found.values()] for found in filters]
    kernel_scales = _shared([scales(each, scope) for each in kernels])
    return [
        {
            "probabilities": _probabilities(network, each),
            **_layers_data(each, scales_of),
            "filters": _filters(found, kernel_scales),
        }
        for network, each, found in zip(networks, seen, filters, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a network makes of a picture: of every row, and of the layers in the opened blocks."""

    rows: int
    addresses: list[LayerAddress]
    modules: list[nn.Module]
    maps: list[Tensor]


def _see(loaded: LoadedModel, image: Tensor, opened: Collection[int]) -> _Seen:
    model = loaded.model
    maps = feature_maps(model, image)
    inside = [
        step
        for row, layer in enumerate(loaded.design.layers)
        if row in opened
        for step in _steps_inside(model, row, layer, maps[row - 1] if row else image, maps[row])
    ]
    return _Seen(
        len(maps),
        [*map(LayerAddress, range(len(maps))), *(step.address for step in inside)],
        [*model, *(step.module for step in inside)],
        [*maps, *(step.output for step in inside)],
    )


def _steps_inside(model: nn.Sequential, row: int, layer: Layer, before: Tensor, output: Tensor) -> list[Step]:
    address = LayerAddress(row - 1) if row else None
    with torch.inference_mode():
        return list(steps_inside(Step(LayerAddress(row), layer, model[row], address, before, output)))


def _shared(scales_of: Sequence[list[Tensor]]) -> list[Tensor]:
    """The largest scale of each map among networks with the same rows."""
    if len(scales_of) == 1:
        return scales_of[0]
    return [torch.stack(same).amax(0) for same in zip(*scales_of, strict=True)]


def _probabilities(loaded: LoadedModel, seen: _Seen) -> NDArray[np.float32]:
    chances = torch.softmax(seen.maps[len(logits_part(loaded.model)) - 1], dim=0)
    found: NDArray[np.float32] = chances.nan_to_num().numpy()
    return found


def _layers_data(seen: _Seen, scales_of: Sequence[Tensor]) -> dict[str, Any]:
    shown = shown_tiles(seen.maps, scales_of)
    data = [
        {**_tile_data(each, values), "each": _each_map(values)}
        for each, values in zip(shown, seen.maps, strict=True)
    ]
    inside: dict[str, list[dict[str, Any]]] = {}
    for address, each in zip(seen.addresses[seen.rows :], data[seen.rows :], strict=True):
        inside.setdefault(str(address.row), []).append(each)
    return {"rows": data[: seen.rows], "inside": inside}


def _each_map(values: Tensor) -> NDArray[np.float32] | None:
    """(maps, 4): the figures of each map that is shown; a vector has none."""
    if values.ndim == 1:
        return None
    found: NDArray[np.float32] = map_statistics(values[: limits.SHOWN_MAPS]).numpy()
    return found


def first_filters(loaded: LoadedModel) -> dict[str, Any] | None:
    """The filters of the first convolution; None for a network without one."""
    found = row_filters(loaded.model)
    return _alone(*next(iter(found.items()))) if found else None


def inspected_filters(filters: FirstFilters) -> dict[str, Any]:
    """The same from a run's latest inspection."""
    return _alone(filters.address.row, torch.tensor(filters.values).view(filters.shape))


def _alone(row: int, weight: Tensor) -> dict[str, Any]:
    return _filters({row: weight}, scales([weight.flatten(0, 1)], "layer"))[0]


def _filters(found: dict[int, Tensor], scales_of: Sequence[Tensor]) -> list[dict[str, Any]]:
    """The filters of convolutions as kernels: one k×k tile for each input map."""
    shown = []
    for (row, weight), scale in zip(found.items(), scales_of, strict=True):
        count, inputs, height, width = weight.shape
        whole = max(1, MAX_KERNELS // inputs)
        made = tiles(weight.flatten(0, 1), scale, limit=min(count, whole) * inputs)
        shape = {"row": row, "count": count, "shown": min(count, whole), "inputs": inputs}
        shown.append({**shape, "height": height, "width": width, **_tile_data(made, weight)})
    return shown


def _tile_data(made: Tiles, values: Tensor) -> dict[str, Any]:
    figures = statistics(values)
    text = str(figures) if figures is not None else _("some are not numbers: training diverged")
    return {"values": made.values, "scales": made.scales, "exact": made.exact, "figures": text}
