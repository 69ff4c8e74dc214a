"""The picture of a schedule, and its sentence."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cnnlab.charts.schedule import schedule_svg, schedule_text


def test_the_curve_goes_from_the_start_to_the_end() -> None:
    """The highest rate touches the top, half of it is halfway, zero is at the bottom; epochs are numbered."""
    svg = ElementTree.fromstring(schedule_svg([0.01, 0.005, 0.0], 5))
    line = svg.find("polyline")
    assert line is not None
    assert line.get("points") == "72.0,14.0 240.0,53.0 408.0,92.0"
    texts = [text.text for text in svg.findall("text")]
    assert texts == ["0", "0.01", "0", "1", "2", "3", "4", "5", "epochs done"]


def test_a_start_below_the_top_has_its_number() -> None:
    """Between zero and the highest rate; of many epochs, some are numbered."""
    svg = ElementTree.fromstring(schedule_svg([0.005, 0.01, 0.0], 100))
    texts = [text.text for text in svg.findall("text")]
    assert texts == ["0", "0.01", "0.005", "0", "20", "40", "60", "80", "100", "epochs done"]


@pytest.mark.parametrize(
    ("rates", "text"),
    [
        ([0.001, 0.01, 1e-6], "The learning rate starts at 0.001, rises to 0.01, and ends at 1.0 × 10⁻⁶."),
        ([0.01, 0.001, 0.00001], "The learning rate falls from 0.01 to 0.00001."),
        ([0.001, 0.005, 0.01], "The learning rate rises from 0.001 to 0.01."),
        ([0.01, 0.01, 0.01], "The learning rate stays at 0.01."),
    ],
)
def test_the_picture_as_a_sentence(rates: list[float], text: str) -> None:
    """It says what happens, in plain numbers."""
    assert schedule_text(rates) == text
