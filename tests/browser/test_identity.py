"""Runs and designs that have the same name: each menu selects the one that was picked.

There are two runs of different networks to which an older lab gave the same name, and a saved design with the
name of a preset.
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
from tests.browser.driving import Server, open_run_menu, visit, wait_until_settled
from tests.browser.test_story import stroke
from tests.events import event

NAME = "twin on digits"
FILTERS = (3, 5)  # which distinguish the two networks on the screen


@pytest.fixture
def store(server: Server) -> Iterator[RunStore]:
    """The server's store, opened by this process, with two finished runs of the same name and no others."""
    opened = RunStore(server.home)
    for run in opened.runs():
        opened.delete_run(run.id)
    for filters in FILTERS:
        add_finished_run(opened, filters)
    share_name(server.home)
    yield opened
    opened.close()


def add_finished_run(store: RunStore, filters: int) -> Run:
    """Add a finished run of two epochs, with curves and weights, of a network with this many filters."""
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
        checkpoint = {"event": "checkpoint", "epoch": epoch, "step": 2 * epoch, "file": path.name}
        events.append(checkpoint | {"sha256": sha256, "val_accuracy": 0.5 if epoch else None})
    store.record(run.id, [event(body) for body in events])
    store.change_state(run.id, {"queued"}, "finished", trained_by="terminal")
    return store.run(run.id)


def epoch_events(epoch: int) -> list[dict[str, object]]:
    """The events of an epoch of two batches."""
    batches = {"event": "batches", "epoch": epoch, "batch": 1, "step": 2 * epoch - 1, "loss": [2.0, 1.9]}
    measured = {"event": "epoch", "epoch": epoch, "step": 2 * epoch, "train_loss": 1.9, "train_accuracy": 0.4}
    measured |= {"val_loss": 1.8, "val_accuracy": 0.5, "best": epoch == 2, "seconds": 1.0}
    speed = {"images_per_second": 100.0}
    return [batches | {"accuracy": [0.3, 0.4]} | speed, measured | speed]


def share_name(home: Path) -> None:
    """Give all runs the same name, as an older lab could."""
    with sqlite3.connect(home / "lab.db", timeout=10) as db:
        db.execute("UPDATE runs SET name = ?", (NAME,))
    db.close()


def menu(page: Page, label: str) -> Locator:
    """A menu by its label."""
    return page.get_by_role("combobox", name=label, exact=True)


def pick(page: Page, label: str, index: int, *, by: str) -> str:
    """Pick one of the entries that are named like the twins; return its text."""
    entry = page.get_by_role("option").filter(has_text="twin").nth(index)
    wait_until_settled(page)
    menu(page, label).click()
    while not appears(entry):  # a rerun of the page may have closed the menu
        page.keyboard.press("Escape")
        menu(page, label).click()
    text = entry.inner_text()
    if by == "mouse":
        entry.click()
    else:
        menu(page, label).fill(text)
        page.keyboard.press("Enter")
    expect(menu(page, label)).to_have_value(text)
    wait_until_settled(page)
    return text


def appears(entry: Locator) -> bool:
    """Whether the entry appears in the menu within a moment."""
    try:
        entry.wait_for(timeout=3_000)
    except TimeoutError:
        return False
    return True


def expect_filters(page: Page, count: int) -> None:
    """Expect the maps on the page, hidden on a blank sheet, to be of the network with this many filters."""
    expect(page.get_by_text(re.compile(rf"^Conv2d {count},")).first).to_be_attached()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize("address", ["/look_inside", "/"])
def test_the_picked_network_is_shown(page: Page, store: RunStore, address: str, by: str) -> None:
    """On Look inside and on Draw: each of the two, in either order, and after a reload."""
    visit(page, address)
    texts = set()
    for index, filters in ((0, FILTERS[1]), (1, FILTERS[0]), (0, FILTERS[1])):  # the newest is first
        texts.add(pick(page, "Network", index, by=by))
        expect_filters(page, filters)
    assert len(texts) == 2
    page.reload()
    expect_filters(page, FILTERS[1])


def test_another_setting_does_not_change_the_network(page: Page, store: RunStore) -> None:
    """A run opened from its checkpoints is still shown after a change of the color scale."""
    older = store.runs()[1]
    visit(page, f"/train?run={older.id}")
    page.get_by_text("Checkpoints: 3 kept").click()
    page.get_by_role("button", name=re.compile("Look inside")).last.click()
    expect_filters(page, FILTERS[0])
    page.get_by_text("Color scale for").click()
    page.get_by_role("radio", name="whole network").click()
    wait_until_settled(page)
    expect_filters(page, FILTERS[0])


