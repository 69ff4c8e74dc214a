"""The pictures behind a cell of the confusion matrix, from a run that was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnlab.ui.app.lab import lab
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from cnnlab.ui.train import mistakes_route
from tests.ui.asgi import ask, error_text
from tests.ui.train.test_watched_drawing_route import add_checkpoint, weights_of
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow  # opens a lab


def found(truth: Any, answer: Any, run: Any = None) -> Any:
    """The response for a cell, unpacked; its refusal if it is one."""
    assert lab().torch_ready.wait(60)
    run = lab().store.runs()[0].id if run is None else run
    reply = ask("/api/mistakes", json.dumps({"run": run, "truth": truth, "answer": answer}).encode())
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def test_all_cells_together_are_the_test_pictures(home_with_run: Path) -> None:
    """Each picture is in one cell, and the right ones are on the diagonal."""
    cells = [[found(truth, answer)["count"] for answer in range(10)] for truth in range(10)]
    images, labels = pictures_of("digits")
    assert sum(map(sum, cells)) == len(images) == found(0, 0)["checked"]
    assert [sum(row) for row in cells] == torch.bincount(labels).tolist()
    right = sum(cells[label][label] for label in range(10))
    assert right / len(images) == lab().store.runs()[0].progress.test_accuracy


def test_the_pictures_are_those_that_look_inside_shows(home_with_run: Path) -> None:
    """Their numbers count from 1; of right ones, the least sure come first."""
    body = found(3, 3)
    images, labels = pictures_of("digits")
    assert body["when"] == "with the weights kept after epoch 2"
    assert 0 < len(body["numbers"]) <= 12
    for number, picture in zip(body["numbers"], body["pictures"], strict=True):
        assert labels[number - 1] == 3
        assert (images[number - 1].numpy() == picture).all()
    assert body["chances"] == sorted(body["chances"])


def test_new_weights_are_asked_at_once(home_with_run: Path) -> None:
    """Even a moment after the earlier ones were read."""
    mistakes_route._known.drop(lambda _key: True)
    found(3, 3)
    run = lab().store.runs()[0]
    add_checkpoint(run, 3, weights_of(run))
    assert found(3, 3)["when"] == "with the weights kept after epoch 3"


@pytest.mark.parametrize(("truth", "answer"), [(-1, 0), (0, 10), ("0", 0), (0, None), (1.5, 2)])
def test_a_cell_that_does_not_exist(home_with_run: Path, truth: Any, answer: Any) -> None:
    """Is refused, in words."""
    assert found(truth, answer) == (400, "A request names a run and a cell of its confusion matrix.")


def test_a_run_that_is_gone(home_with_run: Path) -> None:
    """As everywhere."""
    assert found(0, 0, "nope")[0] == 404


def test_data_that_is_not_here(home_with_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded for a click."""
    mistakes_route._known.drop(lambda _key: True)
    monkeypatch.setattr(type(lab().catalogue), "available", lambda *_: False)
    assert found(0, 0)[0] == 422
