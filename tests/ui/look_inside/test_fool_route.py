"""Attacks on the bundled network and on a run: what is sent is what the network says to what is shown."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.design.design import Design
from cnnlab.ground.errors import WeightsError
from cnnlab.interpret.attack import Goal, Search, search_further
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel, load_bundled
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.look_inside.fool_data import Victim, attacked, curves
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.ui.asgi import ask, error_text
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def awake(home_with_run: Path) -> None:
    """A lab with one run, which has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)


def picture() -> torch.Tensor:
    """A test picture."""
    return pictures_of("digits")[0][1]


def found(route: str, body: bytes | None = None, **query: Any) -> Any:
    """The lab's answer; the refusal if it is one."""
    reply = ask(f"/api/fool/{route}", picture().numpy().tobytes() if body is None else body, **query)
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def said(model: torch.nn.Module, pictures: np.ndarray) -> np.ndarray:
    """A network's probabilities for pictures (N, C, H, W) of bytes, straight from torch."""
    with torch.no_grad():
        answers = model(torch.from_numpy(pictures.copy()).float() / 255)
    return (answers if np.allclose(answers.sum(1), 1, atol=1e-4) else answers.softmax(1)).numpy()


@pytest.mark.parametrize("method", ["pgd", "fgsm"])
def test_what_is_shown_is_what_the_network_was_asked_about(method: str) -> None:
    """The picture, the change, both answers, their sizes and doubts."""
    sent = found("attack", method=method, strength=24)
    before = picture().numpy()
    np.testing.assert_array_equal(before.astype(int) + sent["change"], sent["picture"])
    assert 0 < sent["largest"][0] == np.abs(sent["change"].astype(int)).max() <= 24
    assert sent["l2"][0] == pytest.approx(np.linalg.norm(sent["change"] / 255), rel=1e-4)
    shares = said(load_bundled().model, np.stack([before, sent["picture"]]))
    np.testing.assert_allclose(sent["probabilities"], shares, atol=1e-5)
    assert sent["reached"] is bool(shares[0].argmax() != shares[1].argmax())
    entropies = [-(each * np.log2(np.maximum(each, 1e-30))).sum() for each in shares]
    assert sent["entropy"] == pytest.approx(entropies, abs=1e-3)
    ranked = np.sort(shares, 1)
    assert sent["margin"] == pytest.approx(list(ranked[:, -1] - ranked[:, -2]), abs=1e-4)
    assert (sent["rival"], sent["familiar"]) == (None, None)


def test_the_answer_can_be_wished_for() -> None:
    """By its class; the search ends at the strength at which the core's does."""
    network = load_bundled()
    goal, known = Goal(3, targeted=True), Search()
    while not known.decided:
        known = search_further(network.design, network.model, picture(), goal, known)
    answer: dict[str, Any] = {"low": -1, "high": 65, "decided": False}
    while not answer["decided"]:
        answer = found("search", method="pgd", goal=3, low=answer["low"], high=answer["high"])
    assert answer["high"] == known.high
    sent = found("attack", method="pgd", goal=3, strength=known.high)
    assert sent["reached"] is True
    assert sent["probabilities"][1].argmax() == 3


def test_the_curves_are_answers_to_their_pictures() -> None:
    """From the picture itself on; noise as strong as it says where nothing is cut off."""
    sent = found("curves", method="fgsm")
    for curve in (sent["attack"], sent["noise"], sent["blur"]):
        np.testing.assert_array_equal(curve["pictures"][0], picture().numpy())
        np.testing.assert_allclose(
            curve["probabilities"], said(load_bundled().model, curve["pictures"]), atol=1e-5
        )
        change = (curve["pictures"].astype(float) - picture().numpy()).reshape(len(curve["pictures"]), -1)
        assert curve["l2"] == pytest.approx(list(np.linalg.norm(change, axis=1) / 255), rel=1e-4, abs=1e-6)
        assert curve["largest"] == list(np.abs(change).max(1))
        assert len(curve["strengths"]) == len(curve["pictures"])
    assert sent["attack"]["strengths"] == list(range(0, 65, 8))
    assert sent["attack"]["largest"] == sent["attack"]["strengths"]


