"""How a number of the strips came about: of exactly the network and the picture that they show."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.layers import Conv2d, Linear, ReLU
from cnnlab.models.build import build
from cnnlab.ui.app.lab import lab
from cnnlab.ui.build.editor import Editor
from tests.ui.asgi import Answer, ask, error_text
from tests.ui.unpacking import unpack


@pytest.fixture(autouse=True)
def awake() -> None:
    """The lab has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)


def traced(editor: Editor, cell: str, **query: Any) -> Answer:
    """The route's answer about a number, for the third digit of the test part."""
    body = {"editor": editor.token, "source": "digits", "number": 3, "trace": cell} | query
    return ask("/api/editor/trace", json.dumps(body).encode())


def test_a_number_is_that_of_the_untrained_network(editor: Editor) -> None:
    """As torch computes it for the picture, with the weights of seed 0; scores have the names of classes."""
    picture = lab().catalogue.load("digits").test.images[2].float() / 255
    model = build(editor.design, seed=0).eval()
    with torch.inference_mode():
        maps, shares = model[0](picture[None])[0], model(picture[None])[0]
    data = unpack(traced(editor, "0:5:12:7").body)
    assert data["value"] == pytest.approx(float(maps[5, 12, 7]), abs=1e-6)
    assert (data["layer"], data["position"]) == ("0", [5, 12, 7])
    data = unpack(traced(editor, "10:4").body)
    assert data["value"] == pytest.approx(float(shares[4]), abs=1e-6)
    assert data["names"] == [str(digit) for digit in range(10)]


def test_an_unfinished_network_is_traced_as_far_as_it_works() -> None:
    """A row behind has no numbers."""
    unfinished = (Conv2d(out_channels=4), ReLU(), Linear(out_features=10), ReLU())
    editor = Editor.of(Design().with_layers(unfinished))
    assert unpack(traced(editor, "1:0:3:3").body)["how"] == "function"
    assert "rows 0 to 1" in error_text(traced(editor, "2:0"))


@pytest.mark.parametrize(
    ("cell", "status", "says"),
    [
        ("0:0:0:26", 422, "x 0 to 25"),
        ("0:1", 422, "channel 0 to 31, y 0 to 25"),
        ("x:0", 400, "row 'x': allowed is a row such as 3"),
        ("", 400, "ROW:CHANNEL:Y:X"),
    ],
)
def test_a_number_that_does_not_exist_is_refused(editor: Editor, cell: str, status: int, says: str) -> None:
    """With what is allowed."""
    answer = traced(editor, cell)
    assert answer.status == status
    assert says in error_text(answer)


def test_without_strips_there_is_no_trace() -> None:
    """For the reason that the strips give."""
    wide = (Conv2d(out_channels=512, padding="same"),) * 2
    large = Editor.of(Design(input_shape=(1, 256, 256)).with_layers(wide))
    assert "too large" in error_text(traced(large, "0:0:0:0"))
    undrawn = Editor.of(preset("article-1").design)
    assert "Nothing is drawn yet" in error_text(traced(undrawn, "0:0:0:0", source="drawing", tab=""))
