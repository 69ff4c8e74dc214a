"""The live curves in a real browser: they grow, and the view that a person chose stays."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import batches_shown, visit, wait_until_settled


@pytest.mark.timeout(300)
def test_the_zoom_stays_while_the_curves_grow(page: Page) -> None:
    """New batches do not move the zoomed range; "Whole run" resets it."""
    curve = start_training(page)
    wait_for_batches(curve, 100)
    page.get_by_role("button", name="Zoom in").click()
    batches, labels_before = batches_shown(curve), axis_labels(curve)
    wait_for_batches(curve, batches + 20)
    assert axis_labels(curve) == labels_before
    page.get_by_role("button", name="Whole run").click()
    expect(page.get_by_role("button", name="Whole run")).to_be_disabled()
    assert axis_labels(curve) != labels_before
    check_logarithmic_axis(page, curve)
    check_other_axes(page, curve)
    check_smoothing(page, curve)
    check_hiding(page, curve)
    check_saving(page)
    check_card_of_both_charts(page, curve)
    check_table(page)
    page.get_by_role("button", name="Stop").click()


def start_training(page: Page) -> Locator:
    """Train a small network in many small batches; return the loss curve."""
    visit(page, "/train")
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="lenet-5").click()
    wait_until_settled(page)
    for name, value in (("Epochs", 500), ("Batch size", 4)):
        field = page.get_by_role("spinbutton", name=name)
        field.fill(str(value))
        field.press("Tab")
        wait_until_settled(page)
    page.get_by_role("button", name="Start", exact=True).click()
    return page.get_by_test_id("curve-loss")


def check_logarithmic_axis(page: Page, curve: Locator) -> None:
    """The axis starts at the first batch and is labeled 1, 10, 100; a second click makes it linear again."""
    button = page.get_by_role("button", name="Log batches")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert {"1", "10", "100"} <= set(axis_labels(curve))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def check_other_axes(page: Page, curve: Locator) -> None:
    """By seconds of training the axis ends at those that it took; the name of the axis follows."""
    by_seconds = page.get_by_role("button", name="seconds", exact=True)
    by_seconds.click()
    expect(by_seconds).to_have_attribute("aria-pressed", "true")
    expect(curve.locator(".grid text", has_text="seconds")).to_be_visible()
    expect(page.get_by_role("button", name="Log seconds")).to_be_visible()
    page.get_by_role("button", name="batch", exact=True).click()
    expect(curve.locator(".grid text", has_text="seconds")).to_have_count(0)


def check_smoothing(page: Page, curve: Locator) -> None:
    """The slider says how many batches the bold line averages over, as does the legend; it is remembered."""
    slider = page.get_by_role("slider", name="Smoothing")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "off")
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "1,000 batches")
    expect(page.get_by_role("button", name="training, averaged over 1,000 batches")).to_be_visible()
    page.reload()
    expect(curve).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "1,000 batches")


def check_hiding(page: Page, curve: Locator) -> None:
    """By keyboard, from the legend; the line comes back the same way."""
    entry = page.get_by_role("button", name="training (per batch)")
    entry.focus()
    page.keyboard.press("Enter")
    expect(entry).to_have_attribute("aria-pressed", "false")
    expect(curve.locator("path.raw")).to_have_count(0)
    expect(curve.locator("path.smooth")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(curve.locator("path.raw")).to_have_count(1)


def check_saving(page: Page) -> None:
    """A picture that needs no style sheet, the same as pixels, and all numbers."""
    svg = saved(page, "SVG").decode()
    assert svg.startswith("<svg")
    assert "Loss by batch" in svg
    assert "training (per batch)" in svg
    assert "var(" not in svg
    assert "class=" not in svg
    assert saved(page, "PNG").startswith(b"\x89PNG")
    rows = list(csv.DictReader(StringIO(saved(page, "CSV, every batch").decode())))
    assert [int(row["batch"]) for row in rows[:300]] == list(range(1, 301))
    assert float(rows[0]["seconds"]) < float(rows[-1]["seconds"])


def saved(page: Page, kind: str) -> bytes:
    """What a choice in the menu downloads."""
    page.locator(".curves summary", has_text="Save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    return Path(download.value.path()).read_bytes()


def check_card_of_both_charts(page: Page, curve: Locator) -> None:
    """The arrow keys move along the curve; the card shows loss and accuracy of the same batch."""
    curve.focus()
    page.keyboard.press("ArrowLeft")
    card = page.locator(".curves .card")
    expect(card).to_contain_text(re.compile(r"Epoch \d+, batch \d+"))
    expect(card).to_contain_text(re.compile(r"Training, averaged\s*\d\.\d{4}\s*\d+\.\d{2} %"))
    page.get_by_test_id("curve-accuracy").focus()
    expect(card).to_be_hidden()


def check_table(page: Page) -> None:
    """The same numbers, for people who cannot see the charts."""
    page.get_by_text("Show as a table").click()
    expect(page.locator(".curves tbody tr").first).to_contain_text(re.compile(r"^1\d\.\d{4}"))


def wait_for_batches(curve: Locator, minimum: int) -> None:
    """Wait until the curve shows at least this many batches."""
    expect(curve).to_be_visible()
    while batches_shown(curve) < minimum:
        expect(curve).not_to_have_attribute("aria-label", curve.get_attribute("aria-label") or "")


def axis_labels(curve: Locator) -> list[str]:
    """The labels below the chart: batches and epochs."""
    centered = "nodes => nodes.filter((node) => node.getAttribute('text-anchor') === 'middle')"
    texts = f"nodes => ({centered})(nodes).map((node) => node.textContent)"
    labels: list[str] = curve.locator(".grid text").evaluate_all(texts)
    return labels
