"""What the Train page asks for once a second, from a store that a test writes into."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from cnnlab.design.presets import preset
from cnnlab.ground.cache import FreshCache
from cnnlab.runs.records import Run
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train import live_route
from cnnlab.ui.train.run_snapshot import forget_runs
from tests.events import events
from tests.ui.asgi import Answer, post

pytestmark = pytest.mark.slow  # opens a lab

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}
STARTED = {
    "event": "started",
    "step": 0,
    "epoch": 1,
    "batch": 0,
    "epochs": 2,
    "batches": 10,
    "batch_size": 64,
    "train_images": 640,
    "parameters": 61_706,
    "device": "CPU, 1 thread",
    "precision": "float32",
    "ways": [],
}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept from what was asked before."""
    monkeypatch.setattr(live_route, "_answers", FreshCache(live_route._body, 0.0))


@pytest.fixture
def run() -> Iterator[Run]:
    """One that trains somewhere else: three batches are told."""
    with ExitStack() as stack:
        made = lab().store.queue(
            preset("lenet-5").design, "digits", TrainConfig(epochs=2), trained_by="terminal"
        )
        stack.enter_context(lab().store.training_lock(made.id))  # else the lab finds that nobody trains it
        assert lab().store.change_state(made.id, {"queued"}, "running", trained_by="terminal")
        lab().store.record(made.id, events(STARTED, batches(1, [2.5, 2.0, 1.5])))
        yield lab().store.run(made.id)


def batches(first: int, losses: list[float]) -> dict[str, Any]:
    """As a worker tells them."""
    figures = {"loss": losses, "accuracy": [0.5] * len(losses), "images_per_second": 1000.0}
    return {"event": "batches", "epoch": 1, "batch": first, "step": first} | figures


def ask(body: Any, headers: dict[str, str] = HOME) -> Answer:
    forget_runs()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(live_route.routes, "/api/live", raw, {}, headers)


def told(run: Run, over: str | None = None) -> dict[str, Any]:
    answer = ask({"run": run.id, "with": over})
    assert answer.status == 200
    body: dict[str, Any] = json.loads(answer.body)
    return body


def losses(answer: dict[str, Any]) -> list[list[list[float]]]:
    """The raw line of each run that is drawn: steps and values."""
    return [json.loads(each["lines"])["loss"]["raw"] for each in answer["curves"]["runs"]]


def test_what_was_trained_is_told(run: Run) -> None:
    """The place in words, the figures, and the batches of the curve."""
    answer = told(run)
    assert answer["words"] == "Epoch 1 of 2, batch 3 of 10"
    assert re.search(r"<dt>Speed</dt><dd>1,000<", answer["numbers"])
    assert 'max="100" value="15.0"' in answer["numbers"]
    assert losses(answer) == [[[1, 2, 3], [2.5, 2.0, 1.5]]]


def test_new_batches_need_no_new_page(run: Run) -> None:
    """The numbers follow; the sign stays."""
    before = told(run)
    lab().store.record(run.id, events(batches(4, [1.25])))
    after = told(run)
    assert losses(after)[0][1][-1] == 1.25
    assert after["sign"] == before["sign"]


def test_another_state_needs_a_new_page(run: Run) -> None:
    """Its buttons are others; also the first batch, which brings the charts."""
    signs = {told(run)["sign"]}
    lab().store.change_state(run.id, {"running"}, "paused", trained_by="terminal")
    signs.add(told(run)["sign"])
    waiting = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    signs.add(told(run)["sign"])
    empty = told(waiting)
    lab().store.record(waiting.id, events(STARTED, batches(1, [2.0])))
    begun = told(waiting)
    assert (empty["curves"], len(begun["curves"]["runs"])) == ({"runs": []}, 1)
    assert len(signs | {empty["sign"], begun["sign"]}) == 5


def test_another_run_is_laid_over(run: Run) -> None:
    """Its curve comes second; one that is gone is left out."""
    other = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    lab().store.record(other.id, events(STARTED, batches(1, [0.75])))
    assert losses(told(run, other.id))[1] == [[1], [0.75]]
    assert len(losses(told(run, "gone"))) == 1


def test_what_people_typed_stays_text(run: Run) -> None:
    """The page puts the numbers in as HTML."""
    device = {"device": "<img src=x onerror=alert(1)>"}
    lab().store.record(run.id, events(STARTED | device, batches(1, [2.0])))
    assert "<img" not in told(run)["numbers"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"run": "0123456789abcdef", "with": None}, 404),
        ({"run": 7}, 400),
        ({"run": "a", "with": 7}, 400),
        ([], 400),
        (b"{", 400),
        (b"[" * 900, 400),
        (b" " * 1001, 413),
    ],
)
def test_what_is_no_question_is_refused(body: Any, status: int) -> None:
    """With words, and without harm."""
    answer = ask(body)
    assert answer.status == status
    assert json.loads(answer.body)["error"]


def test_a_foreign_page_learns_nothing(run: Run) -> None:
    """It has another Origin."""
    assert ask({"run": run.id}, HOME | {"Origin": "https://elsewhere.example"}).status == 403
