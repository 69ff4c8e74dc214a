"""Two networks side by side on Look inside, the layers inside of blocks, and what pointing at a map shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.interpret.activations import feature_maps_at
from cnnlab.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Residual
from cnnlab.reader.loaded_model import load_model
from tests.browser.driving import Server, running_lab, visit
from tests.browser.states import opened_store, run_id
from tests.browser.test_look_inside import CARD, expect_number, value
from tests.catalogue import catalogue
from tests.lab import open_lab

BLOCK = Residual(layers=(Conv2d(out_channels=6, padding="same"), ReLU()))
LAYERS = (Conv2d(out_channels=6), MaxPool2d(), BLOCK, Flatten(), Linear(out_features=10))
DESIGN = Design(name="block").with_layers(LAYERS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a run of two epochs of a network with a block."""
    home = tmp_path_factory.mktemp("pair")
    with open_lab(home / "home") as lab:
        lab.train(DESIGN, epochs=2, name="block")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def picture() -> torch.Tensor:
    """The first test picture of the digits."""
    return catalogue().load("digits").test.images[0].float() / 255


def model_at(server: Server, epoch: int) -> torch.nn.Sequential:
    """The run's network after an epoch, from its file."""
    with opened_store(server) as store:
        return load_model(store, catalogue(), run_id(server, "block"), epoch).model


def boards(page: Page, network: int) -> Locator:
    """The maps of the rows of a network: 0 for A, 1 for B."""
    return page.locator(".look .pair > .strips").nth(network).locator("> .map-rows > .map-row .tiles")


def test_two_epochs_stand_side_by_side(page: Page, server: Server) -> None:
    """The same map at the same height, on one scale; either number is traced; at the end all is as before."""
    run = run_id(server, "block")
    visit(page, f"/look_inside?run={run}&epoch=2&row=0&unit=3&cell=4-5&rows=all")
    first = feature_maps_at(model_at(server, 2), picture(), [LayerAddress(0)])[LayerAddress(0)]
    untrained = feature_maps_at(model_at(server, 0), picture(), [LayerAddress(0)])[LayerAddress(0)]
    expect_number(value(page), float(first[3, 4, 5]))
    alone = boards(page, 0).first.bounding_box()
    visit(page, f"/look_inside?run={run}&epoch=2&with={run}&with_epoch=0&row=0&unit=3&cell=4-5&rows=all")
    expect_number(value(page), float(first[3, 4, 5]))
    for row in range(len(LAYERS)):
        one, other = (boards(page, network).nth(row).bounding_box() for network in (0, 1))
        assert one
        assert other
        assert (one["y"], one["width"]) == pytest.approx((other["y"], other["width"]), abs=1)
        assert one["x"] + one["width"] < other["x"]
    scales = page.locator(".look .map-row:nth-of-type(1) .range")
    expect(scales.first).to_have_text(scales.last.inner_text())
    page.get_by_role("group", name="The same number of network").get_by_role("button", name="B").click()
    expect_number(value(page), float(untrained[3, 4, 5]))
    expect(page).to_have_url(re.compile("of=b"))
    expect(page.locator(f"{CARD} .inside > h2")).to_have_text(re.compile("^B · 1. Convolution: map 4"))
    expect(page.locator(".look .picked rect.cell:not(.halo)")).to_have_count(2)
    page.get_by_role("button", name="End the comparison").click()
    expect(page.locator(".look .pair > .strips")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("with|of=b"))
    expect_number(value(page), float(first[3, 4, 5]))
    assert boards(page, 0).first.bounding_box() == pytest.approx(alone, abs=0.1)


def test_a_block_opens_to_the_maps_of_its_layers(page: Page, server: Server) -> None:
    """A click on one shows it large and traces its number; a link opens the block again."""
    visit(page, f"/look_inside?run={run_id(server, 'block')}&epoch=2&row=2&rows=all")
    page.get_by_text("Layers inside of the block").click()
    inside = page.locator(".look .within .map-row .tiles")
    expect(inside).to_have_count(2)
    address = LayerAddress(2, 0, 0)
    maps = feature_maps_at(model_at(server, 2), picture(), [address])[address]
    inside.first.click(position={"x": 20, "y": 18})
    expect(page).to_have_url(re.compile(r"row=2\.0\.0&.*unit=0&cell=\d+-\d+"))
    found = re.search(r"cell=(\d+)-(\d+)", page.url)
    assert found
    number = float(maps[0, int(found[1]), int(found[2])])
    expect_number(value(page), number)
    expect(page.locator(f"{CARD} .stage canvas")).to_be_visible()
    expect(page.locator(".look .within .picked rect.cell:not(.halo)")).to_have_count(1)
    page.reload()
    expect(inside).to_have_count(2)
    expect_number(value(page), number)


def test_pointing_at_a_map_shows_what_it_is_made_from(page: Page, server: Server) -> None:
    """Its figures and its strongest connections, as the weights have them; its sources light up."""
    run = run_id(server, "block")
    model = model_at(server, 2)
    with page.expect_response(re.compile("api/connections")):
        visit(page, f"/look_inside?run={run}&epoch=2&row=4&rows=all")
    weights = model.state_dict()["4.weight"][7].numpy()
    boards(page, 0).nth(4).hover(position={"x": 25 * 7 + 12, "y": 12})
    about = page.locator(".look .strips > .loupe .about-map")
    strongest = int(np.abs(weights).argmax())
    number = f"{weights[strongest]:.3g}".replace("-", "−")  # noqa: RUF001 - a minus sign
    expect(about).to_contain_text(f"Strongest connections: number {strongest + 1} ({number})")
    expect(boards(page, 0).nth(3).locator("..").locator("canvas.sources")).to_be_attached()
    maps = feature_maps_at(model, picture(), [LayerAddress(0)])[LayerAddress(0)][2]
    boards(page, 0).first.scroll_into_view_if_needed()
    tile = boards(page, 0).first.evaluate("({ row }) => row.place(2)")
    boards(page, 0).first.hover(position={"x": tile["x"] + 9, "y": tile["y"] + 9})
    figures = [f"{float(each):.3g}".replace("-", "−") for each in (maps.min(), maps.max())]  # noqa: RUF001
    expect(about).to_contain_text(f"26×26, from {figures[0]} to {figures[1]}, mean ")  # noqa: RUF001
    expect(page.locator("canvas.sources")).to_have_count(0)
