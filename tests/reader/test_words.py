"""No text of layers, designs, data sets, drawings and readers is assembled from English pieces.

Every text here is a Message, whose text is in the catalogue and whose values are checked in turn, or is
translated on the spot and then appears in the pseudo-language's brackets. What is left are names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.data import class_words, own_drawings
from cnnlab.design.design import Design, adapt, require_trainable, summarize
from cnnlab.design.doctor import advise
from cnnlab.design.editing import (
    Add,
    ApplyRepair,
    Delete,
    Duplicate,
    Edit,
    Inside,
    Move,
    Redo,
    SetEnd,
    SetField,
    Undo,
    begin,
    edit,
)
from cnnlab.design.forms import ENDS_FORM, layer_form
from cnnlab.design.presets import FAMILY_TITLES, PRESETS, preset
from cnnlab.drawing.ink import Drawing
from cnnlab.drawing.photo import read_photo
from cnnlab.ground.errors import LabError
from cnnlab.interpret.statistics import Statistics
from cnnlab.language import Message, Words, speaking
from cnnlab.layers import KINDS, Conv2d, Flatten, Linear, ReceptiveField, ReLU, Residual
from cnnlab.models.predict import fit_input
from cnnlab.reader.doubt import blank_doubt, doubt_about
from tests.catalogue import DATA_NAMES, catalogue
from tests.design.test_design import REFUSED
from tests.design.test_doctor import UNWISE, stack

# Names are the same in every language: of layers, presets, data sets, file formats and fields, and whatever
# was typed or is in a file.
NAMES = {
    *KINDS,
    *PRESETS,
    *DATA_NAMES,
    *(str(kind.title) for kind in KINDS.values() if isinstance(kind.title, str)),
    *(str(info.title) for info in catalogue().infos() if isinstance(info.title, str)),
    *(field for kind in KINDS.values() for field in kind.model_fields),
    *Design.model_fields,
    *("same", "cnnlab", "stack", "unknown", "color", "float64", "uint8", "HAND-UNTIL"),
    *("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"),
}

# Values that are quoted as they come: from a file, a person or Python.
QUOTED = ("came", "command", "example", "expected", "reason", "value")


def english(words: Words) -> Iterator[str]:
    """Yield the pieces of a text that cannot be translated."""
    if isinstance(words, Message):
        for name, value in words.values.items():
            if isinstance(value, Message) or name not in QUOTED:
                yield from english(value if isinstance(value, Message) else str(value))
    elif words not in NAMES:
        unquoted = re.sub(r"'[^']*'|/[^ ]*", "", words)  # without what was typed, and without paths
        if not NAMES.issuperset(re.findall(r"[^\W\d_][\w-]*", unquoted)):
            yield words


def outside_brackets(text: str) -> str:
    """Return what is outside the pseudo-language's brackets."""
    while (rest := re.sub(r"\[[^\[\]]*\]", "", text)) != text:
        text = rest
    return text


def refusal(act: Callable[[], object]) -> list[Words]:
    """All parts of the error that this raises."""
    with pytest.raises(LabError) as caught:
        act()
    error = caught.value
    return [error.problem, error.where, error.allowed, error.repair]


def of_layers() -> Iterator[Words]:
    for name, kind in KINDS.items():
        layer = kind.model_validate({"kind": name})
        yield from (kind.title, kind.summary)
        yield from (word for field in layer_form(kind) for word in (field.title, field.allowed))
        yield from layer.label_parts()
        shape = (64,) if name in ("BatchNorm1d", "Linear", "Softmax") else (8, 9, 9)
        yield from (branch.name for branch in layer.branches(shape))
    yield from (word for field in ENDS_FORM for word in (field.title, field.allowed))


def of_designs() -> Iterator[Words]:
    alone = [Design.from_json(json.dumps({"layers": [{"kind": kind}]})) for kind in KINDS]
    flat = [stack(Flatten(), *design.layers) for design in alone]
    inside = stack(Residual(layers=(Conv2d(out_channels=4, groups=2), ReLU())))
    for design in (*alone, *flat, inside, stack(), *(design for design, _row, _text in UNWISE.values())):
        for problem in (*summarize(design).problems, *advise(design)):
            yield problem.text
            yield from (repair.label for repair in problem.repairs)
    yield from refusal(lambda: require_trainable(stack()))
    yield from adapt(preset("article-1").design, (3, 32, 32), 4)[1]
    yield from refusal(lambda: adapt(stack(Flatten()), (1, 28, 28), 3))
    yield from refusal(lambda: preset("vgg"))
    yield from (entry.about for entry in PRESETS.values())
    yield from FAMILY_TITLES.values()
    for text, _message in REFUSED.values():
        yield from refusal(partial(Design.from_json, text))


