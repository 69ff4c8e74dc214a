"""The PyTorch script runs on its own and, with the lab's weights, computes the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import TensorDataset

from cnnlab.convert import read_design, write_design
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS
from cnnlab.ground.errors import DesignError
from cnnlab.layers import Conv2d, Flatten, Linear, Softmax
from cnnlab.models.build import build
from cnnlab.training.config import CHOICES, TrainConfig
from tests.convert.scripts import every_design, run_script, small

DESIGNS = every_design()
# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def tiny(*, softmax: bool = True) -> Design:
    """A network for 3 classes of gray 6×6 pictures."""
    layers = (Conv2d(out_channels=2), Flatten(), Linear(out_features=3), *([Softmax()] if softmax else []))
    return Design(name="tiny", input_shape=(1, 6, 6), classes=3).with_layers(layers)


def run(design: Design, config: TrainConfig, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run the script on a few pictures and return the lines that it prints."""
    script: Any = run_script(write_design(design, config, "pytorch"))
    pictures = TensorDataset(*small(24, design))
    script.load_data = lambda: (pictures, pictures, pictures)
    script.main()
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("name", DESIGNS)
def test_the_scripts_model_is_the_labs(name: str) -> None:
    """The lab's weights fit unchanged, and the outputs agree to 1e-6."""
    design = DESIGNS[name]
    model = build(design, seed=1).eval()
    written: Any = run_script(write_design(design, None, "pytorch")).model.eval()
    written.load_state_dict(model.state_dict())
    images, _ = small(2, design)
    torch.testing.assert_close(written(images), model(images), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", DESIGNS)
def test_what_is_written_is_read_back(name: str) -> None:
    """The design with its name, input shape and classes is read back from the script."""
    imported = read_design(write_design(DESIGNS[name], None, "pytorch"))
    assert imported.design == DESIGNS[name]
    assert not imported.warnings


@pytest.mark.parametrize("preset", PRESETS)
def test_a_presets_script_is_short_enough_for_a_class(preset: str) -> None:
    """It is short, has no long lines, and does not import the lab."""
    code = write_design(PRESETS[preset].design, None, "pytorch")
    assert max(map(len, code.splitlines())) <= 110
    assert code.count("\n") < 220
    assert "import cnnlab" not in code


def test_a_script_trains_and_tests(capsys: pytest.CaptureFixture[str]) -> None:
    """On a few pictures it prints the accuracy of each epoch and of the test."""
    lines = run(tiny(), TrainConfig(epochs=2, batch_size=8), capsys)
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2", "tiny"]


def test_a_script_learns(capsys: pytest.CaptureFixture[str]) -> None:
    """After enough steps on a few pictures it has memorized them, so the gradient is right."""
    lines = run(tiny(), TrainConfig(epochs=60, batch_size=8, learning_rate=0.03), capsys)
    assert lines[-1] == "tiny: test accuracy 100.00%"


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize(
    "settings",
    [
        *({"optimizer": name} for name in CHOICES["optimizer"]),
        *({"schedule": name} for name in CHOICES["schedule"]),
        *({"loss": name} for name in CHOICES["loss"]),
        *({"initialization": name} for name in CHOICES["initialization"]),
        {"label_smoothing": 0.1, "l1": 1e-4, "clip_norm": 1.0, "weight_decay": 0.01, "momentum": 0.5},
    ],
    ids=str,
)
def test_every_setting_gives_a_script_that_runs(
    settings: dict[str, Any], softmax: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script has the settings, trains, and the settings are read back from it."""
    config = TrainConfig(epochs=2, batch_size=8, **settings)
    assert len(run(tiny(softmax=softmax), config, capsys)) == 3
    read = read_design(write_design(tiny(softmax=softmax), config, "pytorch")).config
    assert read is not None
    kept = {"loss", "optimizer", "schedule", "clip_norm", "weight_decay", "label_smoothing", "batch_size"}
    expected = {name: value for name, value in settings.items() if name in kept - {"schedule"}}
    assert {name: getattr(read, name) for name in expected} == expected


def test_settings_that_a_script_does_not_support_are_named() -> None:
    """Nothing is dropped silently."""
    config = TrainConfig(augmentation=0.5, flip=True, class_weights="balanced")
    assert "# Left out of this script: class weights, augmentation, flip." in write_design(
        tiny(), config, "pytorch"
    )


@pytest.mark.parametrize(
    ("design", "data", "expected"),
    [
        (PRESETS["article-1"].design, None, 'datasets.MNIST("data"'),
        (PRESETS["article-1"].design, "kmnist", 'datasets.KMNIST("data"'),
        (PRESETS["article-1"].design, "digits", 'datasets.MNIST("data"'),
        (PRESETS["tiny-vgg"].design, "mnist", 'datasets.ImageFolder("pictures/train"'),
        (tiny(), None, 'Image.open(file).convert("L").resize((6, 6))'),
    ],
)
def test_the_script_loads_pictures_that_fit(design: Design, data: str | None, expected: str) -> None:
    """The run's data set if it can be downloaded, else one of this shape, else a folder."""
    assert expected in write_design(design, None, "pytorch", data)


def test_a_folder_of_pictures_is_read_as_the_script_says(tmp_path: Any, monkeypatch: Any) -> None:
    """Pictures of any size and mode are converted to the network's input."""
    from PIL import Image

    for part in ("train", "test"):
        for label in ("cat", "dog", "owl"):
            folder = tmp_path / "pictures" / part / label
            folder.mkdir(parents=True)
            for index in range(4):
                Image.new("RGB", (9 + index, 12), (10 * index, 0, 200)).save(folder / f"{index}.png")
    monkeypatch.chdir(tmp_path)
    script: Any = run_script(write_design(tiny(), TrainConfig(epochs=1), "pytorch"))
    script.main()
    assert script.load_data()[2][0][0].shape == (1, 6, 6)


@pytest.mark.parametrize("name", ['"""', "'); import os; ('", "\\", "{EPOCHS}", "\\N{BULLET}", "名字 🙂"])
def test_a_name_is_never_code(name: str) -> None:
    """Quotes, braces and backslashes in a name have no effect in either framework."""
    design = tiny().model_copy(update={"name": name})
    for kind in ("pytorch", "keras"):
        assert read_design(write_design(design, None, kind)).design.name == name
    assert vars(run_script(write_design(design, None, "pytorch")))["NAME"] == name


def test_a_design_that_cannot_work_is_not_written() -> None:
    """The error is its first problem."""
    with pytest.raises(DesignError, match="Dense needs one long row"):
        write_design(Design().with_layers((Linear(),)), None, "pytorch")
