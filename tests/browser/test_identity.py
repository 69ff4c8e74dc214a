"""One identity per run: of two with one name, each menu gives the one that was picked.

Two runs of different networks that an older lab called alike, and a saved design called like a preset.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, TimeoutError, expect

from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.browser.driving import Server, settled, visit
from tests.browser.test_story import stroke
from tests.events import event

NAME = "twin on digits"
FILTERS = (3, 5)  # by which the two networks are told apart on the screen


@pytest.fixture
def store(server: Server) -> Iterator[RunStore]:
    """The lab's own store, from another process, with two finished runs of one name and nothing else."""
    opened = RunStore(server.home)
    for run in opened.runs():
        opened.delete_run(run.id)
    for filters in FILTERS:
        finished(opened, filters)
    share_name(server.home)
    yield opened
    opened.close()


def finished(store: RunStore, filters: int) -> Run:
    """A run of a network with so many filters, with curves and weights after two epochs."""
    layers = (
        Conv2d(out_channels=filters, kernel_size=5, stride=3),
        ReLU(),
        Flatten(),
        Linear(out_features=10),
    )
    design = Design(name="twin").with_layers(layers)
    run = store.queue(design, "digits", make_config(epochs=2), trained_by="terminal")
    events = [
        {"event": "started", "step": 0, "epoch": 1, "batch": 0, "epochs": 2, "batches": 2, "batch_size": 64}
        | {"train_images": 128, "device": "CPU", "precision": "float32"}
    ]
    for epoch in (0, 1, 2):
        if epoch:
            events += epoch_events(epoch)
        path = store.folder(run.id) / f"epoch-{epoch}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        sha256 = write_tensors(path, build(design, seed=epoch).state_dict())
        kept = {"event": "checkpoint", "epoch": epoch, "step": 2 * epoch, "file": path.name, "sha256": sha256}
        events.append(kept | {"val_accuracy": 0.5 if epoch else None})
    store.record(run.id, [event(body) for body in events])
    store.change_state(run.id, {"queued"}, "finished", trained_by="terminal")
    return store.run(run.id)


def epoch_events(epoch: int) -> list[dict[str, object]]:
    """Two batches and what was measured after them."""
    batches = {"event": "batches", "epoch": epoch, "batch": 1, "step": 2 * epoch - 1, "loss": [2.0, 1.9]}
    measured = {"event": "epoch", "epoch": epoch, "step": 2 * epoch, "train_loss": 1.9, "train_accuracy": 0.4}
    measured |= {"val_loss": 1.8, "val_accuracy": 0.5, "best": epoch == 2, "seconds": 1.0}
    speed = {"images_per_second": 100.0}
    return [batches | {"accuracy": [0.3, 0.4]} | speed, measured | speed]


def share_name(home: Path) -> None:
    """As older labs named runs."""
    with sqlite3.connect(home / "lab.db", timeout=10) as db:
        db.execute("UPDATE runs SET name = ?", (NAME,))
    db.close()


def menu(page: Page, label: str) -> Locator:
    """A menu by its label."""
    return page.get_by_role("combobox", name=label, exact=True)


def pick(page: Page, label: str, place: int, *, by: str) -> str:
    """Pick the entry of that place among those that are called like the twins; what it reads."""
    entry = page.get_by_role("option").filter(has_text="twin").nth(place)
    settled(page)
    menu(page, label).click()
    while not appears(entry):  # a page that was drawn anew just then has shut the menu
        page.keyboard.press("Escape")
        menu(page, label).click()
    text = entry.inner_text()
    if by == "mouse":
        entry.click()
    else:
        menu(page, label).fill(text)
        page.keyboard.press("Enter")
    expect(menu(page, label)).to_have_value(text)
    settled(page)
    return text


def appears(entry: Locator) -> bool:
    """Whether the menu's entry is there within a moment."""
    try:
        entry.wait_for(timeout=3_000)
    except TimeoutError:
        return False
    return True


def filters_on(page: Page, count: int) -> None:
    """The maps on the page are of the network with so many filters."""
    expect(page.get_by_text(re.compile(rf"^1\. Conv2d {count},")).first).to_be_visible()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize("address", ["/look_inside", "/"])
def test_the_network_that_was_picked_is_shown(page: Page, store: RunStore, address: str, by: str) -> None:
    """On Look inside and on Draw: each of the two, in both orders, and after a reload."""
    visit(page, address)
    texts = set()
    for place, filters in ((0, FILTERS[1]), (1, FILTERS[0]), (0, FILTERS[1])):  # the newest stands first
        texts.add(pick(page, "Network", place, by=by))
        filters_on(page, filters)
    assert len(texts) == 2
    page.reload()
    filters_on(page, FILTERS[1])


def test_a_click_beside_the_menu_changes_no_network(page: Page, store: RunStore) -> None:
    """From a run's checkpoints, then the color scale: it is still that run."""
    older = store.runs()[1]
    visit(page, f"/train?run={older.id}")
    page.get_by_text("Checkpoints: 3 kept").click()
    page.get_by_role("button", name=re.compile("Look inside")).last.click()
    filters_on(page, FILTERS[0])
    page.get_by_role("radio", name="whole network").or_(
        page.get_by_role("button", name="whole network")
    ).first.click()
    settled(page)
    filters_on(page, FILTERS[0])


