"""Why this answer, in a browser: the reasons, moved pictures, and the colors over the picture."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cnnlab.interpret.attribution.methods import attribute
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.interpret.probe import probe
from cnnlab.reader.loaded_model import load_bundled
from tests.browser.driving import Server, running_lab, visit
from tests.browser.test_test_set import run_id
from tests.catalogue import catalogue


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run, in a home folder of its own."""
    home = tmp_path_factory.mktemp("why")
    shutil.copytree(trained_home, home / "home")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def test_the_reasons_and_a_link_to_them(page: Page) -> None:
    """The numbers are those of the method; a tile of all methods makes it the large one."""
    image = catalogue().load("digits").test.images[2].float() / 255
    visit(page, "/look_inside?picture=digits-3")
    page.get_by_role("radio", name="Why this answer").click()
    expect(page.get_by_role("heading", name="Why 8 and not 2?")).to_be_visible()
    large = page.locator(".compared .pair canvas")
    expect(large).to_have_attribute("aria-label", re.compile("^8 rather than 2: Sum "))
    page.locator(".methods .method").first.get_by_role("button", name="Show large").click()
    page.locator(".why .against select").select_option("4")
    found = attribute(Question(load_bundled().model, image, Target(8, 4)), "gradient")
    words = f"8 rather than 4: Sum {found.total:.3g};".replace("-", "\N{MINUS SIGN}")
    expect(large).to_have_attribute("aria-label", re.compile(f"^{re.escape(words)}"))
    expect(page).to_have_url(re.compile("view=why.*method=gradient.*against=4"))
    page.reload()
    expect(large).to_have_attribute("aria-label", re.compile(f"^{re.escape(words)}"))
    with page.expect_download() as download:
        page.locator(".compared .pair").get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "gradient-8-rather-than-4.png"


def test_moved_pictures_are_read_by_the_keyboard(page: Page, server: Server) -> None:
    """A cell of the map, and beside it another run."""
    image = catalogue().load("digits").test.images[2].float() / 255
    moved = probe(load_bundled().model, image).shifted[8, 15, 8]  # seven pixels to the right
    visit(page, "/look_inside?picture=digits-3&view=why")
    heat = page.locator(".why .heat").first
    heat.scroll_into_view_if_needed()
    value = page.locator(".why .shifted .value")
    expect(value).to_contain_text("not moved: ")
    heat.focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    expect(value).to_contain_text(f"7 px right: {min(99.9, max(0.1, 100 * moved)):.1f} % for 8")
    page.get_by_label("Compare with another run").select_option(run_id(server))
    expect(page.locator(".why .heat").nth(1)).to_be_visible()
    expect(value).to_contain_text(" · ")
    expect(page.locator(".why .steps li")).to_have_count(10)  # nine rows with weights


def test_the_colors_over_the_picture_follow_it(page: Page) -> None:
    """Off at first; the page keeps its height."""
    visit(page, "/look_inside?picture=digits-3")
    picture = page.locator(".look .picture canvas")
    expect(picture).to_have_attribute("aria-label", "Digits, test picture 3: 8")
    height = page.locator(".look").bounding_box()
    page.get_by_role("button", name="Why: color the picture").click()
    expect(picture).to_have_attribute("aria-label", re.compile("3: 8: Sum"))
    assert page.locator(".look").bounding_box() == height
    page.get_by_role("button", name="Next picture").click()
    expect(picture).to_have_attribute("aria-label", re.compile("4: 7: Sum"))
    page.get_by_role("button", name="Why: color the picture").click()
    expect(picture).to_have_attribute("aria-label", "Digits, test picture 4: 7")
