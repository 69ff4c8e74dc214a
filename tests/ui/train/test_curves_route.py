"""The numbers behind the curves, as a page requests them to save them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import pytest

from cnnlab.design.presets import preset
from cnnlab.runs.records import Run
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train import curves_route
from tests.events import events
from tests.ui.asgi import Answer, post

pytestmark = pytest.mark.slow  # opens a lab

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}


@pytest.fixture
def run() -> Run:
    """A run with two batches."""
    made = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(epochs=2), trained_by="terminal")
    batches = {"event": "batches", "step": 1, "loss": [2.5, 1 / 3], "accuracy": [0.5, 0.75]}
    lab().store.record(made.id, events({"event": "started"}, batches))
    return made


def ask(body: Any) -> Answer:
    return post(curves_route.routes, "/api/curves", json.dumps(body).encode(), {}, HOME)


def test_all_batches_of_the_runs(run: Run) -> None:
    """As CSV, nothing rounded."""
    answer = ask({"runs": [run.id]})
    assert answer.status == 200
    rows = list(csv.DictReader(StringIO(json.loads(answer.body)["csv"])))
    assert [(row["batch"], row["training_loss"]) for row in rows] == [("1", "2.5"), ("2", repr(1 / 3))]
    assert {row["run"] for row in rows} == {run.name}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"runs": ["gone"]}, 404),
        ({"runs": []}, 400),
        ({"runs": [7]}, 400),
        ({"runs": ["a"] * 7}, 400),
        ({}, 400),
    ],
)
def test_an_invalid_request_is_refused(body: Any, status: int) -> None:
    """With a message."""
    answer = ask(body)
    assert answer.status == status
    assert json.loads(answer.body)["error"]
