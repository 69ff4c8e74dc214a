from __future__ import annotations

from dataclasses import replace

import pytest

from cnnlab.charts.inspection import (
    confused,
    dead_after,
    dead_words,
    panel,
    sole_answer,
    step_words,
    vanishing,
)
from cnnlab.design.address import LayerAddress
from cnnlab.design.presets import preset
from cnnlab.training.events import DeadUnits
from tests.events import dead_units, inspection, weight_step


@pytest.mark.parametrize(
    ("gradient", "ratio", "words"),
    [
        (0.5, 0.0, "not moving"),
        (0.5, 0.00002, "learns slowly"),
        (0.5, 0.001, "healthy"),
        (0.5, 0.05, "large steps"),
        (0.5, 0.5, "wild: try a smaller learning rate"),
        (8.4e-8, 0.001, "gradient all but vanished"),  # Adam makes a step of usual size of it
        (4.3e-10, 0.00002, "gradient all but vanished"),
        (0.0, 0.0018, "no gradient: it moves by momentum alone"),  # Adam rolls on for a while
    ],
)
def test_a_step_in_words(gradient: float, ratio: float, words: str) -> None:
    """A step of a thousandth of the weights' size is healthy, if it has a gradient."""
    assert step_words(gradient, ratio, strongest=0.768) == words


def test_a_step_before_dead_units_is_not_healthy() -> None:
    """Whatever its size: next to nothing of it comes through. The strongest gradient may be 0 itself."""
    assert step_words(0.5, 0.001, 0.768, dead=0.969) == "almost all its units are dead"
    assert step_words(0.5, 0.001, 0.768, dead=0.45) == "healthy"
    assert step_words(0.0, 0.0018, strongest=0.0) == "no gradient: it moves by momentum alone"


def test_dead_units_belong_to_the_row_before_them() -> None:
    """To the last one with weights; those inside of a block to the block."""
    look = inspection(
        layers=[weight_step(0), weight_step(4), weight_step(7)],
        dead=[dead_units(1, 0.2), dead_units(3, 0.95), dead_units(4, 0.5)],
    )
    assert [dead_after(LayerAddress(row), look) for row in (0, 4, 7)] == [0.95, 0.5, 0.0]


def test_dead_units_inside_a_block_belong_to_the_layer_before_them() -> None:
    """Where a block's layers are measured one by one."""
    inside = [LayerAddress(3, 0, 0), LayerAddress(3, 0, 2)]
    look = inspection(
        layers=[weight_step(0), *(replace(weight_step(3), address=address) for address in inside)],
        dead=[
            dead_units(2, 0.1),
            DeadUnits(LayerAddress(3, 0, 1), 0.7),
            DeadUnits(LayerAddress(3, 0, 3), 0.2),
        ],
    )
    shares = [dead_after(address, look) for address in (LayerAddress(0), *inside)]
    assert shares == [0.1, 0.7, 0.2]


@pytest.mark.parametrize(
    ("norms", "found"),
    [
        ([4.3e-10, 1e-5, 0.768], (0, 2)),
        ([0.2, 0.1, 0.768], None),
        ([0.768, 0.1, 1e-9], None),  # it falls toward the end: nothing has vanished on the way back
        ([1e-9], None),
        ([], None),
    ],
)
def test_gradients_that_vanish(norms: list[float], found: tuple[int, int] | None) -> None:
    """They shrink on their way back to the first row."""
    steps = [weight_step(row, gradient_norm=norm) for row, norm in enumerate(norms)]
    assert vanishing(steps) == (found and (steps[found[0]], steps[found[1]]))


def test_dead_units_in_words() -> None:
    """A few are usual with ReLU; nearly all of them are not."""
    words = [dead_words(share) for share in (0.0, 0.2, 0.45, 0.7, 0.969)]
    assert words == [
        "none dead",
        "usual",
        "about half never fire",
        "most never fire",
        "almost all dead",
    ]


def test_the_confusion_matrix_in_words() -> None:
    """How many of how many are right, and the commonest mistake with its direction."""
    matrix = [[8, 0, 2], [1, 9, 0], [0, 0, 0]]
    assert confused(matrix, ["4", "7", "9"], 5_000) == (
        "Of 20 of the 5,000 validation pictures 17 are right (85.00 %); "
        "most often it mistakes 4 for 9 (2 times)."
    )
    assert confused([[3, 0], [0, 2]], ["a", "b"], 5) == "Of 5 validation pictures 5 are right (100.00 %)."
    assert confused([[0, 0], [0, 0]], ["a", "b"]) == "No picture was checked."


def test_one_answer_to_everything() -> None:
    """It is reported as such, not as the mistake that happens to be the most frequent."""
    matrix = [[0, 9, 0], [0, 8, 0], [0, 11, 0]]
    assert sole_answer(matrix) == 1
    assert confused(matrix, ["4", "5", "6"]).endswith("it answers 5 to everything.")
    assert sole_answer([[0, 0], [0, 7]]) is None  # nothing else was asked


def test_rows_are_named_as_in_the_stack() -> None:
    """Numbered from 1, with the layer's common name and its settings."""
    look = inspection(
        epoch=2,
        step=1_340,
        layers=[weight_step(0)],
        dead=[dead_units(1, 0.25)],
        confusion=[[1]],
    )
    shown = panel(look, preset("article-1").design, ["0"])
    assert shown["where"] == "after batch 1,340, in epoch 2"
    assert shown["layers"][0]["name"] == "1. Convolution 32, 3×3"
    assert shown["layers"][0]["words"] == "healthy"
    assert shown["dead"] == [{"name": "2. ReLU", "share": 0.25, "words": "usual"}]
