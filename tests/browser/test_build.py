"""The layer cards under mouse, keyboard and finger."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlab.convert import link
from cnnlab.design.design import Design
from cnnlab.layers import Conv2d
from tests.browser.driving import settled, visit

ARTICLE_1 = [
    "Conv2d",
    "ReLU",
    "MaxPool2d",
    "Conv2d",
    "ReLU",
    "MaxPool2d",
    "Flatten",
    "Linear",
    "ReLU",
    "Linear",
    "Softmax",
]

PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture
def bench(page: Page) -> Page:
    """The Build page with the articles' first network on it."""
    visit(page, "/build")
    expect(rows(page)).to_have_count(11)
    return page


def rows(page: Page) -> Locator:
    return page.locator(".stack .row[data-kind]")


def row(page: Page, number: int) -> Locator:
    """A row by the number that stands on its card."""
    return rows(page).nth(number - 1)


def expect_kinds(page: Page, kinds: list[str]) -> None:
    expect(rows(page)).to_have_count(len(kinds))
    for number, kind in enumerate(kinds, start=1):
        expect(row(page, number)).to_have_attribute("data-kind", kind)


def said(page: Page) -> Locator:
    """What a screen reader reads out."""
    return page.locator(".stack .spoken")


def parameters(page: Page) -> Locator:
    return page.locator("[data-total=parameters]")


def test_an_edited_number_changes_shapes_and_totals(bench: Page) -> None:
    """The card writes out its arithmetic, the focus stays in the field, one undo takes all digits back."""
    filters = row(bench, 1).get_by_label("Filters")
    filters.click()
    bench.keyboard.press("Control+a")
    bench.keyboard.type("48")
    expect(row(bench, 1)).to_contain_text("48 × (3×3×1) + 48 = 480")
    expect(row(bench, 2)).to_contain_text("48×26×26")
    expect(parameters(bench)).to_have_text("131,306")
    expect(filters).to_be_focused()
    bench.get_by_role("button", name="Undo").click()
    expect(filters).to_have_value("32")
    expect(parameters(bench)).to_have_text("121,930")


def test_a_value_out_of_range_is_explained_on_its_field(bench: Page) -> None:
    """What was typed stays, the network stays, and Escape takes the typing back."""
    filters = row(bench, 1).get_by_label("Filters")
    filters.fill("5000")
    expect(row(bench, 1)).to_contain_text("a whole number from 1 to 4,096, but 5,000 was typed. It stays 32.")
    expect(filters).to_have_value("5000")
    expect(filters).to_have_attribute("aria-invalid", "true")
    expect(parameters(bench)).to_have_text("121,930")
    filters.press("Escape")
    expect(filters).to_have_value("32")
    expect(row(bench, 1)).not_to_contain_text("was typed")


def test_what_cannot_be_used_blocks_the_training(bench: Page) -> None:
    """Refused or half typed: what is seen on the card is not what would be trained."""
    filters = row(bench, 1).get_by_label("Filters")
    train = bench.get_by_role("button", name="Train this network")
    timing = bench.get_by_role("button", name="Time an epoch")
    for text in ("5000", ""):
        filters.fill(text)
        expect(train).to_be_disabled()
        expect(timing).to_have_attribute("aria-disabled", "true")
        expect(bench.get_by_text("Row 1: a number cannot be used")).to_be_visible()
        filters.fill("16")
        expect(train).to_be_enabled()
    filters.fill("5000")
    expect(train).to_be_disabled()
    filters.press("Escape")
    expect(train).to_be_enabled()
    filters.fill("")
    expect(train).to_be_disabled()
    row(bench, 1).get_by_role("button", name="Delete (Del)").click()
    expect(train).to_be_enabled()


def test_a_button_stays_under_the_pointer_that_presses_it(bench: Page) -> None:
    """Pressing it leaves the field above, whose message makes the card taller; then the click counts."""
    row(bench, 1).get_by_label("Filters").fill("")
    expect(bench.get_by_role("button", name="Train this network")).to_be_disabled()
    row(bench, 1).get_by_role("button", name="Delete (Del)").hover()
    with bench.expect_response("**/api/bench/edit"):
        bench.mouse.down()
    bench.wait_for_timeout(300)  # in which the message would be shown
    bench.mouse.up()
    expect_kinds(bench, ARTICLE_1[1:])


