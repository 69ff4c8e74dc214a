from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from cnnlab.charts.network import network_svg
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.layers import Conv2d, Flatten, Inception, Layer, Linear, ReLU, Residual, SqueezeExcitation

SVG = "{http://www.w3.org/2000/svg}"


def forty_layers() -> Design:
    pair: list[Layer] = [Conv2d(out_channels=8, padding="same"), ReLU()]
    return Design(name="forty").with_layers((*pair * 19, Flatten(), Linear(out_features=10)))


def texts(picture: str) -> list[str]:
    """Every piece of text in the order in which it is drawn; broken XML would raise."""
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def boxes(picture: str) -> list[float]:
    """The heights of the boxes' fronts."""
    fronts = re.findall(
        r'<rect x="[^"]+" y="[^"]+" width="[^"]+" height="([^"]+)"[^>]*fill-opacity="0.72"', picture
    )
    return [float(height) for height in fronts]


@pytest.mark.parametrize("name", PRESETS)
def test_every_row_is_named_with_its_shape(name: str) -> None:
    """In order."""
    text = " ".join(texts(network_svg(preset(name).design)))
    positions = [
        text.index(f"{number} {layer.kind}") for number, layer in enumerate(preset(name).design.layers, 1)
    ]
    assert positions == sorted(positions)


def test_maps_are_drawn_to_scale() -> None:
    """The heights of LeNet-5's maps of 28, 14, 10 and 5 pixels are in proportion."""
    heights = boxes(network_svg(preset("lenet-5").design))
    whole = heights[0]
    assert {round(28 * height / whole) for height in heights[:7]} == {28, 14, 10, 5}


@pytest.mark.parametrize("width", [360, 1_180])
def test_a_long_network_continues_on_the_next_line(width: int) -> None:
    """Forty layers fit the page's width, and every row is there."""
    picture = network_svg(forty_layers(), width=width)
    assert float(ElementTree.fromstring(picture).attrib["width"]) <= width
    assert sum(text.endswith("ReLU") for text in texts(picture)) == 19


def test_a_residual_block_shows_its_skip_path() -> None:
    """The layers inside, the way around them, and the addition where both meet."""
    design = Design(input_shape=(3, 8, 8)).with_layers(
        (Conv2d(out_channels=32, padding="same"), Residual(), Flatten(), Linear())
    )
    found = texts(network_svg(design))
    assert {"identity", "+"} <= set(found)
    assert found.count("BatchNorm2d") == 2


def test_branches_say_how_they_meet() -> None:
    """Inception concatenates its branches, attention multiplies."""
    design = Design().with_layers((Inception(), SqueezeExcitation(), Flatten(), Linear()))
    assert {"⧺", "×", "the maps themselves"} <= set(texts(network_svg(design)))


def test_a_row_that_does_not_work_yet_is_drawn_dashed() -> None:
    """An unfinished network has a picture too."""
    picture = network_svg(Design().with_layers((Conv2d(), Linear())))
    assert "no shape yet" in texts(picture)
    assert 'stroke-dasharray="3 3"' in picture


def test_an_empty_stack_is_its_input() -> None:
    """There is nothing else to draw."""
    assert texts(network_svg(Design())) == ["Input", "1×28×28"]


def test_a_typed_name_is_shown_not_interpreted() -> None:
    """Neither as an element nor as the end of an attribute."""
    name = '"><script>alert(1)</script><b>&amp;'
    picture = network_svg(Design(name=name))
    root = ElementTree.fromstring(picture)
    assert root.attrib["aria-label"].startswith(name)
    assert root.find(f"{SVG}title").text == name  # type: ignore[union-attr]
    assert root.find(f".//{SVG}script") is None


def test_light_and_dark_differ_only_in_color() -> None:
    """Everything else is the same."""
    light, dark = (network_svg(preset("lenet-5").design, dark=dark) for dark in (False, True))
    assert light != dark
    assert re.sub("#[0-9a-f]{6}", "", light) == re.sub("#[0-9a-f]{6}", "", dark)
