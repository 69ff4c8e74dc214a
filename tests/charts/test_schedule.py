from __future__ import annotations

from xml.etree import ElementTree

from cnnlab.charts.schedule import schedule_svg, schedule_text


def test_the_curve_goes_from_the_start_to_the_end() -> None:
    """The highest rate touches the top, half of it is halfway, zero is at the bottom."""
    svg = ElementTree.fromstring(schedule_svg([0.01, 0.005, 0.0], 5))
    line = svg.find("polyline")
    assert line is not None
    assert line.get("points") == "56.0,8.0 184.0,38.0 312.0,68.0"
    assert [text.text for text in svg.findall("text")] == ["0.01", "0", "start", "after 5 epochs"]


def test_the_text_alternative_to_the_schedule() -> None:
    """First, highest and last rate."""
    assert schedule_text([0.001, 0.01, 0.00001]) == (
        "Learning rate over the run: from 0.001, at most 0.01, to 1e-05"
    )
