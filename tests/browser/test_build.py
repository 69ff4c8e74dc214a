"""The layer cards of the Build page, with mouse, keyboard and touch."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from cnnlab.convert import link
from cnnlab.design.design import Design
from cnnlab.layers import Conv2d
from tests.browser.driving import visit, wait_until_settled

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


def rows(page: Page) -> Locator:
    return page.locator(".stack .row[data-kind]")


def row(page: Page, number: int) -> Locator:
    """A row by the number on its card."""
    return rows(page).nth(number - 1)


def expect_kinds(page: Page, kinds: list[str]) -> None:
    expect(rows(page)).to_have_count(len(kinds))
    for number, kind in enumerate(kinds, start=1):
        expect(row(page, number)).to_have_attribute("data-kind", kind)


def announcement(page: Page) -> Locator:
    """What a screen reader announces."""
    return page.locator(".stack .spoken")


def parameters(page: Page) -> Locator:
    return page.locator("[data-total=parameters]")


def test_an_edited_number_changes_shapes_and_totals(build_page: Page) -> None:
    """The card shows the new arithmetic, the focus stays in the field, and one undo reverts all digits."""
    filters = row(build_page, 1).get_by_label("Filters")
    filters.click()
    build_page.keyboard.press("Control+a")
    build_page.keyboard.type("48")
    expect(row(build_page, 1)).to_contain_text("48 × (3×3×1) + 48 = 480")
    expect(row(build_page, 2)).to_contain_text("48×26×26")
    expect(parameters(build_page)).to_have_text("131,306")
    expect(filters).to_be_focused()
    build_page.locator("[data-edit=undo]").click()
    expect(filters).to_have_value("32")
    expect(parameters(build_page)).to_have_text("121,930")


def test_an_out_of_range_value_is_explained_next_to_its_field(build_page: Page) -> None:
    """The typed text stays, the network does not change, and Escape discards the text."""
    filters = row(build_page, 1).get_by_label("Filters")
    filters.fill("5000")
    expect(row(build_page, 1)).to_contain_text(
        "a whole number from 1 to 4,096, but 5,000 was typed. It stays 32."
    )
    expect(filters).to_have_value("5000")
    expect(filters).to_have_attribute("aria-invalid", "true")
    expect(parameters(build_page)).to_have_text("121,930")
    filters.press("Escape")
    expect(filters).to_have_value("32")
    expect(row(build_page, 1)).not_to_contain_text("was typed")


def test_an_invalid_or_unfinished_number_blocks_training(build_page: Page) -> None:
    """Otherwise the network that is trained would differ from the one on the cards."""
    filters = row(build_page, 1).get_by_label("Filters")
    train = build_page.get_by_role("button", name="Train this network")
    timing = build_page.get_by_role("button", name="Time an epoch")
    for text in ("5000", ""):
        filters.fill(text)
        expect(train).to_be_disabled()
        expect(timing).to_have_attribute("aria-disabled", "true")
        expect(build_page.get_by_text("Row 1: a number cannot be used")).to_be_visible()
        filters.fill("16")
        expect(train).to_be_enabled()
    filters.fill("5000")
    expect(train).to_be_disabled()
    filters.press("Escape")
    expect(train).to_be_enabled()
    filters.fill("")
    expect(train).to_be_disabled()
    row(build_page, 1).get_by_role("button", name="Delete (Del)").click()
    expect(train).to_be_enabled()


def test_a_button_does_not_move_while_it_is_pressed(build_page: Page) -> None:
    """The press also leaves the field above, whose error makes its card taller; the click still counts."""
    row(build_page, 1).get_by_label("Filters").fill("")
    expect(build_page.get_by_role("button", name="Train this network")).to_be_disabled()
    row(build_page, 1).get_by_role("button", name="Delete (Del)").hover()
    with build_page.expect_response("**/api/editor/edit"):
        build_page.mouse.down()
    build_page.wait_for_timeout(300)  # long enough for the message to appear
    build_page.mouse.up()
    expect_kinds(build_page, ARTICLE_1[1:])


def test_a_broken_stack_has_no_totals_that_look_valid(build_page: Page) -> None:
    """Only valid rows are counted, and the first row after the broken one says what it waits for."""
    row(build_page, 1).get_by_label("Kernel size").fill("64")
    expect(build_page.locator("[data-total=parameters]")).to_have_text("—")
    expect(row(build_page, 2)).to_contain_text("waits for row 1")
    expect(row(build_page, 3)).not_to_contain_text("waits")
    expect(build_page.get_by_role("button", name="Time an epoch")).to_have_attribute("aria-disabled", "true")


def test_an_emptied_field_says_that_nothing_was_typed(build_page: Page) -> None:
    """But only when it loses the focus, not while the next number is being typed."""
    filters = row(build_page, 1).get_by_label("Filters")
    filters.fill("")
    filters.press("Tab")
    expect(row(build_page, 1)).to_contain_text("but nothing was typed. It stays 32.")


def test_a_layer_is_added_from_the_palette(build_page: Page) -> None:
    """With the mouse, between two rows; the new card gets the focus."""
    row(build_page, 1).get_by_role("button", name="Add a layer here").click()
    palette = build_page.get_by_label("Layers to add")
    expect(palette).to_contain_text("Keeps only the largest number of each window")
    palette.get_by_role("button", name="BatchNorm2d").click()
    expect_kinds(build_page, ["Conv2d", "BatchNorm2d", *ARTICLE_1[1:]])
    expect(row(build_page, 2)).to_be_focused()
    expect(announcement(build_page)).to_contain_text("Batch norm added as row 2.")


def test_duplicate_delete_undo_redo(build_page: Page) -> None:
    """With the buttons of a card and of the stack."""
    row(build_page, 3).get_by_role("button", name="Duplicate").click()
    expect_kinds(build_page, [*ARTICLE_1[:3], "MaxPool2d", *ARTICLE_1[3:]])
    row(build_page, 4).get_by_role("button", name="Delete").click()
    expect_kinds(build_page, ARTICLE_1)
    build_page.locator("[data-edit=undo]").click()
    expect(rows(build_page)).to_have_count(12)
    build_page.get_by_role("button", name="Redo").click()
    expect_kinds(build_page, ARTICLE_1)


def test_a_broken_row_is_repaired_with_a_click(build_page: Page) -> None:
    """It says why, the rows below and training are blocked, and the repair restores everything."""
    row(build_page, 7).get_by_role("button", name="Delete").click()
    dense = row(build_page, 7)
    expect(dense).to_contain_text("Dense needs one long row of numbers, but gets 64 maps of 5×5.")
    expect(dense).to_have_attribute("aria-label", re.compile("cannot work"))
    expect(row(build_page, 8)).to_contain_text("—")
    expect(build_page.get_by_role("button", name="Train this network")).to_be_disabled()
    dense.get_by_role("button", name="Insert Flatten (1,600 numbers)").click()
    expect_kinds(build_page, ARTICLE_1)
    expect(parameters(build_page)).to_have_text("121,930")
    expect(build_page.get_by_role("button", name="Train this network")).to_be_enabled()


def test_everything_can_be_done_with_the_keyboard(build_page: Page) -> None:
    """Navigate, move, delete, undo, redo and add without a mouse; the focus follows the card."""
    row(build_page, 2).focus()
    build_page.keyboard.press("ArrowDown")
    expect(row(build_page, 3)).to_be_focused()
    build_page.keyboard.press("Alt+ArrowUp")
    build_page.keyboard.press("Alt+ArrowUp")  # immediately: the second press still finds its row
    expect_kinds(build_page, ["MaxPool2d", "Conv2d", "ReLU", *ARTICLE_1[3:]])
    expect(row(build_page, 1)).to_be_focused()
    expect(announcement(build_page)).to_contain_text("Max pooling moved to row 1 of 11.")
    build_page.keyboard.press("Delete")
    expect(row(build_page, 1)).to_have_attribute("data-kind", "Conv2d")
    expect(row(build_page, 1)).to_be_focused()
    build_page.keyboard.press("Control+z")
    expect(rows(build_page)).to_have_count(11)
    build_page.keyboard.press("Control+Shift+z")
    expect(rows(build_page)).to_have_count(10)
    build_page.keyboard.press("+")
    build_page.keyboard.type("dropout2d")
    build_page.keyboard.press("Enter")
    expect(row(build_page, 2)).to_have_attribute("data-kind", "Dropout2d")
    expect(row(build_page, 2)).to_be_focused()


def test_rapid_edits_are_each_made_once(build_page: Page) -> None:
    """However fast the keys are pressed, no edit is lost or made twice."""
    row(build_page, 1).focus()
    for _ in range(12):
        build_page.keyboard.press("Alt+ArrowDown")
    for _ in range(3):
        build_page.keyboard.press("Alt+ArrowUp")
    kinds = ARTICLE_1[1:]
    kinds.insert(7, "Conv2d")
    expect_kinds(build_page, kinds)


def test_a_card_is_dragged(build_page: Page) -> None:
    """By its handle, below two others; Escape cancels the drag."""
    drag(build_page, row(build_page, 1), row(build_page, 3))
    build_page.mouse.up()
    expect_kinds(build_page, ["ReLU", "MaxPool2d", *ARTICLE_1[:1], *ARTICLE_1[3:]])
    drag(build_page, row(build_page, 1), row(build_page, 3))
    build_page.keyboard.press("Escape")
    build_page.mouse.up()
    wait_until_settled(build_page)
    expect_kinds(build_page, ["ReLU", "MaxPool2d", *ARTICLE_1[:1], *ARTICLE_1[3:]])


def drag(page: Page, card: Locator, target: Locator) -> None:
    """Press the handle and move the pointer just below the middle of the target."""
    target.scroll_into_view_if_needed()
    start = card.locator(".handle").bounding_box()
    end = target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 4, end["y"] + end["height"] * 0.75, steps=6)


def start_from(page: Page, family: str, name: str) -> None:
    """Open a preset."""
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("dialog").get_by_role("tab", name=family).click()
    page.get_by_role("button", name=f"Start with {name}", exact=True).click()


def test_opening_a_preset_does_not_lose_unsaved_work(build_page: Page) -> None:
    """Opening can be undone like an edit."""
    row(build_page, 1).get_by_role("button", name="Delete").click()
    expect(rows(build_page)).to_have_count(10)
    start_from(build_page, "Classics", "lenet-5")
    expect(rows(build_page)).to_have_count(12)
    expect(build_page.get_by_label("Name", exact=True)).to_have_value("lenet-5")
    build_page.locator("[data-edit=undo]").click()
    expect(rows(build_page)).to_have_count(10)
    expect(build_page.get_by_label("Name", exact=True)).to_have_value("article-1")


def test_the_focus_survives_the_removal_of_a_notice(build_page: Page) -> None:
    """The first edit after a preset was opened removes the notice and nothing else."""
    start_from(build_page, "Classics", "lenet-5")
    notice = build_page.get_by_text("Undo brings back what was here before.")
    expect(notice).to_be_visible()
    filters = row(build_page, 1).get_by_label("Filters")
    filters.focus()
    filters.press("ArrowUp")
    expect(row(build_page, 1)).to_contain_text("7 × (5×5×1) + 7 = 182")
    expect(notice).to_have_count(0)
    expect(filters).to_be_focused()
    filters.press("ArrowUp")
    expect(row(build_page, 1)).to_contain_text("8 × (5×5×1) + 8 = 208")


def test_save_and_reopen(build_page: Page) -> None:
    """A name with Markdown and HTML in it is shown literally."""
    name = "**x** <b>y</b> :smile:"
    build_page.get_by_label("Name", exact=True).fill(name)
    build_page.get_by_label("Name", exact=True).press("Enter")
    wait_until_settled(build_page)
    build_page.get_by_role("button", name="Save", exact=True).click()
    expect(build_page.get_by_text("Saved", exact=True)).to_be_visible()
    row(build_page, 1).get_by_role("button", name="Delete").click()
    expect(build_page.get_by_text("Not saved", exact=True)).to_be_visible()
    build_page.get_by_role("button", name="My designs").click()
    expect(build_page.get_by_role("dialog").get_by_text(name, exact=True)).to_be_visible()
    build_page.get_by_role("dialog").get_by_role("button", name="Open").first.click()
    expect_kinds(build_page, ARTICLE_1)


def test_a_design_is_downloaded_and_opened_again(build_page: Page) -> None:
    """A file that is not a design changes nothing."""
    build_page.get_by_role("button", name="File").click()
    with build_page.expect_download() as download:
        build_page.get_by_role("button", name="Download as a file").click()
    file = download.value.path().read_bytes()
    assert download.value.suggested_filename == "article-1.json"
    chooser = build_page.locator("input[type=file]")
    chooser.set_input_files({"name": "bad.json", "mimeType": "application/json", "buffer": b"[]"})
    expect(build_page.get_by_role("alert").first).to_contain_text("bad.json was not opened.")
    build_page.keyboard.press("Escape")
    row(build_page, 1).get_by_role("button", name="Delete").click()
    expect(rows(build_page)).to_have_count(10)
    build_page.get_by_role("button", name="File").click()
    chooser.set_input_files({"name": "good.json", "mimeType": "application/json", "buffer": file})
    expect_kinds(build_page, ARTICLE_1)


def test_the_url_contains_the_design(build_page: Page) -> None:
    """A reload keeps an edit that was never saved, and the URL opens the design in another tab."""
    row(build_page, 1).get_by_label("Filters").fill("48")
    expect(parameters(build_page)).to_have_text("131,306")
    build_page.wait_for_url(lambda url: decode(url).layers[0].model_dump()["out_channels"] == 48)
    build_page.reload()
    wait_until_settled(build_page)
    expect(parameters(build_page)).to_have_text("131,306")
    other = build_page.context.new_page()
    visit(other, build_page.url)
    expect(parameters(other)).to_have_text("131,306")
    expect(other.get_by_text("This design comes from the link in the address bar.")).to_be_visible()
    row(other, 2).get_by_role("button", name="Delete").click()  # this tab does not open its own link again
    expect(rows(other)).to_have_count(10)
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved", exact=True)).to_be_visible()
    expect(rows(other)).to_have_count(10)


def decode(url: str) -> Design:
    """The design in a URL; some other design if there is none yet."""
    text = link.from_address(url)
    return link.decode(text)[0] if text else Design().with_layers((Conv2d(),))


def test_a_damaged_link_changes_nothing(page: Page) -> None:
    """It says so, and the editor opens with its usual design."""
    visit(page, "/build?design=1.eJxdamaged")
    expect(page.get_by_role("alert").first).to_contain_text("The link in the address bar was not opened.")
    expect_kinds(page, ARTICLE_1)


def test_pasted_code_opens_in_the_editor(build_page: Page) -> None:
    """After a preview of what was understood; its training settings go to the Train page's form."""
    build_page.get_by_role("button", name="Code", exact=True).click()
    box = build_page.get_by_role("dialog").get_by_role("textbox")
    box.fill(
        "model = Sequential()\n"
        "model.add(Conv2D(8, (3, 3), activation='relu', input_shape=(28, 28, 1)))\n"
        "model.add(Flatten())\n"
        "model.add(Dense(10, activation='softmax'))\n"
        "model.compile(optimizer='adam', loss='categorical_crossentropy')\n"
        "model.fit(x_train, y_train, epochs=7, batch_size=32)\n"
    )
    build_page.get_by_role("button", name="Read it").click()
    dialog = build_page.get_by_role("dialog")
    expect(dialog.get_by_text("7 epochs, batches of 32, adam")).to_be_visible()
    dialog.get_by_role("button", name="Open in the editor").click()
    expect_kinds(build_page, ["Conv2d", "ReLU", "Flatten", "Linear", "Softmax"])
    build_page.locator("[data-edit=undo]").click()
    expect_kinds(build_page, ARTICLE_1)
    build_page.get_by_role("button", name="Train this network").click()
    expect(build_page.get_by_role("spinbutton", name="Epochs")).to_have_value("7")


