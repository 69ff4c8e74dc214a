"""A new layer is one class, a new preset one record: made-up ones work in every part of the lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pytest
import torch
from pydantic import Field
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from cnnlab.charts.run_review import review
from cnnlab.cli.main import main
from cnnlab.convert import link, read_design, write_design
from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design, summarize
from cnnlab.design.forms import layer_form
from cnnlab.design.presets import PRESETS
from cnnlab.design.presets.record import Preset
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words
from cnnlab.layers import KINDS, Conv2d, Family, Flatten, Layer, Linear, Residual, Shape
from cnnlab.layers.base import SavedForBackward
from cnnlab.layers.code import Setting, Signature, called
from cnnlab.layers.kinds import PLAIN_KINDS
from cnnlab.models.build import build
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.events import Batch, Finished
from cnnlab.training.loop import train
from cnnlab.training.memory import training_memory
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.build.layer_stack import _palette, editor_data, palette
from tests.charts.runs import curves, epoch, run
from tests.conftest import ROOT
from tests.convert.scripts import run_script
from tests.ui.build.test_editor_routes import ask

if TYPE_CHECKING:
    from cnnlab.ui.app.state import TabState


class Scaling(nn.Module):
    """y = factor · x with a learned factor."""

    def __init__(self, start: float = 1.0) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([start]))

    def forward(self, x: Tensor) -> Tensor:
        """Scale a tensor of any shape."""
        return x * self.factor


class Scale(Layer):
    """A layer that PyTorch and Keras do not have, with one parameter."""

    family: ClassVar[Family] = "normalization"
    title: ClassVar[Words] = "Scale"
    summary: ClassVar[Words] = "Multiplies all numbers by one that it learns."
    in_torch: ClassVar[Signature] = Signature("Scaling", (Setting("start", default=1.0),))
    in_keras: ClassVar[Signature] = in_torch

    kind: Literal["Scale"] = "Scale"
    start: float = Field(default=1.0, ge=-4.0, le=4.0, title="Start")

    def parameters(self, shape: Shape) -> int:
        return 1

    def formula(self, shape: Shape) -> str:
        return "1"

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def build(self, shape: Shape) -> nn.Module:
        return Scaling(self.start)

    def torch_class(self) -> str:
        return """
class Scaling(nn.Module):
    def __init__(self, start=1.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([start]))

    def forward(self, x):
        return x * self.factor
"""

    def keras_class(self) -> str:
        return """
class Scaling(layers.Layer):
    def __init__(self, start=1.0):
        super().__init__()
        self.factor = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(start))

    def call(self, x):
        return x * self.factor
