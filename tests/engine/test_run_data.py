"""What a run stores about its data: to describe it, and to detect that it has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnnlab.charts.run_review import review
from cnnlab.data import Catalogue, DataRecord, ImageDataset
from cnnlab.data.record import DataRequest
from cnnlab.design.design import Design
from cnnlab.engine.job import Job, Order
from cnnlab.engine.session import Session
from cnnlab.ground.home import Folders
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU
from cnnlab.reader.loaded_model import load_model
from cnnlab.runs import journal
from cnnlab.runs.events import Event
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.catalogue import BARS, WITH_BARS, catalogue
from tests.engine.conftest import Conductor, message_of, on
from tests.runs.old_formats import downgrade

LAYERS = (Conv2d(out_channels=4), ReLU(), Flatten(), Linear(out_features=3))
DESIGN = Design(name="small", input_shape=(1, 12, 12), classes=3).with_layers(LAYERS)


def queued(store: RunStore) -> Run:
    return store.queue(DESIGN, "bars", make_config(epochs=4, batch_size=30, learning_rate=0.01))


def train(
    store: RunStore, run: Run, records: tuple[DataRecord, ...] = WITH_BARS, until: int = 0
) -> Conductor:
    """Train in this process, to the end or to the end of an epoch; events are also written to the store."""
    store.change_state(run.id, {"queued", "stopped"}, "running")
    cues = [(on("epoch", epoch=until), Order("stop"))] if until else []
    conductor = Conductor(*cues)
    where = Folders(store.home, None)

    def emit(event: Event) -> None:
        conductor.emit(event)
        journal.write(store, run.id, event)

    job = Job.of(store, store.run(run.id))
    Session(job, where, emit, conductor, Catalogue(where, records)).execute()
    return conductor


def brighter(ask: DataRequest) -> ImageDataset:
    """The bars with one pixel changed."""
    data = BARS.load(ask)
    images = data.train.images.clone()
    images[0, 0, 0, 0] += 1
    return replace(data, train=data.train._replace(images=images))


def test_a_run_keeps_what_it_learned_from(store: RunStore) -> None:
    """Classes, shape, sizes, title and the fingerprint of its pictures."""
    run = queued(store)
    assert store.run(run.id).described is None
    train(store, run)
    kept = store.run(run.id).described
    assert kept is not None
    assert (str(kept.title), kept.classes, kept.input_shape) == (
        "Bars",
        ("high", "middle", "low"),
        (1, 12, 12),
    )
    assert (kept.train_size, kept.val_size, kept.test_size) == (90, 30, 30)
    assert kept.fingerprint == Catalogue(Folders(Path(), None), WITH_BARS).load("bars").fingerprint()


def test_a_run_outlives_its_data_set(store: RunStore) -> None:
    """With the set gone from the catalogue, the run still loads, classifies and is reviewed."""
    run = queued(store)
    train(store, run)
    without = catalogue(store.home)
    assert "bars" not in without
    loaded = load_model(store, without, run.id)
    assert loaded.classes == ("high", "middle", "low")
    test = Catalogue(Folders(store.home, None), WITH_BARS).load("bars").test
    answers = loaded.model(test.images.float() / 255).argmax(1)
    assert [loaded.classes[index] for index in answers.tolist()] == ["high", "middle", "low"] * 10
    done = store.run(run.id)
    assert (
        "It correctly reads 30 of 30 pictures that it has never seen"
        in review(done, store.curves(run.id)).result
    )


def test_before_its_start_a_run_is_described_by_the_catalogue(store: RunStore) -> None:
    """As are runs of an older lab; if the set is unknown, classes get names that no digit reader has."""
    run = queued(store)
    known = Catalogue(Folders(store.home, None), WITH_BARS)
    assert data_of(run, known).classes == ("high", "middle", "low")
    gone = data_of(run, catalogue())
    assert (gone.title, gone.classes, gone.input_shape) == ("bars", ("#0", "#1", "#2"), (1, 12, 12))


def test_a_run_of_an_older_lab_is_described_by_the_catalogue(store: RunStore) -> None:
    """Its database has no column for a description; it gets one, and the run stays as it was."""
    run = queued(store)
    store.close()
    downgrade(store.home, to=3)
    opened = RunStore(store.home)
    old = opened.run(run.id)
    opened.close()
    assert (old.name, old.data, old.described) == (run.name, "bars", None)
    assert data_of(old, Catalogue(Folders(store.home, None), WITH_BARS)).classes == BARS.info.classes


def test_a_fork_knows_its_classes_before_it_starts(store: RunStore) -> None:
    """They are its parent's; its own fingerprint is taken when it starts."""
    run = queued(store)
    train(store, run)
    described = store.fork(run.id, 1, run.config).described
    assert described is not None
    assert (described.classes, described.fingerprint) == (("high", "middle", "low"), "")


def test_resuming_on_changed_data_is_reported(store: RunStore) -> None:
    """During training and at the end; the first fingerprint stays."""
    run = queued(store)
    train(store, run, until=2)
    first = store.run(run.id).described
    again = train(store, run, (replace(BARS, load=brighter),))
    assert "The data set has changed since the run began" in message_of(again.last("note"))
    done = store.run(run.id)
    assert done.state == "finished"
    assert first is not None
    assert done.described is not None
    assert done.described.fingerprint == first.fingerprint != done.described.changed_to
    assert (
        "It was resumed on different pictures from those it began with."
        in review(done, store.curves(run.id)).finding
    )


def test_resuming_on_the_same_data_is_not_reported(store: RunStore) -> None:
    """The fingerprint is computed again and is the same."""
    run = queued(store)
    train(store, run, until=2)
    again = train(store, run)
    assert "note" not in again.kinds()
    described = store.run(run.id).described
    assert described is not None
    assert not described.changed_to


def test_a_run_that_is_started_over_has_only_seen_the_current_data(store: RunStore) -> None:
    """It has learned nothing from the old pictures, so nothing has changed."""
    run = queued(store)
    train(store, run, until=1)
    store.start_over(run.id)
    train(store, run, (replace(BARS, load=brighter),))
    described = store.run(run.id).described
    assert described is not None
    assert not described.changed_to
