"""The form of a new run in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.driving import visit, wait_until_settled

TYPED = {"Epochs": "37", "Batch size": "48", "Learning rate": "0.02", "Seed": "11"}


def test_typing_faster_than_the_page_reruns_loses_nothing(page: Page) -> None:
    """Leaving a field reruns the page's script; the next fields are filled while it is still running."""
    visit(page, "/train?new=1")
    for label, text in TYPED.items():
        field = page.get_by_role("spinbutton", name=label)
        field.fill(text)
        field.press("Tab")
    page.wait_for_timeout(1500)  # a rerun that overwrites a field comes late, and nothing announces it
    wait_until_settled(page)
    for label, text in TYPED.items():
        expect(page.get_by_role("spinbutton", name=label)).to_have_value(text)
