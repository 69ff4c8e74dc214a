"""The answer to a picture is attacked in a browser, and the picture compared with what the network knows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import Server, running_lab, visit


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run, in a home folder of its own."""
    home = tmp_path_factory.mktemp("fooled")
    shutil.copytree(trained_home, home / "home")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def test_until_the_answer_flips(page: Page) -> None:
    """The search sets the slider and the address; one level less is another answer, by the keyboard too."""
    visit(page, "/look_inside?picture=digits-2&view=fool")
    page.get_by_role("button", name="Smallest strength that does it").click()
    expect(page.locator(".fooled .status")).to_have_text(re.compile(r"^\d+/255 .* is the smallest strength"))
    expect(page.locator(".fooled .verdict")).to_have_text(re.compile("^Fooled: "))
    slider = page.get_by_role("slider", name="Strength")
    strength = int(slider.input_value())
    expect(page).to_have_url(re.compile(rf"strength={strength}(&|$)"))
    slider.press("ArrowLeft")
    expect(page.locator(".fooled .verdict")).to_have_text(re.compile("^Not fooled: "))
    expect(page).to_have_url(re.compile(rf"strength={strength - 1}(&|$)"))
    page.get_by_label("Goal").select_option("make it: 3")
    expect(page).to_have_url(re.compile("goal=3"))
    page.reload()
    expect(page.get_by_label("Goal")).to_have_value("3")
    expect(slider).to_have_value(str(strength - 1))
    noise = page.get_by_role("slider", name="Noise")
    expect(page.get_by_text(re.compile("^Noise: "))).to_be_visible()
    noise.fill("0")
    expect(page.get_by_text(re.compile(r"^Reads .* L2 distance 0\.00\.$"))).to_be_visible()


def test_what_the_networks_know(page: Page, server: Server) -> None:
    """A test picture is nothing unusual; another network is asked about the same picture."""
    run = next((server.home / "runs").iterdir()).name
    visit(page, f"/look_inside?run={run}&epoch=2&picture=digits-2&view=fool&strength=8")
    expect(page.locator(".fooled .seems").first).to_contain_text("Nothing unusual")
    expect(page.locator(".fooled .nearest canvas")).to_have_count(4)
    expect(
        page.get_by_text("Compared with 1,297 pictures of Digits (it learned from these).")
    ).to_be_visible()
    page.get_by_label("The same picture for").select_option("Bundled digit reader")
    expect(page.locator(".defense .seems")).to_contain_text("It still reads")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as PNG").click()
    assert saved.value.suggested_filename == "attack.png"
    page.get_by_role("button", name="Train it again, with augmentation").click()
    expect(page).to_have_url(re.compile(f"/train.*run={run}"))
