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
    monkeypatch.setattr(live_route, "_moments", FreshCache(live_route._moment, 0.0))


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


def lines(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What is drawn of each run."""
    return [json.loads(each["lines"]) for each in answer["curves"]["runs"]]


def losses(answer: dict[str, Any]) -> list[list[list[float]]]:
    """The loss of each run drawn: steps and values."""
    return [
        [[piece[0] for piece in each["pieces"]], [piece[3] for piece in each["pieces"]]]
        for each in lines(answer)
    ]


def test_progress_is_reported(run: Run) -> None:
    """The position as text, the figures, and the batches of the curve."""
    answer = update_of(run)
    assert answer["words"].startswith("<span>Epoch 1 of 2, batch 3 of 10</span>")
    assert re.search(r"<dt>Speed</dt><dd>1,000<", answer["numbers"])
    assert 'max="100" value="15.0"' in answer["words"]
    assert answer["accuracy"] == "<b>–</b><small>Validation accuracy</small>"
    assert losses(answer) == [[[1, 2, 3], [2.5, 2.0, 1.5]]]


def test_new_batches_need_no_new_page(run: Run) -> None:
    """The numbers follow; the page's signature stays the same."""
    before = update_of(run)
    lab().store.record(run.id, events(batches(4, [1.25])))
    after = update_of(run)
    assert losses(after)[0][1][-1] == 1.25
    assert after["sign"] == before["sign"]


def test_what_a_page_knows_is_not_sent_again(run: Run) -> None:
    """Of a long run, a tick is a few hundred bytes of curves."""
    lab().store.record(run.id, events(batches(4, [1.25] * 997)))
    (first,) = lines(update_of(run))
    known = {run.id: [first["token"], *first["full"]]}
    lab().store.record(run.id, events(batches(1001, [0.75])))
    answer = ask({"run": run.id, "with": None, "known": known})
    (second,) = lines(json.loads(answer.body))
    assert second["from"] == first["full"]
    assert [piece[0] for piece in second["pieces"]][-1] == 1001
    assert len(json.dumps(second)) < 400


def test_in_a_hurry_nothing_is_a_moment_old(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A click waits for its effect; other viewers share what was read half a second ago."""
    monkeypatch.setattr(live_route, "_moments", FreshCache(live_route._moment, 60.0))
    update_of(run)
    lab().store.record(run.id, events(batches(4, [1.25])))
    assert update_of(run)["step"] == 3
    hurried = json.loads(ask({"run": run.id, "with": None, "hurry": True}).body)
    assert (hurried["step"], hurried["state"]) == (4, "running")


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
    assert (empty["curves"]["runs"], len(begun["curves"]["runs"])) == ([], 1)
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
        ({"run": "a", "known": 7}, 400),
        ({"run": "a", "known": {"a": ["token", -1, 0]}}, 400),
        ({"run": "a", "known": {str(n): ["token", 1, 0] for n in range(7)}}, 400),
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
