"""Beside the bars: verdicts, photos, replay, cells, files, one's own hand, reasons, a second network."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from cnnlab.data import own_drawings
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import from_pad
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.browser.driving import Server, visit
from tests.browser.test_pad import (
    INK,
    SEVEN,
    answer,
    draw,
    expect_blank,
    expect_label,
    handle,
    ink,
    pad,
    press,
)
from tests.events import events

SCRIBBLE = [(0.5 + 0.4 * np.cos(t / 3) * np.cos(t / 17), 0.5 + 0.4 * np.sin(t / 2.3)) for t in range(100)]


def photo(tmp_path: Path) -> Path:
    """A 7 in pencil, under a lamp."""
    light = np.linspace(230, 150, 480)[:, None] * np.ones((480, 640))
    light[120:140, 220:400] *= 0.4
    for row in range(140, 380):
        column = 390 - (row - 140) // 2
        light[row, column - 12 : column + 12] *= 0.4
    light += np.random.default_rng(0).normal(0, 3, light.shape)
    file = tmp_path / "seven.jpg"
    Image.fromarray(light.clip(0, 255).astype(np.uint8)).save(file)
    return file


# ---- verdicts


def test_a_scribble_is_not_sure_and_says_why(sheet: Page) -> None:
    """Never a number with a percentage: a question mark, a sentence, pale bars."""
    draw(sheet, SCRIBBLE)
    expect(answer(sheet)).to_have_attribute("data-sure", "false")
    expect(answer(sheet).locator(".winner")).to_have_text("?")
    expect(answer(sheet).locator(".verdict")).to_have_text(re.compile(r"^Not sure\. \w.+\.$"))
    sheet.get_by_test_id("drawing-clear").click()
    draw(sheet, SEVEN)
    expect(answer(sheet)).to_have_attribute("data-sure", "true")
    expect(answer(sheet).locator(".winner")).to_have_text("7")


def test_a_dot_is_told_to_be_one(sheet: Page) -> None:
    """No guess, and what to do."""
    pad(sheet).click()
    expect(answer(sheet).locator(".verdict")).to_contain_text("no more than a dot")


# ---- photos


def test_a_photo_is_read_step_by_step(sheet: Page, tmp_path: Path) -> None:
    """Six small pictures with names, the ink on the pad, the answer; undo takes it away again."""
    sheet.locator(".file").set_input_files(photo(tmp_path))
    expect_label(sheet, "7")
    steps = sheet.locator(".photo-steps li")
    expect(steps).to_have_count(6)
    expect(steps.nth(4)).to_have_text("5. Largest blob")
    assert ink(sheet) > 0.01
    sheet.get_by_role("button", name="Close").click()
    expect(steps.first).to_be_hidden()
    sheet.get_by_role("button", name="Undo").click()
    expect_blank(sheet)


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_photo_may_be_pasted_or_dropped(sheet: Page, tmp_path: Path, way: str) -> None:
    """As people do it."""
    pad(sheet).evaluate(
        """(canvas, [way, bytes]) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(bytes)], "seven.jpg", {type: "image/jpeg"}));
          const event = way === "paste" ? new ClipboardEvent("paste", {clipboardData: files, bubbles: true})
            : new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
          (way === "paste" ? document : canvas).dispatchEvent(event);
        }""",
        [way, list(photo(tmp_path).read_bytes())],
    )
    expect_label(sheet, "7")


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"no picture at all", "not an image"), (bytes(10 * 2**20 + 1), "too large. Allowed: at most 10 MB")],
    ids=["text", "huge"],
)
def test_what_is_no_photo_is_told(sheet: Page, body: bytes, says: str) -> None:
    """In words, and the drawing stays as it was."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    file: FilePayload = {"name": "x.png", "mimeType": "image/png", "buffer": body}
    sheet.locator(".file").set_input_files(file)
    expect(sheet.locator(".photo-trouble")).to_contain_text(says)
    expect_label(sheet, "7")


