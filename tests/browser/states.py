"""The screens in all their states, as (name, page) one after the other: what a measure has to visit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.browser.driving import Server, visit, wait_until_settled
from tests.browser.test_pad import SEVEN, draw
from tests.lab import ENDLESS, QUICK, open_lab

Walk = Callable[[Page, Server], Iterator[str]]


def prepare(home: Path) -> None:
    """A home folder with a finished run, and a slow one that has been queued."""
    with open_lab(home) as lab:
        lab.train(QUICK, epochs=1, name="finished")
    store = RunStore(home)
    store.queue(QUICK, "digits", make_config(epochs=ENDLESS, batch_size=2), name="endless")
    store.close()


@contextmanager
def opened_store(server: Server) -> Iterator[RunStore]:
    """The server's run store, as a terminal opens it."""
    store = RunStore(server.home)
    try:
        yield store
    finally:
        store.close()


def run_id(server: Server, name: str) -> str:
    """The id of the run with this name."""
    with opened_store(server) as store:
        return next(run.id for run in store.runs() if run.name == name)


def draw_screen(page: Page, _server: Server) -> Iterator[str]:
    """A blank sheet, a reading with its reasons, a number that is traced, the help."""
    visit(page, "/")
    expect(page.get_by_test_id("drawing-pad")).to_be_visible()
    expect(page.locator(".stale").filter(visible=True)).to_have_count(0)  # until the network is awake
    yield "page loaded"
    draw(page, SEVEN)
    expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "7")
    expect(page.locator(".neighbors li")).to_have_count(5)
    yield "drawing"
    maps = page.locator(".map-row .tiles").nth(4)
    maps.scroll_into_view_if_needed()
    expect(maps).to_have_attribute("aria-label", re.compile("from"))
    maps.click(position={"x": 90, "y": 18})
    expect(page.locator(".trace-card")).to_be_visible()
    yield "a number"
    page.locator(".trace-card .close").click()
    expect(page.locator(".trace-card")).to_be_hidden()
    yield from opened(page, "How it works")


def build_screen(page: Page, _server: Server) -> Iterator[str]:
    """The stack, an edit, a number of enlarged maps, a broken row, every dialog."""
    visit(page, "/build")
    stack = page.get_by_role("group", name="Layer stack")
    expect(stack.locator(".row").first).to_be_visible()
    yield "page loaded"
    field = stack.locator(".row[data-kind=Conv2d] input").first
    if not field.is_visible():  # on a phone a card is folded
        stack.locator(".row[data-kind=Conv2d] .fold").first.click()
    field.fill("16")
    expect(stack).to_contain_text("160")  # 16 filters of 3x3, and a bias each
    yield "edit"
    first = stack.locator(".row[data-kind=Conv2d]").first
    expect(first.locator(".strip")).to_be_visible()
    first.locator(".enlarge").press("Enter")
    expect(first.locator(".enlarged canvas.tiles")).to_have_attribute("aria-label", re.compile("16 maps"))
    for _ in range(2):  # into the first map, and its strongest number
        first.locator(".enlarged .board").press("Enter")
    expect(first.locator(".trace-card .back")).to_be_focused()
    yield "a number and its arithmetic"
    first.locator(".enlarge").press("Enter")
    stack.locator(".row[data-kind=Flatten]").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".repair").first).to_be_visible()
    yield "broken row"
    page.locator(".repair").first.click()
    for name in ("Start from…", "My designs", "Code", "File", "How it works"):
        yield from opened(page, name)


def train_screen(page: Page, server: Server) -> Iterator[str]:
    """The form, a finished run, also with a drawing, and one from its first moment to its end."""
    visit(page, "/train?new=1")
    yield "page loaded"
    yield from opened(page, "Race")
    yield from opened(page, "How it works")
    visit(page, f"/train?run={run_id(server, 'finished')}")
    expect(page.get_by_test_id("curve-loss")).to_be_visible()
    yield "finished run"
    yield from opened(page, "More")
    visit(page, "/")
    draw(page, SEVEN)
    expect(page.get_by_test_id("prediction")).to_have_attribute("data-label", "7")
    visit(page, f"/train?run={run_id(server, 'finished')}")
    expect(page.get_by_role("listitem").filter(has_text="Your drawing")).to_contain_text("after epoch 1")
    yield "finished run, with a drawing"
    visit(page, f"/train?run={run_id(server, 'endless')}")
    expect(page.get_by_test_id("curve-loss")).to_be_visible()
    yield "run training"
    with opened_store(server) as store:
        yield from life_of_a_run(page, store)


def life_of_a_run(page: Page, store: RunStore) -> Iterator[str]:
    """Commands come from a terminal: nobody touches the page, so nothing on it has a reason to move."""
    badge = page.locator(".st-key-train_state")
    endless = next(run.id for run in store.runs() if run.name == "endless")
    store.send_command(endless, "pause")
    expect(badge).to_contain_text("Paused")
    run = store.queue(QUICK, "digits", make_config(epochs=ENDLESS, batch_size=8), paused=True).id
    visit(page, f"/train?run={run}")
    expect(page.get_by_test_id("frame-loss")).to_be_visible()
    yield "run to begin"
    store.send_command(run, "resume")
    expect(badge).to_contain_text("Training")
    expect(page.locator("[data-live=accuracy]")).to_contain_text("%")  # after the first epoch
    expect(page.locator(".watched h3").first).to_be_attached()
    yield "run begun"
    store.send_command(run, "pause")
    expect(badge).to_contain_text("Paused")
    yield "run paused"
    store.send_command(run, "stop")
    expect(badge).to_contain_text("Stopped")
    expect(page.locator(".st-key-step-outcome")).to_contain_text("validation accuracy")
    yield "run ended"
    store.delete_run(run)
    store.send_command(endless, "resume")


