"""A part of a photo is read: chosen with the mouse, a finger or the keyboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_pad import (
    SEVEN,
    Points,
    answer,
    draw,
    expect_blank,
    expect_label,
    interpolated,
    touch_at,
)

SIDES = (480, 640)  # height and width of the photo
PART: Points = [(0.2, 0.1), (0.8, 0.9)]


@pytest.fixture
def framed(tmp_path: Path) -> Path:
    """A 7 whose stem runs into the dark table around the sheet."""
    light = np.full(SIDES, 230.0)
    light[120:144, 220:400] = 60
    for row in range(140, 480):
        column = 390 - (row - 140) // 2 if row < 380 else 270
        light[row, column - 12 : column + 12] = 60
    light[:24] = light[-24:] = light[:, :24] = light[:, -24:] = 60
    file = tmp_path / "framed.png"
    Image.fromarray(light.astype(np.uint8)).save(file)
    return file


def refused(page: Page, file: Path) -> None:
    """Choose the photo, of which only the table is found; go on to crop it."""
    page.locator(".file").set_input_files(file)
    expect(page.locator(".photo-trouble")).to_have_text(
        "The paper's edge, or its lines, were taken for ink. Come closer, or crop the photo."
    )
    expect_blank(page)
    page.get_by_role("button", name="Crop the photo").click()
    expect(page.locator(".crop-box")).to_be_focused()


def on_photo(page: Page, points: Points) -> Points:
    """Points of the photo in pixels of the window."""
    box = page.locator(".crop-photo canvas").bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def test_a_dragged_rectangle_is_read(draw_page: Page, framed: Path) -> None:
    """At once, with its steps; another rectangle can be dragged."""
    refused(draw_page, framed)
    start, end = on_photo(draw_page, PART)
    draw_page.mouse.move(*start)
    draw_page.mouse.down()
    draw_page.mouse.move(*end, steps=4)
    draw_page.mouse.up()
    expect_label(draw_page, "7")
    expect(draw_page.locator(".photo-steps li")).to_have_count(6)
    expect(draw_page.locator(".photo-trouble")).to_be_hidden()
    expect(draw_page.locator(".crop")).to_be_visible()


def test_the_keyboard_chooses_a_part(draw_page: Page, framed: Path) -> None:
    """Shift and an arrow make it smaller, an arrow moves it, Enter reads it."""
    refused(draw_page, framed)
    for key, times in (("Shift+ArrowLeft", 10), ("Shift+ArrowUp", 6), ("ArrowRight", 5), ("ArrowDown", 3)):
        for _ in range(times):
            draw_page.keyboard.press(key)
    said = draw_page.get_by_role("status").filter(has_text="From 10 % to 90 % of the width")
    expect(said).to_contain_text("6 % to 94 % of the height.")
    draw_page.keyboard.press("Enter")
    expect_label(draw_page, "7")
    expect(draw_page.locator(".crop-box")).to_be_focused()


def test_a_finger_drags_a_rectangle(draw_phone: Page, framed: Path) -> None:
    """The photo does not scroll under it."""
    refused(draw_phone, framed)
    touch_at(draw_phone, on_photo(draw_phone, interpolated(PART)))
    expect_label(draw_phone, "7")


def test_a_stroke_puts_the_photo_away(draw_page: Page, framed: Path) -> None:
    """Its crop and the button that leads there as well."""
    refused(draw_page, framed)
    draw_page.get_by_test_id("drawing-pad").scroll_into_view_if_needed()
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_have_attribute("data-label", "7")
    for part in (".crop", ".to-crop", ".photo"):
        expect(draw_page.locator(part)).to_be_hidden()