def test_the_network_is_exported_as_code(build_page: Page) -> None:
    """As a script to copy or download, and as a link."""
    build_page.get_by_role("button", name="Code", exact=True).click()
    dialog = build_page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Export").click()
    expect(dialog.get_by_text("nn.Conv2d(1, 32, 3)")).to_be_visible()
    with build_page.expect_download() as download:
        dialog.get_by_role("button", name="Download the PyTorch script").click()
    assert download.value.suggested_filename == "article-1_pytorch.py"
    dialog.get_by_text("Link", exact=True).click()
    expect(dialog.get_by_text("/build?design=1.")).to_be_visible()


def test_every_card_shows_the_output_of_its_row(build_page: Page) -> None:
    """As a strip of maps or numbers, which depends on the picture; a broken row has none."""
    strip = row(build_page, 1).locator("canvas.strip")
    expect(strip).to_have_attribute("aria-label", re.compile(r"The first \d+ maps, up to ±"))
    expect(row(build_page, 11).locator("canvas.strip")).to_have_attribute(
        "aria-label", re.compile("10 numbers")
    )
    before = strip.evaluate(PIXELS)
    build_page.get_by_role("button", name="Next picture").click()
    build_page.wait_for_function(
        f"([strip, before]) => ({PIXELS})(strip) !== before", arg=[strip.element_handle(), before]
    )
    row(build_page, 7).get_by_role("button", name="Delete").click()
    expect(row(build_page, 7).locator("canvas.strip")).to_be_hidden()
    expect(strip).to_be_visible()


