"""The README's first five minutes, followed step by step with a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import visit, wait_until_settled
from tests.browser.test_story import CROSSED_SEVEN, stroke, type_number
from tests.conftest import ROOT


def steps() -> list[str]:
    """The README's numbered steps, each on one line."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## The first five minutes\n(.*?)(?=^## )", readme, re.M | re.S)
    assert section
    found = re.findall(r"^\d\. (.*?)(?=^\d\. |\Z)", section[1], re.M | re.S)
    return [" ".join(step.split()) for step in found]


def test_the_readme_has_the_steps_that_are_followed_here() -> None:
    """A rewritten step fails here, next to the test to be adapted."""
    names = [re.findall(r"\*\*(.+?)\*\*|\*([^*]+)\*", step) for step in steps()]
    assert [["".join(pair) for pair in found] for found in names] == [
        ["Draw"],
        ["Build"],
        ["Train", "Start paused", "One batch", "Resume"],
        ["Look inside"],
        ["Draw"],
    ]


@pytest.mark.timeout(300)
def test_the_first_five_minutes(page: Page) -> None:
    """In one browser, from the first 7 to a newly trained network that reads it."""
    first = page.context.new_page()
    draw_a_seven(first)
    build_on_article_1(first)
    url = train(first)
    first.close()
    visit(page, url)
    expect(page.get_by_text(re.compile(r"^2 epochs in "))).to_be_visible()
    look_inside(page)
    draw_again(page)


def draw_a_seven(page: Page) -> None:
    """Step 1: draw a 7, which is read as a 7."""
    visit(page)
    for line in CROSSED_SEVEN:
        stroke(page, line)
    expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "7")


def build_on_article_1(page: Page) -> None:
    """Step 2: article-1 is in the editor; a broken row blocks training, and a click repairs it."""
    page.get_by_role("link", name="Build").click()
    wait_until_settled(page)
    stack = page.get_by_role("group", name="Layer stack")
    parameters = stack.locator("[data-total=parameters]")
    expect(parameters).to_have_text("121,930")
    flatten = stack.get_by_role("listitem", name=re.compile("Flatten"))
    flatten.get_by_role("button", name="Delete (Del)").click()
    expect(stack.get_by_text(re.compile(r"^Row \d+ cannot work"))).to_be_visible()
    expect(parameters).to_have_text(re.compile("so far$"))
    expect(page.get_by_role("button", name="Train this network")).to_be_disabled()
    stack.locator(".repair").first.click()
    expect(parameters).to_have_text("121,930")
    first = stack.get_by_role("listitem", name=re.compile("^Row 1 of"))
    first.get_by_label("Filters").fill("16")
    expect(first).to_contain_text("160")  # 16 filters of 3x3, and a bias each
    page.get_by_role("button", name="Train this network").click()
    wait_until_settled(page)


def train(page: Page) -> str:
    """Step 3: start paused, train one batch, then the rest; return the URL of the run."""
    type_number(page, "Epochs", 2)
    page.get_by_role("button", name="Start paused").click()
    expect(page.get_by_text("Before the first batch")).to_be_visible()
    page.get_by_role("button", name="One batch").click()
    expect(page.get_by_text("Epoch 1 of 2, batch 1 of 21")).to_be_visible()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_enabled()
    resume.click()
    expect(page.get_by_text(re.compile(r"^2 epochs in "))).to_be_visible()
    expect(page.get_by_text(re.compile("of 250 pictures that it has never seen"))).to_be_visible()
    return page.url


def look_inside(page: Page) -> None:
    """Step 4: the 7 of step 1 is still there, and is the picture shown first."""
    page.get_by_role("button", name="Look inside").first.click()
    wait_until_settled(page)
    expect(page.get_by_text("16 filters of 3×3")).to_be_visible()
    expect(page.get_by_role("img", name="Your drawing")).to_be_visible()


def draw_again(page: Page) -> None:
    """Step 5: the new run is selected, and reads a 7 that is drawn again."""
    page.get_by_role("link", name="Draw").click()
    wait_until_settled(page)
    expect(page.get_by_role("combobox", name="Network")).to_have_value(re.compile("^article-1 on digits"))
    page.get_by_role("button", name="Clear").click()
    answer = page.get_by_test_id("prediction")
    expect(answer).to_have_attribute("data-label", "")
    for line in CROSSED_SEVEN:
        stroke(page, line)
    expect(answer).not_to_have_attribute("data-label", "")
    expect(page.get_by_role("img", name="16 maps of 26×26").first).to_be_visible()
