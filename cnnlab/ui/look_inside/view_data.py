"""The data of the Look inside page for one picture. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.interpret import Scope
from cnnlab.interpret.activations import Tiles, feature_maps, row_filters, row_tiles, scales, tiles
from cnnlab.interpret.statistics import statistics
from cnnlab.language import _
from cnnlab.models.build import logits_part
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.training.events import FirstFilters

MAX_KERNELS = 8_192  # of a convolution on the screen; as many whole filters as fit


def view_data(loaded: LoadedModel, image: Tensor, scope: Scope) -> dict[str, Any]:
    """Probabilities, the maps of every row and the filters of every convolution, for (C, H, W) in [0, 1]."""
    maps = feature_maps(loaded.model, image)
    chances = torch.softmax(maps[len(logits_part(loaded.model)) - 1], dim=0)
    return {
        "probabilities": chances.nan_to_num().numpy(),
        "rows": _rows(loaded.model, maps, scope),
        "filters": _filters(row_filters(loaded.model), scope),
    }


def _rows(model: nn.Sequential, maps: Sequence[Tensor], scope: Scope) -> list[dict[str, Any]]:
    shown = row_tiles(model, maps, scope)
    return [_tile_data(each, values) for each, values in zip(shown, maps, strict=True)]


def first_filters(loaded: LoadedModel) -> dict[str, Any] | None:
    """The filters of the first convolution; None for a network without one."""
    first = dict(list(row_filters(loaded.model).items())[:1])
    return _filters(first, "layer")[0] if first else None


def inspected_filters(filters: FirstFilters) -> dict[str, Any]:
    """The same from a run's latest inspection."""
    weight = torch.tensor(filters.values).view(filters.shape)
    return _filters({filters.address.row: weight}, "layer")[0]


def _filters(found: dict[int, Tensor], scope: Scope) -> list[dict[str, Any]]:
    """The filters of convolutions as kernels: one k×k tile for each input map."""
    kernels = [weight.flatten(0, 1) for weight in found.values()]
    shown = []
    for (row, weight), each, scale in zip(found.items(), kernels, scales(kernels, scope), strict=True):
        count, inputs, height, width = weight.shape
        whole = max(1, MAX_KERNELS // inputs)
        made = tiles(each, scale, limit=min(count, whole) * inputs)
        shape = {"row": row, "count": count, "shown": min(count, whole), "inputs": inputs}
        shown.append({**shape, "height": height, "width": width, **_tile_data(made, weight)})
    return shown


def _tile_data(made: Tiles, values: Tensor) -> dict[str, Any]:
    figures = statistics(values)
    text = str(figures) if figures is not None else _("some are not numbers: training diverged")
    return {"values": made.values, "scales": made.scales, "figures": text}