def test_a_rename_in_another_tab_does_not_change_the_selection(page: Page, store: RunStore) -> None:
    """Not even if the two runs swap names: the selected run stays selected, under its new name."""
    newer, older = store.runs()
    store.rename_run(newer.id, "twin one")
    store.rename_run(older.id, "twin two")
    visit(page, "/look_inside")
    pick(page, "Network", 1, by="mouse")
    expect_filters(page, FILTERS[0])
    other = page.context.new_page()
    visit(other, f"/train?run={older.id}")
    for run_id, name in ((older.id, "twin"), (newer.id, "twin two"), (older.id, "twin one")):
        rename(other, run_id, name)
    page.get_by_role("button", name="Next picture").click()
    wait_until_settled(page)
    expect_filters(page, FILTERS[0])
    expect(menu(page, "Network")).to_have_value("twin one")
    page.get_by_role("button", name="Next picture").click()
    wait_until_settled(page)
    expect_filters(page, FILTERS[0])


def rename(page: Page, run_id: str, name: str) -> None:
    """Rename a run on its Train page."""
    visit(page, f"/train?run={run_id}")
    open_run_menu(page)
    page.get_by_label("New name").fill(name)
    page.get_by_label("New name").press("Enter")
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_deleted_network_is_replaced_with_a_message(page: Page, store: RunStore) -> None:
    """The bundled network takes its place, not the other run of the same name."""
    newer, older = store.runs()
    visit(page, "/")
    pick(page, "Network", 0, by="mouse")
    expect_filters(page, FILTERS[1])
    store.delete_run(newer.id)
    page.reload()
    expect(page.get_by_text("has been deleted")).to_be_visible()
    expect(menu(page, "Network")).to_have_value("Bundled digit reader")
    pick(page, "Network", 0, by="keyboard")
    expect_filters(page, FILTERS[0])


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_picked_second_network_reads(page: Page, store: RunStore, by: str) -> None:
    """On Draw: the requests of the pad name that run."""
    visit(page, "/")
    for index, run in ((1, store.runs()[1]), (0, store.runs()[0])):
        pick(page, "Compare with", index, by=by)
        with page.expect_request(re.compile(f"api/classify.*against={run.id}")):
            stroke(page, [(0.4, 0.3), (0.5, 0.7)])


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_picked_second_run_is_overlaid(page: Page, store: RunStore, by: str) -> None:
    """On Train: the other run of that name; a fork is overlaid on its own parent, not on its namesake."""
    newer, older = store.runs()
    visit(page, f"/train?run={newer.id}")
    pick(page, "Compare with", 0, by=by)
    expect(page.get_by_role("listitem").filter(has_text="dashed")).to_contain_text(NAME)
    fork = store.fork(older.id, 1, make_config(epochs=1), name="a fork")
    store.record(fork.id, [event(body) for body in epoch_events(1)])
    store.change_state(fork.id, {"queued"}, "stopped", trained_by="terminal")
    visit(page, f"/train?run={fork.id}")
    expect(page.get_by_role("listitem").filter(has_text="dashed")).to_contain_text("(from epoch 1 on)")


def test_the_menu_below_the_curves_does_not_move(page: Page, store: RunStore) -> None:
    """While the curves' scripts are loading: an open menu would be left behind."""
    before, after = menu_tops(page, store.runs()[0])
    assert after == before


def test_the_menu_does_not_move_on_a_phone(phone: Page, store: RunStore) -> None:
    """There the legend has one line for each entry."""
    before, after = menu_tops(phone, store.runs()[0])
    assert after == before


def menu_tops(page: Page, run: Run) -> tuple[float, float]:
    """The top of the "Compare with" menu before and after the curves are drawn, in pixels."""
    delayed: list[Route] = []
    page.route("**/train/live_curves/chart.js", lambda route: delayed.append(route))
    page.goto(f"/train?run={run.id}", wait_until="commit")
    wait_until_settled(page)
    before = menu(page, "Compare with").bounding_box()
    expect(page.get_by_test_id("curve-loss")).not_to_be_attached()
    for route in delayed:
        route.continue_()
    expect(page.get_by_test_id("curve-loss")).to_be_visible()
    after = menu(page, "Compare with").bounding_box()
    assert before
    assert after
    return before["y"], after["y"]


def test_networks_of_the_same_name_are_distinct(page: Page, server: Server, store: RunStore) -> None:
    """In the form of a run: the preset and the saved design, which stays selected when it is renamed."""
    for saved in store.designs.all():
        store.designs.delete(saved.id)
    store.designs.save("lenet-5", Design(name="lenet-5").with_layers((Flatten(), Linear(out_features=10))))
    visit(page, "/train?new=1")
    sizes = {"saved": "7,850", "preset": "61,706"}
    for kind in ("saved", "preset", "saved"):
        menu(page, "Network").click()
        page.get_by_role("option", name=f"lenet-5 ({kind})").click()
        wait_until_settled(page)
        expect(page.get_by_text(f"{sizes[kind]} parameters")).to_be_visible()
    store.designs.rename(store.designs.all()[0].id, "le net")
    page.get_by_role("spinbutton", name="Epochs").fill("3")
    page.get_by_role("spinbutton", name="Epochs").press("Tab")
    wait_until_settled(page)
    expect(page.get_by_text("7,850 parameters")).to_be_visible()
    expect(menu(page, "Network")).to_have_value("le net (saved)")
