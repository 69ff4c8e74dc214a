"""The card that shows how one number of a layer came about: its numbers are those of `trace`."""

from __future__ import annotations

import base64
import math
import re
import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnlab.interpret.accounts import Joined, Largest, Mean, Normalized, Share, WeightedSum
from cnnlab.interpret.reach import Position
from cnnlab.interpret.recording import Recording
from cnnlab.interpret.trace import Trace
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.feature_maps import MAP_STYLE
from cnnlab.ui.shared.scripts import scripts
from cnnlab.ui.shared.trace import TRACE_STYLE
from tests.browser.driving import ROOT
from tests.browser.measures import violations
from tests.browser.trace_samples import card_data, colors, digit, traced

DIGITS = [str(number) for number in range(10)]
NARROW, WIDE = 360, 1000

_STYLE = """
body { margin: 0; padding: 12px; background: var(--st-background-color); color: var(--st-text-color);
  font-family: sans-serif; }
.lab { --muted: color-mix(in srgb, var(--st-text-color) 66%, var(--st-background-color)); --line: #999;
  --st-base-radius: 8px; --st-button-radius: 8px; }
"""
_MOUNT = """async (base) => {
  const { TraceCard } = await import(new URL("shared/trace/trace_card.js", base));
  const { unpack } = await import(new URL("shared/unpack.js", base));
  window.calls = [];
  const call = (name) => (...values) => window.calls.push([name, ...values]);
  window.card = new TraceCard(document.querySelector(".lab"), {
    walk: call("walk"), close: call("close"), play: call("play"),
  });
  window.show = (packed) =>
    window.card.show(unpack(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))));
}"""


def theme(name: str) -> str:
    """The lab's own colors, as Streamlit hands them to a component."""
    colors = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][name]
    words = {re.sub(r"([A-Z])", r"-\1", key).lower(): value for key, value in colors.items()}
    return ":root {" + "".join(f"--st-{key}: {value};" for key, value in words.items()) + "}"


def mount(page: Page, look: str = "light") -> Locator:
    """Mount an empty card on a page of the server's."""
    page.goto("/_stcore/health")  # of the same origin as the modules
    page.set_content(
        f"<html lang=en><title>card</title><style>{theme(look)}{_STYLE}{MAP_STYLE}{TRACE_STYLE}</style>"
        f'<main><h1>Card</h1><h2>Maps</h2><div class="lab {look}"></div></main></html>'
    )
    page.evaluate(_MOUNT, f"{page.evaluate('location.origin')}/{scripts('en').base}")
    return page.get_by_role("region")


@pytest.fixture
def card(page: Page) -> Locator:
    """An empty card, as wide as it gets."""
    page.set_viewport_size({"width": WIDE, "height": 900})
    return mount(page)


def show(card: Locator, data: dict[str, Any]) -> None:
    """Have the card show a trace."""
    card.page.evaluate("(packed) => show(packed)", base64.b64encode(pack(data)).decode())


def calls(card: Locator) -> list[Any]:
    """What the card has asked its page to do since this was last called."""
    made: list[Any] = card.page.evaluate("calls.splice(0)")
    return made


def numbers(texts: list[str]) -> list[float]:
    """Written numbers as numbers; ≈0 is 0."""
    return [float(re.sub(r"[≈, (+)%]", "", text).replace("−", "-") or 0) for text in texts]


def figures(card: Locator, of: str = ".equation") -> list[float]:
    """The numbers of the only equation, or of those in an element, with their signs."""
    found = []
    for term in card.locator(f"{of} span:has(small)").all():
        sign, number = term.locator("i").text_content(), numbers([term.locator("b").inner_text()])[0]
        found.append(-number if sign == "−" else number)
    return found


def cells(card: Locator, grid: int) -> list[float]:
    """The numbers in the cells of a grid."""
    return numbers(card.locator(".number-grid").nth(grid).locator("span").all_text_contents())


def sum_of(found: Trace) -> WeightedSum:
    """The account of a weighted sum."""
    assert isinstance(found.account, WeightedSum)
    return found.account


# ---- every kind of arithmetic