def test_a_broken_stack_has_no_totals_that_look_valid(bench: Page) -> None:
    """They are those of its sound rows, and the first row behind the fault says what it waits for."""
    row(bench, 1).get_by_label("Kernel size").fill("64")
    expect(bench.locator("[data-total=parameters]")).to_have_text("—")
    expect(row(bench, 2)).to_contain_text("waits for row 1")
    expect(row(bench, 3)).not_to_contain_text("waits")
    expect(bench.get_by_role("button", name="Time an epoch")).to_have_attribute("aria-disabled", "true")


def test_an_emptied_field_says_that_nothing_was_typed(bench: Page) -> None:
    """But only when it is left, not on the way to the next number."""
    filters = row(bench, 1).get_by_label("Filters")
    filters.fill("")
    filters.press("Tab")
    expect(row(bench, 1)).to_contain_text("but nothing was typed. It stays 32.")


def test_a_layer_is_added_from_the_palette(bench: Page) -> None:
    """By mouse, between two rows; the new card has the focus."""
    row(bench, 1).get_by_role("button", name="Add a layer here").click()
    palette = bench.get_by_label("Layers to add")
    expect(palette).to_contain_text("Keeps the strongest answer of each window")
    palette.get_by_role("button", name="BatchNorm2d").click()
    expect_kinds(bench, ["Conv2d", "BatchNorm2d", *ARTICLE_1[1:]])
    expect(row(bench, 2)).to_be_focused()
    expect(said(bench)).to_contain_text("Batch norm added as row 2.")


def test_duplicate_delete_undo_redo(bench: Page) -> None:
    """With the buttons of a card and of the stack."""
    row(bench, 3).get_by_role("button", name="Duplicate").click()
    expect_kinds(bench, [*ARTICLE_1[:3], "MaxPool2d", *ARTICLE_1[3:]])
    row(bench, 4).get_by_role("button", name="Delete").click()
    expect_kinds(bench, ARTICLE_1)
    bench.get_by_role("button", name="Undo").click()
    expect(rows(bench)).to_have_count(12)
    bench.get_by_role("button", name="Redo").click()
    expect_kinds(bench, ARTICLE_1)


def test_a_broken_row_is_mended_by_a_click(bench: Page) -> None:
    """It says why in words, the rows below wait, training waits, and the repair brings all back."""
    row(bench, 7).get_by_role("button", name="Delete").click()
    dense = row(bench, 7)
    expect(dense).to_contain_text("Linear wants a flat vector but gets 64×5×5")
    expect(dense).to_have_attribute("aria-label", re.compile("cannot work"))
    expect(row(bench, 8)).to_contain_text("—")
    expect(bench.get_by_role("button", name="Train this network")).to_be_disabled()
    dense.get_by_role("button", name="Insert Flatten (1600 values)").click()
    expect_kinds(bench, ARTICLE_1)
    expect(parameters(bench)).to_have_text("121,930")
    expect(bench.get_by_role("button", name="Train this network")).to_be_enabled()


def test_the_keyboard_does_it_all(bench: Page) -> None:
    """Walk, move, delete, undo, redo and add without a mouse; the focus goes with the card."""
    row(bench, 2).focus()
    bench.keyboard.press("ArrowDown")
    expect(row(bench, 3)).to_be_focused()
    bench.keyboard.press("Alt+ArrowUp")
    bench.keyboard.press("Alt+ArrowUp")  # at once: the second finds its row all the same
    expect_kinds(bench, ["MaxPool2d", "Conv2d", "ReLU", *ARTICLE_1[3:]])
    expect(row(bench, 1)).to_be_focused()
    expect(said(bench)).to_contain_text("Max pooling moved to row 1 of 11.")
    bench.keyboard.press("Delete")
    expect(row(bench, 1)).to_have_attribute("data-kind", "Conv2d")
    expect(row(bench, 1)).to_be_focused()
    bench.keyboard.press("Control+z")
    expect(rows(bench)).to_have_count(11)
    bench.keyboard.press("Control+Shift+z")
    expect(rows(bench)).to_have_count(10)
    bench.keyboard.press("+")
    bench.keyboard.type("dropout2d")
    bench.keyboard.press("Enter")
    expect(row(bench, 2)).to_have_attribute("data-kind", "Dropout2d")
    expect(row(bench, 2)).to_be_focused()


def test_many_edits_at_once_are_all_done(bench: Page) -> None:
    """Nothing is lost or done twice, however fast the keys come."""
    row(bench, 1).focus()
    for _ in range(12):
        bench.keyboard.press("Alt+ArrowDown")
    for _ in range(3):
        bench.keyboard.press("Alt+ArrowUp")
    kinds = ARTICLE_1[1:]
    kinds.insert(7, "Conv2d")
    expect_kinds(bench, kinds)


