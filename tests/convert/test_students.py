"""Reading students' code, modeled on what people ask for help with: the whole network, or line and reason.

The numbers of parameters are those of PyTorch and Keras.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnlab.cli.main import main
from cnnlab.convert import Imported, read_design
from cnnlab.convert.files import open_design
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import DesignError
from cnnlab.layers import Residual
from tests.convert.students import CODE, notebook

GRAY, COLORS = (1, 28, 28), (3, 32, 32)


def refused(text: str) -> str:
    """The error for this text."""
    with pytest.raises(DesignError) as caught:
        read_design(text)
    return str(caught.value)


def remarks(imported: Imported) -> str:
    """All warnings and notes."""
    return "\n".join(map(str, (*imported.warnings, *imported.notes)))


@pytest.mark.parametrize(
    ("name", "parameters", "shape"),
    [
        ("data-format", 631_968, GRAY),
        ("keras-1", 27_210, GRAY),
        ("keras-1-same", 63_200, GRAY),
        ("dim-ordering", 125_610, GRAY),
        ("nb-row", 141_310, GRAY),
        ("argparse", 7_850, GRAY),
        ("argparse-script", 583_070, GRAY),
        ("append", 63_978, GRAY),
        ("vgg-append", 9_098, GRAY),
        ("extend", 63_978, GRAY),
        ("vgg-plus", 71_114, COLORS),
        ("keywords", 21_098, COLORS),
        ("ordered-dict", 140_144, COLORS),
        ("average-pool", 314, COLORS),
        ("two-returned", 31_786, GRAY),
        ("two-returned-blocks", 29_034, GRAY),
        ("keras-class", 1_082_690, GRAY),
        ("model-of-lists", 121_870, GRAY),
        ("own-flatten", 14_670, GRAY),
        ("colab", 27_210, GRAY),
        ("list", 173_930, GRAY),
        ("functional-dropout", 27_296, GRAY),
        ("pool-twice", 300_426, GRAY),
        ("lightning", 27_210, GRAY),
        ("folds", 366_328, GRAY),
    ],
)
def test_the_whole_network_is_read(name: str, parameters: int, shape: tuple[int, int, int]) -> None:
    """With every layer and the right input size, and it can be trained."""
    imported = read_design(CODE[name])
    summary = summarize(imported.design)
    assert (summary.parameters, imported.design.input_shape) == (parameters, shape)
    assert not summary.problems
    assert imported.warnings == () or name == "data-format"


def test_a_residual_network_with_normalized_projections_is_read() -> None:
    """All four stages, with batch normalization in three shortcuts: 32, 64 and 128 parameters."""
    imported = read_design(CODE["resnet-append"])
    assert summarize(imported.design).parameters == 176_402
    assert [layer.projection_norm for layer in imported.design.layers if isinstance(layer, Residual)] == [
        False, False, True, False, True, False, True, False,
    ]  # fmt: skip
    assert imported.warnings == ()


def test_a_forgotten_flatten_is_a_problem_of_the_design() -> None:
    """The design is read as it is; the editor offers repairs."""
    summary = summarize(read_design(CODE["no-flatten"]).design)
    assert "Dense needs one long row of numbers, but gets 24 maps of 13×13." in str(summary.problems[0].text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing-bracket", ["line 7: this is not complete Python ('(' was never closed)"]),
        ("keras-0", ["line 5, Convolution2D: padding is 'full'"]),
        ("lambda", ["line 8: there is no layer 'Lambda'"]),
        ("vgg16", ["line 3: there is no layer 'VGG16'"]),
    ],
)
def test_code_that_cannot_be_read_is_refused_with_its_line(name: str, words: list[str]) -> None:
    """A part is never read instead of the whole."""
    assert all(each in refused(CODE[name]) for each in words)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("keras-1", {"optimizer": "adadelta", "learning_rate": 1.0, "epochs": 12, "batch_size": 128}),
        ("data-format", {"optimizer": "adadelta", "learning_rate": 0.001, "epochs": 9, "batch_size": 100}),
        ("argparse", {"optimizer": "adadelta", "learning_rate": 0.8, "epochs": 7}),
        (
            "argparse-script",
            {"learning_rate": 0.8, "epochs": 7, "batch_size": 48, "decay_factor": 0.6, "decay_epochs": 1},
        ),
        ("lightning", {"optimizer": "adam", "learning_rate": 2e-3, "epochs": 4}),
        (
            "folds",
            {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "epochs": 8, "batch_size": 32},
        ),
    ],
)
def test_training_settings_one_step_away(name: str, settings: dict[str, Any]) -> None:
    """From options, fields, and the defaults of the text's version of Keras."""
    config = read_design(CODE[name]).config
    assert config is not None
    assert {field: getattr(config, field) for field in settings} == settings


def test_a_default_that_depends_on_the_version_is_noted() -> None:
    """`import keras` does not show the version; Adadelta's rate was once a thousand times larger."""
    assert "In Keras 1 and 2 it was 1.0 for adadelta" in remarks(read_design(CODE["data-format"]))
    assert "learning rate" not in remarks(read_design(CODE["keras-1"]))


