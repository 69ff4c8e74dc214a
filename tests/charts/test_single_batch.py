"""A single step in words and pictures for the screen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnlab.charts.single_batch import batch_panel
from cnnlab.design.presets import preset
from tests.events import single_batch

DESIGN = preset("article-1").design
NAMES = ["zero", "one"]


def test_pictures_come_with_their_answers() -> None:
    """By the names of the classes: the right one, the answer before the step, the answer after it."""
    shown = batch_panel(single_batch(7), DESIGN, NAMES)
    assert shown["pictures"].shape == (2, 1, 2, 3)
    assert shown["answers"] == [["zero", "one", "zero"], ["one", "one", "one"]]
    assert shown["chances"] == [[0.25, 0.5]] * 2
    assert shown["title"] == "Batch 7 of epoch 1"


def test_the_result_in_words() -> None:
    """Right answers and loss, before and after; without a loss that is not finite."""
    seen = single_batch(1)
    assert batch_panel(seen, DESIGN, NAMES)["words"] == (
        "Of its 2 pictures 1 were right before the step, and 2 after it. "
        "Its loss went from 2.500 to 0.5000. Both are measured in evaluation mode."
    )
    assert "loss" not in batch_panel(replace(seen, loss_after=None), DESIGN, NAMES)["words"]


def test_a_large_batch_says_what_is_left_out() -> None:
    """Only the first pictures are shown."""
    assert batch_panel(single_batch(1), DESIGN, NAMES)["some"] == ""
    some = batch_panel(replace(single_batch(1), size=256), DESIGN, NAMES)["some"]
    assert some == "The first 2 of its 256 pictures."


def test_what_moved() -> None:
    """Each row with weights, and the filters that moved most, numbered from 1."""
    shown = batch_panel(single_batch(1), DESIGN, NAMES)
    assert [(each["name"], each["ratio"]) for each in shown["layers"]] == [("1. Convolution 32, 3×3", 0.001)]
    (moved,) = shown["filters"]
    assert (moved["number"], moved["before"].dtype) == (4, np.float32)
    assert math.isclose(moved["after"][0], 0.25)


@pytest.mark.parametrize(
    "change", [{"shape": [3, 1, 2, 3]}, {"labels": [0, 5]}, {"pictures": "?"}, {"labels": []}]
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    """The file may have been damaged."""
    with pytest.raises((ValueError, LookupError, TypeError)):
        batch_panel(replace(single_batch(1), **change), DESIGN, NAMES)
