"""What the Train page requests once a second, from a store that a test writes to."""

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
    """Forget what was cached by earlier requests."""
    monkeypatch.setattr(live_route, "_answers", FreshCache(live_route._body, 0.0))


@pytest.fixture
def run() -> Iterator[Run]:
    """A run that trains in another process, three batches recorded."""
    with ExitStack() as stack:
        made = lab().store.queue(
            preset("lenet-5").design, "digits", TrainConfig(epochs=2), trained_by="terminal"
        )
        stack.enter_context(
            lab().store.training_lock(made.id)
        )  # or the lab would notice that nothing is training it
        assert lab().store.change_state(made.id, {"queued"}, "running", trained_by="terminal")
        lab().store.record(made.id, events(STARTED, batches(1, [2.5, 2.0, 1.5])))
        yield lab().store.run(made.id)


def batches(first: int, losses: list[float]) -> dict[str, Any]:
    """As a worker reports them."""
    figures = {"loss": losses, "accuracy": [0.5] * len(losses), "images_per_second": 1000.0}
    return {"event": "batches", "epoch": 1, "batch": first, "step": first} | figures


def ask(body: Any, headers: dict[str, str] = HOME) -> Answer:
    forget_runs()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(live_route.routes, "/api/live", raw, {}, headers)


def update_of(run: Run, over: str | None = None) -> dict[str, Any]:
    answer = ask({"run": run.id, "with": over})
    assert answer.status == 200
    body: dict[str, Any] = json.loads(answer.body)
    return body


def losses(answer: dict[str, Any]) -> list[list[list[float]]]:
    """The raw line of each run drawn: steps and values."""
    return [json.loads(each["lines"])["loss"]["raw"] for each in answer["curves"]["runs"]]


def test_progress_is_reported(run: Run) -> None:
    """The position as text, the figures, and the batches of the curve."""
    answer = update_of(run)
    assert answer["words"] == "Epoch 1 of 2, batch 3 of 10"
    assert re.search(r"<dt>Speed</dt><dd>1,000<", answer["numbers"])
    assert 'max="100" value="15.0"' in answer["numbers"]
    assert losses(answer) == [[[1, 2, 3], [2.5, 2.0, 1.5]]]


def test_new_batches_need_no_new_page(run: Run) -> None:
    """The numbers follow; the page's signature stays the same."""
    before = update_of(run)
    lab().store.record(run.id, events(batches(4, [1.25])))
    after = update_of(run)
    assert losses(after)[0][1][-1] == 1.25
    assert after["sign"] == before["sign"]


def test_another_state_needs_a_new_page(run: Run) -> None:
    """Its buttons differ; so does the first batch, which brings the charts."""
    signs = {update_of(run)["sign"]}
    lab().store.change_state(run.id, {"running"}, "paused", trained_by="terminal")
    signs.add(update_of(run)["sign"])
    waiting = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    signs.add(update_of(run)["sign"])
    empty = update_of(waiting)
    lab().store.record(waiting.id, events(STARTED, batches(1, [2.0])))
    begun = update_of(waiting)
    assert (empty["curves"], len(begun["curves"]["runs"])) == ({"runs": []}, 1)
    assert len(signs | {empty["sign"], begun["sign"]}) == 5


def test_another_run_is_laid_over(run: Run) -> None:
    """Its curve comes second; one that is gone is left out."""
    other = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(), trained_by="terminal")
    lab().store.record(other.id, events(STARTED, batches(1, [0.75])))
    assert losses(update_of(run, other.id))[1] == [[1], [0.75]]
    assert len(losses(update_of(run, "gone"))) == 1


def test_what_people_typed_stays_text(run: Run) -> None:
    """The page inserts the numbers as HTML."""
    device = {"device": "<img src=x onerror=alert(1)>"}
    lab().store.record(run.id, events(STARTED | device, batches(1, [2.0])))
    assert "<img" not in update_of(run)["numbers"]


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
def test_an_invalid_request_is_refused(body: Any, status: int) -> None:
    """With a message, and without harm."""
    answer = ask(body)
    assert answer.status == status
    assert json.loads(answer.body)["error"]


def test_a_foreign_page_learns_nothing(run: Run) -> None:
    """It has another Origin."""
    assert ask({"run": run.id}, HOME | {"Origin": "https://elsewhere.example"}).status == 403
