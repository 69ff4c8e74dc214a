"""A new optimizer, loss or schedule needs only its record: everything else follows from it, in every room."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from cnnlab.convert import read_design, write_design
from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import preset
from cnnlab.models.build import build
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.events import Batch
from cnnlab.training.loop import train
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.memory import training_memory
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.race import racers
from cnnlab.training.schedule_kinds import SCHEDULES
from cnnlab.training.settings import all_settings, differences, remark
from cnnlab.ui.app.lab import lab
from tests.conftest import ROOT
from tests.convert.scripts import run_script, small
from tests.convert.test_keras_writing import keras
from tests.convert.test_torch_writing import tiny
from tests.convert.transposing import transpose_over
from tests.training.made_up import ABSOLUTE, ADAMAX, EXPONENTIAL

__all__ = ["keras"]  # the fixture

CHOSEN: dict[str, Any] = {
    **{"optimizer": "adamax", "loss": "absolute", "schedule": "exponential"},
    **{"learning_rate": 0.02, "beta1": 0.8, "decay_factor": 0.7},
}
PICTURES = 24
WHOLE = {"epochs": 3, "batch_size": PICTURES, "precision": "float32", "device": "cpu"}
IN_A_TERMINAL = """
from cnnlab.cli.main import main
from tests.training.made_up import add_made_up_kinds

add_made_up_kinds()
main()
"""


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the three records for the duration of a test."""
    monkeypatch.setitem(OPTIMIZERS, "adamax", ADAMAX)
    monkeypatch.setitem(LOSSES, "absolute", ABSOLUTE)
    monkeypatch.setitem(SCHEDULES, "exponential", EXPONENTIAL)


def train_by_hand(model: nn.Module, epochs: Sequence[Iterable[tuple[Tensor, Tensor]]]) -> list[float]:
    """The loss of each batch in plain torch: Adamax on the absolute error, 0.7 times the rate each epoch."""
    optimizer = torch.optim.Adamax(model.parameters(), lr=0.02, betas=(0.8, 0.999))
    found = []
    for epoch, batches in enumerate(epochs):
        optimizer.param_groups[0]["lr"] = 0.02 * 0.7**epoch
        for images, labels in batches:
            scores = model(images)
            targets = torch.eye(scores.shape[1])[labels]
            loss = (scores.softmax(1) - targets).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
    return found


def trained_by_hand(design: Design, pictures: int) -> nn.Sequential:
    """A network that ends in a softmax, trained on this many pictures in one batch."""
    images, labels = small(PICTURES, design)
    model = build(design, seed=1)
    train_by_hand(model[:-1], 3 * [[(images[:pictures], labels[:pictures])]])
    return model


@pytest.mark.parametrize("fast", [True, False])
def test_trains_as_plain_torch_does(tiny_data: ImageDataset, plain_design: Design, fast: bool) -> None:
    """Every batch's loss and the weights agree to 1e-4 with a loop written by hand."""
    settings = make_config(**WHOLE | {"batch_size": 16, "fast": fast} | CHOSEN)
    training = train(plain_design, tiny_data, settings)
    found = [float(event.loss) for event in training if isinstance(event, Batch)]
    epochs = []
    for epoch in range(3):  # the order of an epoch is the lab's own convention
        order = torch.randperm(64, generator=torch.Generator().manual_seed(epoch))
        images, labels = tiny_data.train.images.float() / 255, tiny_data.train.labels
        epochs.append([(images[rows], labels[rows]) for rows in order.split(16)])
    model = build(plain_design, 0)
    assert found == pytest.approx(train_by_hand(model[:-1], epochs), abs=1e-4)
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(training.weights()[name], weights, rtol=1e-4, atol=1e-4)


def test_its_memory_is_counted() -> None:
    """Two numbers of four bytes for each weight, as its record says."""
    design = preset("lenet-5").design
    parameters = summarize(design).parameters
    assert training_memory(design, parameters, make_config(**CHOSEN)).optimizer == 2 * 4 * parameters


def test_a_run_is_described_with_it() -> None:
    """Its difference from the defaults, the settings that apply and to what, its name in a race."""
    config = make_config(**CHOSEN | {"learning_rate": 0.001})
    assert differences(config) == [
        *("Adamax", "β₁ 0.8", "Exponential schedule", "decay factor 0.7", "Mean absolute error loss")
    ]
    settings = {name: value for name, value, _ in all_settings(config)}
    assert settings["Optimizer"] == "Adamax"
    assert settings["Schedule"] == "Exponential"
    assert settings["Loss"] == "Mean absolute error"
    assert {"β₂", "Decay factor"} <= set(settings)
    assert not {"Momentum", "Decay after epochs", "Label smoothing"} & set(settings)
    assert remark("decay_factor") == "Steps, Reduce on plateau, Exponential"
    assert list(racers(config, "optimizer", ["sgd", "adamax"])) == ["SGD with momentum", "Adamax"]


@pytest.mark.parametrize("library", ["pytorch", "keras"])
@pytest.mark.parametrize("softmax", [True, False])
def test_its_script_can_be_read_back(library: Literal["pytorch", "keras"], softmax: bool) -> None:
    """With its settings and without warnings."""
    read = read_design(write_design(tiny(softmax=softmax), make_config(**CHOSEN), library))
    assert read.config is not None
    assert {name: getattr(read.config, name) for name in CHOSEN} == CHOSEN
    assert not read.warnings


