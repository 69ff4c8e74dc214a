"""`attribute`, in this process: a picture or numbers in a file, one line about them, one line of error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.cli.main import main
from cnnlab.interpret.attribution import METHODS, MethodName
from cnnlab.interpret.attribution.methods import attribute
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.reader.answers import network_input
from cnnlab.reader.loaded_model import load_bundled
from tests.cli.test_explain import seven

__all__ = ["seven"]  # a fixture


def printed(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    """What `attribute` prints, on stdout or, with another exit status, on stderr."""
    with pytest.raises(SystemExit) as end:
        main(["attribute", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert end.value.code == status, err
    return err if status else out


@pytest.mark.parametrize("method", METHODS)
def test_numbers_are_those_of_the_method(
    method: MethodName, seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the network's own answer, with the picture that it gets; --json says what they are."""
    file = tmp_path / "why.npy"
    line = printed(capsys, "bundled", seven, "--method", method, "--out", file, "--json")
    loaded = load_bundled()
    image, _ = network_input(loaded, seven.read_bytes(), "")
    expected = attribute(Question(loaded.model, image, Target(7)), method)
    values = np.load(file)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, expected.values)
    body = json.loads(line)
    assert body == expected.to_json() | {"shape": [1, 28, 28], "file": str(file)}
    assert body["target"] == 7
    assert body["score"] == pytest.approx(float(loaded.model[:-1](image[None])[0, 7]), abs=1e-4)


def test_people_get_one_line(seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The method, the class and the sum; where it is promised also what it has to be."""
    file = tmp_path / "new folder" / "why.png"
    options = ("--method", "integrated-gradients", "--target", 7, "--against", 1, "--out", file)
    line = printed(capsys, "bundled", seven, *options)
    assert line.count("\n") == 1
    assert line.startswith("Integrated gradients for 7 and not 1: sum ")
    loaded = load_bundled()
    image, _ = network_input(loaded, seven.read_bytes(), "")
    with torch.inference_mode():
        scores = loaded.model[:-1](torch.stack([image, torch.zeros_like(image)]))
    gained = float((scores[0] - scores[1])[[7, 1]] @ torch.tensor([1.0, -1.0]))
    assert line.endswith(f"From a blank picture to this one, the score gained {gained:.4g}.\n")
    with Image.open(file) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (560, 560))


def test_grad_cam_of_a_layer_says_which(
    seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that was asked for, else the last."""
    options = ("--method", "grad-cam", "--out", tmp_path / "why.npy")
    line = printed(capsys, "bundled", seven, *options, "--layer", 4)
    assert line.startswith("Grad-CAM for 7: sum ")
    assert line.endswith("The maps are those of row 4.\n")
    assert "those of row 8" in printed(capsys, "bundled", seven, *options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--method", "lime"), "invalid choice: 'lime'"),
        (("--method", "gradient", "--target", "ten"), "--target: 'ten' is not a class. Allowed: 0, 1, 2"),
        (("--method", "gradient", "--target", 10), "--target: '10' is not a class"),
        (("--method", "gradient", "--against", -1), "--against: '-1' is not a class"),
        (("--method", "gradient", "--against", 7), "a class cannot be compared with itself"),
        (("--method", "gradient", "--layer", 4), "Gradient uses the whole network"),
        (("--method", "grad-cam", "--layer", "x"), "--layer: 'x' is not a layer"),
        (("--method", "grad-cam", "--layer", 3), "layer 3 is no convolution. Allowed: 0, 4, 8"),
    ],
)
def test_a_bad_option_is_one_line(
    options: tuple[object, ...],
    words: str,
    seven: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what is allowed, exit status 2, and no file."""
    file = tmp_path / "why.npy"
    error = printed(capsys, "bundled", seven, *options, "--out", file, status=2)
    assert error.startswith("cnnlab: ")
    assert error.count("\n") == 1
    assert words in error
    assert not file.exists()


def test_a_bad_file_is_one_line(seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another kind of file, a place that cannot be written to, and no picture."""
    method = ("--method", "gradient", "--out")
    other = printed(capsys, "bundled", seven, *method, tmp_path / "why.jpg", status=2)
    assert "why.jpg'. Allowed: a .png or .npy file" in other
    blocked = printed(capsys, "bundled", seven, *method, seven / "why.png", status=2)
    assert "the file cannot be written (File exists)" in blocked
    missing = printed(capsys, "bundled", tmp_path / "nothing.png", *method, tmp_path / "a.png", status=2)
    assert "nothing.png: the picture cannot be read" in missing
    assert {text.count("\n") for text in (other, blocked, missing)} == {1}
