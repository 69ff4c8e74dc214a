from __future__ import annotations

from dataclasses import replace

from cnnlab.charts.moments import with_newest_matrix
from tests.charts.runs import BATCHES, epoch
from tests.events import inspection

LOOK = inspection(step=13, epoch=2, confusion=[[1, 0], [1, 0]])
ALL = [[40, 10], [0, 50]]


def test_the_matrix_is_the_newest_one() -> None:
    """From all pictures at the end of an epoch, from some of them during one; each with its moment."""
    first = replace(epoch(1), confusion=ALL)
    found, when = with_newest_matrix(LOOK, [first])
    assert (found.confusion, when) == (LOOK.confusion, "after batch 13, in epoch 2")
    second = replace(epoch(2), confusion=ALL)
    found, when = with_newest_matrix(LOOK, [first, second])
    assert (found.confusion, when) == (ALL, "after epoch 2")
    assert found.step == 13


def test_at_the_end_of_an_epoch_the_matrix_is_from_all_pictures() -> None:
    """An inspection at its last step measured the same network on fewer pictures."""
    last = replace(LOOK, step=2 * BATCHES)
    found, _when = with_newest_matrix(last, [replace(epoch(2), confusion=ALL)])
    assert found.confusion == ALL


def test_an_older_run_has_the_matrix_of_its_inspection() -> None:
    """Its epochs have none."""
    assert with_newest_matrix(LOOK, [epoch(2)])[0].confusion == LOOK.confusion
    assert with_newest_matrix(LOOK, [])[1] == "after batch 13, in epoch 2"
