"""The pad besides its bars: doubt, photos, replay, files, cells, reasons, a second network, handwriting."""

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

NINE = [
    *((0.5 + 0.16 * np.cos(t / 4), 0.33 - 0.16 * np.sin(t / 4)) for t in range(26)),
    *((0.66, 0.45), (0.64, 0.6), (0.58, 0.82)),
]


def photo(tmp_path: Path) -> Path:
    """A photo of a 7 in pencil, lit from one side."""
    light = np.linspace(230, 150, 480)[:, None] * np.ones((480, 640))
    light[120:140, 220:400] *= 0.4
    for row in range(140, 380):
        column = 390 - (row - 140) // 2
        light[row, column - 12 : column + 12] *= 0.4
    light += np.random.default_rng(0).normal(0, 3, light.shape)
    file = tmp_path / "seven.jpg"
    Image.fromarray(light.clip(0, 255).astype(np.uint8)).save(file)
    return file


# ---- doubt


def test_a_scribble_is_doubted_with_a_reason(draw_page: Page) -> None:
    """A question mark and a sentence are shown, not a digit."""
    draw(draw_page, SCRIBBLE)
    expect(answer(draw_page)).to_have_attribute("data-sure", "false")
    expect(answer(draw_page).locator(".winner")).to_have_text("?")
    expect(answer(draw_page).locator(".verdict")).to_have_text(re.compile(r"^Not sure\. \w.+\.$"))
    draw_page.get_by_test_id("drawing-clear").click()
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_have_attribute("data-sure", "true")
    expect(answer(draw_page).locator(".winner")).to_have_text("7")


def test_a_dot_is_called_a_dot(draw_page: Page) -> None:
    """It is not read, and the reason is given."""
    pad(draw_page).click()
    expect(answer(draw_page).locator(".verdict")).to_contain_text("no more than a dot")


# ---- photos


def test_a_photo_is_read_step_by_step(draw_page: Page, tmp_path: Path) -> None:
    """Six small pictures with captions, the ink on the pad, the answer; undo removes the photo."""
    draw_page.locator(".file").set_input_files(photo(tmp_path))
    expect_label(draw_page, "7")
    steps = draw_page.locator(".photo-steps li")
    expect(steps).to_have_count(6)
    expect(steps.nth(4)).to_have_text("5. Largest blob")
    assert ink(draw_page) > 0.01
    draw_page.get_by_role("button", name="Close").click()
    expect(steps.first).to_be_hidden()
    draw_page.get_by_role("button", name="Undo").click()
    expect_blank(draw_page)


@pytest.mark.parametrize("method", ["paste", "drop"])
def test_a_photo_can_be_pasted_or_dropped(draw_page: Page, tmp_path: Path, method: str) -> None:
    """By the same events as when a person does it."""
    pad(draw_page).evaluate(
        """(canvas, [method, bytes]) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(bytes)], "seven.jpg", {type: "image/jpeg"}));
          const event = method === "paste"
            ? new ClipboardEvent("paste", {clipboardData: files, bubbles: true})
            : new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
          (method === "paste" ? document : canvas).dispatchEvent(event);
        }""",
        [method, list(photo(tmp_path).read_bytes())],
    )
    expect_label(draw_page, "7")


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"not a picture at all", "not an image"), (bytes(10 * 2**20 + 1), "too large. Allowed: at most 10 MB")],
    ids=["text", "huge"],
)
def test_a_bad_photo_is_rejected_with_a_reason(draw_page: Page, body: bytes, reason: str) -> None:
    """The drawing stays as it was."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    file: FilePayload = {"name": "x.png", "mimeType": "image/png", "buffer": body}
    draw_page.locator(".file").set_input_files(file)
    expect(draw_page.locator(".photo-trouble")).to_contain_text(reason)
    expect_label(draw_page, "7")


def test_a_photo_survives_a_reload(draw_page: Page, tmp_path: Path) -> None:
    """Like strokes do."""
    draw_page.locator(".file").set_input_files(photo(tmp_path))
    expect_label(draw_page, "7")
    before = ink(draw_page)
    draw_page.reload()
    expect_label(draw_page, "7")
    assert ink(draw_page) == pytest.approx(before, rel=0.01)


# ---- replay, files


def test_a_drawing_is_replayed_with_its_bars(draw_page: Page) -> None:
    """From a blank sheet to the whole drawing, with answers on the way; the ink is the same in the end."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    whole = ink(draw_page)
    seen = int(answer(draw_page).get_attribute("data-seq") or "")
    draw_page.get_by_role("button", name="Replay").click()
    expect(draw_page.get_by_role("button", name="Stop")).to_be_visible()
    draw_page.wait_for_function(
        f"([canvas, whole]) => ({INK})(canvas) < whole", arg=[handle(draw_page), whole]
    )
    expect(draw_page.get_by_role("button", name="Replay")).to_be_visible()
    expect_label(draw_page, "7")
    assert ink(draw_page) == whole
    assert int(answer(draw_page).get_attribute("data-seq") or "") > seen + 3