def test_a_card_is_dragged(bench: Page) -> None:
    """By its handle, below two others; Escape leaves it where it was."""
    drag(bench, row(bench, 1), row(bench, 3))
    bench.mouse.up()
    expect_kinds(bench, ["ReLU", "MaxPool2d", *ARTICLE_1[:1], *ARTICLE_1[3:]])
    drag(bench, row(bench, 1), row(bench, 3))
    bench.keyboard.press("Escape")
    bench.mouse.up()
    settled(bench)
    expect_kinds(bench, ["ReLU", "MaxPool2d", *ARTICLE_1[:1], *ARTICLE_1[3:]])


def drag(page: Page, card: Locator, target: Locator) -> None:
    """The handle held, the pointer just below the middle of the target."""
    start = card.locator(".handle").bounding_box()
    end = target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 4, end["y"] + end["height"] * 0.75, steps=6)


def test_a_preset_over_unsaved_work_loses_nothing(bench: Page) -> None:
    """Opening is a step like any other."""
    row(bench, 1).get_by_role("button", name="Delete").click()
    expect(rows(bench)).to_have_count(10)
    bench.get_by_role("button", name="Start from").click()
    bench.locator(".st-key-preset_lenet-5").get_by_role("button").click()
    expect(rows(bench)).to_have_count(12)
    expect(bench.get_by_label("Name", exact=True)).to_have_value("lenet-5")
    bench.get_by_role("button", name="Undo").click()
    expect(rows(bench)).to_have_count(10)
    expect(bench.get_by_label("Name", exact=True)).to_have_value("article-1")


def test_the_focus_survives_a_notice_that_goes(bench: Page) -> None:
    """The first edit after a preset was opened takes the notice away, and nothing else."""
    bench.get_by_role("button", name="Start from").click()
    bench.locator(".st-key-preset_lenet-5").get_by_role("button").click()
    notice = bench.get_by_text("Undo brings back what was here before.")
    expect(notice).to_be_visible()
    filters = row(bench, 1).get_by_label("Filters")
    filters.focus()
    filters.press("ArrowUp")
    expect(row(bench, 1)).to_contain_text("7 × (5×5×1) + 7 = 182")
    expect(notice).to_have_count(0)
    expect(filters).to_be_focused()
    filters.press("ArrowUp")
    expect(row(bench, 1)).to_contain_text("8 × (5×5×1) + 8 = 208")


def test_save_and_reopen(bench: Page) -> None:
    """A name made of Markdown and HTML is shown as it was typed."""
    name = "**x** <b>y</b> :smile:"
    bench.get_by_label("Name", exact=True).fill(name)
    bench.get_by_label("Name", exact=True).press("Enter")
    settled(bench)
    bench.get_by_role("button", name="Save", exact=True).click()
    expect(bench.get_by_text("Saved", exact=True)).to_be_visible()
    row(bench, 1).get_by_role("button", name="Delete").click()
    expect(bench.get_by_text("Not saved", exact=True)).to_be_visible()
    bench.get_by_role("button", name="My designs").click()
    expect(bench.get_by_role("dialog").get_by_text(name, exact=True)).to_be_visible()
    bench.get_by_role("dialog").get_by_role("button", name="Open").first.click()
    expect_kinds(bench, ARTICLE_1)


def test_a_design_goes_out_as_a_file_and_comes_back(bench: Page) -> None:
    """What was downloaded opens again; a file that is no design changes nothing."""
    bench.get_by_role("button", name="File").click()
    with bench.expect_download() as download:
        bench.get_by_role("button", name="Download as a file").click()
    file = download.value.path().read_bytes()
    assert download.value.suggested_filename == "article-1.json"
    chooser = bench.locator("input[type=file]")
    chooser.set_input_files({"name": "bad.json", "mimeType": "application/json", "buffer": b"[]"})
    expect(bench.get_by_role("alert").first).to_contain_text("bad.json was not opened.")
    bench.keyboard.press("Escape")
    row(bench, 1).get_by_role("button", name="Delete").click()
    expect(rows(bench)).to_have_count(10)
    bench.get_by_role("button", name="File").click()
    chooser.set_input_files({"name": "good.json", "mimeType": "application/json", "buffer": file})
    expect_kinds(bench, ARTICLE_1)