def test_a_warning_gives_its_reason_and_a_repair(build_page: Page) -> None:
    """The network works but is unwise: it can be trained, and one click repairs it."""
    row(build_page, 9).get_by_role("button", name="Delete").click()  # the ReLU between the dense layers
    expect(build_page.locator(".state")).to_have_text(re.compile("Ready to train, 1 warning"))
    warning = build_page.locator(".problem.warning")
    expect(build_page.get_by_role("button", name="Train this network")).to_be_enabled()
    warning.get_by_role("button").first.click()
    expect(warning).to_have_count(0)
    expect(build_page.locator(".state")).to_have_text("Ready to train")


def test_an_epoch_is_timed_on_this_machine(build_page: Page) -> None:
    """With real batches, and again if wanted; a change removes the time, and an undo restores it."""
    top = build_page.locator(".rows").bounding_box()
    build_page.get_by_role("button", name="Time an epoch").click()
    time = build_page.locator(".time .value")
    expect(time).to_have_text(re.compile(r"^[\d.]+ s$"), timeout=90_000)
    expect(build_page.locator(".toast")).to_contain_text(
        re.compile(r"about .* s per epoch here, measured on \d+ batches of \d+")
    )
    assert build_page.locator(".rows").bounding_box() == top
    expect(build_page.get_by_role("button", name="Time an epoch again")).to_be_visible()
    build_page.reload()
    time.click()
    expect(build_page.locator(".toast")).to_contain_text(re.compile(r"measured on \d+ batches of \d+"))
    row(build_page, 1).get_by_label("Filters").fill("2")
    expect(time).to_be_empty()
    build_page.locator("[data-edit=undo]").click()
    expect(time).to_have_text(re.compile(r"^[\d.]+ s$"))


