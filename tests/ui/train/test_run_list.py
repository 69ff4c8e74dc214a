"""The family tree of the list: who stands below whom."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.runs.records import Run
from cnnlab.ui.train.family_tree import family_tree
from tests.charts.runs import run


def named(name: str, parent: str | None = None, race: str | None = None) -> Run:
    return replace(run("finished"), id=name, name=name, parent=parent, race=race)


def charts_data(*newest_first: Run) -> list[tuple[str, int, int]]:
    return [(branch.run.id, branch.depth, branch.race) for branch in family_tree(list(newest_first))]


def test_a_fork_stands_below_its_parent() -> None:
    """Also a fork of a fork; a family with something new comes before others."""
    runs = [named("grandchild", "child"), named("alone"), named("child", "first"), named("first")]
    assert charts_data(*runs) == [("first", 0, 0), ("child", 1, 0), ("grandchild", 2, 0), ("alone", 0, 0)]


def test_racers_stand_together_in_the_order_of_their_start() -> None:
    """Below a heading that counts them; a fork of one stands below it."""
    runs = [named("fork", "one"), named("two", race="r"), named("one", race="r"), named("old")]
    assert charts_data(*runs) == [("one", 1, 2), ("fork", 2, 0), ("two", 1, 0), ("old", 0, 0)]


def test_a_fork_whose_parent_was_deleted_stands_alone() -> None:
    """It is shown all the same."""
    assert charts_data(named("child", "gone"), named("other")) == [("child", 0, 0), ("other", 0, 0)]