@pytest.mark.parametrize(
    ("arguments", "rate", "beta"),
    [("m.parameters()", 0.002, 0.9), ("m.parameters(), 1.0, (0.5, 0.9)", 1.0, 0.5)],
)
def test_pytorchs_positional_arguments_and_default_rate_are_read(
    arguments: str, rate: float, beta: float
) -> None:
    """Positional arguments, and none at all."""
    config = read_design(
        "import torch\nfrom torch import nn\nm = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
        f"optimizer = torch.optim.Adamax({arguments})"
    ).config
    assert config is not None
    assert (config.optimizer, config.learning_rate, config.beta1) == ("adamax", rate, beta)


@pytest.mark.parametrize(
    ("optimizer", "rate", "beta"), [("'adamax'", 0.001, 0.9), ("keras.optimizers.Adamax(0.1, 0.5)", 0.1, 0.5)]
)
def test_keras_positional_arguments_and_default_rate_are_read(
    optimizer: str, rate: float, beta: float
) -> None:
    """Positional arguments, and none at all; the loss by its short name."""
    config = read_design(
        "import keras\nfrom keras import layers\n"
        "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])\n"
        f"m.compile({optimizer}, 'mae')"
    ).config
    assert config is not None
    assert (config.optimizer, config.learning_rate, config.beta1) == ("adamax", rate, beta)
    assert config.loss == "absolute"


def test_its_pytorch_script_trains_as_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """Three epochs of one batch each give the same weights to 1e-6."""
    design = tiny()
    script: Any = run_script(write_design(design, make_config(**WHOLE | CHOSEN), "pytorch"))
    script.model.load_state_dict(build(design, seed=1).state_dict())
    pictures = TensorDataset(*small(PICTURES, design))
    script.load_data = lambda: (pictures, pictures, pictures)
    script.main()
    assert "epoch 3: validation accuracy" in capsys.readouterr().out
    for name, weights in trained_by_hand(design, PICTURES).state_dict().items():
        torch.testing.assert_close(script.model.state_dict()[name], weights, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_its_keras_script_trains_as_by_hand(keras: Any) -> None:
    """Three epochs of one batch each, a tenth of the pictures held out, give the same weights to 1e-4."""
    design = tiny()
    code = write_design(design, make_config(**WHOLE | CHOSEN), "keras")
    script: Any = run_script(code)
    expected: Any = run_script(code)
    transpose_over(design, build(design, seed=1), script.model)
    transpose_over(design, trained_by_hand(design, 21), expected.model)
    images, labels = small(PICTURES, design)
    part = images.permute(0, 2, 3, 1).numpy(), labels.numpy()
    script.load_data = lambda: (part, part)
    script.main()
    for found, truth in zip(script.model.get_weights(), expected.model.get_weights(), strict=True):
        torch.testing.assert_close(torch.tensor(found), torch.tensor(truth), rtol=1e-4, atol=1e-4)


def page_text(page: AppTest) -> str:
    """All text of a page in markdown, captions and html."""
    parts = [*page.markdown, *page.caption]
    return "\n".join([*(part.value for part in parts), *(html.proto.body for html in page.get("html"))])


@pytest.mark.slow
def test_the_form_offers_it() -> None:
    """In the menus, with the settings that apply to it and no others, and with its learning rates."""
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60).run()
    for name in ("optimizer", "loss"):
        page.selectbox(f"train_{name}").set_value(CHOSEN[name]).run()
    page.toggle("train_more").set_value(True).run()
    page.selectbox("train_schedule").set_value("exponential").run()
    assert not page.exception
    fields = {field.key for field in page.number_input}
    assert {"train_beta1", "train_beta2", "train_decay_factor"} <= fields
    assert not {"train_momentum", "train_decay_epochs", "train_label_smoothing"} & fields
    assert "Adamax, Exponential schedule, Mean absolute error loss" in page_text(page)
    assert "The learning rate falls from 0.001 to 0.0000313." in page_text(page)
    assert "Adamax" in page.multiselect("race_values_optimizer").options


@pytest.mark.slow
def test_a_run_shows_it() -> None:
    """In its header, and expanded in all its settings."""
    run = lab().store.queue(preset("lenet-5").design, "digits", TrainConfig(**CHOSEN), trained_by="terminal")
    page = AppTest.from_file(ROOT / "pages" / "train.py", default_timeout=60)
    page.query_params["run"] = run.id
    page.run()
    assert not page.exception
    assert "Adamax, learning rate 0.02" in page_text(page)
    assert "<dt>Schedule</dt><dd><b>Exponential</b></dd>" in page_text(page)
    assert "<dt>Loss</dt><dd><b>Mean absolute error</b></dd>" in page_text(page)
    assert "Momentum" not in page_text(page)


@pytest.mark.slow
def test_the_terminal_trains_with_it() -> None:
    """The help lists it, and `train` accepts it."""
    command = [sys.executable, "-c", IN_A_TERMINAL, "train"]
    helped = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    text = " ".join(helped.stdout.split())
    assert all(f", {CHOSEN[name]}" in text for name in ("optimizer", "loss", "schedule"))
    options = [f"--{name}={CHOSEN[name]}" for name in ("optimizer", "loss", "schedule")]
    arguments = ["lenet-5", "--data", "digits", "--epochs", "1", "--device", "cpu", "--json", *options]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["event"] == "finished"
    assert 0 < events[-1]["test_accuracy"] <= 1
