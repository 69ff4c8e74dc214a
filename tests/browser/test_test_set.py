"""The whole test set in a browser: asked, answered, and followed down to a single picture."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import Server, running_lab, visit
from tests.processes import survivors
from tests.studies.test_desk import children


@pytest.fixture(scope="module")
def server(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run, in a home folder of its own."""
    home = tmp_path_factory.mktemp("tested")
    shutil.copytree(trained_home, home / "home")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def run_id(server: Server) -> str:
    """The id of its only run."""
    return next((server.home / "runs").iterdir()).name


def cell(page: Page, truth: int, answer: int) -> Locator:
    """A cell of the matrix that is not empty."""
    return page.get_by_role("button", name=re.compile(f"^{truth} answered as {answer}: "))


def answered(page: Page) -> None:
    """Wait for the result."""
    expect(page.locator(".tested .result")).to_contain_text("right")
    expect(page.locator(".tested .tiles li").first).to_be_attached()


def test_from_the_matrix_to_a_picture(page: Page, server: Server) -> None:
    """By the keyboard to a cell, by a click to one of its pictures, and Look inside shows that one."""
    visit(page, f"/look_inside?run={run_id(server)}&epoch=1")
    page.get_by_role("radio", name="The whole test set").click()
    answered(page)
    expect(page).to_have_url(re.compile("view=set"))
    cell(page, 3, 3).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3, read correctly; those that it is least sure of first.")).to_be_attached()
    expect(cell(page, 3, 3)).to_be_focused()
    picture = page.get_by_role(
        "link", name=re.compile("^Look inside: test picture .* rightly read as 3")
    ).first
    address = picture.get_attribute("href") or ""
    number = re.search(r"picture=digits-(\d+)", address)
    assert number
    assert "epoch=1" in address
    picture.click()
    expect(page.get_by_text(f"Digits, test picture {number[1]}: 3")).to_be_visible()
    expect(page).to_have_url(re.compile(f"picture=digits-{number[1]}$|picture=digits-{number[1]}&"))
    expect(page).not_to_have_url(re.compile("view=set"))


def test_the_matrix_is_one_stop_of_the_tab_key(page: Page, server: Server) -> None:
    """Arrow keys go on to the next cell that is not empty."""
    visit(page, f"/look_inside?run={run_id(server)}&epoch=1&view=set")
    answered(page)
    expect(page.locator(".confusion button[tabindex='0']")).to_have_count(1)
    rows = [row.locator("td").all_inner_texts() for row in page.locator(".confusion tbody tr").all()]
    full = [[place for place, text in enumerate(row) if text] for row in rows]
    truth, (first, second, *_others) = next((at, row) for at, row in enumerate(full) if len(row) > 1)
    cell(page, truth, first).focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, truth, second)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, truth, first)).to_be_focused()
    expect(page.locator(".confusion button[tabindex='0']")).to_have_count(1)


def test_the_lists_and_their_pages(page: Page, server: Server) -> None:
    """24 at a time, each with ten bars, the truth and ✓ or ✗."""
    visit(page, f"/look_inside?run={run_id(server)}&view=set")
    answered(page)
    page.get_by_role("button", name="Least sure").click()
    tiles = page.locator(".tested .tiles li")
    expect(tiles).to_have_count(24)
    expect(page.get_by_text("1 to 24 of 250")).to_be_visible()
    expect(tiles.first.locator(".chances > span")).to_have_count(10)
    expect(tiles.first.locator("b")).to_have_text(re.compile(r"^[✓✗] \d$"))
    first = tiles.first.locator("a").get_attribute("aria-label")
    page.get_by_role("button", name="More pictures").click()
    expect(page.get_by_text("25 to 48 of 250")).to_be_visible()
    page.get_by_role("button", name="Pictures before").click()
    expect(tiles.first.locator("a")).to_have_attribute("aria-label", first or "")