def test_drawing_ends_the_replay(draw_page: Page) -> None:
    """The whole drawing is back at once, together with the new stroke."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.get_by_label("Speed of the replay").select_option("0.5")
    whole = ink(draw_page)
    draw_page.get_by_role("button", name="Replay").click()
    draw(draw_page, [(0.3, 0.5), (0.7, 0.5)])
    expect(draw_page.get_by_role("button", name="Replay")).to_be_visible()
    draw_page.wait_for_function(
        f"([canvas, whole]) => ({INK})(canvas) > whole", arg=[handle(draw_page), whole]
    )


def test_reduced_motion_replays_whole_strokes(draw_page: Page) -> None:
    """A stroke appears at once: its ink does not grow gradually."""
    draw_page.emulate_media(reduced_motion="reduce")
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    whole = ink(draw_page)
    draw_page.get_by_role("button", name="Replay").click()
    expect(draw_page.get_by_role("button", name="Stop")).to_be_visible()
    draw_page.wait_for_function(
        f"([canvas, whole]) => ({INK})(canvas) === whole", arg=[handle(draw_page), whole]
    )
    expect(draw_page.get_by_role("button", name="Replay")).to_be_visible()


@pytest.mark.parametrize(("name", "side"), [("The drawing", 280), ("What the network saw", 28)])
def test_a_drawing_is_saved_as_png(draw_page: Page, name: str, side: int) -> None:
    """Both pictures, each in its own size; the lab can read them again."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.locator(".save summary").click()
    with draw_page.expect_download() as download:
        draw_page.locator(".save").get_by_role("button", name=name).click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L")
    assert picture.size == (side, side)
    pixels = np.asarray(picture)
    assert from_pad(pixels if side == 28 else 255 - pixels) is not None


# ---- cells


SPACE_TWICE = """cell => [1, 2].forEach(() =>
  cell.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true })))"""  # within one frame


def test_a_one_is_drawn_cell_by_cell(draw_page: Page) -> None:
    """With the keyboard: open the grid, move, fill; the focused cell announces its position and its ink."""
    draw_page.get_by_role("button", name="Cells").press("Enter")
    grid = draw_page.get_by_role("grid")
    expect(grid.get_by_role("gridcell")).to_have_count(28 * 28)
    expect(draw_page.locator(".cells :focus")).to_have_attribute("aria-label", "row 15, column 15, ink 0 %")
    press(draw_page, *["ArrowUp"] * 9, "Space", *["Shift+ArrowDown"] * 18)
    expect(draw_page.locator(".cells :focus")).to_have_attribute("aria-label", "row 24, column 15, ink 100 %")
    draw_page.locator(".cells :focus").evaluate(SPACE_TWICE)
    expect(draw_page.get_by_role("status").filter(has_text="row 24, column 15, ink 100 %")).to_be_visible()
    expect_label(draw_page, "1")
    press(draw_page, "Space")
    expect(draw_page.get_by_role("status").filter(has_text="row 24, column 15, ink 0 %")).to_be_visible()
    press(draw_page, "-", "-", "Space")
    expect(draw_page.locator(".cells :focus")).to_have_attribute("aria-label", "row 24, column 15, ink 50 %")
    press(draw_page, "Escape")
    expect(grid).to_have_count(0)
    expect(pad(draw_page)).to_be_focused()
    press(draw_page, "Control+z", "Control+z")
    expect_label(draw_page, "1")


