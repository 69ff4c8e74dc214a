"""Look inside in a browser: what is selected on it, its address, the film of the epochs, and a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnlab.reader.loaded_model import load_bundled
from tests.browser.driving import Server, running_lab, visit, wait_until_settled
from tests.browser.states import run_id
from tests.catalogue import catalogue
from tests.lab import QUICK, open_lab

CARD = ".look .card"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a finished run of three epochs."""
    home = tmp_path_factory.mktemp("look")
    with open_lab(home / "home") as lab:
        lab.train(QUICK, epochs=3, name="finished")
    with running_lab(home / "home", home / "server.log") as running:
        yield running


def title(page: Page, number: int) -> Locator:
    """The title of this test picture of the digits."""
    return page.get_by_text(re.compile(f"^Digits, test picture {number}: "))


def tiles(page: Page, row: int) -> Locator:
    """The maps of a row."""
    return page.locator(".look .strips > .map-rows > .map-row .tiles").nth(row)


def value(page: Page) -> Locator:
    """The selected number, as the card has computed it."""
    return page.locator(f"{CARD} .trace-card .value")


def test_a_picture_of_each_class_can_be_chosen(page: Page) -> None:
    """Ten of them; the one that is shown is marked, and named in the address after a reload as well."""
    visit(page, "/look_inside")
    offered = page.get_by_role("group", name="One of each class").get_by_role("button")
    expect(offered).to_have_count(10)
    offered.nth(7).click()
    expect(page.get_by_text(re.compile(r"^Digits, test picture \d+: 7"))).to_be_visible()
    expect(offered.nth(7)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"picture=digits-\d+"))
    shown = page.get_by_text(re.compile(r"^Digits, test picture \d+: 7")).inner_text()
    page.reload()
    expect(page.get_by_text(shown)).to_be_visible()


def test_a_click_on_a_number_shows_it_as_torch_computes_it(page: Page) -> None:
    """Also of a linked one, of a neighbor in the enlarged map, and of the next picture."""
    model = load_bundled().model
    images = catalogue().load("digits").test.images[:2].float() / 255
    with torch.inference_mode():
        first, second = model[0](images[:1])[0], model[0](images[1:2])[0]
    visit(page, "/look_inside?row=0&unit=5&cell=9-13")
    expect_number(value(page), float(first[5, 9, 13]))
    stage = page.locator(".look .stage")
    expect(stage).to_contain_text("map 6, row 10, column 14: ")
    stage.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect_number(value(page), float(first[5, 10, 14]))
    page.get_by_role("button", name="Next picture").click()
    expect(title(page, 2)).to_be_visible()
    expect_number(value(page), float(second[5, 10, 14]))
    expect(page).to_have_url(re.compile(r"row=0&unit=5&cell=10-14"))


def test_the_numbers_of_the_classes_are_read_and_saved(page: Page) -> None:
    """Under the pointer and in the table they are torch's to three digits; the picture has their signs."""
    model = load_bundled().model
    image = catalogue().load("digits").test.images[:1].float() / 255
    with torch.inference_mode():
        scores = model[:-1](image)[0].tolist()
    texts = [f"{score:.3g}".replace("-", "−") for score in scores]
    visit(page, f"/look_inside?row={len(model) - 2}")
    row = page.locator(".look .strips > .map-rows > .map-row").nth(len(model) - 2)
    row.locator(".tiles").hover(position={"x": 85, "y": 10})
    expect(page.locator(".look .loupe").filter(visible=True)).to_contain_text(f"3: {texts[3]}")
    row.get_by_text("Show as a table").click()
    expect(row.locator("td")).to_have_text(texts)
    with page.expect_download() as started:
        row.get_by_role("button", name="Save as PNG").click()
    picture = Image.open(started.value.path()).convert("RGB")
    pixels = np.asarray(picture)[20, [round((place + 0.5) * picture.width / 10) for place in range(10)]]
    assert picture.width >= 560
    assert (pixels[:, 0] > pixels[:, 2]).tolist() == [score > 0 for score in scores]
    page.get_by_role("button", name="About: Output of each layer").press("Enter")
    expect(page.get_by_text("A strong color does not make a map important")).to_be_visible()


def test_a_map_in_the_overview_shows_what_it_is_made_of(page: Page) -> None:
    """The strongest input is that with the largest kernel; a click selects the map."""
    convolution = load_bundled().model[4]
    assert isinstance(convolution, torch.nn.Conv2d)
    kernels = convolution.weight[2].abs().mean((1, 2))
    visit(page, "/look_inside")
    tile = page.get_by_role("button", name="5. Convolution: map 3", exact=True)
    tile.hover()
    strongest = f"Strongest connections: map {int(kernels.argmax()) + 1} ({kernels.max():.3g})"
    expect(page.locator(".look .about-unit")).to_contain_text(strongest)
    expect(page.locator(".look .lines path")).to_have_count(8)  # of the 24 maps before it, the shown ones
    tile.click()
    expect(page).to_have_url(re.compile(r"row=4&unit=2(&|$)"))
    expect(page.locator(f"{CARD} .inside > h2")).to_have_text("5. Convolution: map 3")
    expect(page.locator(".look .lines path")).to_have_count(8)
    tile.press("ArrowLeft")
    expect(page.get_by_role("button", name="4. ReLU: map 3", exact=True)).to_be_focused()


