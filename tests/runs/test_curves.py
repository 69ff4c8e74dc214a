"""Curves grow with the events, and drop what a resumed run does again."""

from __future__ import annotations

from cnnlab.runs.records import Flag, Run
from cnnlab.runs.store import RunStore
from tests.events import events
from tests.runs.conftest import batches, epoch, started


def test_curves_hold_every_batch_and_epoch(store: RunStore, run: Run) -> None:
    """Steps from 1, loss and accuracy side by side, each epoch at its last step."""
    store.record(run.id, events(started(), batches(1, 4.0, 3.0), batches(3, 2.0)))
    store.record(run.id, events(epoch(1, 0.75)))
    curves = store.curves(run.id)
    assert (curves.steps, curves.loss, curves.accuracy) == ([1, 2, 3], [4.0, 3.0, 2.0], [0.4, 0.3, 0.2])
    assert [(point.epoch, point.step, point.val_accuracy) for point in curves.epochs] == [(1, 10, 0.75)]
    assert curves.epochs[0].confusion is None  # as in the log of an older lab


def test_an_epoch_has_its_confusion_matrix(store: RunStore, run: Run) -> None:
    """As it was measured at its end."""
    store.record(run.id, events(started(), epoch(1) | {"confusion": [[3, 1], [0, 2]]}))
    assert store.curves(run.id).epochs[0].confusion == [[3, 1], [0, 2]]


def test_resuming_removes_what_came_after_the_checkpoint(store: RunStore, run: Run) -> None:
    """Each step is on the curve once, as it was last done."""
    change = {"event": "changed", "epoch": 2, "batches": 10, "settings": {"learning_rate": 0.5}}
    store.record(run.id, events(started(), batches(1, *[4.0] * 10), epoch(1), batches(11, *[3.0] * 10)))
    store.record(run.id, events(change | {"step": 5}, change | {"step": 15}, epoch(2)))
    store.record(run.id, events(started(step=12), batches(13, 1.0, 1.0)))
    curves = store.curves(run.id)
    assert curves.steps == list(range(1, 15))
    assert curves.loss == [4.0] * 10 + [3.0] * 2 + [1.0] * 2
    assert [point.epoch for point in curves.epochs] == [1]
    assert curves.flags == [Flag(5, {"learning_rate": 0.5})]


def test_a_run_that_starts_over_has_an_empty_curve(store: RunStore, run: Run) -> None:
    """Without a checkpoint everything is done again."""
    store.record(run.id, events(started(), batches(1, 4.0, 3.0)))
    store.record(run.id, events(started()))
    assert store.curves(run.id).steps == []


def test_curves_are_the_same_read_at_once_or_piece_by_piece(store: RunStore, run: Run) -> None:
    """What one viewer watched growing is what a later viewer gets."""
    log = [started(), batches(1, *[4.0] * 10), epoch(1), batches(11, 3.0), started(step=10), batches(11, 2.0)]
    for body in log:
        store.record(run.id, events(body))
        growing = store.curves(run.id)
    late = RunStore(store.home)
    assert late.curves(run.id) == growing
    late.close()


def test_returned_curves_do_not_change(store: RunStore, run: Run) -> None:
    """A chart being drawn does not change underneath."""
    store.record(run.id, events(started(), batches(1, 4.0, 3.0)))
    before = store.curves(run.id)
    store.record(run.id, events(started(step=1), batches(2, 1.0)))
    assert before.loss == [4.0, 3.0]
    assert store.curves(run.id).loss == [4.0, 1.0]


def test_curves_are_cached_until_something_is_recorded(store: RunStore, run: Run) -> None:
    """The same object is returned."""
    store.record(run.id, events(started()))
    assert store.curves(run.id) is store.curves(run.id)


def test_events_after_a_number(store: RunStore, run: Run) -> None:
    """They are numbered from 1, without gaps."""
    store.record(run.id, events(started(), batches(1, 4.0)))
    store.record(run.id, events(batches(2, 3.0)))
    assert [event.seq for event in store.events(run.id)] == [1, 2, 3]
    assert [stored.event for stored in store.events(run.id, after=2)] == events(batches(2, 3.0))


def test_runs_do_not_mix(store: RunStore, run: Run) -> None:
    """Each has its own log."""
    other = store.queue(run.design, "digits", run.config)
    store.record(run.id, events(started(), batches(1, 4.0)))
    store.record(other.id, events(started(), batches(1, 9.0)))
    assert (store.curves(run.id).loss, store.curves(other.id).loss) == ([4.0], [9.0])