def test_a_convolution_shows_each_product_and_the_sum(card: Locator) -> None:
    """Patch times filter, plus the bias."""
    show(card, card_data(digit(), "0", 4, 11, 7))
    account = sum_of(traced(digit(), "0", 4, 11, 7))
    expect(card.get_by_role("heading")).to_have_text("Map 5, row 12, column 8")
    expect(card.get_by_role("radio")).to_have_count(0)
    for grid, expected in enumerate((account.cells.values, account.weights, account.products)):
        assert cells(card, grid) == pytest.approx(expected.tolist(), abs=0.00501)
    assert account.bias is not None
    assert figures(card) == pytest.approx([account.total, account.bias, account.value], abs=5e-5)
    assert numbers([card.locator(".value").inner_text()]) == pytest.approx([account.value], rel=0.005)


def test_of_several_channels_the_one_with_the_largest_part_is_shown(card: Locator) -> None:
    """Another one is chosen by a click or with the arrow keys, and stays while the window moves."""
    show(card, card_data(digit(), "4", 4, 6, 7))
    account = sum_of(traced(digit(), "4", 4, 6, 7))
    sums = account.channel_sums()
    most = max(sums, key=lambda channel: abs(sums[channel]))
    chosen = card.get_by_role("radio", checked=True)
    expect(card.get_by_role("radio")).to_have_count(24)
    expect(chosen).to_have_text(str(most + 1))
    assert cells(card, 2) == pytest.approx(account.products.reshape(24, 9)[most].tolist(), abs=0.00501)
    partial = numbers(card.locator(".partial").inner_text().split(": ")[1:])
    assert partial == pytest.approx([sums[most]], rel=0.005)

    card.get_by_role("radio").nth(4).click()
    card.page.keyboard.press("ArrowRight")
    expect(chosen).to_have_text("6")
    expect(chosen).to_be_focused()
    assert calls(card) == []  # the key has moved the choice, not the cell
    show(card, card_data(digit(), "4", 4, 6, 8))
    expect(chosen).to_have_text("6")
    products = sum_of(traced(digit(), "4", 4, 6, 8)).products.reshape(24, 9)
    assert cells(card, 2) == pytest.approx(products[5].tolist(), abs=0.00501)


def test_a_large_filter_has_numbers_where_it_is_pointed_at(card: Locator) -> None:
    """The twins of a cell light up, and a line has their product; padding is marked as such."""
    show(card, card_data(colors(), "0", 3, 5, 1))
    account = sum_of(traced(colors(), "0", 3, 5, 1))
    assert "".join(card.locator(".number-grid span").all_text_contents()) == ""
    shown = int(
        card.get_by_role("radio", checked=True).evaluate(
            "node => [...node.parentNode.children].indexOf(node)"
        )
    )
    card.locator(".number-grid").first.locator("span").nth(24).hover()
    expect(card.locator(".number-grid .lit")).to_have_count(3)
    index = shown * 49 + 24
    factors = [account.cells.values[index], account.weights[index], account.products[index]]
    line = card.locator(".pointed").inner_text()
    assert line.startswith("row 6, column 2: ")
    assert numbers(re.split("[×=]", line.split(": ")[1])) == pytest.approx(factors, rel=0.005)

    outside = account.cells.outside.reshape(3, 49)[shown]
    assert (
        card.locator(".number-grid")
        .first.locator("span")
        .evaluate_all("cells => cells.map((cell) => cell.classList.contains('outside'))")
        == outside.tolist()
    )
    card.locator(".number-grid").first.locator("span").nth(int(outside.argmax())).hover()
    expect(card.locator(".pointed")).to_contain_text("0 (padding): 0 ×")
    assert figures(card) == pytest.approx([account.value] * 2, abs=5e-5)
    expect(card.locator(".equation")).to_contain_text("no bias")


def test_max_pooling_frames_the_winner(card: Locator) -> None:
    """It is the largest; the cells of the padding have no number."""
    show(card, card_data(colors(), "7", 1, 0, 0))
    account = traced(colors(), "7", 1, 0, 0).account
    assert isinstance(account, Largest)
    framed = card.locator(".number-grid span").evaluate_all(
        "cells => cells.findIndex((cell) => cell.classList.contains('won'))"
    )
    assert framed == account.winner
    expect(card.locator(".equation small")).to_have_text("the largest of 4 numbers")
    assert figures(card) == pytest.approx([account.value], rel=0.005)
    inside = np.where(account.cells.outside, 0, account.cells.values)
    assert cells(card, 0) == pytest.approx(inside.tolist(), abs=0.00501)
    _, y, x = account.cells.positions[account.winner].tolist()
    expect(card.locator(".result")).to_have_text(f"The winner is in row {y + 1}, column {x + 1}.")


