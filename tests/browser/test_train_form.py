"""The form of a new run in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.driving import settled, visit

TYPED = {"Epochs": "37", "Batch size": "48", "Learning rate": "0.02", "Seed": "11"}


def test_who_types_faster_than_the_page_answers_loses_nothing(page: Page) -> None:
    """Each field left sends the page's script on its way; the next fields are filled while it still runs."""
    visit(page, "/train?new=1")
    for label, text in TYPED.items():
        field = page.get_by_role("spinbutton", name=label)
        field.fill(text)
        field.press("Tab")
    page.wait_for_timeout(1500)  # an answer that overwrites comes late, and nothing announces it
    settled(page)
    for label, text in TYPED.items():
        expect(page.get_by_role("spinbutton", name=label)).to_have_value(text)
