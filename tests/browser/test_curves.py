"""The live curves in a real browser: what is drawn grows, and what a person has chosen stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import batches_shown, settled, visit


@pytest.mark.timeout(300)
def test_the_zoom_stays_while_the_curves_grow(page: Page) -> None:
    """Steps shown before a tick are the steps shown after it; "Whole run" brings the rest back."""
    curve = train(page)
    grown(curve, 100)
    page.get_by_role("button", name="Zoom in").click()
    seen, shown = batches_shown(curve), axis(curve)
    grown(curve, seen + 20)
    assert axis(curve) == shown
    page.get_by_role("button", name="Show the whole run").click()
    expect(page.get_by_role("button", name="Show the whole run")).to_be_disabled()
    assert axis(curve) != shown
    logarithmic_batches(page, curve)
    one_card_for_both_charts(page, curve)
    the_same_as_a_table(page)
    page.get_by_role("button", name="Stop").click()


def train(page: Page) -> Locator:
    """A small network, many small batches; the loss curve."""
    visit(page, "/train")
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="lenet-5").click()
    settled(page)
    for name, value in (("Epochs", 500), ("Batch size", 4)):
        field = page.get_by_role("spinbutton", name=name)
        field.fill(str(value))
        field.press("Tab")
        settled(page)
    page.get_by_role("button", name="Start", exact=True).click()
    return page.get_by_test_id("curve-loss")


def logarithmic_batches(page: Page, curve: Locator) -> None:
    """The axis begins at the first batch, and its labels are 1, 10, 100; a second click takes it back."""
    button = page.get_by_role("button", name="Logarithmic axis for the batches")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert {"1", "10", "100"} <= set(axis(curve))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def one_card_for_both_charts(page: Page, curve: Locator) -> None:
    """Arrow keys walk along the line; the card tells loss and accuracy of the same batch."""
    curve.focus()
    page.keyboard.press("ArrowLeft")
    card = page.locator(".curves .card")
    expect(card).to_contain_text(re.compile(r"Epoch \d+, batch \d+"))
    expect(card).to_contain_text(re.compile(r"Training, averaged\s*\d\.\d{4}\s*\d+\.\d{2} %"))
    page.get_by_test_id("curve-accuracy").focus()
    expect(card).to_be_hidden()


def the_same_as_a_table(page: Page) -> None:
    """For who cannot see the charts."""
    page.get_by_text("Show as a table").click()
    expect(page.locator(".curves tbody tr").first).to_contain_text(re.compile(r"^1\d\.\d{4}"))


def grown(curve: Locator, least: int) -> None:
    """Wait until the curve shows so many batches."""
    expect(curve).to_be_visible()
    while batches_shown(curve) < least:
        expect(curve).not_to_have_attribute("aria-label", curve.get_attribute("aria-label") or "")


def axis(curve: Locator) -> list[str]:
    """The labels below the chart: batches and epochs."""
    middle = "nodes => nodes.filter((node) => node.getAttribute('text-anchor') === 'middle')"
    read = f"nodes => ({middle})(nodes).map((node) => node.textContent)"
    labels: list[str] = curve.locator(".grid text").evaluate_all(read)
    return labels