@pytest.mark.parametrize("row", ["6", "8"])
def test_average_pooling_divides_the_sum(card: Locator, row: str) -> None:
    """Sum / count = mean."""
    show(card, card_data(colors(), row, 1, 0, 0))
    account = traced(colors(), row, 1, 0, 0).account
    assert isinstance(account, Mean)
    assert figures(card) == pytest.approx([account.total, account.divisor, account.value], abs=0.006)
    assert cells(card, 0) == pytest.approx(account.cells.values.tolist(), abs=0.00501)


def test_a_dense_layer_shows_its_largest_products(card: Locator) -> None:
    """By name, the largest first, and the sum of the others."""
    show(card, card_data(digit(), "13", 5))
    account = sum_of(traced(digit(), "13", 5))
    terms, rest = account.largest(10)
    shown = card.locator("button.term")
    assert numbers(shown.locator("b").all_inner_texts()) == pytest.approx(
        [term.product for term in terms], rel=0.005
    )
    channel, place = divmod(terms[0].position[0], 25)
    y, x = divmod(place, 5)
    expect(shown.first.locator(".name")).to_have_text(f"map {channel + 1}, row {y + 1}, column {x + 1}")
    factors = numbers(shown.first.locator(".factors").inner_text().split("×"))
    assert factors == pytest.approx([terms[0].value, terms[0].weight], rel=0.005)
    expect(card.locator(".rest .name")).to_have_text("and 2,390 others")
    assert numbers([card.locator(".rest b").inner_text()]) == pytest.approx([rest], rel=0.005)
    assert account.bias is not None
    assert figures(card) == pytest.approx([account.total, account.bias, account.value], abs=0.0051)

    shown.first.click()
    assert calls(card) == [["walk", "12", [terms[0].position[0]]]]


def test_a_dense_layer_shows_what_each_map_adds(card: Locator) -> None:
    """A bar for each of the maps that became its input; the longest is that of the strongest."""
    show(card, card_data(digit(), "13", 5))
    sums = sum_of(traced(digit(), "13", 5)).products.reshape(96, 25).sum(axis=1)
    strip = card.get_by_role("img", name="What each map adds")
    heights = strip.locator("i").evaluate_all(
        "bars => bars.map((bar) => -Number(bar.style.transform.slice(7, -1)))"
    )
    assert heights == pytest.approx((sums / np.abs(sums).max()).tolist(), abs=1e-4)
    most = int(np.abs(sums).argmax())
    expect(strip).to_have_attribute("aria-label", re.compile(rf"from map {most + 1}: .*\d"))
    show(card, card_data(digit(), "16", 7))  # whose input was never maps
    expect(strip).to_be_hidden()


def test_softmax_shows_every_score_and_share(card: Locator) -> None:
    """The shares are those of torch, and this class stands out."""
    show(card, card_data(digit(), "17", 7, names=DIGITS))
    account = traced(digit(), "17", 7).account
    assert isinstance(account, Share)
    expect(card.get_by_role("heading")).to_have_text("Class 7")
    rows = card.locator(".scores button")
    shares = account.exponentials / account.total
    assert numbers(rows.locator("b").all_inner_texts()) == pytest.approx((100 * shares).tolist(), abs=0.051)
    assert numbers(rows.locator("span:nth-child(2)").all_inner_texts()) == pytest.approx(
        account.scores.tolist(), rel=0.005
    )
    powers = numbers(rows.locator("span:nth-child(3)").all_inner_texts())
    assert powers == pytest.approx(account.exponentials.tolist(), rel=0.005)
    expect(card.locator(".scores .this span").first).to_have_text("7")
    expect(card.locator(".value")).to_have_text(f"{100 * account.value:.1f} %")
    expect(card.locator(".filled-in")).to_contain_text(
        f"= 1 / {account.total:.6g} = {100 * account.value:.1f} %"
    )