def expect_number(shown: Locator, number: float) -> None:
    """A number on the screen, with three digits and a minus sign of its own."""
    text = f"{abs(number):.3g}"
    expect(shown).to_have_text(f"−{text}" if number < 0 else text)  # noqa: RUF001 - a minus sign


def test_the_address_holds_the_selection(page: Page) -> None:
    """In another tab and after a reload the same number is selected; closing the card leaves its row."""
    visit(page, "/look_inside")
    expect(page.locator(CARD)).to_contain_text("Click a cell of a map")
    tiles(page, 1).click(position={"x": 40, "y": 25})
    expect(value(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"row=1&unit=\d+&cell=\d+-\d+"))
    place = page.locator(f"{CARD} .trace-card h3").inner_text()
    other = page.context.new_page()
    visit(other, page.url)
    expect(other.locator(f"{CARD} .trace-card h3")).to_have_text(place)
    expect(value(other)).to_have_text(value(page).inner_text())
    page.reload()
    expect(page.locator(f"{CARD} .trace-card h3")).to_have_text(place)
    page.locator(CARD).get_by_role("button", name="Close").first.click()
    expect(page.locator(f"{CARD} .trace-card")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"row=1(&|$)"))
    expect(page).not_to_have_url(re.compile("unit="))


def test_what_a_number_is_computed_from_is_framed(page: Page) -> None:
    """In the row before, and in the picture; from there one goes back to the picture."""
    visit(page, "/look_inside?row=4&unit=3&cell=6-7&rows=all")
    expect(value(page)).to_be_visible()
    rows = page.locator(".look .strips > .map-rows > .map-row")
    expect(rows.nth(4).locator(".picked rect.cell:not(.halo)")).to_have_count(1)
    expect(rows.nth(3).locator(".picked rect.window:not(.halo)")).to_have_count(24)  # one in each map
    expect(page.locator(".look .network .framed i")).to_be_visible()
    back = page.locator(f"{CARD} .trace-card .back")
    for row in (3, 2, 1, 0):
        back.click()
        expect(page).to_have_url(re.compile(rf"row={row}&"))
    expect(back).to_have_attribute("aria-disabled", "true")