def test_the_layers_inside_a_block_are_edited(build_page: Page) -> None:
    """Its branches and its shortcut are drawn; each layer inside has its own fields and buttons."""
    row(build_page, 1).get_by_role("button", name="Add a layer here").click()
    build_page.get_by_label("Layers to add").locator("[data-kind=Residual]").click()
    expect_kinds(build_page, ["Conv2d", "Residual", *ARTICLE_1[1:]])
    block = row(build_page, 2)
    block.get_by_role("button", name="Show inside").click()
    inside = block.get_by_label("Inside Residual block")
    expect(inside.locator("svg[role=img]")).to_contain_text("identity")
    expect(inside.locator(".part")).to_have_count(5)
    inside.get_by_label("Filters").first.fill("24")
    expect(inside.locator(".part").first).to_contain_text("24 × (3×3×32) = 6,912")
    inside.get_by_label("Filters").first.fill("0")
    expect(inside.locator(".part").first).to_contain_text("from 1 to 4,096, but 0 was typed. It stays 24.")
    inside.get_by_label("Filters").first.press("Escape")
    inside.get_by_label("Layer to add inside").select_option("Dropout2d")
    inside.get_by_role("button", name="Add inside").click()
    expect(inside.locator(".part")).to_have_count(6)
    inside.get_by_role("button", name="Delete: Batch norm, inside").first.click()
    expect(inside.locator(".part")).to_have_count(5)
    build_page.locator("[data-edit=undo]").click()
    expect(inside.locator(".part")).to_have_count(6)


def test_on_a_phone_nothing_is_cut_off(phone: Page) -> None:
    """At 390 pixels all cards and their controls are on the screen, and a tap works."""
    visit(phone, "/build")
    expect(rows(phone)).to_have_count(11)
    cut = phone.locator(".stack :is(button, input, .card)").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0
    row(phone, 7).get_by_text("Flatten").first.tap()
    row(phone, 7).get_by_role("button", name="Delete").tap()
    phone.get_by_role("button", name="Insert Flatten (1,600 numbers)").tap()
    expect_kinds(phone, ARTICLE_1)


def test_a_finger_drags_a_card(phone: Page) -> None:
    """By its handle; the page does not scroll instead."""
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
