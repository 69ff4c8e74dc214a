"""Shared by the screens that show a network's rows: the style of the tiles, and the rows' captions.

A component puts MAP_STYLE in front of its own style, and builds a `FeatureMaps` (see
assets/shared/feature_maps/feature_maps.js) inside an element with the class "lab".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from cnnlab.charts.colors import css_variables
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, Row, summarize
from cnnlab.ground import limits
from cnnlab.language import _
from cnnlab.layers import Layer, Shape, shape_text
from cnnlab.ui.shared.components import asset

MAP_STYLE = css_variables() + asset("shared/feature_maps/feature_maps.css")

_NEVER_NEGATIVE = ("ReLU", "Sigmoid", "Softmax")
_KEEPS_SIGN = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Flatten", "Dropout", "Dropout2d")


def row_captions(design: Design, classes: Sequence[str]) -> list[dict[str, Any]]:
    """One entry per row, as `FeatureMaps.layout` expects; the last row's numbers are named by class."""
    rows = []
    signed = False  # a picture has no negative values
    for row in summarize(design).rows:
        if row.output_shape is not None:
            signed = _is_signed(row.layer, signed)
            rows.append({**_row_caption(row), "signed": signed})
    for caption in rows[-2:]:
        if caption["total"] == len(classes) and len(caption["shape"]) == 1:
            caption["names"] = list(classes)
    return rows


def inside_captions(design: Design, opened: Collection[int]) -> dict[str, list[dict[str, Any]]]:
    """The same for the layers inside of the blocks of these rows, by row, branch after branch.

    Each has its `address`, and that of the layer that it reads from (`before`), None for the picture.
    """
    if not opened:
        return {}
    rows = summarize(design).rows
    blocks = [row for row in rows if row.index in opened and row.layer.layers_inside()]
    return {str(row.index): _inside(row) for row in blocks}


def _inside(row: Row) -> list[dict[str, Any]]:
    assert row.input_shape is not None
    captions = []
    for number, branch in enumerate(row.layer.branches(row.input_shape)):
        before = str(row.index - 1) if row.index else None
        signed = row.index > 0
        for index, part in enumerate(branch.parts(row.input_shape)):
            address = str(LayerAddress(row.index, number, index))
            signed = _is_signed(part.layer, signed)
            names = {"branch": branch.name, "number": index + 1, "layer": part.layer.title}
            title = _("{branch}, {number}. {layer}", **names)
            caption = _caption(part.layer, part.output_shape, title)
            captions.append({**caption, "address": address, "before": before, "signed": signed})
            before = address
    return captions


def _is_signed(layer: Layer, before: bool) -> bool:
    """Whether a row can have negative output; `before`: whether its input can."""
    if layer.kind in _NEVER_NEGATIVE:
        return False
    return before if layer.kind in _KEEPS_SIGN else True


def _row_caption(row: Row) -> dict[str, Any]:
    assert row.output_shape is not None
    return {
        **_caption(row.layer, row.output_shape, f"{row.index + 1}. {row.layer.title}"),
        "index": row.index,
        "inside": row.layer.layers_inside(),
        "before": str(row.index - 1) if row.index else None,
        "sentence": str(row.layer.summary),
    }


def _caption(layer: Layer, shape: Shape, title: str) -> dict[str, Any]:
    label = layer.label()
    return {
        "family": layer.family,
        "title": title,
        "library": label.removeprefix(str(layer.title)).strip(),  # the library's name for it, unless the same
        "about": shape_text(shape),
        "shape": _shown(shape),
        "whole": shape,
        "total": shape[0],
        "share": layer.kind == "Softmax",
    }


def _shown(shape: Shape) -> Shape:
    """The shape after `interpret.activations.tiles` has reduced it to the screen's limits."""
    if len(shape) == 1:
        return (min(shape[0], limits.SHOWN_NUMBERS),)
    channels, *sides = shape
    return (min(channels, limits.SHOWN_MAPS), *(min(side, limits.SHOWN_SIDE) for side in sides))