def test_of_many_classes_the_likeliest_are_shown_and_this_one(card: Locator) -> None:
    """A table of a thousand rows would help nobody."""
    scores = np.arange(40, dtype=np.float32)
    powers = np.exp(scores - 39)
    data = card_data(digit(), "17", 7) | {
        "position": [3],
        "shape": [40],
        "names": [f"c{index}" for index in range(40)],
        "scores": scores,
        "exponentials": powers,
        "subtracted": 39.0,
        "sum": float(powers.sum()),
    }
    show(card, data)
    names = card.locator(".scores button span:first-child").all_inner_texts()
    assert names == [*(f"c{index}" for index in range(39, 28, -1)), "c3"]
    expect(card.locator(".view")).to_contain_text("and 28 other classes")


def test_a_function_shows_its_formula_with_the_number_in_it(card: Locator) -> None:
    """The point is on the curve."""
    show(card, card_data(digit(), "3", 5, 6, 6))
    found = traced(digit(), "3", 5, 6, 6)
    expect(card.locator(".filled-in")).to_have_text(re.compile(r"^max\(0, .*\) = "))
    given, result = numbers(re.findall(r"0, (.*)\) = (.*)", card.locator(".filled-in").inner_text())[0])
    assert given == pytest.approx(float(digit().at(found.address).input[5, 6, 6]), rel=0.005)
    assert result == pytest.approx(found.value, rel=0.005)
    expect(card.locator(".curve .graph")).to_be_visible()
    unit = 240 / 8
    point = card.locator(".curve .point")
    assert float(point.get_attribute("cx") or 0) == pytest.approx((given + 4) * unit, abs=0.5)
    assert float(point.get_attribute("cy") or 0) == pytest.approx(120 - result * unit, abs=0.5)


def test_a_function_without_a_curve_has_its_formula(card: Locator) -> None:
    """A kind that the card does not know."""
    show(card, card_data(digit(), "3", 5, 6, 6) | {"kind": "Cube", "formula": "x · x · x", "input": -2.0})
    expect(card.locator(".filled-in")).to_contain_text("(−2) · (−2) · (−2) = ")
    expect(card.locator(".curve")).to_be_hidden()


@pytest.mark.parametrize(("network", "row"), [("digit", "2"), ("colors", "5")])
def test_a_normalization_shows_its_steps(card: Locator, network: str, row: str) -> None:
    """Center, divide, scale and shift; and where mean and variance are from."""
    recording = {"digit": digit, "colors": colors}[network]()
    show(card, card_data(recording, row, 5, 6, 6))
    account = traced(recording, row, 5, 6, 6).account
    assert isinstance(account, Normalized)
    last = card.locator(".four-steps li").last.locator("b").all_inner_texts()
    assert numbers(last)[:2] == pytest.approx([account.normalized, account.gain], rel=0.005)
    assert numbers(last)[3] == pytest.approx(account.value, rel=0.005)
    lines = card.locator(".four-steps li")
    ends = [numbers([line.locator("b").last.inner_text()])[0] for line in lines.all()]
    expected = [account.centered, account.deviation, account.normalized, account.value]
    assert ends == pytest.approx(expected, rel=0.005)
    source = "map 6 were estimated in training" if network == "digit" else "maps 1 to 8, for this picture"
    expect(card.locator(".view > .quiet")).to_contain_text(source)


def test_a_copy_says_where_the_number_is_from(card: Locator) -> None:
    """Flatten and dropout."""
    show(card, card_data(digit(), "11", 357))
    expect(card.locator(".copied")).to_contain_text("is that of map 15, row 2, column 3.")
    show(card, card_data(digit(), "12", 357))
    expect(card.locator(".copied")).to_contain_text("Dropout leaves out numbers only in training")


@pytest.mark.parametrize(("row", "sign"), [("2", "+"), ("4", "×"), ("3", None)])
def test_a_block_shows_its_parts_and_leads_into_them(card: Locator, row: str, sign: str | None) -> None:
    """With the sign between them."""
    show(card, card_data(colors(), row, 5, 6, 6))
    account = traced(colors(), row, 5, 6, 6).account
    assert isinstance(account, Joined)
    parts = card.locator(".parts button")
    shown = numbers(parts.locator("b").all_inner_texts())
    assert shown == pytest.approx([part.value for part in account.parts], rel=0.005)
    signs = card.locator(".parts .sign").all_inner_texts()
    assert signs == ([sign] * (len(account.parts) - 1) if sign else []) + ["="]
    total = math.prod(shown) if sign == "×" else sum(shown)
    assert numbers([card.locator(".parts .total b").inner_text()])[0] == pytest.approx(total, abs=0.01)
    parts.first.click()
    assert calls(card) == [["walk", str(account.parts[0].address), list(account.parts[0].position)]]


