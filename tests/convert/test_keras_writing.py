"""The Keras script runs on its own and, with the lab's weights transposed, computes the same."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.convert import read_design, write_design
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import PRESETS
from cnnlab.ground.errors import DesignError
from cnnlab.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, Residual, Softmax
from cnnlab.models.build import build
from cnnlab.training.config import CHOICES, TrainConfig, make_config
from tests.convert.scripts import every_design, run_script, small
from tests.convert.test_torch_writing import tiny
from tests.convert.transposing import transpose_over

DESIGNS = every_design()
pytestmark = [
    # torch warns once if "same" cannot be symmetric, which is intended here.
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
    # Keras on torch uses a deprecated NumPy protocol, and fails if the warning is an error.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture
def keras(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keras on torch, with its settings file in the test's own folder."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    os.environ["KERAS_BACKEND"] = "torch"  # permanently, since Keras reads it only once
    import keras

    assert keras.backend.backend() == "torch"
    return keras


def randomized(design: Design) -> nn.Sequential:
    """The lab's model with random vectors, so that no bias, scale or running statistic is 0 or 1."""
    model = build(design, seed=1).eval()
    generator = torch.Generator().manual_seed(5)
    for numbers in [*model.parameters(), *model.buffers()]:
        if numbers.dim() == 1:
            numbers.data = torch.rand(numbers.shape, generator=generator) + 0.5
    return model


@pytest.mark.parametrize("name", DESIGNS)
def test_what_is_written_is_read_back(name: str) -> None:
    """The design with its name, input shape and classes is read back from the script."""
    imported = read_design(write_design(DESIGNS[name], None, "keras"))
    assert imported.design == DESIGNS[name]
    assert not imported.warnings


