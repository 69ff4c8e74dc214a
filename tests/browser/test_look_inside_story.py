"""From what a network confuses to what one of its channels is worth, in one go."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.models.partial import silenced
from cnnlab.reader.loaded_model import load_model
from cnnlab.runs.store import RunStore
from tests.browser.driving import Server, running_lab, visit
from tests.browser.test_look_inside import CARD, expect_number, tiles, value
from tests.browser.test_test_set import answered, cell, run_id
from tests.catalogue import catalogue

ROW = 3  # the second convolution of lenet-5: 16 maps


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run, in a home folder of its own."""
    home = tmp_path_factory.mktemp("story")
    shutil.copytree(trained_home, home / "home")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def selected(page: Page) -> tuple[int, int, int, int]:
    """The number of the picture, the unit and the cell in the page's address."""
    expect(page).to_have_url(re.compile(r"picture=digits-\d+.*unit=\d+&cell=\d+-\d+"))
    found = re.search(r"picture=digits-(\d+).*unit=(\d+)&cell=(\d+)-(\d+)", page.url)
    assert found
    number, unit, y, x = map(int, found.groups())
    return number, unit, y, x


def shares(network: nn.Module, image: Tensor) -> Tensor:
    """The probabilities of the classes for (C, H, W), in per cent."""
    with torch.inference_mode():
        return 100 * network(image[None]).softmax(1)[0]


def test_from_a_confusion_to_a_channel_that_is_off(page: Page, server: Server) -> None:
    """Cell, picture, map, number, what excites the unit, and the network without it: all as torch says."""
    store = RunStore(server.home)
    model = load_model(store, catalogue(), run_id(server), 2).model
    store.close()
    split = catalogue().load("digits").test
    images = split.images.float() / 255
    with torch.inference_mode():
        maps = model[: ROW + 1](images)

    visit(page, f"/look_inside?run={run_id(server)}&epoch=2&view=set")
    answered(page)
    cell(page, 3, 3).click()
    page.get_by_role("link", name=re.compile("rightly read as 3")).first.click()
    expect(page.get_by_text(re.compile(r"^Digits, test picture \d+: 3$"))).to_be_visible()
    page.locator(".look .column > button").nth(ROW).click()
    tiles(page, ROW).click(position={"x": 40, "y": 12})
    number, unit, y, x = selected(page)
    expect_number(value(page), float(maps[number - 1, unit, y, x]))
    expect(page.locator(f"{CARD} .trace-card .check")).to_contain_text("✓")

    page.get_by_role("tab", name="Excited by").click()
    exciting = page.locator(f"{CARD} .nine a")
    expect(exciting).to_have_count(9)
    best = maps[:, unit].flatten(1).amax(1)
    expect_number(exciting.first.locator("b"), float(best.max()))
    exciting.first.click()
    most = int(best.argmax()) + 1
    expect(page.get_by_text(re.compile(f"^Digits, test picture {most}: "))).to_be_visible()
    expect(page).to_have_url(re.compile(f"picture=digits-{most}(&|$)"))
    number, same, y, x = selected(page)
    assert same == unit
    assert float(maps[number - 1, unit, y, x]) == pytest.approx(float(best.max()))

    page.get_by_role("tab", name="Switch off").click()
    page.get_by_role("switch", name=f"Channel {unit + 1}").click()
    changed = silenced(model, LayerAddress(ROW), unit)
    rows = page.locator(f"{CARD} .both tbody tr")
    expect(rows.first.locator("td").nth(2)).not_to_have_text("–")
    for place, (before, after) in enumerate(
        zip(shares(model, images[number - 1]), shares(changed, images[number - 1]), strict=True)
    ):
        for column, share in ((1, before), (2, after)):
            text = rows.nth(place).locator("td").nth(column).inner_text()
            assert float(text.strip("<> ")) == pytest.approx(float(share), abs=0.11)
    with torch.inference_mode():
        right = [float((each(images).argmax(1) == split.labels).double().mean()) for each in (model, changed)]
    texts = [f"{100 * each:.1f}".removesuffix(".0") for each in right]
    expected = re.compile(rf"of Digits, {texts[0]}\s% are right with it, {texts[1]}\s% without")
    expect(page.locator(f"{CARD} .recall .about")).to_have_text(expected)