"""


class Mish(Layer):
    """x · tanh(ln(1 + exp(x))): a layer that both frameworks have."""

    family: ClassVar[Family] = "activation"
    title: ClassVar[Words] = "Mish"
    summary: ClassVar[Words] = "A smooth ReLU."
    nonlinear: ClassVar[bool] = True
    in_torch: ClassVar[Signature] = Signature("nn.Mish", also=("mish",))
    in_keras: ClassVar[Signature] = Signature(activations=called("mish"))
    kind: Literal["Mish"] = "Mish"

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Mish()


MADE_UP: dict[str, type[Layer]] = {"Scale": Scale, "Mish": Mish}
ENTRY = Preset(
    "made-up",
    "own",
    "A network of made-up layers. What does its factor become?",
    "cnnlab",
    layers=(
        Conv2d(out_channels=2, padding=1),
        Scale(start=0.5),
        Mish(),
        # Not validated, since the kinds are not registered yet.
        Residual.model_construct(layers=(Scale(), Mish())),
        Flatten(),
        Linear(out_features=10),
    ),
    input_shape=(1, 8, 8),
    training={"epochs": 1},
)
PARAMETERS = 2 * 9 + 2 + 1 + 1 + 2 * 64 * 10 + 10


def update_caches() -> None:
    """Recompute everything that is derived from the registered kinds."""
    Residual.model_rebuild(force=True)
    Design.model_rebuild(force=True)
    _palette.cache_clear()


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    """Register the layers and the preset for one test."""
    kinds, plain, presets = dict(KINDS), dict(PLAIN_KINDS), dict(PRESETS)
    KINDS.update(MADE_UP)
    PLAIN_KINDS.update(MADE_UP)
    PRESETS[ENTRY.name] = ENTRY
    update_caches()
    yield
    for registry, before in ((KINDS, kinds), (PLAIN_KINDS, plain), (PRESETS, presets)):
        registry.clear()
        registry.update(before)  # type: ignore[arg-type]
    update_caches()


def pictures(count: int = 3) -> Tensor:
    """A seeded batch."""
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def test_the_form_and_the_menu_of_layers_have_it() -> None:
    """With its field and its limits, its title and its family."""
    (start,) = layer_form(Scale)
    assert (str(start.title), start.minimum, start.maximum) == ("Start", -4.0, 4.0)
    data = palette()["kinds"]["Scale"]
    assert (data["title"], data["family"], data["defaults"]) == ("Scale", "normalization", {"start": 1.0})


def test_the_editor_adds_it_and_sets_its_field() -> None:
    """Through the route that the cards use; the card shows its formula."""
    editor = Editor.of(Design(input_shape=(1, 8, 8)).with_layers((Conv2d(out_channels=2), Flatten())))
    edits = [{"n": 1, "do": "add", "kind": "Scale", "after": 0}]
    data = json.loads(ask("edit", {"editor": editor.token, "edits": edits}).body)
    card = data["rows"][1]
    assert (card["kind"], card["formula"]) == ("Scale", "1")
    change = {"n": 2, "do": "set", "id": card["id"], "field": "start", "value": 0.25, "burst": 1}
    ask("edit", {"editor": editor.token, "edits": [change]})
    assert editor.design.layers[1] == Scale(start=0.25)
    assert editor_data(editor)["rows"][1]["values"] == {"start": 0.25}


def test_a_value_out_of_range_is_refused() -> None:
    """The error for a design file names the row and the field."""
    with pytest.raises(DesignError, match=r"layer 1 \(Scale\), start"):
        Design.from_json('{"layers": [{"kind": "Scale", "start": 9.0}]}')


def test_the_summary_counts_it() -> None:
    """Shapes, parameters, multiply-adds, receptive field and memory of the whole network."""
    summary = summarize(ENTRY.design)
    assert not summary.problems
    assert summary.parameters == PARAMETERS
    assert summary.macs == 2 * 64 * 9 + 2 * 64 * 10
    assert summary.rows[1].output_shape == (2, 8, 8)
    assert training_memory(ENTRY.design, PARAMETERS, TrainConfig()).weights == 4 * PARAMETERS


def test_the_module_is_torchs() -> None:
    """The built network computes the same as one written by hand, with as many weights."""
    model = build(ENTRY.design).eval()
    assert sum(weights.numel() for weights in model.parameters()) == PARAMETERS
    x = pictures()
    scaled = nn.functional.mish(model[0](x) * 0.5)
    expected = model[5](torch.flatten(scaled + nn.functional.mish(scaled), 1))
    torch.testing.assert_close(model(x), expected)


def test_it_trains(tiny_data: ImageDataset) -> None:
    """In two steps of the lab's loop its factor changes, and the run finishes."""
    settings = make_config(epochs=1, batch_size=32, device="cpu", precision="float32", learning_rate=0.01)
    layers = (Conv2d(out_channels=2), Scale(start=0.5), Mish(), Flatten(), Linear(out_features=4))
    design = Design(input_shape=tiny_data.input_shape, classes=4).with_layers(layers)
    training = train(design, tiny_data, settings)
    events = list(training)
    assert sum(isinstance(event, Batch) for event in events) == 2
    assert isinstance(events[-1], Finished)
    factor = training.weights()["1.factor"]
    assert factor.isfinite().all()
    assert factor.item() != 0.5


def test_the_review_of_a_run_knows_it() -> None:
    """Its activation counts as nonlinear."""
    points = [epoch(1, train_loss=0.9, val_accuracy=0.9), epoch(2, train_loss=0.4, val_accuracy=0.95)]
    reviewed = review(run("finished", design="made-up"), curves([0.9, 0.4], points))
    assert reviewed.result
    assert "nonlinear" not in reviewed.finding


