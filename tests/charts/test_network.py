from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from cnnlab.charts.network import THUMBNAIL, network_svg, network_thumbnail
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.layers import Conv2d, Flatten, Inception, Layer, Linear, ReLU, Residual, SqueezeExcitation

SVG = "{http://www.w3.org/2000/svg}"


def forty_layers() -> Design:
    pair: list[Layer] = [Conv2d(out_channels=8, padding="same"), ReLU()]
    return Design(name="forty").with_layers((*pair * 19, Flatten(), Linear(out_features=10)))


def texts(picture: str) -> list[str]:
    """Every piece of text in the order in which it is drawn; broken XML would raise."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def boxes(picture: str) -> list[float]:
    """The heights of the boxes' fronts."""
    fronts = re.findall(
        r'<rect x="[^"]+" y="[^"]+" width="[^"]+" height="([^"]+)"[^>]*fill-opacity="0.72"', picture
    )
    return [float(height) for height in fronts]


@pytest.mark.parametrize("name", PRESETS)
def test_every_row_is_named(name: str) -> None:
    """By its common name, in order."""
    text = " ".join(texts(network_svg(preset(name).design)))
    positions = [
        text.index(f"{number} {layer.title}") for number, layer in enumerate(preset(name).design.layers, 1)
    ]
    assert positions == sorted(positions)


def slabs(picture: str, kind: str = "slab") -> list[str]:
    """The rows whose parts are drawn, in the order in which they are drawn."""
    root = ElementTree.fromstring(picture)
    return [part.attrib["data-row"] for part in root.iter(f"{SVG}g") if part.get("class") == kind]


@pytest.mark.parametrize("name", ["article-1", "small-resnet", "small-vgg"])
@pytest.mark.parametrize("width", [360, 1_180, 1_800])
def test_every_row_has_one_slab(name: str, width: int) -> None:
    """So that it can be pointed at, whether it stands apart or in front of another, or is a block."""
    rows = [str(index) for index in range(len(preset(name).design.layers))]
    assert slabs(network_svg(preset(name).design, width=width)) == ["input", *rows]


def test_rows_stand_in_front_of_others_only_where_there_is_no_room() -> None:
    """Then their names are listed together; apart, each has its own below it."""
    wide, narrow = (network_svg(preset("article-1").design, width=width) for width in (1_180, 700))
    assert slabs(wide, "slab-label") == []
    assert slabs(narrow, "slab-label") == slabs(narrow)


def test_the_librarys_name_stands_below_the_common_one() -> None:
    """In gray, with the settings; not where both are the same."""
    found = texts(network_svg(preset("article-1").design))
    assert found[found.index("1 Convolution") + 1] == "Conv2d 32, 3×3"
    assert found[found.index("2 ReLU") + 1] == "32×26×26"


def test_on_a_page_the_picture_has_no_background() -> None:
    """The page is its paper, in every theme; a file has its own."""
    design = preset("article-1").design
    background = '<rect width="100%" height="100%"'
    assert background in network_svg(design)
    assert background not in network_svg(design, on_page=True)
    assert background not in network_svg(design, background=False)


@pytest.mark.parametrize("name", PRESETS)
def test_all_thumbnails_have_the_same_size(name: str) -> None:
    """And nothing in them reaches over the edge: the whole is scaled down to fit."""
    root = ElementTree.fromstring(network_thumbnail(preset(name).design))
    assert root.attrib["viewBox"] == "0 0 {} {}".format(*THUMBNAIL)
    inside = root.find(f"{SVG}g")
    assert inside is not None
    zoom = float(inside.attrib["transform"].rpartition("scale(")[2].rstrip(")"))
    moved = [float(x) for x in re.findall(r"translate\((-?[\d.]+) ", ElementTree.tostring(root, "unicode"))]
    assert moved[0] + max(moved) * zoom < THUMBNAIL[0]
    assert texts(network_thumbnail(preset("article-1").design)) == []


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
    assert found.count("Batch norm") == 2


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