def of_edits() -> Iterator[Words]:
    history = begin(stack(Residual(layers=(Conv2d(padding="same"), ReLU())), Linear(out_features=10)))
    wanted: list[Edit] = [
        Add(kind="Conv2d", after=None),
        Move(id=2, by=1),
        Move(id=2, by=-1),
        Move(id=2, by=-1),
        Duplicate(id=2),
        SetField(id=2, field="bias", value=False, burst=1),
        SetEnd(field="classes", value=9, burst=2),
        Inside(id=0, edit=Delete(id=1)),
        ApplyRepair(id=1, repair="flatten"),
        Undo(),
        Redo(),
        Redo(),
    ]
    for each in wanted:
        history, change = edit(history, each)
        yield from (change.what, change.announcement, history.undoes, history.redoes)
    for refused in (
        Add(kind="LSTM", after=None),
        Delete(id=99),
        SetField(id=2, field="stride", value=0, burst=3),
        SetField(id=2, field="color", value=0, burst=3),
        SetField(id=2, field="groups", value=3, burst=3),
        Inside(id=2, edit=Delete(id=0)),
        Inside(id=0, edit=Delete(id=0)),
        Inside(id=0, edit=Add(kind="Residual", after=0)),
        ApplyRepair(id=1, repair="flatten"),
    ):
        yield from refusal(partial(edit, history, refused))


def of_data(folder: Path) -> Iterator[Words]:
    for info in catalogue().infos():
        yield from (info.title, info.about, info.sizes)
        yield from (class_words(name) for name in info.classes if len(name) > 3)
    yield own_drawings.summary(folder)
    yield from refusal(lambda: catalogue().describe("imagenet"))
    yield from refusal(lambda: own_drawings.load(catalogue().describe("drawings"), folder))
    yield from refusal(lambda: own_drawings.delete(folder, "none"))
    yield from refusal(lambda: own_drawings.Part.read("7"))
    (folder / "MNIST" / "raw").mkdir(parents=True)
    (folder / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").write_bytes(b"too short")
    yield refusal(lambda: catalogue(folder, folder).load("mnist"))[3]


def of_drawings() -> Iterator[Words]:
    ink = np.zeros((140, 140), np.uint8)
    yield blank_doubt(ink).reason
    ink[20:120, 60:80] = 255
    yield from (step.name for step in read_photo(Image.fromarray(255 - ink)).steps)
    yield from refusal(lambda: read_photo(b"no picture"))
    yield from refusal(lambda: read_photo(Image.new("L", (50, 50), 255)))
    things = ("horse", "truck")
    yield doubt_about([0.5, 0.5], things, Drawing(ink)).reason
    yield doubt_about([0.9, 0.1], things, Drawing(ink), novelty=1.0).reason
    digits = tuple("0123456789")
    ink[:] = 255
    yield doubt_about([0.1] * 10, digits, Drawing(ink)).reason
    for shape in ((3, 28, 28), (1, 32, 32), (3, 64, 64)):
        yield fit_input(torch.zeros(1, 28, 28), shape)[1]


@pytest.mark.parametrize("texts", [of_layers, of_designs, of_edits, of_drawings])
def test_texts_are_translatable(texts: Callable[[], Iterator[Words]]) -> None:
    """What has no entry in the catalogue is a name, a number or what a person typed."""
    assert sorted({piece for words in texts() for piece in english(words)}) == []


def test_texts_of_data_sets_are_translatable(tmp_path: Path) -> None:
    """Including those of their errors."""
    assert sorted({piece for words in of_data(tmp_path) for piece in english(words)}) == []


SPOKEN: dict[str, Callable[[Path], object]] = {
    "receptive field": lambda home: ReceptiveField.of_a_pixel(28, 28).slide(3, 1, 0, 1, (26, 26)),
    "whole receptive field": lambda home: ReceptiveField.of_a_pixel(28, 28).whole(),
    "statistics": lambda home: Statistics(-0.5, 0.0, 1.9, 0.6),
    "data set": lambda home: catalogue(home).words("digits"),
    "drawings": lambda home: catalogue(home).words("drawings"),
    "label": lambda home: Residual().label(),
}


@pytest.mark.parametrize("case", SPOKEN)
def test_texts_translated_on_the_spot_are_in_the_viewers_language(case: str, tmp_path: Path) -> None:
    """Texts that are not a Message: no word of them is outside the brackets."""
    with speaking("pseudo"):
        text = str(SPOKEN[case](tmp_path))
    assert text.startswith("[")
    assert re.findall(r"[^\W\d_]", outside_brackets(text)) == []
