"""How a network is while it learns (events.Inspection), in words and numbers for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnlab.design import Design
from cnnlab.figures.run_words import percent

_STANDING, _SLOW, _FAST, _WILD = 1e-6, 1e-4, 1e-2, 1e-1  # update-to-weight ratios; 0.001 is usual


def panel(body: dict[str, Any], design: Design, classes: Sequence[str]) -> dict[str, Any]:
    """Everything that the component shows but pictures and filters."""
    return {
        "where": f"after batch {body['step']:,}, in epoch {body['epoch']}",
        "classes": list(classes),
        "confusion": body["confusion"],
        "confused": confused(body["confusion"], classes),
        "layers": [_layer(layer, design) for layer in body["layers"]],
        "dead": [
            {
                "name": _row_name(unit["row"], design),
                "share": unit["share"],
                "words": dead_words(unit["share"]),
            }
            for unit in body["dead"]
        ],
        "samples": body["samples"],
    }


def _layer(layer: dict[str, Any], design: Design) -> dict[str, Any]:
    ratio = layer["update_ratio"]
    return layer | {"name": _row_name(layer["row"], design), "words": ratio_words(ratio)}


def _row_name(row: int, design: Design) -> str:
    return f"{row + 1}. {design.layers[row].label()}"


def ratio_words(ratio: float) -> str:
    """What an update-to-weight ratio means: a step of a thousandth of the weights' size is healthy."""
    if ratio <= _STANDING:
        return "stands still"
    if ratio < _SLOW:
        return "learns slowly"
    if ratio <= _FAST:
        return "healthy"
    return "large steps" if ratio <= _WILD else "wild: try a smaller learning rate"


def dead_words(share: float) -> str:
    """What a share of dead units means."""
    if share == 0:
        return "all are of use"
    return "usual" if share < 0.4 else "many do nothing"


def confused(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """The confusion matrix in one sentence: how many are right, and what is mistaken for what most often."""
    total = sum(map(sum, matrix))
    right = sum(row[index] for index, row in enumerate(matrix))
    text = f"{right} of {total} right ({percent(right / total)})" if total else "No picture was looked at"
    wrong = [
        (count, classes[i], classes[j])
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j and count
    ]
    if not wrong:
        return f"{text}."
    count, truth, answer = max(wrong, key=lambda each: each[0])
    return f"{text}; most often it takes {truth} for {answer} ({count} time{'s' if count > 1 else ''})."
