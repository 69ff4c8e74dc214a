"""The pictures beside an answer: indexed in the background, bounded, never stale, and labeled correctly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnlab.data import own_drawings
from cnnlab.design.presets import preset
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from cnnlab.ui.draw import nearest as module
from cnnlab.ui.draw.nearest import Nearest, Pictures, pictures_for
from tests.catalogue import catalogue

pytestmark = pytest.mark.slow
CONFIG = make_config(epochs=1)


def network(**changes: Any) -> LoadedModel:
    design = preset("article-1").design
    known: dict[str, Any] = {"classes": tuple("0123456789"), "title": "untrained", "epoch": None} | changes
    return LoadedModel(design, build(design).eval(), **known)


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A lab without MNIST."""
    known = SimpleNamespace(home=tmp_path, catalogue=catalogue(tmp_path), store=RunStore(tmp_path))
    monkeypatch.setattr(module, "lab", lambda: known)
    monkeypatch.setattr(module, "PAUSE", 0)
    yield known
    known.store.close()


def built(known: Nearest, key: str, loaded: LoadedModel) -> Pictures:
    """The pictures, once they have been indexed."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pictures = known.pictures(key, loaded)
        assert pictures is not None
        if pictures.neighborhood or pictures.trouble:
            return pictures
        time.sleep(0.05)
    raise AssertionError("they are never looked through")


def words(key: str, loaded: LoadedModel | None = None) -> str:
    return built(Nearest(), key, loaded or network(epoch=1)).text


def keep_some(lab: SimpleNamespace, count: int) -> None:
    for number in range(count):
        pixels = bytes([number % 200 + 1] * 784)
        own_drawings.keep(lab.home, label=number % 10, read_as=None, pixels=pixels, strokes=[], author="me")


def child(lab: SimpleNamespace, parent: str, data: str, epoch: int = 1) -> Run:
    """A run that started from another run's weights."""
    store: RunStore = lab.store
    return store.start_from_weights(
        preset("article-1").design, b"", data, CONFIG, name=data, parent=parent, parent_epoch=epoch
    )


def test_no_request_waits_for_the_neighbors() -> None:
    """The first request gets none; they are there a little later."""
    known, loaded = Nearest(), network()
    first = known.pictures("bundled", loaded)
    assert first is not None
    assert first.neighborhood is None
    assert first.text == "Looking through the pictures of Digits (it did not learn from these)…"
    neighborhood = built(known, "bundled", loaded).neighborhood
    assert neighborhood is not None
    assert len(neighborhood) == 1_297


def test_newer_weights_have_their_own_neighbors() -> None:
    """A run that trains further is a different network."""
    known, loaded = Nearest(), network()
    built(known, "bundled", loaded)
    newer = known.pictures("bundled", network())
    assert newer is not None
    assert newer.neighborhood is None


def test_the_number_kept_is_bounded() -> None:
    """The least recently used goes first."""
    known, first, second = Nearest(max_networks=1), network(), network()
    built(known, "bundled", first)
    built(known, "bundled", second)
    again = known.pictures("bundled", first)
    assert again is not None
    assert again.neighborhood is None


def test_digits_replace_what_is_not_on_this_machine() -> None:
    """MNIST is not here: the bundled digits are shown, with a note. For other classes there are none."""
    assert words("bundled", network()) == "Nearest of 1,297 pictures of Digits (it did not learn from these)."
    assert pictures_for("bundled", network(classes=tuple("abcdefghij"))) is None


def test_the_name_stays_with_the_pictures(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set that comes or goes meanwhile renames nothing that was already indexed."""
    known, loaded = Nearest(), network()
    before = built(known, "bundled", loaded).text
    monkeypatch.setattr(
        lab.catalogue, "available", lambda _name: True
    )  # as if MNIST had just been downloaded
    after = known.pictures("bundled", loaded)
    assert after is not None
    assert after.text == before


def test_a_run_on_a_data_set_learned_from_it(lab: SimpleNamespace) -> None:
    """Its own pictures, without a qualification; a run not trained yet has learned from none."""
    run = lab.store.queue(preset("article-1").design, "digits", CONFIG)
    assert words(run.id) == "Nearest of 1,297 pictures of Digits (it learned from these)."
    untrained = words(run.id, network(epoch=0))
    assert untrained == "Nearest of 1,297 pictures of Digits (it did not learn from these)."


def test_a_run_whose_data_set_is_gone_gets_a_replacement(lab: SimpleNamespace) -> None:
    """Trained on MNIST, which was deleted: the digits are not the ones it learned from."""
    run = lab.store.queue(preset("article-1").design, "mnist", CONFIG)
    assert "of Digits (it did not learn from these)" in words(run.id)


def test_a_continued_run_has_learned_from_both(lab: SimpleNamespace) -> None:
    """From its own data and its parent's, but not from that of a parent that had not begun."""
    first = lab.store.queue(preset("article-1").design, "digits", CONFIG)
    second = child(lab, first.id, "mnist")
    assert "of Digits (it learned from these, and from MNIST)" in words(second.id)
    unbegun = child(lab, first.id, "mnist", epoch=0)
    assert "of Digits (it did not learn from these)" in words(unbegun.id)


def test_where_the_parent_is_gone_nothing_is_claimed(lab: SimpleNamespace) -> None:
    """What the parent learned from is no longer known."""
    run = child(lab, "0123456789abcdef", "mnist")
    assert "of Digits (it may have learned from some of these)" in words(run.id)


def test_a_learned_handwriting_has_each_drawing_once(lab: SimpleNamespace) -> None:
    """They are repeated for training, but count once; the bundled reader's data came before."""
    keep_some(lab, 20)
    part = own_drawings.read_all(lab.home).part_of("me")
    run = child(lab, "bundled", f"drawings-and-digits@{part}", epoch=0)
    assert words(run.id) == (
        f"Nearest of {1_297 + 12:,} pictures of One person's drawings among other digits "
        "(it learned from these, and before from MNIST and pen strokes)."
    )


def test_drawings_that_came_after_a_run_are_not_among_what_it_learned(lab: SimpleNamespace) -> None:
    """The set of everybody's drawings grows; the part that the run learned from does not."""
    keep_some(lab, 20)
    run = lab.store.queue(preset("article-1").design, "drawings", CONFIG)
    keep_some(lab, 30)
    assert words(run.id) == "Nearest of 12 pictures of Named drawings (it learned from these)."


def test_unreadable_pictures_are_reported(lab: SimpleNamespace) -> None:
    """Twenty drawings that do not fill the splits: nobody waits forever."""
    for _ in range(40):
        own_drawings.keep(lab.home, label=1, read_as=None, pixels=bytes(784), strokes=[], author="me")
    kept = own_drawings.read_all(lab.home).drawings
    for name in [name for name, drawing in kept.items() if drawing.split == "test"]:
        own_drawings.delete(lab.home, name)
    run = lab.store.queue(preset("article-1").design, "drawings", CONFIG)
    assert "do not fill" in words(run.id)
