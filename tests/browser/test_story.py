"""A whole session with mouse and keyboard, on `digits`: build, train, watch, look inside, draw."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import batches_shown, visit, wait_until_settled

EPOCHS = 500  # more than any machine can finish: the run is stopped after its second
BATCH_SIZE = 1  # slow on purpose, to leave time for steering
# As most writers of `digits` draw it; fractions of the pad's width and height.
CROSSED_SEVEN = [
    [(0.25, 0.2), (0.72, 0.2), (0.58, 0.5), (0.5, 0.85)],
    [(0.3, 0.52), (0.8, 0.52)],
]


@pytest.mark.timeout(400)
def test_from_a_preset_to_a_network_that_reads_a_drawing(page: Page) -> None:
    """A person builds a network, trains it, looks inside and has it read a drawing, and nothing gets lost."""
    build_from_a_preset(page)
    start_training(page)
    watch_reload_and_steer(page)
    look_inside(page)
    draw_a_seven(page)
    look_inside_at_the_drawing(page)


def build_from_a_preset(page: Page) -> None:
    """Change the 32 filters of article-1 to 48; the numbers follow at once."""
    visit(page, "/build")
    page.get_by_role("button", name="Start from").click()
    page.locator(".st-key-preset_article-1").get_by_role("button").click()
    stack = page.get_by_role("group", name="Layer stack")
    convolution = stack.get_by_role("listitem", name=re.compile("^Row 1 of 11: Convolution"))
    expect(convolution).to_contain_text("320")
    convolution.get_by_label("Filters").fill("48")
    expect(convolution).to_contain_text("480")  # 48 filters of 3x3, and a bias each
    expect(convolution).to_contain_text("48×26×26")
    expect(stack.locator("[data-total=parameters]")).to_have_text("131,306")


def start_training(page: Page) -> None:
    """Start a run of the network in the editor, in batches of one picture."""
    page.get_by_role("button", name="Train this network").click()
    wait_until_settled(page)
    type_number(page, "Epochs", EPOCHS)
    type_number(page, "Batch size", BATCH_SIZE)
    page.get_by_role("button", name="Start", exact=True).click()


def type_number(page: Page, label: str, value: int) -> None:
    """Type into a number field and leave it."""
    field = page.get_by_role("spinbutton", name=label)
    field.fill(str(value))
    field.press("Tab")
    wait_until_settled(page)


def watch_reload_and_steer(page: Page) -> None:
    """A paused run trains one batch when asked to; a growing curve survives a reload."""
    curve = page.get_by_test_id("curve-accuracy")
    batches = wait_for_more_batches(curve, 0)
    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible()
    wait_until_settled(page)
    paused_at = batches_shown(curve)
    assert paused_at >= batches
    page.get_by_role("button", name="One batch").click()
    assert wait_for_more_batches(curve, paused_at) == paused_at + 1
    check_batch(page)
    resume.click()
    expect(page.locator(".batch")).to_have_count(0)
    batches = wait_for_more_batches(curve, paused_at + 1)
    page.reload()
    wait_for_more_batches(curve, batches)
    two_epochs = re.compile(r"after epoch 1 to [\d.]+ after epoch \d+")
    expect(curve).to_have_attribute("aria-label", two_epochs, timeout=200_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".st-key-train_state")).to_contain_text("Stopped")


def check_batch(page: Page) -> None:
    """The batch shows its pictures with the answers before and after the step, and what the step moved."""
    batch = page.locator(".batch")
    expect(batch.get_by_role("heading", name=re.compile(r"Batch [\d,]+ of epoch \d+"))).to_be_visible()
    expect(batch.get_by_role("status")).to_contain_text(
        re.compile(r"Of its \d+ pictures? \d+ (was|were) right")
    )
    told = re.compile(r"^\d: before the step the answer was \d, which is (right|wrong), after it \d, which")
    expect(batch.get_by_role("img", name=told).first).to_be_visible()
    expect(batch.get_by_role("img", name=re.compile(r"^filter \d+, difference$")).first).to_be_visible()


def wait_for_more_batches(curve: Locator, known: int) -> int:
    """Wait until the curve shows more batches than this; return how many."""
    expect(curve).to_have_attribute("aria-label", re.compile(r"After [\d,]+ batch"))
    unchanged = re.compile(rf"After {known:,} batch")
    expect(curve).not_to_have_attribute("aria-label", unchanged)
    assert batches_shown(curve) > known
    return batches_shown(curve)


def look_inside(page: Page) -> None:
    """The new network's 48 filters, and its maps of a test picture."""
    page.get_by_role("button", name="Look inside").click()
    wait_until_settled(page)
    expect(page.get_by_text("48 filters of 3×3")).to_be_visible()
    expect(feature_maps(page, "48 maps of 26×26")).not_to_have_attribute(
        "aria-label", re.compile("nothing drawn")
    )
    expect(page.get_by_text("The network reads")).to_be_visible()


def feature_maps(page: Page, shape: str) -> Locator:
    """The first row with maps of this shape."""
    return page.get_by_role("img", name=shape).first


def draw_a_seven(page: Page) -> None:
    """Draw on the pad; the network that was just trained reads it."""
    page.get_by_role("link", name="Draw").click()
    wait_until_settled(page)
    answer = page.get_by_test_id("prediction")
    expect(answer).to_have_attribute("data-label", "")
    for line in CROSSED_SEVEN:
        stroke(page, line)
    expect(answer).to_have_attribute("data-label", "7")
    feature_maps(page, "48 maps of 26×26").scroll_into_view_if_needed()
    expect(feature_maps(page, "48 maps of 26×26")).not_to_have_attribute(
        "aria-label", re.compile("nothing drawn")
    )


def look_inside_at_the_drawing(page: Page) -> None:
    """The drawing can be selected on the other page."""
    page.get_by_role("link", name="Look inside").click()
    wait_until_settled(page)
    page.get_by_role("combobox", name="Picture from").click()
    page.get_by_role("option", name="My drawing").click()
    expect(page.get_by_role("img", name="Your drawing")).to_be_visible()
    expect(page.get_by_text("The network reads 7")).to_be_visible()


def stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """Draw a line through these points."""
    pad = page.get_by_test_id("drawing-pad")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box
    start, *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*start)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