@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_what_is_written_is_read_back(framework: Any) -> None:
    """Both scripts define the class that they need once, and the design is read back from them."""
    code = write_design(ENTRY.design, None, framework)
    assert code.count("class Scaling(") == 1
    imported = read_design(code)
    assert imported.design == ENTRY.design
    assert not imported.warnings


def test_the_written_torch_code_computes_the_same() -> None:
    """The script's model accepts the lab's weights."""
    model = build(ENTRY.design, seed=1).eval()
    written: Any = run_script(write_design(ENTRY.design, None, "pytorch")).model.eval()
    written.load_state_dict(model.state_dict())
    torch.testing.assert_close(written(pictures()), model(pictures()))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_written_keras_code_computes_the_same(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Keras on torch, with the lab's weights copied by hand."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    design = Design(input_shape=(1, 8, 8)).with_layers(
        (Conv2d(out_channels=2), Scale(start=0.5), Mish(), Flatten(), Linear(out_features=10))
    )
    model = build(design, seed=1).eval()
    written: Any = run_script(write_design(design, None, "keras")).model
    convolution, scale, _, _, dense = (layer for layer in written.layers if layer.name != "permute")
    dense_order = np.arange(72).reshape(2, 6, 6).transpose(1, 2, 0).ravel()
    numbers = {name: weights.numpy() for name, weights in model.state_dict().items()}
    convolution.set_weights([numbers["0.weight"].transpose(2, 3, 1, 0), numbers["0.bias"]])
    dense.set_weights([numbers["4.weight"][:, dense_order].T, numbers["4.bias"]])
    assert scale.get_weights()[0] == 0.5
    outputs = written(pictures().permute(0, 2, 3, 1).numpy(), training=False)
    with torch.no_grad():
        np.testing.assert_allclose(outputs.detach().cpu().numpy(), model(pictures()).numpy(), atol=1e-4)


def test_functions_and_activation_names_are_read() -> None:
    """`F.mish(x)` in PyTorch and `activation="mish"` in Keras."""
    in_torch = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.out = nn.Linear(72, 10)

    def forward(self, x):
        return self.out(torch.flatten(F.mish(self.conv(x)), 1))
"""
    in_keras = """
model = keras.Sequential([
    keras.Input((8, 8, 1)), layers.Conv2D(2, 3, activation="mish"), layers.Flatten(), layers.Dense(10)
])
"""
    for code in (in_torch, in_keras):
        assert Mish() in read_design(code).design.layers


def test_it_survives_design_files_and_links() -> None:
    """Like every other layer, also inside a block."""
    assert Design.from_json(ENTRY.design.to_json()) == ENTRY.design
    assert link.decode(link.encode(ENTRY.design))[0] == ENTRY.design


def test_the_terminal_lists_the_preset(capsys: pytest.CaptureFixture[str]) -> None:
    """In `python -m cnnlab presets`, and it has a summary."""
    with pytest.raises(SystemExit):
        main(["presets", "--json"])
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (listed[-1]["preset"], listed[-1]["parameters"]) == ("made-up", PARAMETERS)
    with pytest.raises(SystemExit):
        main(["summary", "made-up"])
    assert "Scale" in capsys.readouterr().out


@pytest.mark.slow
def test_the_preset_opens_on_the_build_page() -> None:
    """From the menu into the editor, ready to train."""
    page = AppTest.from_file(ROOT / "pages" / "build.py", default_timeout=60).run()
    next(item for item in page.button if item.label == "Start from…").click().run()
    page.button("preset_made-up").click().run()
    assert not page.exception
    tab: TabState = page.session_state["tab"]
    assert tab.design == ENTRY.design
    shown = json.loads(page.get("bidi_component")[0].proto.json)
    assert shown["totals"]["parameters"] == f"{PARAMETERS:,}"
    assert shown["palette"]["kinds"]["Mish"]["family"] == "activation"
