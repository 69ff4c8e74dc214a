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
from cnnlab.ui.build.thumbnails import ThumbnailQuery, previewed, thumbnails
from cnnlab.ui.draw.last_drawing import last_drawings
from tests.catalogue import catalogue
from tests.events import events
from tests.ui.unpacking import unpack

ARTICLE_1 = preset("article-1").design


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """A lab without runs, with the digits alone."""
    opened = RunStore(tmp_path)
    here = SimpleNamespace(store=opened, runs=opened.runs, home=tmp_path, catalogue=catalogue(tmp_path))
    monkeypatch.setattr(module, "lab", lambda: here)
    monkeypatch.setattr(module, "get_model", ModelCache(lambda: opened, catalogue()).get)
    return opened


def shown(design: Design, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = unpack(thumbnails(design, ThumbnailQuery.read(query)))
    return answer


def picture(number: int) -> torch.Tensor:
    """A picture of the digits' test part."""
    images = catalogue(Path()).load("digits").test.images
    return images[number - 1].float() / 255


def test_an_open_block_gets_the_strips_of_its_layers(store: RunStore) -> None:
    """Branch by branch; the last layer inside plus the shortcut is the block's output."""
    design = Design(
        layers=(Conv2d(out_channels=4), Residual(layers=(Conv2d(out_channels=4, padding="same"),)))
    )
    assert "inside" not in shown(design, source="digits")["rows"][1]
    block = shown(design, source="digits", inside=[1])["rows"][1]
    (inside,) = block["inside"]
    before = shown(design, source="digits")["rows"][0]
    values = [each["values"].astype(float) / 127 * each["scale"] for each in (inside, before, block)]
    assert np.abs(values[0] + values[1] - values[2]).max() < 0.02 * block["scale"]


@pytest.mark.parametrize(("asked", "sent"), [(None, 6), (1, 6), (20, 20), (10**6, 32)])
def test_the_browser_gets_as_many_maps_as_it_has_room_for(
    store: RunStore, asked: int | None, sent: int
) -> None:
    """Within limits; the row says how many maps it has."""
    first = shown(ARTICLE_1, source="digits", maps=asked)["rows"][0]
    assert (len(first["values"]), first["total"]) == (sent, 32)


def test_the_strips_show_what_an_untrained_network_emits(store: RunStore) -> None:
    """The same numbers as a network built from seed 0, each row on its own scale."""
    rows = shown(ARTICLE_1, source="digits", number=3, maps=10)["rows"]
    truth = feature_maps(build(ARTICLE_1, seed=0).eval(), picture(3))
    first = rows[0]["values"].astype(float) / 127 * rows[0]["scale"]
    assert first.shape == (10, 26, 26)
    assert np.abs(first - truth[0][:10].numpy()).max() <= rows[0]["scale"] / 127
    assert rows[10]["vector"]
    assert rows[10]["values"].shape == (1, 1, 10)


def test_an_unfinished_network_shows_the_rows_that_work(store: RunStore) -> None:
    """From the first problem on there is nothing to show."""
    design = Design().with_layers((Conv2d(out_channels=4), ReLU(), Linear(out_features=10), ReLU()))
    assert [row is None for row in shown(design)["rows"]] == [False, False, True, True]


def test_a_block_is_a_row_like_any_other(store: RunStore) -> None:
    """Its strip shows the block's output."""
    design = Design().with_layers((Conv2d(out_channels=32, padding="same"), Residual()))
    assert shown(design)["rows"][1]["values"].shape == (6, 28, 28)


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
    traced = previewed(ARTICLE_1, ThumbnailQuery.read({"source": "digits", "weights": run.id}))
    assert torch.equal(feature_maps(traced[0].model, traced[1])[0], truth)


def test_the_last_drawing_can_be_the_input(store: RunStore) -> None:
    """Before anything has been drawn, the strips say so."""
    tab = last_drawings.open_tab()
    assert "Nothing is drawn yet" in shown(ARTICLE_1, source="drawing", tab=tab)["note"]
    ink = np.zeros((140, 140), np.uint8)
    ink[30:110, 60:75] = 255
    last_drawings.put(tab, Drawing(ink))
    answer = shown(ARTICLE_1, source="drawing", tab=tab)
    assert answer["rows"][0] is not None
    assert answer["picture"].max() > 200


def test_a_drawing_just_made_is_the_first_input(store: RunStore) -> None:
    """Once: what is chosen afterwards stays. Not for a color network, nor when the pad was cleared."""
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


def test_a_drawing_of_an_earlier_visit_is_the_first_input_too(store: RunStore) -> None:
    """Of a network that reads grayscale pictures, unless somebody chose another; it leads the menu."""
    tab = last_drawings.open_tab()
    assert shown(ARTICLE_1, tab=tab)["chosen"]["source"] == "digits"
    last_drawings.remind(tab, Drawing(np.full((140, 140), 255, np.uint8)))
    answer = shown(ARTICLE_1, tab=tab)
    assert answer["chosen"]["source"] == "drawing"
    assert answer["choices"]["sources"][0][0] == "drawing"
    assert shown(ARTICLE_1, tab=tab, source="digits")["chosen"]["source"] == "digits"
    colored = ARTICLE_1.model_copy(update={"input_shape": (3, 28, 28)})
    assert shown(colored, tab=tab)["chosen"]["source"] != "drawing"


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
def test_an_invalid_query_gets_the_default_choice(store: RunStore, query: dict[str, Any]) -> None:
    """A browser can send anything."""
    assert shown(ARTICLE_1, **query)["chosen"] == {
        "source": "digits",
        "number": 1,
        "weights": "untrained",
        "seen": 0,
    }


def test_another_size_gets_a_resized_digit(store: RunStore) -> None:
    """Where no data set has the design's shape; a note says what was done to the picture."""
    answer = shown(preset("lenet-5").design.model_copy(update={"input_shape": (3, 20, 20)}))
    assert answer["picture"].shape == (3, 20, 20)
    assert "resized" in answer["note"]
