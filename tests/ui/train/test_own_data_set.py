"""With one more record, a data set can be trained on, looked into, written and read as code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.convert import Kind, read_design, write_design
from cnnlab.ground.home import Folders
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app import lab as module
from cnnlab.ui.app.lab import Lab
from cnnlab.ui.app.state import TabState
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.train.run_snapshot import forget_runs
from tests.catalogue import WITH_BARS, catalogue
from tests.conftest import ROOT
from tests.engine.test_run_data import DESIGN, LAYERS, train
from tests.ui.unpacking import unpack


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab that knows the bars, with torch loaded, in which nothing trains."""
    known = Lab(Folders(tmp_path / "home", None), records=WITH_BARS)
    known.torch_ready.set()
    monkeypatch.setattr(module, "_current", known)
    yield known
    forget_runs()


def page(name: str, **tab: Any) -> AppTest:
    app = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=60)
    app.session_state["tab"] = TabState(**tab)
    return app.run()


@pytest.mark.slow
def test_from_the_form_to_the_summary_and_the_maps(lab: Lab) -> None:
    """Chosen in the form, trained, summarized, looked into; without the set, all but the pictures remains."""
    form = page("train", data="bars", editor=Editor.of(DESIGN))
    assert not form.exception
    assert "Bars (on disk)" in form.selectbox("train_data").options
    form.number_input("train_epochs").set_value(6).run()
    next(item for item in form.button if item.label == "Start").click().run()
    assert not form.exception
    (run,) = lab.store.runs()
    assert (run.data, run.design) == ("bars", DESIGN)
    train(lab.store, run)
    forget_runs()

    ended = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    ended.query_params["run"] = run.id
    ended.run()
    assert not ended.exception
    message = [*ended.success, *ended.warning, *ended.error][0].value.replace("\\", "")
    assert "30 of 30 pictures that it has never seen" in message

    inside = page("look_inside", model_key=run.id)
    assert not inside.exception
    assert inside.selectbox("look_source").value == "bars"
    body = unpack(inside.get("bidi_component")[0].proto.bytes)
    assert body["classes"] == ["high", "middle", "low"]
    assert body["title"] == "Bars, test picture 1: high"
    assert body["picture"].shape == (1, 12, 12)


@pytest.mark.slow
def test_a_run_whose_set_is_gone_is_still_shown(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Train and on Look inside, with the names of its classes."""
    run = lab.store.queue(DESIGN, "bars", TrainConfig(epochs=2, batch_size=30))
    train(lab.store, run)
    forget_runs()
    monkeypatch.setattr(lab, "catalogue", catalogue(lab.home))
    ended = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    ended.query_params["run"] = run.id
    ended.run()
    assert not ended.exception
    assert any("Bars" in html.proto.body for html in ended.get("html"))
    inside = page("look_inside", model_key=run.id)
    assert not inside.exception
    assert inside.selectbox("look_model").value == run.id
    body = unpack(inside.get("bidi_component")[0].proto.bytes) if inside.get("bidi_component") else {}
    assert body.get("classes", ["high", "middle", "low"]) == ["high", "middle", "low"]


@pytest.mark.parametrize("kind", ["keras", "pytorch"])
def test_its_code_is_written_and_read(kind: Kind) -> None:
    """The script uses the loader's invented name, and reading the script back gives this set."""
    text = write_design(DESIGN, TrainConfig(epochs=3), kind, "bars", WITH_BARS)
    assert {"keras": "keras.datasets.bars_12.load_data()", "pytorch": "datasets.Bars12("}[kind] in text
    found = read_design(text, WITH_BARS)
    assert (found.data, found.design.layers, found.design.input_shape) == ("bars", LAYERS, (1, 12, 12))


@pytest.mark.parametrize("text", [
    "from keras.datasets import bars_12\nfrom keras import layers, Sequential\n"
    "(x_train, y_train), _ = bars_12.load_data()\n"
    "model = Sequential([layers.Flatten(), layers.Dense(3)])\n",
    "from torch import nn\nfrom torchvision import datasets\n"
    'data = datasets.Bars12(".", train=True)\n'
    "model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(400, 3))\n",
])  # fmt: skip
def test_its_loader_determines_the_shape(text: str) -> None:
    """Where the code itself does not give it."""
    found = read_design(text, WITH_BARS)
    assert (found.data, found.design.input_shape) == ("bars", (1, 12, 12))