# ---- reasons, a second network


def test_the_page_says_why_it_is_a_seven(draw_page: Page) -> None:
    """The signed picture with its legend, the nearest pictures, and the path through the layers."""
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    draw_page.locator(".bars").get_by_role("option").nth(1).click()
    expect(draw_page.locator(".why h2")).to_have_text("Why 7 and not 1?")
    expect(draw_page.locator(".speaks-for")).to_have_text("speaks for 7")
    expect(draw_page.locator(".why canvas")).to_have_attribute("aria-label", re.compile("Most for 7: the "))
    expect(draw_page.locator(".neighbors li")).to_have_count(5)
    near = "Nearest of 1,297 pictures of Digits (it did not learn from these)."
    expect(draw_page.locator(".near-words")).to_contain_text(near)
    expect(draw_page.locator(".path-words")).to_contain_text("% of what layer 1 said for 7)")
    expect(draw_page.locator(".path rect.first").first).to_be_attached()
    draw_page.locator(".show-path").uncheck()
    expect(draw_page.locator(".path rect")).to_have_count(0)
    draw_page.get_by_test_id("drawing-clear").click()
    expect(draw_page.locator(".reasons")).to_be_hidden()


def asks(page: Page, number: int) -> None:
    """Expect the page to ask why the 7 is not this digit, in all places."""
    question = f"Why 7 and not {number}?"
    expect(page.locator(".ask")).to_have_text(question)
    expect(page.locator(".why h2")).to_have_text(question)
    expect(page.locator(".speaks-against")).to_have_text(f"speaks for {number}")
    expect(page.locator(".signs")).to_be_visible()
    expect(page.locator(".bars").get_by_role("option", selected=True)).to_contain_text(str(number))


def test_a_rival_is_chosen_by_its_bar(draw_page: Page) -> None:
    """By a click, or with the arrow keys and Enter; a plain 7 has no rival until then."""
    draw(draw_page, SEVEN)
    expect(draw_page.locator(".why h2")).to_have_text("Why 7?")
    expect(draw_page.locator(".why-words")).to_have_text("No serious rival: choose one by clicking its bar.")
    expect(draw_page.locator(".signs")).to_be_hidden()
    draw_page.locator(".bars").get_by_role("option").nth(9).click()
    asks(draw_page, 9)
    press(draw_page, "Home", "ArrowDown", "Enter")
    asks(draw_page, 1)
    press(draw_page, "Enter")  # once more: no longer
    expect(draw_page.locator(".why h2")).to_have_text("Why 7?")
    expect(draw_page.locator(".bars").get_by_role("option", selected=True)).to_have_count(0)


def test_the_bars_are_one_tab_stop(draw_page: Page) -> None:
    """The arrow keys move on from where one was."""
    bars = draw_page.locator(".bars").get_by_role("option")
    press(draw_page, "Tab")
    bars.first.focus()
    press(draw_page, "ArrowDown", "ArrowDown")
    expect(bars.nth(2)).to_be_focused()
    press(draw_page, "Tab", "Shift+Tab")
    expect(bars.nth(2)).to_be_focused()


def test_a_challenge_is_met_counted_and_kept(draw_page: Page) -> None:
    """The first one at once; one about what a person sees only when that person says so."""
    draw_page.evaluate(
        "localStorage['cnnlab.challenges'] = JSON.stringify({ met: [], shown: 'mistaken-4-9' })"
    )
    draw_page.reload()
    challenge = draw_page.locator(".challenge")
    expect(challenge).to_contain_text("0 of 10 met")
    expect(challenge).to_contain_text("Draw what everyone would read as 4, and it reads 9.")
    judged = challenge.get_by_role("button", name="Everyone would read 4")
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    expect(judged).to_be_hidden()
    draw_page.get_by_test_id("drawing-clear").click()
    draw(draw_page, NINE)
    expect_label(draw_page, "9")
    expect(challenge).to_contain_text("0 of 10 met")
    judged.click()
    expect(challenge.get_by_role("status")).to_have_text("✓ Met.")
    expect(challenge).to_contain_text("1 of 10 met")
    challenge.get_by_role("button", name="Next challenge").click()
    expect(challenge).to_contain_text("Have three digits share the answer.")
    draw_page.reload()
    expect(challenge).to_contain_text("1 of 10 met")
    expect(challenge).to_contain_text("Have three digits share the answer.")


