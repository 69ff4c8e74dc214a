"""The route that traces a number: of the drawing, of a tab's drawing, of a test picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.design.address import LayerAddress
from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.interpret.recording import record
from cnnlab.interpret.trace import trace
from cnnlab.reader.loaded_model import load_bundled
from cnnlab.ui.app.lab import lab
from cnnlab.ui.draw.last_drawing import last_drawings
from tests.ui.asgi import Answer, ask, error_text
from tests.ui.unpacking import unpack

INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
INK[30:45, 40:75] = 255
CELL = {"row": 4, "channel": 2, "y": 5, "x": 6}


@pytest.fixture(autouse=True)
def awake() -> None:
    """The lab has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)


def traced(body: bytes = INK.tobytes(), **query: Any) -> Answer:
    """The route's answer."""
    return ask("/api/trace", body, **(CELL | query))


def value_of(picture: torch.Tensor) -> float:
    """The number of the bundled network at CELL, from the trace itself."""
    bundled = load_bundled()
    return trace(record(bundled.design, bundled.model, picture), LayerAddress(4), (2, 5, 6)).value


def drawn(ink: np.ndarray = INK) -> torch.Tensor:
    """The ink as the network gets it."""
    normalized = from_pad(ink)
    assert normalized is not None
    return torch.from_numpy(normalized.image)


def test_a_number_of_the_drawing_is_traced() -> None:
    """The one that is asked for, of the drawing as it is prepared."""
    data = unpack(traced().body)
    assert (data["layer"], data["position"]) == ("4", [2, 5, 6])
    assert data["value"] == value_of(drawn())
    assert unpack(traced(center=0).body)["value"] != data["value"]


def test_classify_gives_the_same_trace_with_its_answer() -> None:
    """Of the drawing under the pen; none where there is no such number."""
    answer = unpack(ask("/api/classify", INK.tobytes(), trace="4:2:5:6").body)
    assert answer["trace"]["value"] == value_of(drawn())
    assert unpack(ask("/api/classify", INK.tobytes(), trace="16:7").body)["trace"]["names"][7] == "7"
    assert unpack(ask("/api/classify", INK.tobytes(), trace="4:2:5:99").body)["trace"] is None
    assert unpack(ask("/api/classify", INK.tobytes(), trace="99:0").body)["trace"] is None
    assert unpack(ask("/api/classify", INK.tobytes()).body)["trace"] is None


def test_the_drawing_of_a_tab_is_traced() -> None:
    """As Look inside shows it; without one there is nothing to trace."""
    tab = last_drawings.open_tab()
    assert "nothing is drawn" in error_text(traced(b"", picture="drawing", tab=tab))
    last_drawings.receive(tab, Drawing(INK))
    assert unpack(traced(b"", picture="drawing", tab=tab).body)["value"] == value_of(drawn())


def test_a_test_picture_is_traced() -> None:
    """By its number in the data set, from 1."""
    pictures = lab().catalogue.load("digits").test.images
    assert unpack(traced(b"", picture="digits-3").body)["value"] == value_of(pictures[2].float() / 255)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"row": "x"}, 400, "row 'x': allowed is a row such as 3"),
        ({"row": "1.2"}, 400, "or 3.0.1 in a block"),
        ({"row": 99}, 422, "rows 0 to 17"),
        ({"channel": -1}, 400, "channel '-1' is not a number"),
        ({"y": ""}, 400, "y '' is not a number"),
        ({"x": 99}, 422, "x 0 to 13"),
        ({"picture": "digits-0"}, 422, "1 to"),
        ({"picture": "digits-x"}, 422, "1 to"),
        ({"picture": "nothing-1"}, 422, "no data set"),
        ({"picture": "cifar10-1"}, 422, "3×32×32"),
        ({"model": "nobody"}, 404, "no run"),
    ],
)
def test_what_does_not_exist_is_refused(query: dict[str, Any], status: int, says: str) -> None:
    """With what is allowed."""
    answer = traced(**query)
    assert answer.status == status
    assert says in error_text(answer)


@pytest.mark.parametrize("text", ["4", "4:1:2", "4:1:2:3:4", "x:1", "4:-1", "4:1:2:٣"])
def test_a_cell_that_cannot_be_read_is_refused(text: str) -> None:
    """Also while the pen moves."""
    assert ask("/api/classify", INK.tobytes(), trace=text).status == 400


def test_a_drawing_of_another_size_is_refused() -> None:
    """As everywhere."""
    assert traced(b"").status == 400