def test_the_address_holds_the_design(bench: Page) -> None:
    """A reload keeps an edit that was never saved, and the address shows it in another tab."""
    row(bench, 1).get_by_label("Filters").fill("48")
    expect(parameters(bench)).to_have_text("131,306")
    bench.wait_for_url(lambda address: decode(address).layers[0].model_dump()["out_channels"] == 48)
    bench.reload()
    settled(bench)
    expect(parameters(bench)).to_have_text("131,306")
    other = bench.context.new_page()
    visit(other, bench.url)
    expect(parameters(other)).to_have_text("131,306")
    expect(other.get_by_text("This design comes from the link in the address bar.")).to_be_visible()
    row(other, 2).get_by_role("button", name="Delete").click()  # its link is no new one for this tab
    expect(rows(other)).to_have_count(10)
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved", exact=True)).to_be_visible()
    expect(rows(other)).to_have_count(10)


def decode(address: str) -> Design:
    """What an address holds; the default design where it holds none yet."""
    text = link.from_address(address)
    return link.decode(text)[0] if text else Design().with_layers((Conv2d(),))


def test_a_damaged_link_changes_nothing(page: Page) -> None:
    """It says so, and the bench stands as ever."""
    visit(page, "/build?design=1.eJxdamaged")
    expect(page.get_by_role("alert").first).to_contain_text("The link in the address bar was not opened.")
    expect_kinds(page, ARTICLE_1)


def test_pasted_code_comes_onto_the_bench(bench: Page) -> None:
    """After a look at what was understood; its training settings go to the Train page's form."""
    bench.get_by_role("button", name="Code", exact=True).click()
    box = bench.get_by_role("dialog").get_by_role("textbox")
    box.fill(
        "model = Sequential()\n"
        "model.add(Conv2D(8, (3, 3), activation='relu', input_shape=(28, 28, 1)))\n"
        "model.add(Flatten())\n"
        "model.add(Dense(10, activation='softmax'))\n"
        "model.compile(optimizer='adam', loss='categorical_crossentropy')\n"
        "model.fit(x_train, y_train, epochs=7, batch_size=32)\n"
    )
    bench.get_by_role("button", name="Read it").click()
    dialog = bench.get_by_role("dialog")
    expect(dialog.get_by_text("7 epochs, batches of 32, adam")).to_be_visible()
    dialog.get_by_role("button", name="Open in the editor").click()
    expect_kinds(bench, ["Conv2d", "ReLU", "Flatten", "Linear", "Softmax"])
    bench.get_by_role("button", name="Undo").click()
    expect_kinds(bench, ARTICLE_1)
    bench.get_by_role("button", name="Train this network").click()
    expect(bench.get_by_role("spinbutton", name="Epochs")).to_have_value("7")


def test_the_network_goes_home_as_code(bench: Page) -> None:
    """A script to copy or to download."""
    bench.get_by_role("button", name="Code", exact=True).click()
    dialog = bench.get_by_role("dialog")
    dialog.get_by_role("tab", name="Export").click()
    expect(dialog.get_by_text("nn.Conv2d(1, 32, 3)")).to_be_visible()
    with bench.expect_download() as download:
        dialog.get_by_role("button", name="Download the PyTorch script").click()
    assert download.value.suggested_filename == "article-1_pytorch.py"
    dialog.get_by_text("Link", exact=True).click()
    expect(dialog.get_by_text("/build?design=1.")).to_be_visible()


def test_the_whole_network_is_drawn_and_saved(bench: Page) -> None:
    """It follows an edit, and goes to a slide as SVG or PNG."""
    bench.get_by_text("Picture of the whole network").click()
    picture = bench.locator(".whole-picture svg")
    expect(picture).to_contain_text("64×5×5")
    row(bench, 1).get_by_label("Filters").fill("48")
    expect(picture).to_contain_text("48×26×26")
    for kind, beginning in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with bench.expect_download() as download:
            bench.get_by_role("button", name=f"Save as {kind}").click()
        assert download.value.suggested_filename == f"article-1.{kind.lower()}"
        assert download.value.path().read_bytes().startswith(beginning)


def test_every_card_shows_what_it_makes_of_a_picture(bench: Page) -> None:
    """Strips of maps and numbers; another picture paints others; a broken row shows none."""
    strip = row(bench, 1).locator("canvas.strip")
    expect(strip).to_have_attribute("aria-label", re.compile(r"The first \d+ maps, up to ±"))
    expect(row(bench, 11).locator("canvas.strip")).to_have_attribute("aria-label", re.compile("10 numbers"))
    before = strip.evaluate(PIXELS)
    bench.get_by_role("button", name="Next picture").click()
    bench.wait_for_function(
        f"([strip, before]) => ({PIXELS})(strip) !== before", arg=[strip.element_handle(), before]
    )
    row(bench, 7).get_by_role("button", name="Delete").click()
    expect(row(bench, 7).locator("canvas.strip")).to_be_hidden()
    expect(strip).to_be_visible()