def test_another_network_is_asked_about_both_pictures() -> None:
    """The run: the same task, other weights."""
    run = lab().store.runs()[0].id
    sent = found("attack", strength=30, against=run)
    both = np.stack([picture().numpy(), sent["picture"]])
    np.testing.assert_allclose(sent["rival"], said(get_model(run).model, both), atol=1e-5)


def state(**fields: Any) -> dict[str, Any]:
    """How far the study of the run's second epoch is; its refusal."""
    sent = {"run": lab().store.runs()[0].id, "epoch": 2} | fields
    reply = ask("/api/fool/known", json.dumps(sent).encode())
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


def test_what_the_network_learned_from_is_compared() -> None:
    """Once that has been studied: the test picture is usual, noise is not."""
    deadline = time.monotonic() + 60
    now = state(do="begin")
    while now["state"] != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
        now = state(do="look")
    assert (now["pictures"], now["tests"]) == (1297, 250)
    assert (now["data"], now["learned"], now["whether"]) == ("Digits", True, "it learned from these")
    run = lab().store.runs()[0].id
    usual = found("attack", model=run, epoch=2, strength=8)["familiar"]
    assert not usual[0]["pixels"]["strange"]
    assert usual[0]["pixels"]["label"] == int(pictures_of("digits")[1][1])
    assert 0.005 < usual[0]["features"]["rarity"] <= 1
    noise = np.random.default_rng(0).integers(0, 256, 784, dtype=np.uint8).tobytes()
    strange = found("attack", noise, model=run, epoch=2, strength=0)["familiar"]
    assert (strange[0]["pixels"]["strange"], strange[0]["pixels"]["rarity"]) == (True, 0)


def test_colors_and_few_classes() -> None:
    """Three channels; what is not a square is blurred by its longer side."""
    design = Design(name="color", input_shape=(3, 12, 9), classes=2).with_layers(
        (Conv2d(out_channels=2), ReLU(), Flatten(), Linear(out_features=2))
    )
    network = LoadedModel(design, build(design, seed=1).eval(), ("cat", "dog"), "color", 0)
    image = torch.randint(0, 256, (3, 12, 9), dtype=torch.uint8)
    victim = Victim(network, image, "pgd", None)
    sent = attacked(victim, 12, None, None)
    assert sent["change"].shape == (3, 12, 9)
    assert curves(victim)["blur"]["pictures"].shape == (17, 3, 12, 9)


def test_a_diverged_network_is_named() -> None:
    """In place of an attack on numbers that are none."""
    network = load_bundled()
    astray = build(network.design).eval()
    with torch.no_grad():
        next(astray.parameters()).fill_(torch.nan)
    loaded = LoadedModel(network.design, astray, network.classes, "astray", 3)
    with pytest.raises(WeightsError, match="its training diverged"):
        attacked(Victim(loaded, picture(), "pgd", None), 8, None, None)


@pytest.mark.parametrize(
    ("route", "query", "status", "words"),
    [
        ("attack", {"method": "cw", "strength": 8}, 400, "method 'cw': allowed are fgsm, pgd."),
        ("attack", {}, 400, "strength is missing."),
        ("attack", {"strength": "much"}, 400, "strength 'much' is not a number."),
        ("attack", {"strength": 300}, 422, "Allowed: 0 to 255"),
        ("attack", {"strength": 8, "goal": 10}, 422, "there is no class 10"),
        ("attack", {"strength": 8, "against": "gone"}, 404, "gone"),
        ("attack", {"strength": 8, "model": "gone"}, 404, "gone"),
        ("search", {"low": 9, "high": 9}, 400, "do not exist"),
        ("search", {"low": 9, "high": 99}, 400, "do not exist"),
    ],
)
def test_what_is_not_there_is_refused(route: str, query: dict[str, Any], status: int, words: str) -> None:
    """In words."""
    refused = found(route, **query)
    assert refused[0] == status
    assert words in refused[1]


def test_a_picture_of_another_size_is_refused() -> None:
    """With the size that the network reads; without a study there is nothing to ask it about."""
    assert found("curves", bytes(64)) == (422, "picture: it has 64 bytes. Allowed: 1×28×28.")
    assert ask("/api/fool/known", b'{"run": 3}').status == 400
