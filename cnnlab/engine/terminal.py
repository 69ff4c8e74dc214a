"""A session in the terminal's own process: events go into the store and onto the screen."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from cnnlab.engine.job import Job, Order
from cnnlab.engine.session import Session
from cnnlab.ground.errors import DiskFullError, RunError
from cnnlab.ground.home import Folders
from cnnlab.language import Words, _, lazy, listed, sentences
from cnnlab.runs import journal
from cnnlab.runs.endings import TITLES, ending, reason_words
from cnnlab.runs.events import (
    Batches,
    Changed,
    DataLoaded,
    Download,
    Epoch,
    Event,
    Failed,
    Finished,
    Inspection,
    Note,
    Paused,
    Started,
    StateSaved,
    Stopped,
    to_dict,
)
from cnnlab.runs.records import RESUMABLE, Run
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import for_programs, number
from cnnlab.training.config import NAMES

_EARLY: dict[str, Words] = {  # events.Finished.reason, in words
    "early stopping": lazy("early stopping"),
    "target reached": lazy("target reached"),
}
_LOOK = 0.5  # seconds between looks at commands from the lab's pages
_ROOM = 1.0  # seconds between tries at a full disk
_EXIT_STATUS: dict[type, int] = {Failed: 2, Stopped: 130}  # after the last event; 0 after any other


def train_in_terminal(store: RunStore, run: Run, where: Folders, as_json: bool, again: str) -> int:
    """Train a queued or resumable run to its end. Exit status: 0 done, 2 failed, 130 stopped.

    `again` is the command that goes on with it.
    """
    lock = store.training_lock(run.id)
    if not lock.acquire(wait=False):
        raise RunError(lazy("somebody else is training it"), where=run.name)
    try:
        store.change_state(run.id, {"queued", "running", *RESUMABLE}, "running", trained_by="terminal")
        orders = _Orders(store, run.id)
        screen = _JsonLines(run.id) if as_json else _ProgressBar(run)
        last: Event | None = None

        def emit(event: Event) -> None:
            nonlocal last
            last = event
            while (trouble := _written(store, run.id, event)) is not None:
                orders.wait_for_room(trouble)
            screen.show(event)

        Session(Job.of(store, run), where, emit, orders).execute()
        screen.close()
        _warn(store.run(run.id))
        if isinstance(last, Stopped):
            print(_("cnnlab: stopped; `{command}` continues it", command=again), file=sys.stderr)
        return _EXIT_STATUS.get(type(last), 0)
    finally:
        lock.release()
        store.close()


def _warn(run: Run) -> None:
    """A run that did all that was asked of it may have learned nothing."""
    kind = ending(run)
    if kind in ("not learnt", "blown up"):
        print(f"cnnlab: {str(TITLES[kind]).lower()}: {reason_words(run)}", file=sys.stderr)


def _written(store: RunStore, run_id: str, event: Event) -> DiskFullError | None:
    """Write one event down; what came in the way where there was no room for it."""
    try:
        journal.write(store, run_id, event, trained_by="terminal")
    except DiskFullError as error:
        return error
    return None


class _Orders:
    """Ctrl-C stops; the pages of a lab that is open on the same home folder may pause and stop too."""

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._looked_at = 0.0
        self._waiting: list[Order] = []
        self._interrupt = threading.Event()
        self._complained = False
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda *_: self._interrupt.set())

    def poll(self) -> Order | None:
        if self._interrupt.is_set():
            return Order("stop")
        if not self._waiting and time.monotonic() - self._looked_at >= _LOOK:
            self._looked_at = time.monotonic()
            asked = self._store.take_commands(self._run_id)
            self._waiting += [Order(command.command, command.settings) for command in asked]
        return self._waiting.pop(0) if self._waiting else None

    def wait(self) -> Order:
        while True:
            order = self.poll()
            if order is not None:
                return order
            self._interrupt.wait(_LOOK)

    def wait_for_room(self, trouble: DiskFullError) -> None:
        """Say once what is wrong and wait a moment; Ctrl-C raises the trouble."""
        if not self._complained:
            goes_on = _("The run then continues by itself.")
            print(f"cnnlab: {sentences((str(trouble), goes_on))}", file=sys.stderr)
        self._complained = True
        if self._interrupt.wait(_ROOM):
            raise trouble


class _JsonLines:
    """One object a line for programs; files and saved states are the lab's own business."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def show(self, event: Event) -> None:
        if isinstance(event, StateSaved | Inspection | DataLoaded):
            return
        for body in _single_batches(event) if isinstance(event, Batches) else [to_dict(event)]:
            words = {
                name: for_programs(getattr(event, name)) for name in ("device", "message") if name in body
            }
            print(json.dumps({"event": body["event"], "run": self._run_id, **body, **words}), flush=True)
        if isinstance(event, Failed):
            print(f"cnnlab: {event.message}", file=sys.stderr)

    def close(self) -> None:
        pass


