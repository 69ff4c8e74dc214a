"""The evidence for an answer, and the pictures beside it."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cnnlab.data.dataset import Split
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import from_pad
from cnnlab.interpret.neighbors import Neighborhood
from cnnlab.models.build import build
from cnnlab.models.predict import classify
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.app import loaded_models
from cnnlab.ui.draw import classify_route
from cnnlab.ui.draw.nearest import Learned, Pictures, nearest
from tests.ui.asgi import ask
from tests.ui.draw.test_photo_route import INK
from tests.ui.unpacking import unpack


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """The lab has finished loading and knows one model, without neighbors."""
    design = preset("article-1").design
    model = build(design).eval().requires_grad_(False)
    known = LoadedModel(design, model, tuple("0123456789"), "untrained", None)
    ready = threading.Event()
    ready.set()
    monkeypatch.setattr(loaded_models, "lab", lambda: SimpleNamespace(torch_ready=ready))
    monkeypatch.setattr(classify_route, "cached_model", lambda key, epoch: known)
    monkeypatch.setattr(nearest, "pictures", lambda key, loaded: None)
    return known


def test_the_reasons_are_those_of_winner_and_runner_up(network: LoadedModel) -> None:
    """The two likeliest classes, a signed picture as large as the network's input, a stop in each row."""
    answer = unpack(ask("/api/why", INK.tobytes(), seq=4).body)
    normalized = from_pad(INK)
    assert normalized is not None
    ranking = classify(network.model, torch.from_numpy(normalized.image)[None]).ranking[0].tolist()
    assert (answer["seq"], answer["label"], answer["other"]) == (4, ranking[0], ranking[1])
    assert answer["lead"] > 0
    assert answer["evidence"].shape == answer["picture"].shape == (28, 28)
    assert np.abs(answer["evidence"]).max() == 127
    assert not answer["evidence"][answer["picture"] == 0].any()
    assert len(answer["path"]) == len(network.design.layers)
    assert answer["nearest"] is None


def test_the_rival_can_be_chosen(network: LoadedModel) -> None:
    """Any class but the winner; asked about the winner, the runner-up is the rival."""
    usual = unpack(ask("/api/why", INK.tobytes()).body)
    assert not usual["asked"]
    chosen = next(label for label in range(10) if label not in (usual["label"], usual["other"]))
    answer = unpack(ask("/api/why", INK.tobytes(), other=chosen).body)
    assert (answer["label"], answer["other"], answer["asked"]) == (usual["label"], chosen, True)
    assert answer["lead"] > usual["lead"]  # the runner-up is closest
    for label in (usual["label"], 10):
        again = unpack(ask("/api/why", INK.tobytes(), other=label).body)
        assert (again["other"], again["asked"]) == (usual["other"], False)


def test_a_rival_that_is_no_number_is_refused(network: LoadedModel) -> None:
    """With a sentence."""
    refused = ask("/api/why", INK.tobytes(), other="nine")
    assert refused.status == 400
    assert b"'nine' is not a number" in refused.body


def test_the_nearest_pictures_come_along(network: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five, with their labels; a picture of the drawing itself is the nearest."""
    normalized = from_pad(INK)
    assert normalized is not None
    images = torch.randint(0, 256, (30, 1, 28, 28), dtype=torch.uint8)
    images[7] = torch.from_numpy(np.round(normalized.image * 255).astype(np.uint8))
    neighborhood = Neighborhood.of(network.model, Split(images, torch.arange(30) % 10), lambda: None)
    known = Pictures("digits", Learned(("digits",)), neighborhood)
    monkeypatch.setattr(nearest, "pictures", lambda key, loaded: known)
    answer = unpack(ask("/api/why", INK.tobytes()).body)
    assert answer["near"] == "Nearest of 30 pictures of Digits (it learned from these)."
    assert (answer["looking"], len(answer["nearest"])) == (False, 5)
    first = answer["nearest"][0]
    assert first["label"] == 7
    assert first["likeness"] == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(first["picture"], images[7, 0].numpy())


def test_a_blank_pad_has_no_reasons(network: LoadedModel) -> None:
    """Nothing is guessed, nothing is explained."""
    assert unpack(ask("/api/why", bytes(140 * 140)).body)["label"] is None


def test_a_network_of_another_shape_has_reasons_too(
    network: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A color network of 64×64: its channels are summed."""
    design = preset("tiny-vgg").design
    model = build(design).eval().requires_grad_(False)
    color = LoadedModel(design, model, tuple("abcdefghij"), "color", None)
    monkeypatch.setattr(classify_route, "cached_model", lambda key, epoch: color)
    assert unpack(ask("/api/why", INK.tobytes()).body)["evidence"].shape == (64, 64)