def test_torchs_own_number_stands_beside_it(card: Locator) -> None:
    """To six digits, and what the number sees of the picture."""
    show(card, card_data(digit(), "4", 4, 6, 7))
    found = traced(digit(), "4", 4, 6, 7)
    texts = [f"{number:.6g}".replace("-", "−") for number in (found.value, found.torch_value)]
    expect(card.locator(".check")).to_have_text(f"✓ {texts[0]}; torch computes {texts[1]}")
    expect(card.locator(".foot")).to_contain_text("It sees rows 9 to 18 and columns 11 to 20 of the picture.")
    show(
        card,
        card_data(digit(), "4", 4, 6, 7) | {"torch_value": 1.0, "field": {"rows": None, "columns": [0, 1]}},
    )
    expect(card.locator(".check")).to_have_text(f"≠ {texts[0]}, but torch computes 1")
    expect(card.locator(".foot")).to_contain_text("It sees no pixel")


# ---- walking and playing


def test_a_click_on_a_cell_walks_to_it(card: Locator) -> None:
    """But not into the picture, and not into the padding."""
    show(card, card_data(digit(), "4", 4, 0, 7))
    shown = int(card.get_by_role("radio", checked=True).inner_text()) - 1
    patch = card.locator(".number-grid").first.locator("span")
    patch.nth(0).click()  # padding
    assert calls(card) == []
    patch.nth(5).click()
    assert calls(card) == [["walk", "3", [shown, 0, 8]]]
    show(card, card_data(digit(), "1", 4, 6, 4))
    patch.nth(3).click()
    assert calls(card) == [["walk", "0", [4, 13, 9]]]
    show(card, card_data(digit(), "0", 4, 11, 7))
    patch.nth(5).click()
    assert calls(card) == []


def test_a_first_tap_shows_the_product_and_a_second_walks(page: Page, phone: Page) -> None:
    """A finger cannot point."""
    card = mount(phone)
    show(card, card_data(digit(), "4", 4, 6, 7))
    cell = card.locator(".number-grid").first.locator("span").nth(4)
    cell.tap()
    expect(card.locator(".pointed")).to_contain_text("row 7, column 8: ")
    assert calls(card) == []
    cell.tap()
    assert [call[:2] for call in calls(card)] == [["walk", "3"]]


def test_the_buttons_lead_back_and_on(card: Locator) -> None:
    """They name the layer; without a way they do nothing."""
    onward = {"layer": "5", "position": [4, 3, 3], "title": "Max pooling 2×2"}
    data = card_data(digit(), "4", 4, 6, 7, onward=onward)
    show(card, data)
    back = card.get_by_role("button", name="Where it comes from")
    on = card.get_by_role("button", name="What becomes of it")
    expect(back).to_contain_text("ReLU")
    expect(on).to_contain_text("Max pooling 2×2")
    back.click()
    on.click()
    assert calls(card) == [["walk", "3", data["backward"]["position"]], ["walk", "5", [4, 3, 3]]]
    show(card, card_data(digit(), "0", 4, 11, 7))
    expect(back).to_have_attribute("aria-disabled", "true")
    expect(back).to_contain_text("the picture")
    back.click(force=True)
    on.click(force=True)
    assert calls(card) == []


def test_arrow_keys_move_the_cell(card: Locator) -> None:
    """Within the map; and Escape closes the card."""
    show(card, card_data(digit(), "0", 4, 0, 7))
    card.get_by_role("button", name="Play").focus()
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Alt+ArrowDown", "Escape"):
        card.page.keyboard.press(key)
    moves = [["walk", "0", [4, 1, 7]], ["walk", "0", [4, 0, 6]], ["walk", "0", [4, 0, 8]]]
    assert calls(card) == [*moves, ["close"]]