def _single_batches(event: Batches) -> Iterator[dict[str, Any]]:
    for place, (loss, accuracy) in enumerate(zip(event.loss, event.accuracy, strict=True)):
        yield {
            "event": "batch",
            "epoch": event.epoch,
            "batch": event.batch + place,
            "step": event.step + place,
            "loss": loss,
            "accuracy": accuracy,
            "images_per_second": event.images_per_second,
        }


class _ProgressBar:
    """A bar for each epoch, a line for its result."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._bar: tqdm[Any] | None = None
        self._batches = 0
        print(_("{name}, run {run}", name=run.name, run=run.id), file=sys.stderr)

    def show(self, event: Event) -> None:
        match event:
            case Download():
                self._show_download(event)
            case Started():
                self._show_started(event)
            case Batches():
                self._show_batches(event)
            case Epoch():
                self._show_epoch(event)
            case Finished():
                self._show_finished(event)
            case Changed():
                self._show_changed(event)
            case Paused(message=message):
                self.close()
                print(sentences(filter(None, (_("paused."), str(message)))), file=sys.stderr)
            case Note(message=message):
                print(message, file=sys.stderr)
            case Failed(message=message):
                self.close()
                print(f"cnnlab: {message}", file=sys.stderr)

    def _show_download(self, event: Download) -> None:
        if self._bar is None:
            self._bar = _bar(self._run.data, total=event.total or None, unit="B", unit_scale=True)
        self._bar.update(event.done - self._bar.n)

    def _show_started(self, event: Started) -> None:
        self.close()
        self._batches = event.batches
        begins = _(
            "{pictures} pictures, {parameters} parameters, {device}, {precision}",
            pictures=f"{event.train_images:,}",
            parameters=f"{event.parameters:,}",
            device=event.device,
            precision=event.precision,
        )
        print(begins, file=sys.stderr)

    def _show_batches(self, event: Batches) -> None:
        if self._bar is None:
            title = _("epoch {epoch}/{epochs}", epoch=event.epoch, epochs=self._run.config.epochs)
            self._bar = _bar(title, total=self._batches, initial=event.batch - 1, unit=_("batch"))
        now = _(
            "loss={loss}, images={rate}/s",
            loss=number(event.loss[-1]),
            rate=f"{event.images_per_second:,.0f}",
        )
        self._bar.set_postfix_str(now, refresh=False)
        self._bar.update(len(event.loss))

    def _show_epoch(self, event: Epoch) -> None:
        self.close()
        result = _(
            "epoch {epoch}/{epochs}: training loss {loss}, accuracy {accuracy}; "
            "validation loss {val_loss}, accuracy {val_accuracy}",
            epoch=event.epoch,
            epochs=self._run.config.epochs,
            loss=number(event.train_loss),
            accuracy=f"{event.train_accuracy:.2%}",
            val_loss=number(event.val_loss),
            val_accuracy=f"{event.val_accuracy:.2%}",
        )
        print(f"{result} *" if event.best else result)

    def _show_finished(self, event: Finished) -> None:
        if event.reason != "all epochs":
            ended = _(
                "ended after {done} of {epochs} epochs: {reason}",
                done=event.epochs,
                epochs=self._run.config.epochs,
                reason=_EARLY[event.reason],
            )
            print(ended)
        result = _(
            "test accuracy {accuracy} (weights of epoch {epoch}), "
            "{seconds} s of training, {rate} pictures per second",
            accuracy=f"{event.test_accuracy:.2%}",
            epoch=event.best_epoch,
            seconds=f"{event.seconds:.1f}",
            rate=f"{event.images_per_second:,.0f}",
        )
        print(result)

    def _show_changed(self, event: Changed) -> None:
        settings = listed(
            _("{setting} {value}", setting=NAMES[name], value=f"{value:g}")
            for name, value in event.settings.items()
        )
        changed = _("changed at step {step}: {settings}", step=event.step, settings=settings)
        print(changed, file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _bar(title: str, **settings: Any) -> tqdm[Any]:
    """A bar on a terminal, nothing in a file or a pipe."""
    return tqdm(desc=title, disable=None, **settings)