def add_untrained_run(server: Server) -> str:
    """Add a run that is finished on record but has untrained weights; return its id."""
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
    """Two columns of bars with their names; the percentages of the second add up to 100, too."""
    add_untrained_run(server)
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
    assert blue != gray  # a doubted winner looks different
    page.get_by_test_id("drawing-clear").click()
    expect(page.locator(".agreement")).to_be_hidden()
    expect(heads.last.locator(".digit")).to_be_hidden()


# ---- one's own handwriting


def test_a_named_drawing_is_kept_counted_and_deleted(draw_page: Page, server: Server) -> None:
    """Its file has the label, the answer and the strokes; the sheet is blank for the next drawing."""
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_have_attribute("data-sure", "true")
    draw_page.get_by_role("button", name="That was a 7").click()
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 1 of 1")
    expect_blank(draw_page)
    draw(draw_page, SEVEN)
    expect_label(draw_page, "7")
    press(draw_page, "2")  # the pad has the focus
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 1 of 2")
    files = sorted(own_drawings.folder(server.home).glob("*.json"))
    kept = json.loads(files[0].read_text())
    assert (kept["label"], kept["read_as"], kept["strokes"][0]["tool"]) == (7, 7, "pen")
    draw_page.get_by_text("Your drawings (2)").click()
    draw_page.get_by_role("button", name="Delete this 2, read as 7").click()
    expect(draw_page.locator(".score")).to_have_text("Your drawings read correctly: 1 of 1")
    draw_page.get_by_role("button", name="Delete this 7, read correctly").click()
    expect(draw_page.locator(".score")).to_contain_text("Name a drawing")
    assert not own_drawings.count(server.home)


def test_the_network_learns_a_handwriting(draw_page: Page, server: Server) -> None:
    """From twenty drawings: the results before and after are shown, and the new network can read."""
    for number in range(20):
        for author in ("somebody else", draw_page.evaluate("localStorage['cnnlab.author']")):
            pixels = bytes([number] * 784)
            own_drawings.keep(
                server.home, label=number % 10, read_as=None, pixels=pixels, strokes=[], author=author
            )
    draw_page.reload()
    expect_blank(draw_page)
    learn = draw_page.get_by_role("button", name="Learn my handwriting")
    expect(learn).to_contain_text("a few seconds, on your drawings and other digits")
    expect(learn).to_have_attribute("aria-disabled", "false")
    learn.click()
    expect(draw_page.locator(".learned table")).to_be_visible(timeout=120_000)
    expect(draw_page.locator(".learned")).to_contain_text(
        re.compile(r"your drawings, held out\s*\d of 8\s*\d of 8")
    )
    expect(draw_page.locator(".learned")).to_contain_text(re.compile(r": \d of 8 before, \d of 8 after\."))
    draw_page.get_by_role("button", name="Read with it").click()
    expect(draw_page.get_by_text("One person's drawings among other digits")).to_be_visible()
    expect(draw_page.locator(".learned")).to_be_hidden()  # it was about the previous network
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).not_to_have_attribute("data-label", "")
    for name in own_drawings.read_all(server.home).drawings:
        own_drawings.delete(server.home, name)


def test_other_peoples_drawings_do_not_count(draw_page: Page, server: Server) -> None:
    """In a class with hundreds of drawings a new browser starts at zero, and the button says so."""
    for number in range(20):
        own_drawings.keep(
            server.home, label=number % 10, read_as=None, pixels=bytes([9] * 784), strokes=[], author="x"
        )
    draw_page.reload()
    expect_blank(draw_page)
    learn = draw_page.get_by_role("button", name="Learn my handwriting")
    expect(learn).to_have_attribute("aria-disabled", "true")
    expect(learn).to_contain_text("0 of 20 drawings so far")
    draw(draw_page, SEVEN)
    expect(answer(draw_page)).to_have_attribute("data-sure", "true")
    press(draw_page, "7")
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