def test_a_photo_survives_a_reload(sheet: Page, tmp_path: Path) -> None:
    """As strokes do."""
    sheet.locator(".file").set_input_files(photo(tmp_path))
    expect_label(sheet, "7")
    before = ink(sheet)
    sheet.reload()
    expect_label(sheet, "7")
    assert ink(sheet) == pytest.approx(before, rel=0.01)


# ---- replay, files


def test_a_drawing_is_replayed_with_its_bars(sheet: Page) -> None:
    """From a blank sheet to the whole drawing, the answers moving along; it is the same ink again."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    whole = ink(sheet)
    seen = int(answer(sheet).get_attribute("data-seq") or "")
    sheet.get_by_role("button", name="Replay").click()
    expect(sheet.get_by_role("button", name="Stop")).to_be_visible()
    sheet.wait_for_function(f"([canvas, whole]) => ({INK})(canvas) < whole", arg=[handle(sheet), whole])
    expect(sheet.get_by_role("button", name="Replay")).to_be_visible()
    expect_label(sheet, "7")
    assert ink(sheet) == whole
    assert int(answer(sheet).get_attribute("data-seq") or "") > seen + 3


def test_whoever_draws_ends_the_film(sheet: Page) -> None:
    """The whole drawing is there at once, and the new stroke with it."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.get_by_label("Speed of the replay").select_option("0.5")
    whole = ink(sheet)
    sheet.get_by_role("button", name="Replay").click()
    draw(sheet, [(0.3, 0.5), (0.7, 0.5)])
    expect(sheet.get_by_role("button", name="Replay")).to_be_visible()
    sheet.wait_for_function(f"([canvas, whole]) => ({INK})(canvas) > whole", arg=[handle(sheet), whole])


def test_who_wants_no_motion_sees_whole_strokes(sheet: Page) -> None:
    """One stroke at once: the ink never grows little by little."""
    sheet.emulate_media(reduced_motion="reduce")
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    whole = ink(sheet)
    sheet.get_by_role("button", name="Replay").click()
    expect(sheet.get_by_role("button", name="Stop")).to_be_visible()
    sheet.wait_for_function(f"([canvas, whole]) => ({INK})(canvas) === whole", arg=[handle(sheet), whole])
    expect(sheet.get_by_role("button", name="Replay")).to_be_visible()


