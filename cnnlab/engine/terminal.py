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
from cnnlab.runs.endings import TITLES, ending, reason_text
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
    SingleBatch,
    Started,
    StateSaved,
    Stopped,
    to_dict,
)
from cnnlab.runs.records import RESUMABLE, Run
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import for_programs, number
from cnnlab.training.config import NAMES

_EARLY_REASONS: dict[str, Words] = {  # by events.Finished.reason
    "early stopping": lazy("early stopping"),
    "target reached": lazy("target reached"),
}
_POLL_SECONDS = 0.5  # between checks for commands from the lab's pages
_RETRY_SECONDS = 1.0  # between retries while the disk is full
_EXIT_STATUS: dict[type, int] = {Failed: 2, Stopped: 130}  # after the last event; 0 after any other


def train_in_terminal(store: RunStore, run: Run, where: Folders, as_json: bool, resume_command: str) -> int:
    """Train a queued or resumable run to its end. Exit status: 0 done, 2 failed, 130 stopped.

    `resume_command` is the shell command that continues it.
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
            while (trouble := _write(store, run.id, event)) is not None:
                orders.wait_for_space(trouble)
            screen.show(event)

        Session(Job.of(store, run), where, emit, orders).execute()
        screen.close()
        _warn(store.run(run.id))
        if isinstance(last, Stopped):
            print(_("cnnlab: stopped; `{command}` continues it", command=resume_command), file=sys.stderr)
        if isinstance(last, Failed) and last.reason == "damaged":
            command = f"{resume_command} --start-over"
            words = _("cnnlab: `{command}` starts it over and deletes what it has learned", command=command)
            print(words, file=sys.stderr)
        return _EXIT_STATUS.get(type(last), 0)
    finally:
        lock.release()
        store.close()


def _warn(run: Run) -> None:
    """Warn about a finished run that learned nothing."""
    kind = ending(run)
    if kind in ("not learned", "blown up"):
        print(f"cnnlab: {str(TITLES[kind]).lower()}: {reason_text(run)}", file=sys.stderr)


def _write(store: RunStore, run_id: str, event: Event) -> DiskFullError | None:
    """Record an event; returns the error if the disk is full."""
    try:
        journal.write(store, run_id, event, trained_by="terminal")
    except DiskFullError as error:
        return error
    return None


class _Orders:
    """Orders from Ctrl-C (stop), and from the pages of a lab open on the same home folder."""

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._polled_at = 0.0
        self._waiting: list[Order] = []
        self._interrupt = threading.Event()
        self._reported = False
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda *_: self._interrupt.set())

    def poll(self) -> Order | None:
        if self._interrupt.is_set():
            return Order("stop")
        if not self._waiting and time.monotonic() - self._polled_at >= _POLL_SECONDS:
            self._polled_at = time.monotonic()
            commands = self._store.take_commands(self._run_id)
            self._waiting += [Order(given.command, given.settings) for given in commands]
        return self._waiting.pop(0) if self._waiting else None

    def wait(self) -> Order:
        while True:
            order = self.poll()
            if order is not None:
                return order
            self._interrupt.wait(_POLL_SECONDS)

    def wait_for_space(self, trouble: DiskFullError) -> None:
        """Report the problem once and wait a moment; on Ctrl-C raise it."""
        if not self._reported:
            continues = _("The run then continues by itself.")
            print(f"cnnlab: {sentences((str(trouble), continues))}", file=sys.stderr)
        self._reported = True
        if self._interrupt.wait(_RETRY_SECONDS):
            raise trouble


class _JsonLines:
    """One JSON object per line, for programs; saved states and inspections are left out."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def show(self, event: Event) -> None:
        if isinstance(event, StateSaved | SingleBatch | Inspection | DataLoaded):
            return
        for body in _single_batches(event) if isinstance(event, Batches) else [to_dict(event)]:
            texts = {
                name: for_programs(getattr(event, name)) for name in ("device", "message") if name in body
            }
            print(json.dumps({"event": body["event"], "run": self._run_id, **body, **texts}), flush=True)
        if isinstance(event, Failed):
            print(f"cnnlab: {event.message}", file=sys.stderr)

    def close(self) -> None:
        pass


def _single_batches(event: Batches) -> Iterator[dict[str, Any]]:
    for index, (loss, accuracy) in enumerate(zip(event.loss, event.accuracy, strict=True)):
        yield {
            "event": "batch",
            "epoch": event.epoch,
            "batch": event.batch + index,
            "step": event.step + index,
            "loss": loss,
            "accuracy": accuracy,
            "images_per_second": event.images_per_second,
        }


class _ProgressBar:
    """A progress bar for each epoch, and a line for its result."""

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
            "loss={loss}, pictures={rate}/s",
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
                reason=_EARLY_REASONS[event.reason],
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
        changed = _("changed after batch {step}: {settings}", step=event.step, settings=settings)
        print(changed, file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _bar(title: str, **settings: Any) -> tqdm[Any]:
    """A progress bar on a terminal, nothing in a file or a pipe."""
    return tqdm(desc=title, disable=None, **settings)
