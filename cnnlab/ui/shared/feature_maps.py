"""Shared by the screens that show a network's rows: the style of the tiles, and the rows' captions.

A component puts MAP_STYLE in front of its own style, and builds a `FeatureMaps` (see
assets/shared/feature_maps/feature_maps.js) inside an element with the class "lab".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnlab.charts.colors import css_variables
from cnnlab.design.design import Design, Row, summarize
from cnnlab.ground import limits
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
            rows.append({**_caption(row), "signed": signed})
    for caption in rows[-2:]:
        if caption["total"] == len(classes) and len(caption["shape"]) == 1:
            caption["names"] = list(classes)
    return rows


def _is_signed(layer: Layer, before: bool) -> bool:
    """Whether a row can have negative output; `before`: whether its input can."""
    if layer.kind in _NEVER_NEGATIVE:
        return False
    return before if layer.kind in _KEEPS_SIGN else True


def _caption(row: Row) -> dict[str, Any]:
    assert row.output_shape is not None
    title, label = str(row.layer.title), row.layer.label()
    return {
        "index": row.index,
        "family": row.layer.family,
        "title": f"{row.index + 1}. {title}",
        "library": label.removeprefix(title).strip(),  # the library's name for it, unless it is the same
        "about": shape_text(row.output_shape),
        "sentence": str(row.layer.summary),
        "shape": _shown(row.output_shape),
        "whole": row.output_shape,
        "total": row.output_shape[0],
        "share": row.layer.kind == "Softmax",
    }


def _shown(shape: Shape) -> Shape:
    """The shape after `interpret.activations.tiles` has reduced it to the screen's limits."""
    if len(shape) == 1:
        return (min(shape[0], limits.SHOWN_NUMBERS),)
    channels, *sides = shape
    return (min(channels, limits.SHOWN_MAPS), *(min(side, limits.SHOWN_SIDE) for side in sides))
