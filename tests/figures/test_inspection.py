from __future__ import annotations

import pytest

from cnnlab.figures.inspection import confused, dead_words, panel, ratio_words
from cnnlab.presets import preset


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.0, "stands still"),
        (0.00002, "learns slowly"),
        (0.001, "healthy"),
        (0.05, "large steps"),
        (0.5, "wild: try a smaller learning rate"),
    ],
)
def test_an_update_ratio_in_words(ratio: float, words: str) -> None:
    """A step of a thousandth of the weights' size is healthy."""
    assert ratio_words(ratio) == words


def test_dead_units_in_words() -> None:
    """A few are usual with ReLU."""
    assert [dead_words(share) for share in (0.0, 0.2, 0.9)] == ["all are of use", "usual", "many do nothing"]


def test_the_confusion_matrix_in_words() -> None:
    """How many are right, and the commonest mistake with its direction."""
    matrix = [[8, 0, 2], [1, 9, 0], [0, 0, 0]]
    assert confused(matrix, ["4", "7", "9"]) == (
        "17 of 20 right (85.00 %); most often it takes 4 for 9 (2 times)."
    )
    assert confused([[3, 0], [0, 2]], ["a", "b"]) == "5 of 5 right (100.00 %)."
    assert confused([[0, 0], [0, 0]], ["a", "b"]) == "No picture was looked at."


def test_rows_are_named_as_in_the_stack() -> None:
    """Numbered from 1, with the layer's label."""
    body = {
        "event": "inspection",
        "epoch": 2,
        "step": 1_340,
        "layers": [{"row": 0, "gradient_norm": 1.0, "update_ratio": 0.001, "histogram": {}}],
        "dead": [{"row": 1, "share": 0.25}],
        "confusion": [[1]],
        "samples": [],
    }
    shown = panel(body, preset("article-1").design, ["0"])
    assert shown["where"] == "after batch 1,340, in epoch 2"
    assert shown["layers"][0]["name"].startswith("1. Conv2d")
    assert shown["layers"][0]["words"] == "healthy"
    assert shown["dead"] == [{"name": "2. ReLU", "share": 0.25, "words": "usual"}]