def test_a_warning_gives_its_reason_and_a_repair(bench: Page) -> None:
    """It works and is unwise: training stays open, one click mends it."""
    row(bench, 9).get_by_role("button", name="Delete").click()  # the ReLU between the dense layers
    expect(bench.locator(".state")).to_have_text(re.compile("Ready to train, 1 warning"))
    warning = bench.locator(".problem.warning")
    expect(bench.get_by_role("button", name="Train this network")).to_be_enabled()
    warning.get_by_role("button").first.click()
    expect(warning).to_have_count(0)
    expect(bench.locator(".state")).to_have_text("Ready to train")


def test_an_epoch_is_timed_on_this_machine(bench: Page) -> None:
    """By real batches; the figure is for this network, and goes with it."""
    bench.get_by_role("button", name="Time an epoch").click()
    words = bench.locator(".time span")
    expect(words).to_have_text(
        re.compile(r"about .* s per epoch here, measured on \d+ batches of \d+"), timeout=90_000
    )
    row(bench, 1).get_by_label("Filters").fill("2")
    expect(words).to_be_empty()
    bench.get_by_role("button", name="Undo").click()
    expect(words).to_contain_text("s per epoch here")


def test_a_block_opens_and_its_layers_are_edited(bench: Page) -> None:
    """Its branches are drawn, the way around included; a layer inside has fields and buttons of its own."""
    row(bench, 1).get_by_role("button", name="Add a layer here").click()
    bench.get_by_label("Layers to add").locator("[data-kind=Residual]").click()
    expect_kinds(bench, ["Conv2d", "Residual", *ARTICLE_1[1:]])
    block = row(bench, 2)
    block.get_by_role("button", name="Show inside").click()
    inside = block.get_by_label("Inside Residual block")
    expect(inside.locator("svg[role=img]")).to_contain_text("identity")
    expect(inside.locator(".part")).to_have_count(5)
    inside.get_by_label("Filters").first.fill("24")
    expect(inside.locator(".part").first).to_contain_text("24 × (3×3×32) = 6912")
    inside.get_by_label("Filters").first.fill("0")
    expect(inside.locator(".part").first).to_contain_text("from 1 to 4,096, but 0 was typed. It stays 24.")
    inside.get_by_label("Filters").first.press("Escape")
    inside.get_by_label("Layer to add inside").select_option("Dropout2d")
    inside.get_by_role("button", name="Add inside").click()
    expect(inside.locator(".part")).to_have_count(6)
    inside.get_by_role("button", name="Delete: Batch norm, inside").first.click()
    expect(inside.locator(".part")).to_have_count(5)
    bench.get_by_role("button", name="Undo").click()
    expect(inside.locator(".part")).to_have_count(6)


def test_on_a_phone_nothing_is_cut_off(phone: Page) -> None:
    """At 390 pixels every button of a card is within reach of a thumb, and a tap works."""
    visit(phone, "/build")
    expect(rows(phone)).to_have_count(11)
    cut = phone.locator(".stack :is(button, input, .card)").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0
    row(phone, 7).get_by_role("button", name="Delete").tap()
    phone.get_by_role("button", name="Insert Flatten (1600 values)").tap()
    expect_kinds(phone, ARTICLE_1)


def test_a_finger_drags_a_card(phone: Page) -> None:
    """By its handle the card moves; the page does not scroll in its place."""
    visit(phone, "/build")
    expect(rows(phone)).to_have_count(11)
    row(phone, 3).scroll_into_view_if_needed()
    start = row(phone, 3).locator(".handle").bounding_box()
    end = row(phone, 2).bounding_box()
    assert start
    assert end
    finger = phone.context.new_cdp_session(phone)
    x, y = start["x"] + 10, start["y"] + 10
    for kind, at in (
        ("touchStart", y),
        ("touchMove", y - 20),
        ("touchMove", end["y"] + 4),
        ("touchEnd", None),
    ):
        points = [] if at is None else [{"x": x, "y": at}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect_kinds(phone, ["Conv2d", "MaxPool2d", "ReLU", *ARTICLE_1[3:]])