def look_inside_screen(page: Page, server: Server) -> Iterator[str]:
    """The maps of a test picture, the next one, a number with its arithmetic and its filter, what its unit is
    about, the help, two networks, the reasons, an attack, the whole test set."""
    visit(page, f"/look_inside?run={run_id(server, 'finished')}")
    expect(page.locator(".map-row").first).to_be_visible()
    expect(page.locator(".st-key-look_choices input").first).to_be_attached()
    yield "page loaded"
    page.get_by_role("button", name="Next picture").click()
    wait_until_settled(page)
    yield "next picture"
    page.get_by_text("Color scale for").click()
    yield "color scale"
    page.keyboard.press("Escape")
    page.locator(".map-row .tiles").first.click(position={"x": 20, "y": 20})
    expect(page.locator(".look .trace-card .value")).to_be_visible()
    yield "a number"
    page.get_by_role("tab", name="Filter").click()
    yield "its filter"
    yield from unit_card(page)
    page.locator(".look .card").get_by_role("button", name="Close").first.click()
    yield "closed"
    yield from side_by_side(page, run_id(server, "finished"))
    yield from opened(page, "How it works")
    yield from reasons(page, run_id(server, "finished"))
    yield from attacked(page)
    yield from whole_test_set(page)


def reasons(page: Page, run: str) -> Iterator[str]:
    """Why an answer and not another one, by all methods, and how it changes with a moved picture."""
    visit(page, f"/look_inside?run={run}&view=why")
    expect(page.locator(".why .shifted .value")).to_be_visible()
    yield "the reasons"


def attacked(page: Page) -> Iterator[str]:
    """An answer is attacked; the words behind a question mark, and a table."""
    visit(page, "/look_inside?view=fool&strength=64")
    expect(page.locator(".fooled .verdict")).to_contain_text("Fooled")
    expect(page.locator(".fooled .limits li")).to_have_count(3)
    yield "attacked"
    page.get_by_role("button", name="About: An attack on the answer").click()
    page.get_by_text("Show as a table").click()
    yield "attacked: help and table"


def unit_card(page: Page) -> Iterator[str]:
    """What excites the selected unit, a picture made up for it, and the network without it."""
    page.get_by_role("tab", name="Excited by").click()
    yield "asked what excites it"
    expect(page.locator(".look .nine a")).to_have_count(9)
    yield "what excites it"
    begin, save = page.get_by_role("button", name="Make one up"), page.locator(".look .made-up .save")
    expect(begin.or_(save).filter(visible=True)).to_have_count(1)
    if begin.is_visible():  # the first time
        begin.click()
    expect(save).to_be_visible()
    page.get_by_role("button", name="About: A picture made up to excite it").click()
    yield "a picture made up"
    page.get_by_role("tab", name="Switch off").click()
    page.get_by_role("switch").click()
    expect(page.locator(".look .recall .about")).to_contain_text("are right with it")
    yield "switched off"


def side_by_side(page: Page, run: str) -> Iterator[str]:
    """A network beside itself untrained with a number that both have, then beside one with other rows."""
    visit(page, f"/look_inside?run={run}&with={run}&with_epoch=0&row=0&unit=0&cell=3-3")
    expect(page.locator(".look .trace-card .value")).to_be_visible()
    yield "beside itself"
    visit(page, f"/look_inside?run={run}&with=bundled")
    expect(page.locator(".look .pair > .strips")).to_have_count(2)
    maps = page.locator(".look .pair > .strips").last.locator("> .map-rows > .map-row .tiles").first
    maps.scroll_into_view_if_needed()
    maps.hover(position={"x": 20, "y": 20})
    yield "beside another network"


def whole_test_set(page: Page) -> Iterator[str]:
    """From the question to the answers, a cell's pictures, the words behind a question mark, a table."""
    visit(page, "/look_inside?view=set")
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    yield "asked"
    expect(page.locator(".tested .tiles li").first).to_be_attached()
    yield "answered"
    page.get_by_role("button", name=re.compile("^4 answered as 4: ")).click()
    expect(page.get_by_text("4, read correctly; those that it is least sure of first.")).to_be_attached()
    yield "cell"
    page.get_by_role("button", name="About: Confusion matrix").click()
    page.get_by_text("Show as a table").last.click()
    yield "help and table"
    expect(page.locator(".tested .wait")).to_be_hidden()
    yield "points"
    page.get_by_text("Show as a table").first.click()
    page.locator(".tested .plot canvas").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tested .card canvas")).to_be_visible()
    yield "a point and the table"


SCREENS: dict[str, Walk] = {
    "Draw": draw_screen,
    "Build": build_screen,
    "Train": train_screen,
    "Look inside": look_inside_screen,
}


def opened(page: Page, name: str) -> Iterator[str]:
    """What a button opens: a dialog or a popover, closed again afterwards."""
    page.get_by_role("button", name=name, exact=True).filter(visible=True).first.click()
    layer = page.locator('[role=dialog], [data-testid="stPopoverBody"]').filter(visible=True)
    expect(layer).to_have_count(1)
    wait_until_settled(page)
    yield name
    page.keyboard.press("Escape")
    expect(layer).to_have_count(0)