@pytest.mark.parametrize(("name", "side"), [("The drawing", 280), ("What the network saw", 28)])
def test_a_drawing_is_saved_as_png(sheet: Page, name: str, side: int) -> None:
    """Both pictures, each in its size; the lab reads them again."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    sheet.locator(".save summary").click()
    with sheet.expect_download() as download:
        sheet.locator(".save").get_by_role("button", name=name).click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L")
    assert picture.size == (side, side)
    pixels = np.asarray(picture)
    assert from_pad(pixels if side == 28 else 255 - pixels) is not None


# ---- cells


SPACE_TWICE = """cell => [1, 2].forEach(() =>
  cell.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true })))"""  # within one frame


def test_a_one_is_drawn_by_cells(sheet: Page) -> None:
    """No pointer: open the grid, walk, fill; what is focused says where it is and how much ink it has."""
    sheet.get_by_role("button", name="Cells").press("Enter")
    grid = sheet.get_by_role("grid")
    expect(grid.get_by_role("gridcell")).to_have_count(28 * 28)
    expect(sheet.locator(".cells :focus")).to_have_attribute("aria-label", "row 15, column 15, ink 0 %")
    press(sheet, *["ArrowUp"] * 9, "Space", *["Shift+ArrowDown"] * 18)
    expect(sheet.locator(".cells :focus")).to_have_attribute("aria-label", "row 24, column 15, ink 100 %")
    sheet.locator(".cells :focus").evaluate(SPACE_TWICE)
    expect(sheet.get_by_role("status").filter(has_text="row 24, column 15, ink 100 %")).to_be_visible()
    expect_label(sheet, "1")
    press(sheet, "Space")
    expect(sheet.get_by_role("status").filter(has_text="row 24, column 15, ink 0 %")).to_be_visible()
    press(sheet, "-", "-", "Space")
    expect(sheet.locator(".cells :focus")).to_have_attribute("aria-label", "row 24, column 15, ink 50 %")
    press(sheet, "Escape")
    expect(grid).to_have_count(0)
    expect(pad(sheet)).to_be_focused()
    press(sheet, "Control+z", "Control+z")
    expect_label(sheet, "1")


# ---- reasons, a second network


def test_the_page_says_why_it_is_a_seven(sheet: Page) -> None:
    """The signed picture with its legend in words, the nearest pictures, the path on the layers."""
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    expect(sheet.locator(".why h3")).to_have_text(re.compile(r"Why 7 and not \d\?"))
    expect(sheet.locator(".speaks-for")).to_have_text("speaks for 7")
    expect(sheet.locator(".why canvas")).to_have_attribute("aria-label", re.compile("Most for 7: the "))
    expect(sheet.locator(".neighbors li")).to_have_count(5)
    near = "Nearest of 1,297 pictures of Digits (it did not learn from these)."
    expect(sheet.locator(".near-words")).to_contain_text(near)
    expect(sheet.locator(".path-words")).to_contain_text("of layer 1")
    expect(sheet.locator(".path rect.first").first).to_be_attached()
    sheet.locator(".show-path").uncheck()
    expect(sheet.locator(".path rect")).to_have_count(0)
    sheet.get_by_test_id("drawing-clear").click()
    expect(sheet.locator(".reasons")).to_be_hidden()


def finished_run(server: Server) -> str:
    """A network that nobody has trained, as if it were done."""
    store = RunStore(server.home)
    run = store.queue(
        preset("lenet-5").design, "digits", make_config(epochs=1), name="Untrained", trained_by="terminal"
    )
    file = store.folder(run.id) / "epoch-0001.safetensors"
    sha256 = write_tensors(file, build(run.design).state_dict())
    checkpoint = {"event": "checkpoint", "epoch": 1, "step": 1, "val_accuracy": 0.1}
    store.record(run.id, events(checkpoint | {"file": file.name, "sha256": sha256}))
    store.change_state(run.id, {"queued"}, "finished", trained_by="terminal")
    store.close()
    return run.id


def test_two_networks_read_the_same_drawing(page: Page, server: Server) -> None:
    """Two columns of bars with their names; the second one's percentages add up to one too."""
    finished_run(server)
    visit(page)
    expect_blank(page)
    page.get_by_label("Compare with").click()
    page.get_by_role("option", name="Untrained").click()
    expect(page.locator(".rivals")).to_contain_text("Untrained")
    draw(page, SEVEN)
    expect_label(page, "7")
    heads = page.locator(".rivals section")
    expect(heads.first.locator(".digit")).to_have_text("7")
    expect(heads.first).to_contain_text(re.compile(r"\d\d\.\d %, sure"))
    expect(heads.last.locator(".digit")).to_have_text("?")
    expect(heads.last).to_contain_text("Not sure.")
    expect(page.locator(".agreement")).to_have_text("Only the first is sure.")
    expect(page.get_by_role("status").filter(has_text="Only the first is sure.")).to_be_attached()
    row = page.locator(".bars li").first
    expect(row.locator("span")).to_have_count(2)
    expect(row.locator("span").last).to_contain_text("%")
    shares = page.locator(".bars li span:last-child").all_inner_texts()
    assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100, abs=0.6)
    winners = page.locator(".bars .wins .first > i, .bars .wins-too .second > i")
    blue, gray = (bar.evaluate("bar => getComputedStyle(bar).backgroundColor") for bar in winners.all())
    assert blue != gray  # a winner that is doubted does not look like one
    page.get_by_test_id("drawing-clear").click()
    expect(page.locator(".agreement")).to_be_hidden()
    expect(heads.last.locator(".digit")).to_be_hidden()


# ---- one's own hand