def test_folds_are_one_network() -> None:
    """A function that is called repeatedly creates the same network."""
    assert "networks" not in remarks(read_design(CODE["folds"]))


def test_a_wrong_number_of_inputs_is_explained_at_a_usual_size() -> None:
    """The author needs to know the actual number at 28×28."""
    imported = read_design(CODE["wrong-in-features"])
    assert imported.design.input_shape == GRAY
    assert not summarize(imported.design).problems
    assert "no usual size fits: line 4 expects 320, at 28×28 500 arrive." in str(imported.notes[0])
    assert "at which the layers fit" not in remarks(imported)


def test_a_second_return_value_is_noted() -> None:
    """The one that went through all layers is the output."""
    assert "Line 2: CNN returns 2 things" in remarks(read_design(CODE["two-returned"]))


def test_a_missing_bracket_outside_the_network_is_only_noted() -> None:
    """Code that does not create the network may be broken."""
    text = CODE["colab"] + "print(m.summary(\nplt.plot([1, 2)"
    assert read_design(text).design == read_design(CODE["colab"]).design


def test_a_notebook_is_read_as_its_code_cells(tmp_path: Path) -> None:
    """Pasted or as a file, whatever the size of its outputs."""
    expected = read_design(CODE["colab"]).design
    assert read_design(notebook()).design == expected
    heavy = json.loads(notebook())
    heavy["cells"][1]["outputs"] = [{"data": {"image/png": "A" * 300_000}}]
    (tmp_path / "mine.ipynb").write_text(json.dumps(heavy), encoding="utf-8")
    assert open_design(str(tmp_path / "mine.ipynb")).design == expected


def test_lines_of_a_notebook_are_given_by_cell() -> None:
    """In errors and in notes."""
    assert "cell 2, line 4: there is no layer 'Flaten'. Did you mean Flatten?" in refused(
        notebook().replace("layers.Flatten", "layers.Flaten")
    )
    frozen = notebook().replace("m.summary()", "m.trainable = False")
    (note,) = read_design(frozen).notes
    assert str(note) == "Cell 2, line 7: trainable = False is left out: the lab trains all layers."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (notebook()[:-200], "this begins like a notebook but is incomplete"),
        ('{"cells": [{"cell_type": "markdown", "source": ["Dense"]}]}', "the notebook has no code"),
        ('{"cells": [{"cell_type": "code", "source": 7}]}', "the notebook has no code"),
        ('{"cells": ["cell_type"], "nbformat": "' + "[" * 100_000 + '"}', "the notebook has no code"),
        ('{"nbformat": 4, "cells": [' + "[" * 100_000, "this begins like a notebook but is incomplete"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["%%bash\\nls"]}]}', "has no code"),
    ],
)
def test_an_invalid_notebook_is_refused_with_a_reason(text: str, words: str) -> None:
    """Truncated, without code, or with an invalid structure."""
    assert words in refused(text)


def test_an_old_notebook_has_its_cells_in_worksheets() -> None:
    """Like those that IPython wrote."""
    cell = {"cell_type": "code", "input": CODE["model-of-lists"].splitlines(keepends=True)}
    old = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]})
    assert summarize(read_design(old).design).parameters == 121_870


@pytest.mark.parametrize("name", ["append", "two-returned", "own-flatten", "keras-1", "folds"])
def test_the_command_reads_the_same_design(name: str, tmp_path: Path) -> None:
    """It converts a file to a design file."""
    (tmp_path / "mine.py").write_text(CODE[name], encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(tmp_path / "mine.py"), str(tmp_path / "out.json")])
    assert not ended.value.code
    assert Design.from_json((tmp_path / "out.json").read_text("utf-8")) == read_design(CODE[name]).design


def test_the_terminal_accepts_a_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever a design file is accepted; notes are on stderr."""
    (tmp_path / "mine.ipynb").write_text(notebook(), encoding="utf-8")
    for arguments in (["convert", "FILE", "-", "--to", "json"], ["summary", "FILE"]):
        with pytest.raises(SystemExit) as ended:
            main([str(tmp_path / "mine.ipynb") if each == "FILE" else each for each in arguments])
        assert not ended.value.code
    assert "27,210" in capsys.readouterr().out


def test_a_broken_line_in_the_terminal_has_no_empty_prefix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the line and the reason."""
    for code, words in (
        (CODE["missing-bracket"], "line 7: this is not complete Python"),
        ("model.compile(optimizer='adam')\n", "line 1: these are training settings, not a network"),
        ("Hello", "no network was found"),
    ):
        (tmp_path / "mine.py").write_text(code, encoding="utf-8")
        with pytest.raises(SystemExit):
            main(["convert", str(tmp_path / "mine.py"), "-", "--to", "json"])
        error = capsys.readouterr().err
        assert words in error
        assert "text:" not in error