def test_rows_in_per_cent(page: Page, server: Server) -> None:
    """The same matrix; the cell that has the focus keeps it."""
    visit(page, f"/look_inside?run={run_id(server)}&view=set")
    answered(page)
    count = cell(page, 0, 0).inner_text()
    row = page.locator(".confusion tbody tr").first
    total = sum(int(each.inner_text()) for each in row.get_by_role("button").all())
    page.get_by_role("button", name="Per cent of the row").click()
    expect(cell(page, 0, 0)).to_have_text(re.compile(f"^{100 * int(count) / total:.1f}$|^100$"))


def test_a_random_page_stays_after_a_reload(page: Page, server: Server) -> None:
    """Shuffle shows other pictures, and a reload the same ones."""
    visit(page, f"/look_inside?run={run_id(server)}&view=set")
    answered(page)
    page.get_by_role("button", name="Random").click()
    links = page.locator(".tested .tiles a")
    first = labels_after(links, "All test pictures in a random order", page)
    page.get_by_role("button", name="Shuffle").click()
    expect(links.first).not_to_have_attribute("aria-label", first[0])
    shuffled = [each.get_attribute("aria-label") for each in links.all()]
    page.reload()
    answered(page)
    assert labels_after(links, "All test pictures in a random order", page) == shuffled


def labels_after(links: Locator, words: str, page: Page) -> list[str | None]:
    """What a list of pictures says, once it is the one that these words describe."""
    expect(page.get_by_text(words)).to_be_visible()
    expect(links).to_have_count(24)
    return [each.get_attribute("aria-label") for each in links.all()]


def test_from_a_point_to_its_picture(page: Page, server: Server) -> None:
    """By the keyboard among the points of one class; Enter looks inside that picture. Charts become files."""
    visit(page, f"/look_inside?run={run_id(server)}&epoch=2&view=set")
    answered(page)
    points = page.get_by_role("application", name=re.compile("^250 test pictures as points"))
    expect(points).to_have_accessible_name(re.compile("3: 25"))
    for button in page.get_by_role("button", name="Save as PNG").all():
        with page.expect_download() as started:
            button.click()
        assert started.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("group", name="Show only").get_by_role("button", name="3", exact=False).click()
    page.get_by_text("Show as a table").first.click()
    expect(page.locator(".embedded tbody tr")).to_have_count(25)
    points.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    words = page.locator(".tested .point")
    expect(words).to_have_text(re.compile(r"it is 3$|rightly read as 3 "))
    expect(page.locator(".tested .card canvas")).to_be_visible()
    number = re.search(r"test picture (\d+)", words.inner_text(), re.IGNORECASE)
    assert number
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Digits, test picture {number[1]}: 3")).to_be_visible()


def test_a_study_is_canceled_and_begun_again(page: Page, server: Server) -> None:
    """Cancel leaves no process behind, and nothing has been found; then it goes on to its end."""
    visit(page, f"/look_inside?run={run_id(server)}&epoch=0&view=set")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Canceled.")).to_be_visible()
    assert survivors(children(server.pid), seconds=5) == []
    page.get_by_role("button", name="Begin").click()
    answered(page)
    expect(page.locator(".tested .head")).to_contain_text("The network is untrained: its weights are random.")
    expect(page.locator(".tested .wait")).to_be_hidden()  # the next test finds no process of this one


def test_a_killed_study_is_words_and_a_button(page: Page, server: Server) -> None:
    """No traceback, no endless bar."""
    visit(page, "/look_inside?view=set")
    deadline = time.monotonic() + 60
    while not (family := children(server.pid)):
        assert time.monotonic() < deadline
    for process in family:
        process.kill()
    expect(page.locator(".tested .failed")).to_contain_text("ended without an answer")
    page.get_by_role("button", name="Try again").click()
    answered(page)


def test_from_a_run_to_the_whole_test_set(page: Page, server: Server) -> None:
    """The pictures behind a cell on Train lead to all of them, with the same weights."""
    visit(page, f"/train?run={run_id(server)}")
    page.get_by_role("button", name=re.compile("^1 answered as 1: ")).click()
    page.get_by_role("link", name="All test pictures, in Look inside").click()
    answered(page)
    expect(page).to_have_url(re.compile("view=set"))
    expect(page.get_by_role("radio", name="The whole test set")).to_be_checked()