def test_a_rename_in_another_tab_moves_nothing(page: Page, store: RunStore) -> None:
    """Not even where the two exchange their names: what was chosen stays, and is called as it is now."""
    newer, older = store.runs()
    store.rename_run(newer.id, "twin one")
    store.rename_run(older.id, "twin two")
    visit(page, "/look_inside")
    pick(page, "Network", 1, by="mouse")
    filters_on(page, FILTERS[0])
    other = page.context.new_page()
    visit(other, f"/train?run={older.id}")
    for run_id, name in ((older.id, "twin"), (newer.id, "twin two"), (older.id, "twin one")):
        rename(other, run_id, name)
    page.get_by_role("button", name="Next").click()
    settled(page)
    filters_on(page, FILTERS[0])
    expect(menu(page, "Network")).to_have_value("twin one")
    page.get_by_role("button", name="Next").click()
    settled(page)
    filters_on(page, FILTERS[0])


def rename(page: Page, run_id: str, name: str) -> None:
    """Through the Train page's head."""
    visit(page, f"/train?run={run_id}")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_label("New name").fill(name)
    page.get_by_label("New name").press("Tab")
    settled(page)
    page.get_by_role("button", name="Rename it").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_deleted_network_gives_way_in_words(page: Page, store: RunStore) -> None:
    """And the one of the same name is not taken in its place."""
    newer, older = store.runs()
    visit(page, "/")
    pick(page, "Network", 0, by="mouse")
    filters_on(page, FILTERS[1])
    store.delete_run(newer.id)
    page.reload()
    expect(page.get_by_text("has been deleted")).to_be_visible()
    expect(menu(page, "Network")).to_have_value("Bundled digit reader")
    pick(page, "Network", 0, by="keyboard")
    filters_on(page, FILTERS[0])


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_rival_that_was_picked_reads(page: Page, store: RunStore, by: str) -> None:
    """Draw's second network: the questions of the pad name the run."""
    visit(page, "/")
    for place, run in ((1, store.runs()[1]), (0, store.runs()[0])):
        pick(page, "Compare with", place, by=by)
        with page.expect_request(re.compile(f"api/classify.*against={run.id}")):
            stroke(page, [(0.4, 0.3), (0.5, 0.7)])


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_run_that_was_picked_is_laid_over(page: Page, store: RunStore, by: str) -> None:
    """Train's second run, of three of one name; a fork lies over its own parent, not over a stranger."""
    newer, older = store.runs()
    visit(page, f"/train?run={newer.id}")
    pick(page, "Compare with", 0, by=by)
    expect(page.get_by_role("listitem").filter(has_text="dashed")).to_contain_text(NAME)
    fork = store.fork(older.id, 1, make_config(epochs=1), name="a fork")
    store.record(fork.id, [event(body) for body in epoch_events(1)])
    store.change_state(fork.id, {"queued"}, "stopped", trained_by="terminal")
    visit(page, f"/train?run={fork.id}")
    expect(page.get_by_role("listitem").filter(has_text="dashed")).to_contain_text("(from epoch 1 on)")


def test_the_menu_under_the_curves_keeps_its_place(page: Page, store: RunStore) -> None:
    """The curves' scripts are late: a menu that is open meanwhile would be left where nobody sees it."""
    before, after = places_of_menu(page, store.runs()[0])
    assert after == pytest.approx(before, abs=2)


def test_the_menu_keeps_its_place_on_a_phone(phone: Page, store: RunStore) -> None:
    """But for the lines of the legend, which are known with the curves."""
    before, after = places_of_menu(phone, store.runs()[0])
    assert after == pytest.approx(before, abs=120)


def places_of_menu(page: Page, run: Run) -> tuple[float, float]:
    """How far down the menu "Compare with" is before and after the curves are drawn, in pixels."""
    held: list[Route] = []
    page.route("**/train/live_curves/chart.js", lambda route: held.append(route))
    page.goto(f"/train?run={run.id}", wait_until="commit")
    settled(page)
    before = menu(page, "Compare with").bounding_box()
    expect(page.get_by_test_id("curve-loss")).not_to_be_attached()
    for route in held:
        route.continue_()
    expect(page.get_by_test_id("curve-loss")).to_be_visible()
    after = menu(page, "Compare with").bounding_box()
    assert before
    assert after
    return before["y"], after["y"]


def test_networks_of_one_name_are_three(page: Page, server: Server, store: RunStore) -> None:
    """On the form: the preset, the saved design and the one on the bench, each with its own parameters."""
    for saved in store.designs.all():
        store.designs.delete(saved.id)
    store.designs.save("lenet-5", Design(name="lenet-5").with_layers((Flatten(), Linear(out_features=10))))
    visit(page, "/train?new=1")
    sizes = {"saved": "7,850", "preset": "61,706"}
    for kind in ("saved", "preset", "saved"):
        menu(page, "Network").click()
        page.get_by_role("option", name=f"lenet-5 ({kind})").click()
        settled(page)
        expect(page.get_by_text(f"{sizes[kind]} parameters")).to_be_visible()
    store.designs.rename(store.designs.all()[0].id, "le net")
    page.get_by_role("spinbutton", name="Epochs").fill("3")
    page.get_by_role("spinbutton", name="Epochs").press("Tab")
    settled(page)
    expect(page.get_by_text("7,850 parameters")).to_be_visible()
    expect(menu(page, "Network")).to_have_value("le net (saved)")
