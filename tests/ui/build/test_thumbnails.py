from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import Drawing
from cnnlab.interpret.activations import feature_maps
from cnnlab.layers import Conv2d, Linear, ReLU, Residual
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.model_cache import ModelCache
from cnnlab.ui.build import thumbnails as module
from cnnlab.ui.build.thumbnails import ThumbnailQuery, thumbnails
from cnnlab.ui.draw.last_drawing import last_drawings
from tests.catalogue import catalogue
from tests.events import events
from tests.ui.unpacking import unpack

ARTICLE_1 = preset("article-1").design


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """A lab without runs, with the digits alone."""
    opened = RunStore(tmp_path)
    here = SimpleNamespace(store=opened, home=tmp_path, catalogue=catalogue(tmp_path))
    monkeypatch.setattr(module, "lab", lambda: here)
    monkeypatch.setattr(module, "get_model", ModelCache(lambda: opened, catalogue()).get)
    return opened


def shown(design: Design, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = unpack(thumbnails(design, ThumbnailQuery.read(query)))
    return answer


def picture(number: int) -> torch.Tensor:
    """What is not under test: the digits' test part."""
    images = catalogue(Path()).load("digits").test.images
    return images[number - 1].float() / 255


def test_the_strips_show_what_an_untrained_network_emits(store: RunStore) -> None:
    """The same numbers as a network built from seed 0, on a scale of its own for each row."""
    rows = shown(ARTICLE_1, source="digits", number=3)["rows"]
    truth = feature_maps(build(ARTICLE_1, seed=0).eval(), picture(3))
    first = rows[0]["values"].astype(float) / 127 * rows[0]["scale"]
    assert first.shape == (10, 26, 26)
    assert np.abs(first - truth[0][:10].numpy()).max() <= rows[0]["scale"] / 127
    assert rows[10]["vector"]
    assert rows[10]["values"].shape == (1, 1, 10)


def test_a_network_under_way_shows_the_rows_that_work(store: RunStore) -> None:
    """From the first problem on there is nothing to show."""
    design = Design().with_layers((Conv2d(out_channels=4), ReLU(), Linear(out_features=10), ReLU()))
    assert [row is None for row in shown(design)["rows"]] == [False, False, True, True]


def test_a_block_is_a_row_like_any_other(store: RunStore) -> None:
    """Its output is what leaves it."""
    design = Design().with_layers((Conv2d(out_channels=32, padding="same"), Residual()))
    assert shown(design)["rows"][1]["values"].shape == (10, 28, 28)


def test_a_run_of_the_same_network_lends_its_weights(store: RunStore) -> None:
    """It is offered by its name; a run of another network is not."""
    store.queue(preset("lenet-5").design, "digits", TrainConfig())
    run = store.queue(ARTICLE_1.model_copy(update={"name": "mine"}), "digits", TrainConfig())
    weights = build(run.design, seed=7).state_dict()
    sha256 = write_tensors(store.folder(run.id) / "epoch-0000.safetensors", weights)
    body = {"event": "checkpoint", "epoch": 0, "step": 0, "val_accuracy": None}
    store.record(run.id, events(body | {"file": "epoch-0000.safetensors", "sha256": sha256}))
    answer = shown(ARTICLE_1, source="digits", weights=run.id)
    assert [key for key, _ in answer["choices"]["weights"]] == ["untrained", run.id]
    assert answer["chosen"]["weights"] == run.id
    truth = feature_maps(build(ARTICLE_1, seed=7).eval(), picture(1))[0]
    assert answer["rows"][0]["scale"] == pytest.approx(float(truth.abs().max()))


def test_the_last_drawing_goes_in(store: RunStore) -> None:
    """And before anything is drawn the strips say so."""
    tab = last_drawings.open_tab()
    assert "Nothing is drawn yet" in shown(ARTICLE_1, source="drawing", tab=tab)["note"]
    ink = np.zeros((140, 140), np.uint8)
    ink[30:110, 60:75] = 255
    last_drawings.put(tab, Drawing(ink))
    answer = shown(ARTICLE_1, source="drawing", tab=tab)
    assert answer["rows"][0] is not None
    assert answer["picture"].max() > 200


def test_a_drawing_that_was_just_made_goes_in_first(store: RunStore) -> None:
    """Once: what is chosen afterwards stays. Not for a network of colors, nor where the sheet was wiped."""
    tab = last_drawings.open_tab()
    ink = np.zeros((140, 140), np.uint8)
    ink[30:110, 60:75] = 255
    last_drawings.put(tab, Drawing(ink))
    first = shown(ARTICLE_1, tab=tab)["chosen"]
    assert (first["source"], first["seen"]) == ("drawing", 1)
    assert shown(ARTICLE_1, **first | {"source": "digits", "tab": tab})["chosen"]["source"] == "digits"
    color = shown(Design(input_shape=(3, 32, 32)).with_layers((ReLU(),)), tab=tab)["chosen"]
    assert (color["source"], color["seen"]) == ("digits", 0)
    last_drawings.put(tab, None)
    wiped = shown(ARTICLE_1, **first | {"source": "digits", "tab": tab})["chosen"]
    assert (wiped["source"], wiped["seen"]) == ("digits", 2)


def test_a_very_large_network_is_not_run_through(store: RunStore) -> None:
    """It says so, and the editor stays quick."""
    design = Design(input_shape=(1, 256, 256)).with_layers(
        (Conv2d(out_channels=512, padding="same"), Conv2d(out_channels=512, padding="same"))
    )
    assert "too large" in shown(design)["note"]


@pytest.mark.parametrize(
    "query",
    [{}, {"number": "x", "source": 7, "weights": None}, {"number": -1}, {"number": True}, {"seen": "x"}],
)
def test_a_strange_wish_gets_the_usual_choice(store: RunStore, query: dict[str, Any]) -> None:
    """A browser can send anything."""
    assert shown(ARTICLE_1, **query)["chosen"] == {
        "source": "digits",
        "number": 1,
        "weights": "untrained",
        "seen": 0,
    }


def test_another_size_gets_a_resized_digit(store: RunStore) -> None:
    """Where no data set has the design's shape; what was done to the picture is said."""
    answer = shown(preset("lenet-5").design.model_copy(update={"input_shape": (3, 20, 20)}))
    assert answer["picture"].shape == (3, 20, 20)
    assert "resized" in answer["note"]