@pytest.mark.slow
@pytest.mark.parametrize("name", DESIGNS)
def test_the_scripts_model_is_the_labs(name: str, keras: Any) -> None:
    """It has as many parameters and, with the lab's weights, the same outputs to 1e-4."""
    design = DESIGNS[name]
    written: Any = run_script(write_design(design, None, "keras")).model
    trainable = sum(int(np.prod(weights.shape)) for weights in written.trainable_weights)
    assert trainable == summarize(design).parameters
    model = randomized(design)
    transpose_over(design, model, written)
    images, _ = small(2, design)
    outputs = written(images.permute(0, 2, 3, 1).numpy(), training=False)
    with torch.no_grad():
        torch.testing.assert_close(outputs.detach(), model(images), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_the_order_of_a_flattened_picture_is_kept_if_it_matters(keras: Any) -> None:
    """Without a dense layer after it, channels come first as in PyTorch, so that the classes are the same."""
    inside = (Linear(out_features=12), Dropout())
    for tail in ((Softmax(),), (Residual(layers=inside), Softmax())):
        layers = (Conv2d(out_channels=3, kernel_size=3), Flatten(), *tail)
        design = Design(name="bare", input_shape=(1, 4, 4), classes=12).with_layers(layers)
        code = write_design(design, None, "keras")
        assert read_design(code).design == design
        written: Any = run_script(code).model
        model = randomized(design)
        transpose_over(design, model, written)
        images, _ = small(2, design)
        outputs = written(images.permute(0, 2, 3, 1).numpy(), training=False)
        torch.testing.assert_close(outputs.detach(), model(images).detach(), rtol=1e-4, atol=1e-5)


def run(design: Design, config: TrainConfig, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the script on a few pictures and return the last line that it prints."""
    script: Any = run_script(write_design(design, config, "keras"))
    images, labels = small(24, design)
    part = images.permute(0, 2, 3, 1).numpy(), labels.numpy()
    script.load_data = lambda: (part, part)
    script.main()
    return capsys.readouterr().out.splitlines()[-1]


@pytest.mark.slow
def test_a_script_learns(keras: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """After enough steps on a few pictures it has memorized those in training, 21 of 24."""
    line = run(tiny(), TrainConfig(epochs=40, batch_size=8, learning_rate=0.03), capsys)
    assert float(line.removeprefix("tiny: test accuracy ").removesuffix("%")) >= 100 * 21 / 24


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        *({"optimizer": name} for name in CHOICES["optimizer"]),
        *({"schedule": name} for name in CHOICES["schedule"]),
        *({"loss": name} for name in CHOICES["loss"]),
        {"label_smoothing": 0.1, "clip_norm": 1.0, "patience": 2, "momentum": 0.5},
    ],
    ids=str,
)
def test_every_setting_gives_a_script_that_runs(
    settings: dict[str, Any], keras: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script has the settings, trains, and the settings are read back from it."""
    for softmax in (True, False):
        design, config = tiny(softmax=softmax), TrainConfig(epochs=2, batch_size=8, **settings)
        assert run(design, config, capsys).startswith("tiny: test accuracy ")
        read = read_design(write_design(design, config, "keras")).config
        assert read is not None
        kept = {"loss", "optimizer", "clip_norm", "label_smoothing", "patience", "momentum"}
        expected = {name: value for name, value in settings.items() if name in kept}
        if settings.get("optimizer") not in ("sgd", "nesterov"):
            expected.pop("momentum", None)
        assert {name: getattr(read, name) for name in expected} == expected


@pytest.mark.slow
@pytest.mark.parametrize("loss", CHOICES["loss"])
@pytest.mark.parametrize("softmax", [True, False])
def test_the_scripts_loss_is_the_labs(loss: str, softmax: bool, keras: Any) -> None:
    """The same outputs and labels have the same loss in both."""
    from cnnlab.training.losses import make_loss

    config = make_config(loss=loss)
    script: Any = run_script(write_design(tiny(softmax=softmax), config, "keras"))
    compiled: dict[str, Any] = {}
    script.model.compile = lambda **arguments: compiled.update(arguments)
    script.model.fit = script.model.evaluate = lambda *_, **__: (0.0, 0.0)
    images, labels = small(6, tiny())
    script.load_data = lambda: ((images.numpy(), labels.numpy()),) * 2
    script.main()
    scores = torch.randn(6, 3, generator=torch.Generator().manual_seed(2))
    wanted = labels if loss == "cross-entropy" else nn.functional.one_hot(labels, 3).float()
    loss_values = keras.losses.get(compiled["loss"])(wanted, scores.softmax(1) if softmax else scores)
    torch.testing.assert_close(loss_values.mean(), make_loss(config)(scores, labels), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_folder_of_pictures_is_read_as_the_script_says(
    keras: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures of any size and mode are converted to the network's input."""
    from PIL import Image

    for part in ("train", "test"):
        for label in ("cat", "dog", "owl"):
            folder = tmp_path / "pictures" / part / label
            folder.mkdir(parents=True)
            for index in range(4):
                Image.new("RGB", (9 + index, 12), (10 * index, 0, 200)).save(folder / f"{index}.png")
    monkeypatch.chdir(tmp_path)
    script: Any = run_script(write_design(tiny(), TrainConfig(epochs=1), "keras"))
    script.main()
    assert script.load_data()[1][0].shape == (12, 6, 6, 1)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_presets_script_is_short_enough_for_a_class(preset: str) -> None:
    """It is short, has no long lines, and does not import the lab."""
    code = write_design(PRESETS[preset].design, None, "keras")
    assert max(map(len, code.splitlines())) <= 110
    assert code.count("\n") < 220
    assert "import cnnlab" not in code


def test_what_keras_does_not_support_is_an_error() -> None:
    """Keras has no convolution with both a stride and a dilation."""
    odd = Conv2d(out_channels=2, stride=2, dilation=2)
    design = Design(classes=2).with_layers((MaxPool2d(), odd, Flatten(), Linear(out_features=2)))
    with pytest.raises(DesignError, match=r"layer 2 \(Convolution\): Keras has no convolution"):
        write_design(design, None, "keras")


def test_settings_that_a_script_does_not_support_are_named() -> None:
    """Nothing is dropped silently; weight decay means something else in Keras, except for AdamW."""
    config = TrainConfig(weight_decay=0.1, initialization="he", target_accuracy=0.9)
    code = write_design(tiny(), config, "keras")
    assert "# Left out of this script: weight decay, target accuracy, initialization." in code
    assert "weight_decay=0.1" in write_design(
        tiny(), TrainConfig(weight_decay=0.1, optimizer="adamw"), "keras"
    )