def test_play_pauses_while_the_pointer_is_over_the_numbers(card: Locator) -> None:
    """And goes on afterwards, until it is stopped."""
    show(card, card_data(digit(), "0", 4, 11, 7))
    card.get_by_role("button", name="Play").click()
    card.locator(".number-grid").first.hover()
    card.get_by_role("heading").hover()
    card.get_by_role("button", name="Stop").click()
    assert calls(card) == [["play", True], ["play", False], ["play", True], ["play", False]]
    card.locator(".number-grid").first.hover()
    assert calls(card) == []
    card.get_by_role("button", name="Play").click()
    card.page.evaluate("card.stopped()")
    expect(card.get_by_role("button", name="Play")).to_be_visible()
    card.get_by_role("button", name="Play").click()
    show(card, card_data(digit(), "3", 5, 6, 6))  # another layer
    assert calls(card) == [["play", True], ["play", True], ["play", False]]
    expect(card.get_by_role("button", name="Play")).to_be_hidden()


def test_a_screen_reader_hears_the_arithmetic_of_another_cell(card: Locator) -> None:
    """If the focus is in the card, and not again for each stroke that changes the numbers."""
    spoken = card.get_by_role("status")
    show(card, card_data(digit(), "0", 4, 11, 7))
    expect(spoken).to_have_text("")
    card.get_by_role("button", name="Play").focus()
    expect(spoken).to_contain_text(
        "Map 5, row 12, column 8: 0.0406. The numbers in the window times those of the filter"
    )
    before = spoken.inner_text()
    show(card, card_data(digit(), "0", 4, 11, 7) | {"value": 0.5})
    expect(spoken).to_have_text(before)
    show(card, card_data(digit(), "0", 4, 11, 8))
    expect(spoken).to_contain_text("Map 5, row 12, column 9: ")


def test_the_focus_stays_in_the_card_when_another_layer_is_shown(card: Locator) -> None:
    """Though what had it is gone."""
    show(card, card_data(digit(), "13", 5))
    card.locator("button.term").first.focus()
    show(card, card_data(digit(), "12", 357))
    expect(card.get_by_role("button", name="Where it comes from")).to_be_focused()


# ---- how it looks

SAMPLES: list[tuple[Callable[[], Recording], str, list[Position]]] = [
    (digit, "0", [(4, 11, 7), (4, 0, 0), (9, 20, 20)]),
    (digit, "4", [(4, 6, 7), (4, 0, 0), (40, 13, 13)]),
    (digit, "1", [(4, 6, 4), (4, 0, 0)]),
    (digit, "13", [(5,), (60,)]),
    (digit, "17", [(7,), (0,)]),
    (digit, "3", [(5, 6, 6), (0, 0, 0)]),
    (digit, "2", [(5, 6, 6), (0, 0, 0)]),
    (digit, "11", [(357,), (2399,)]),
    (colors, "0", [(3, 5, 1), (0, 0, 0), (7, 15, 15)]),
    (colors, "1", [(2, 6, 6), (3, 1, 1), (7, 15, 15)]),
    (colors, "2", [(5, 6, 6), (0, 0, 0)]),
    (colors, "6", [(1, 0, 0), (2, 1, 1)]),
    (colors, "7", [(1, 0, 0), (2, 1, 1)]),
]


@pytest.mark.parametrize("width", [NARROW, 600, WIDE])
def test_the_card_has_one_height_per_layer_and_fits(page: Page, width: int) -> None:
    """Whatever the numbers; nothing is wider than the window."""
    page.set_viewport_size({"width": width, "height": 900})
    card = mount(page)
    heights: dict[str, list[float]] = {}
    for network, row, positions in SAMPLES:
        for position in positions:
            show(card, card_data(network(), row, *position))
            box = card.bounding_box()
            assert box is not None
            heights.setdefault(f"{network().design.input_shape} {row}", []).append(box["height"])
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {name: found for name, found in heights.items() if max(found) - min(found) > 0.1} == {}


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_in_the_card(page: Page, look: str) -> None:
    """In each kind of arithmetic."""
    card = mount(page, look)
    found = {}
    for network, row, (position, *_others) in SAMPLES:
        show(card, card_data(network(), row, *position, names=DIGITS if row == "17" else None))
        found[f"{network().design.input_shape} {row}"] = violations(page, {})
    assert {name: each for name, each in found.items() if each} == {}
