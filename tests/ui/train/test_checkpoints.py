"""The list of kept epochs, as the component gets it; the clicks are tested in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnnlab.runs.records import SavedWeights
from cnnlab.ui.train.checkpoints import listed
from tests.charts.runs import run


def saved(*epochs: int) -> list[SavedWeights]:
    return [SavedWeights(epoch, epoch, Path(), "", epoch / 10 if epoch else None) for epoch in epochs]


def test_every_kept_epoch_has_its_name_and_its_ways_on() -> None:
    """The newest first; drawings are read by the best one."""
    known = run("finished", progress=replace(run().progress, best_epoch=1))
    body = listed(known, saved(0, 1, 2))
    assert [each["words"] for each in body["kept"]] == [
        "Epoch 2 (last, validation 20.00 %)",
        "Epoch 1 (best, validation 10.00 %)",
        "Epoch 0 (untrained)",
    ]
    acts = [[act for act, _ in each["acts"]] for each in body["kept"]]
    assert acts == [["look", "fork"], ["draw", "look", "fork"], ["look", "fork"]]
    assert "after each epoch" in body["note"]


def test_a_thinned_list_says_so() -> None:
    """Or a person would look for the epoch that is not there."""
    assert "not every epoch is kept" in listed(run("finished"), saved(0, 2, 4))["note"]