def test_a_named_drawing_is_kept_counted_and_deleted(sheet: Page, server: Server) -> None:
    """The file has the label, the strokes and the picture; the sheet is free for the next one."""
    draw(sheet, SEVEN)
    expect(answer(sheet)).to_have_attribute("data-sure", "true")
    sheet.get_by_role("button", name="That was a 7").click()
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 1 of 1")
    expect_blank(sheet)
    draw(sheet, SEVEN)
    expect_label(sheet, "7")
    press(sheet, "2")  # on the pad that was just drawn on
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 1 of 2")
    files = sorted(own_drawings.folder(server.home).glob("*.json"))
    kept = json.loads(files[0].read_text())
    assert (kept["label"], kept["read_as"], kept["strokes"][0]["tool"]) == (7, 7, "pen")
    sheet.get_by_text("My drawings (2)").click()
    sheet.get_by_role("button", name="Delete this 2, read as 7").click()
    expect(sheet.locator(".score")).to_have_text("My drawings read correctly: 1 of 1")
    sheet.get_by_role("button", name="Delete this 7, read correctly").click()
    expect(sheet.locator(".score")).to_contain_text("Name a drawing")
    assert not own_drawings.count(server.home)


def test_the_network_learns_a_hand(sheet: Page, server: Server) -> None:
    """From twenty drawings: before and after are told, and the network that came out of it reads."""
    for number in range(20):
        for author in ("somebody else", sheet.evaluate("localStorage['cnnlab.author']")):
            pixels = bytes([number] * 784)
            own_drawings.keep(
                server.home, label=number % 10, read_as=None, pixels=pixels, strokes=[], author=author
            )
    sheet.reload()
    expect_blank(sheet)
    learn = sheet.get_by_role("button", name="Learn my handwriting")
    expect(learn).to_have_attribute("aria-disabled", "false")
    learn.click()
    expect(sheet.locator(".learned table")).to_be_visible(timeout=120_000)
    expect(sheet.locator(".learned")).to_contain_text(
        re.compile(r"your drawings, held out\s*\d of 8\s*\d of 8")
    )
    expect(sheet.locator(".learned")).to_contain_text(re.compile(r": \d of 8 before, \d of 8 after\."))
    sheet.get_by_role("button", name="Read with it").click()
    expect(sheet.get_by_text("One person's drawings among other digits")).to_be_visible()
    expect(sheet.locator(".learned")).to_be_hidden()  # it told of the network that read before
    draw(sheet, SEVEN)
    expect(answer(sheet)).not_to_have_attribute("data-label", "")
    for name in own_drawings.read_all(server.home).drawings:
        own_drawings.delete(server.home, name)


def test_other_peoples_drawings_are_not_ones_own(sheet: Page, server: Server) -> None:
    """In a class that has named hundreds a new browser begins at nothing, and the button says so."""
    for number in range(20):
        own_drawings.keep(
            server.home, label=number % 10, read_as=None, pixels=bytes([9] * 784), strokes=[], author="x"
        )
    sheet.reload()
    expect_blank(sheet)
    learn = sheet.get_by_role("button", name="Learn my handwriting")
    expect(learn).to_have_attribute("aria-disabled", "true")
    expect(learn).to_contain_text("0 of 20 drawings so far")
    draw(sheet, SEVEN)
    expect(answer(sheet)).to_have_attribute("data-sure", "true")
    press(sheet, "7")
    expect(learn).to_contain_text("1 of 20 drawings so far")
    for name in own_drawings.read_all(server.home).drawings:
        own_drawings.delete(server.home, name)


def test_everything_fits_a_phone(phone: Page) -> None:
    """Nothing is wider than the screen."""
    visit(phone)
    expect_blank(phone)
    draw(phone, SEVEN)
    expect_label(phone, "7")
    expect(phone.locator(".neighbors li")).to_have_count(5)
    for part in (".tools >> nth=1", ".hand", ".reasons", ".why canvas", ".neighbors"):
        box = phone.locator(f".lab {part}").first.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
