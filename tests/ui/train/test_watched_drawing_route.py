"""What a run's network reads in the viewer's own drawing, among the watched pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.models.build import build
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.train import watched_drawing_route as module
from tests.events import events
from tests.ui.asgi import ask, error_text
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow  # opens a lab
Weights = dict[str, torch.Tensor]
INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = INK[30:42, 40:75] = 255


@pytest.fixture
def run(home_with_run: Path) -> Run:
    """A run of lenet-5 after two epochs."""
    assert lab().torch_ready.wait(60)
    return lab().store.runs()[0]


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    """Each test's home folder has the same run."""
    yield
    module._known.drop(lambda _key: True)


def tab_with(ink: np.ndarray) -> str:
    """A tab on whose pad this was drawn."""
    tab = last_drawings.open_tab()
    last_drawings.put(tab, Drawing(ink))
    return tab


def found(run_id: Any, tab: Any) -> Any:
    """The response, unpacked; its refusal if it is one."""
    reply = ask("/api/watched-drawing", json.dumps({"run": run_id, "tab": tab}).encode())
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def weights_of(run: Run, seed: int = 7) -> Weights:
    """Random weights for the run's network."""
    weights: Weights = build(run.design, seed=seed).state_dict()
    return weights


def add_checkpoint(run: Run, epoch: int, weights: Weights) -> None:
    """Record weights as those of an epoch."""
    name = f"added-{epoch}.safetensors"
    sha256 = write_tensors(lab().store.folder(run.id) / name, weights)
    body = {"step": 100 * epoch, "file": name, "sha256": sha256, "val_accuracy": None}
    lab().store.record(run.id, events({"event": "checkpoint", "epoch": epoch} | body))


def chances_of(run: Run, weights: Weights) -> torch.Tensor:
    """The probabilities that a network with these weights gives the classes for INK."""
    model = build(run.design).eval()
    model.load_state_dict(weights)
    normalized = from_pad(INK)
    assert normalized is not None
    with torch.inference_mode():
        scores: torch.Tensor = model(torch.from_numpy(normalized.image)[None])[0]
    return scores.softmax(0)


def assert_top(drawing: dict[str, Any], chances: torch.Tensor) -> None:
    """The three most probable classes, with four digits."""
    expected = chances.sort(descending=True)
    assert [place for place, _p in drawing["top"]] == expected.indices[:3].tolist()
    assert [p for _place, p in drawing["top"]] == pytest.approx(expected.values[:3].tolist(), abs=1e-4)


def test_the_answer_is_the_networks_own(run: Run) -> None:
    """That of the newest kept weights, to the picture that is shown."""
    drawing = found(run.id, tab_with(INK))["drawing"]
    saved = lab().store.checkpoints(run.id)[-1]
    assert_top(drawing, chances_of(run, read_tensors(saved.path, saved.sha256)[0]))
    assert drawing["when"] == "with the weights kept after epoch 2"
    normalized = from_pad(INK)
    assert normalized is not None
    assert np.array_equal(drawing["picture"], np.rint(normalized.image * 255))


def test_new_weights_give_a_new_answer_at_once(run: Run) -> None:
    """Even a moment after the earlier ones were read."""
    tab = tab_with(INK)
    found(run.id, tab)
    weights = weights_of(run)
    add_checkpoint(run, 3, weights)
    drawing = found(run.id, tab)["drawing"]
    assert_top(drawing, chances_of(run, weights))
    assert drawing["when"] == "with the weights kept after epoch 3"


def test_nothing_new_costs_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same drawing and weights are read once; another viewer's drawing is read for that viewer."""
    tab = tab_with(INK)
    first = found(run.id, tab)
    monkeypatch.setattr(module, "get_model", lambda *_, **__: pytest.fail("the weights were asked for again"))
    assert str(found(run.id, tab)) == str(first)
    monkeypatch.undo()
    assert found(run.id, tab_with(INK.T.copy()))["drawing"]["top"] != first["drawing"]["top"]


def test_before_the_first_epoch_it_says_so(run: Run) -> None:
    """The weights are random, but not those of a fork."""
    random = lab().store.queue(run.design, run.data, run.config, paused=True)
    fork = lab().store.fork(run.id, 2, run.config)
    tab = tab_with(INK)
    for child in (random, fork):
        add_checkpoint(child, 0, weights_of(child))
    assert found(random.id, tab)["drawing"]["when"] == "untrained: its weights are still random"
    words = "with the weights that it began with"
    assert found(fork.id, tab)["drawing"]["when"] == words


def test_without_a_drawing_there_is_no_answer(run: Run) -> None:
    """It says whether the tab may still send one: a blank pad and a dot are final."""
    assert found(run.id, last_drawings.open_tab()) == {"known": False, "drawing": None}
    blank = last_drawings.open_tab()
    last_drawings.put(blank, None)
    assert found(run.id, blank) == {"known": True, "drawing": None}
    dot = np.zeros_like(INK)
    dot[70:74, 70:74] = 255
    assert found(run.id, tab_with(dot)) == {"known": True, "drawing": None}


def test_a_diverged_network_is_named(run: Run) -> None:
    """Its scores are no longer numbers, so it answers nothing."""
    weights = {name: torch.full_like(each, torch.nan) for name, each in weights_of(run).items()}
    add_checkpoint(run, 3, weights)
    status, text = found(run.id, tab_with(INK))
    assert status == 422
    assert "its training diverged" in text


def test_what_cannot_be_answered_is_refused(run: Run) -> None:
    """In words, as everywhere."""
    assert found(None, "tab") == (400, "A request names a run and the tab whose drawing it is.")
    assert found("nope", tab_with(INK))[0] == 404
