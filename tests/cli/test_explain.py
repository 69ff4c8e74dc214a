"""`explain`, in this process: the exact trace for programs, a short account for people, one line of error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnlab.cli.explain_command import trace_lines
from cnnlab.cli.main import main
from cnnlab.design.address import LayerAddress
from cnnlab.interpret.trace import trace
from cnnlab.layers import Conv2d, Layer, Residual, Shape
from cnnlab.reader.answers import network_input
from cnnlab.reader.loaded_model import load_bundled
from tests.interpret.test_trace import all_traces, recorded
from tests.layers.test_every_layer import every_layer

# torch warns once if "same" cannot be symmetric, which is intended here.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a 7."""
    ink = np.full((60, 60), 255, np.uint8)
    ink[10:15, 18:40] = 0
    for line in range(35):
        ink[15 + line, 36 - line // 3 : 41 - line // 3] = 0
    file = tmp_path_factory.mktemp("pictures") / "seven.png"
    Image.fromarray(ink).save(file)
    return file


def printed(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    """What `explain` prints, on stdout or, with another exit status, on stderr."""
    with pytest.raises(SystemExit) as end:
        main(["explain", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert end.value.code == status, err
    return err if status else out


def test_a_program_gets_every_term(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number of the bundled model's second convolution at the upper edge: terms, bias, value, pixels."""
    line = printed(capsys, "bundled", seven, "--row", 4, "--channel", 3, "--y", 0, "--x", 5, "--json")
    body: dict[str, Any] = json.loads(line)
    assert (body["layer"], body["channel"], body["y"], body["x"]) == ("4", 3, 0, 5)
    assert len(body["terms"]) == 24 * 3 * 3
    for term in body["terms"]:
        assert list(term) == ["channel", "y", "x", "outside", "value", "weight", "product"]
        assert term["outside"] == (term["y"] < 0)
        assert term["product"] == pytest.approx(term["value"] * term["weight"])
    assert sum(term["product"] for term in body["terms"]) + body["bias"] == pytest.approx(body["value"])
    assert body["value"] == pytest.approx(body["torch_value"], abs=1e-5)
    assert body["receptive_field"]["rows"]["outside_before"] > 0


def test_it_is_the_picture_that_the_network_gets(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The largest of the softmax row's shares is that of the digit on it."""
    loaded = load_bundled()
    row = len(loaded.design.layers) - 1
    line = printed(capsys, "bundled", seven, "--row", row, "--channel", 7, "--json")
    body = json.loads(line)
    picture, _ = network_input(loaded, seven.read_bytes(), "seven.png")
    assert body["torch_value"] == float(loaded.model(picture[None])[0, 7])
    assert body["scores"].index(max(body["scores"])) == 7


def test_people_get_the_largest_contributions_first(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The layer, the value, at most ten terms by their size, the others' sum, and the bias."""
    text = printed(capsys, "bundled", seven, "--row", 4, "--channel", 3, "--y", 0, "--x", 5)
    head, value, columns, *rest = text.splitlines()
    assert head == "Row 4, Conv2d 48, 3×3, padding 1: channel 3, y 0, x 5"
    assert "torch has" in value
    assert columns.split() == ["channel", "y", "x", "value", "weight", "product"]
    sizes = [abs(float(line.split()[-1])) for line in rest[:10]]
    assert sizes == sorted(sizes, reverse=True)
    assert rest[10].startswith("and 206 other terms: ")
    assert rest[11].startswith("bias: ")
    assert rest[12].startswith("It depends on rows 0 to ")


@every_layer
def test_every_kind_has_an_account_for_people(layer: Layer, shape: Shape) -> None:
    """It names the number, and no line is empty."""
    for step, found in all_traces(recorded(layer, shape=shape)):
        lines = trace_lines(found, step.layer.label())
        assert f"{found.value:.6g}; torch has {found.torch_value:.6g}" in lines
        assert all(line.strip() for line in lines)


def test_what_is_in_the_padding_is_said() -> None:
    """Where a window goes on outside of the picture, and where there is nothing else."""
    recording = recorded(Conv2d(kernel_size=1, padding=1), Residual(layers=(Conv2d(padding="same"),)))
    alone = trace_lines(trace(recording, LayerAddress(0), (0, 0, 0)), "Conv2d")
    assert alone[-1] == "It depends on no pixel: its window is in the padding."
    corner = trace_lines(trace(recording, LayerAddress(1), (0, 1, 8)), "Residual")
    assert corner[-2] == "It depends on rows 0 to 1 and columns 6 to 6 of the picture."
    assert corner[-1] == "Its window goes on outside of it: 1 above, 0 below, 0 left, 2 right."


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("--row", "x", "--channel", 0), "'x' is not a layer. Allowed: a row such as 3"),
        (("--row", 99, "--channel", 0), "there is no row 99. Allowed: rows 0 to 17"),
        (("--row", 0, "--channel", 0), "Allowed: channel 0 to 23, y 0 to 27, x 0 to 27"),
        (("--row", 0, "--channel", 0, "--y", 28, "--x", 0), "no number at 0, 28, 0"),
        (("--row", 17, "--channel", 3, "--y", 0, "--x", 0), "Allowed: channel 0 to 9 (the index)"),
        (("--row", 0, "--channel", "one"), "invalid int value: 'one'"),
    ],
)
def test_a_place_that_does_not_exist_is_one_line(
    place: tuple[object, ...], words: str, seven: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is allowed, and exit status 2."""
    error = printed(capsys, "bundled", seven, *place, status=2)
    assert error.startswith("cnnlab: ")
    assert error.count("\n") == 1
    assert words in error


def test_a_picture_without_a_drawing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A blank sheet, a file that is no picture, and one that is missing."""
    blank, notes = tmp_path / "blank.png", tmp_path / "notes.txt"
    Image.new("L", (50, 50), 255).save(blank)
    notes.write_text("no picture")
    for file in (blank, notes, tmp_path / "nowhere.png"):
        error = printed(capsys, "bundled", file, "--row", 17, "--channel", 0, status=2)
        assert error.startswith(f"cnnlab: {file}: ")
        assert error.count("\n") == 1
