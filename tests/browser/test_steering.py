"""Steering a run in a real browser, on `digits`: changes are flags, a fork is overlaid on its parent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import open_run_menu, visit, wait_until_settled
from tests.browser.test_story import type_number

# Clicks in separate messages to the server, the second of which is sent before the first is answered.
RAPID_CLICKS = """labels => labels.forEach((label, index) => setTimeout(() => {
  const fits = (button) => button.innerText.includes(label);
  const places = ".st-key-train_transport button, .st-key-train_form_open summary";
  [...document.querySelectorAll(places)].find(fits).click();
}, 5 * index))"""


@pytest.mark.timeout(240)
def test_a_change_and_a_fork(page: Page) -> None:
    """A person lowers the learning rate during a run, inspects the network, and forks the run at an epoch."""
    start_run(page)
    change_learning_rate(page)
    inspect_network(page)
    fork_run(page)


def start_run(page: Page) -> None:
    """Start a run in batches of one picture, slow enough to be steered."""
    visit(page, "/train?new=1")
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="lenet-5 (preset)").click()
    wait_until_settled(page)
    type_number(page, "Epochs", 500)
    type_number(page, "Batch size", 1)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".st-key-train_state")).to_contain_text(re.compile(r"batch [1-9]"))
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def change_learning_rate(page: Page) -> None:
    """The form closes; the flag is on both charts, with its text below them and in their labels."""
    open_run_menu(page).get_by_role("button", name="Change settings").click()
    page.get_by_role("spinbutton", name="Learning rate").fill("0.0003")
    page.get_by_role("button", name="Apply").click()
    text = "learning rate 0.001 → 0.0003"
    expect(page.get_by_test_id("changes")).to_contain_text(text)
    expect(page.locator(".st-key-steer_panel")).to_have_count(0)
    expect(page.get_by_test_id("curve-loss")).to_be_in_viewport()
    for chart in ("curve-loss", "curve-accuracy"):
        expect(page.get_by_test_id(chart).locator(".flag")).to_contain_text(f"1: {text}")
        expect(page.get_by_test_id(chart)).to_have_attribute("aria-label", re.compile(text))


def inspect_network(page: Page) -> None:
    """The measurements are shown, and are still there after the run was stopped."""
    expect(page.get_by_text(re.compile("Measured after batch"))).to_be_visible()
    stop_run(page)
    for title in (
        "Confusion matrix: what is mistaken for what",
        "10 test pictures",
        "How each row learns",
        "Weights",
        "First filters",
    ):
        expect(page.get_by_role("heading", name=title)).to_be_visible()


def fork_run(page: Page) -> None:
    """Fork at the untrained weights, for one epoch: two runs on the chart, the family in the list."""
    open_run_menu(page).get_by_role("button", name="Fork").click()
    form = page.locator(".st-key-steer_panel")
    form.get_by_role("combobox", name="From epoch").fill("untrained")  # a long run has many checkpoints
    page.get_by_role("option", name="0 (untrained)").click()
    form.get_by_role("spinbutton", name="Epochs from there on").fill("1")
    form.get_by_role("spinbutton", name="Batch size").fill("16")
    form.get_by_role("button", name="Start the fork").click()
    expect(form).to_have_count(0)
    expect(page.get_by_text(re.compile(r"↳ fork of “lenet-5 on digits .*” at epoch 0"))).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="dashed: lenet-5 on digits")).to_be_visible()
    expect(page.locator(".st-key-train_state")).to_contain_text("Finished")


def stop_run(page: Page) -> None:
    """Stop the run, and wait until it has."""
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".st-key-train_state")).to_contain_text("Stopped")
    wait_until_settled(page)


@pytest.mark.timeout(240)
def test_two_rapid_clicks_both_count(page: Page) -> None:
    """Each of two clicks that are quicker than the server has its effect, whatever script is running."""
    start_run(page)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    opened = False
    for label, after in (("Pause", "Resume"), ("Resume", "Pause"), ("Pause", "Resume")):
        expect(page.get_by_role("button", name=label, exact=True)).to_be_enabled()
        page.evaluate(RAPID_CLICKS, [label, "New run"])
        opened = not opened
        expect(page.get_by_role("button", name=after, exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible(visible=opened)
        wait_until_settled(page)
    stop_run(page)


@pytest.mark.timeout(240)
def test_a_checkpoint_is_forked_or_inspected_with_one_click(page: Page) -> None:
    """Fork from here opens the form with that epoch; Look inside shows the network as it was then."""
    start_run(page)
    stop_run(page)
    page.get_by_text(re.compile("Checkpoints: ")).click()
    page.get_by_role("button", name="Fork from here: Epoch 0 (untrained)").click()
    form = page.locator(".st-key-steer_panel")
    expect(form.get_by_role("combobox", name="From epoch")).to_have_value("0 (untrained)")
    page.get_by_role("button", name="Look inside: Epoch 0 (untrained)").click()
    expect(page).to_have_url(re.compile("look_inside"))
    expect(page.get_by_text("6 filters of 5×5.")).to_be_visible()