def test_by_keyboard_a_number_is_picked_moved_and_left(page: Page) -> None:
    """Enter picks it, arrow keys move it in the enlarged map, Escape gives the focus back."""
    visit(page, "/look_inside?rows=all")
    board = page.locator(".look .strips > .map-rows > .map-row .board").first
    expect(board).to_have_attribute("role", "application")
    page.locator(".look .column > button").first.focus()
    while not board.evaluate("each => each.matches(':focus')"):
        page.keyboard.press("Tab")
    for key in ("ArrowRight", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    stage = page.locator(".look .stage")
    expect(stage).to_be_focused()
    expect(page).to_have_url(re.compile(r"row=0&unit=1&cell=\d+-\d+"))
    before = page.url
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(before)
    expect(value(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"{CARD} .stage")).to_be_hidden()
    expect(board).to_be_focused()


def test_a_deep_network_shows_the_layers_around_the_chosen_one(page: Page) -> None:
    """Or all of them; the address says so, and a small network shows all unasked."""
    visit(page, "/look_inside")
    rows = page.locator(".look .strips > .map-rows > .map-row")
    expect(rows.filter(visible=True)).to_have_count(3)
    chosen = page.locator(".look .column > button")
    chosen.nth(8).click()
    expect(chosen.nth(8)).to_have_attribute("aria-current", "true")
    expect(rows.nth(7)).to_be_visible()
    expect(rows.nth(9)).to_be_visible()
    expect(rows.filter(visible=True)).to_have_count(3)
    page.get_by_label("All layers").check()
    expect(rows.filter(visible=True)).to_have_count(18)
    expect(page).to_have_url(re.compile("rows=all"))
    page.reload()
    expect(rows.filter(visible=True)).to_have_count(18)


def test_the_kernels_of_the_chosen_map(page: Page) -> None:
    """Of a deep convolution: the largest six in numbers, all of them on request, and of any map."""
    visit(page, "/look_inside?row=4&unit=0&cell=1-1")
    page.get_by_role("tab", name="Filter").click()
    card = page.locator(CARD)
    figures = card.get_by_role("img", name=re.compile(r"^on map \d+: .*, "))
    expect(figures).to_have_count(6)
    expect(card.get_by_text("Filter 1 of row 5 makes this map.")).to_be_visible()
    expect(card.get_by_text(re.compile(r"^\d+ filters\. Each has 24 kernels of \d×\d"))).to_be_visible()
    before = figures.first.get_attribute("aria-label")
    tiles(page, 5).click(position={"x": 134, "y": 14})  # a map of the pooling after it
    expect(card.get_by_text(re.compile(r"^Filter ([2-9]|\d\d) of row 5 makes this map"))).to_be_visible()
    expect(figures.first).not_to_have_attribute("aria-label", before or "")
    largest = re.match(r"on map \d+", figures.first.get_attribute("aria-label") or "")
    assert largest
    card.get_by_role("button", name="All 24 kernels, the largest first").click()
    expect(card.locator(".board")).to_be_focused()
    page.keyboard.press("Home")
    expect(card.locator(".map-words")).to_have_text(re.compile(f"^{largest[0]}, row "))


def test_the_color_scale_has_a_menu_at_the_legend(page: Page) -> None:
    """The legend of one scale for all has numbers; Escape closes the menu."""
    visit(page, "/look_inside")
    page.get_by_text("Color scale for").click()
    page.get_by_role("radio", name="whole network").check()
    expect(page.locator(".look .legend span").last).to_have_text(re.compile(r"^\+\d"))
    expect(page).to_have_url(re.compile("scale=network"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name="whole network")).to_be_hidden()
    expect(page.locator(".look .scale summary")).to_be_focused()


def test_the_epochs_are_a_film(page: Page, server: Server) -> None:
    """From the untrained network to the last epoch, where it stops; a hand on the slider stops it as well."""
    visit(page, f"/look_inside?run={run_id(server, 'finished')}&row=0&unit=0&cell=3-3")
    head = page.locator(".look > .head")
    epochs = head.locator(".epochs label span")
    expect(epochs).to_have_text(re.compile(r"^epoch \d"))
    page.evaluate(WATCH, head.locator(".epochs").element_handle())
    expect(value(page)).to_be_visible()
    head.get_by_role("button", name="Play the epochs").click()
    expect(head.get_by_role("button", name="Pause")).to_be_visible()
    expect(epochs).to_have_text(re.compile("^epoch 3"))
    expect(head.get_by_role("button", name="Play the epochs")).to_be_visible()
    shown = page.evaluate("window.shownEpochs.filter((each, at, all) => each !== all[at - 1])")
    assert [each.split()[1] for each in shown][-4:] == ["0", "1", "2", "3"]
    expect(page).to_have_url(re.compile("epoch=3"))
    expect(page).to_have_url(re.compile("row=0&unit=0&cell=3-3"))
    head.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("epoch=0"))
    head.get_by_role("button", name="Play the epochs").click()
    expect(epochs).to_have_text(re.compile("^epoch 1"))
    page.keyboard.press("Enter")  # on the button, which pauses now
    expect(head.get_by_role("button", name="Play the epochs")).to_be_visible()


WATCH = """(head) => {
  window.shownEpochs = [];
  const note = () => window.shownEpochs.push(head.textContent.match(/epoch.*/)[0]);
  new MutationObserver(note).observe(head, { subtree: true, childList: true, characterData: true });
}"""


def test_on_a_phone_picture_and_answer_stay_in_sight(phone: Page) -> None:
    """Over all maps; the next picture is one tap away, and nothing is wider than the screen."""
    visit(phone, "/look_inside?rows=all")
    expect(title(phone, 1)).to_be_visible()
    tiles(phone, 17).scroll_into_view_if_needed()
    head = phone.locator(".look > .head")
    expect(head).to_be_in_viewport()
    expect(head.locator("b")).to_have_text(re.compile(r"^[✓✗] \d$"))
    phone.get_by_role("button", name="Next picture").tap()
    wait_until_settled(phone)
    expect(title(phone, 2)).to_be_attached()
    expect(head).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_card_is_a_sheet_above_the_list_of_screens(phone: Page) -> None:
    """A tap on a map opens it; it covers neither the picture with the answer nor the screens."""
    visit(phone, "/look_inside?rows=all")
    tiles(phone, 0).tap(position={"x": 20, "y": 20})
    expect(value(phone)).to_be_attached()
    sheet, head, screens = (
        phone.locator(each).bounding_box() for each in (CARD, ".look > .head", ".st-key-screens")
    )
    assert sheet
    assert head
    assert screens
    assert sheet["y"] + sheet["height"] == pytest.approx(screens["y"], abs=2)
    assert sheet["y"] > head["y"] + head["height"]
    phone.locator(CARD).get_by_role("button", name="Close").first.tap()
    expect(phone.locator(CARD)).to_be_hidden()
