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
from cnnlab.runs import journal
from cnnlab.runs.endings import TITLES, ending, reason_words
from cnnlab.runs.records import RESUMABLE, Run
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import number

_LOOK = 0.5  # seconds between looks at commands from the lab's pages
_ROOM = 1.0  # seconds between tries at a full disk
_EXIT_STATUS = {"failed": 2, "stopped": 130}  # after the last event; 0 after any other


def train_in_terminal(store: RunStore, run: Run, where: Folders, as_json: bool, again: str) -> int:
    """Train a queued or resumable run to its end. Exit status: 0 done, 2 failed, 130 stopped.

    `again` is the command that goes on with it.
    """
    lock = store.owner_lock(run.id)
    if not lock.acquire(wait=False):
        raise RunError("somebody else is training it", where=run.name)
    try:
        store.change_state(run.id, {"queued", "running", *RESUMABLE}, "running", owner="terminal")
        orders = _Orders(store, run.id)
        screen = _JsonLines(run.id) if as_json else _ProgressBar(run)
        last = ""

        def emit(body: dict[str, Any]) -> None:
            nonlocal last
            last = body["event"]
            while (trouble := _written(store, run.id, body)) is not None:
                orders.wait_for_room(trouble)
            screen.show(body)

        Session(Job.of(store, run), where, emit, orders).execute()
        screen.close()
        _warn(store.run(run.id))
        if last == "stopped":
            print(f"cnnlab: stopped; `{again}` goes on", file=sys.stderr)
        return _EXIT_STATUS.get(last, 0)
    finally:
        lock.release()
        store.close()


def _warn(run: Run) -> None:
    """A run that did all that was asked of it may have learned nothing."""
    kind = ending(run)
    if kind in ("not learnt", "blown up"):
        print(f"cnnlab: {TITLES[kind].lower()}: {reason_words(run)}", file=sys.stderr)


def _written(store: RunStore, run_id: str, body: dict[str, Any]) -> DiskFullError | None:
    """Write one event down; what came in the way where there was no room for it."""
    try:
        journal.write(store, run_id, body, owner="terminal")
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
            print(f"cnnlab: {trouble} The run then goes on by itself.", file=sys.stderr)
        self._complained = True
        if self._interrupt.wait(_ROOM):
            raise trouble


class _JsonLines:
    """One object a line for programs; files and saved states are the lab's own business."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def show(self, body: dict[str, Any]) -> None:
        for event in [*_single_batches(body)] if body["event"] == "batches" else [body]:
            if event["event"] not in ("state", "inspection"):
                print(json.dumps({"event": event["event"], "run": self._run_id, **event}), flush=True)
        if body["event"] == "failed":
            print(f"cnnlab: {body['message']}", file=sys.stderr)

    def close(self) -> None:
        pass


def _single_batches(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place, (loss, accuracy) in enumerate(zip(body["loss"], body["accuracy"], strict=True)):
        yield {
            "event": "batch",
            "epoch": body["epoch"],
            "batch": body["batch"] + place,
            "step": body["step"] + place,
            "loss": loss,
            "accuracy": accuracy,
            "images_per_second": body["images_per_second"],
        }


class _ProgressBar:
    """A bar for each epoch, a line for its result."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._bar: tqdm[Any] | None = None
        self._batches = 0
        print(f"{run.name}, run {run.id}", file=sys.stderr)

    def show(self, body: dict[str, Any]) -> None:
        show = getattr(self, f"_show_{body['event']}", None)
        if show is not None:
            show(body)

    def _show_download(self, body: dict[str, Any]) -> None:
        if self._bar is None:
            self._bar = _bar(self._run.data, total=body["total"] or None, unit="B", unit_scale=True)
        self._bar.update(body["done"] - self._bar.n)

    def _show_started(self, body: dict[str, Any]) -> None:
        self.close()
        self._batches = body["batches"]
        print(
            f"{body['train_images']:,} pictures, {body['parameters']:,} parameters, "
            f"{body['device']}, {body['precision']}",
            file=sys.stderr,
        )

    def _show_batches(self, body: dict[str, Any]) -> None:
        if self._bar is None:
            title = f"epoch {body['epoch']}/{self._run.config.epochs}"
            self._bar = _bar(title, total=self._batches, initial=body["batch"] - 1, unit="batch")
        self._bar.set_postfix(
            loss=number(body["loss"][-1]), images=f"{body['images_per_second']:,.0f}/s", refresh=False
        )
        self._bar.update(len(body["loss"]))

    def _show_epoch(self, body: dict[str, Any]) -> None:
        self.close()
        star = " *" if body["best"] else ""
        print(
            f"epoch {body['epoch']}/{self._run.config.epochs}: "
            f"training loss {number(body['train_loss'])}, accuracy {body['train_accuracy']:.2%}; "
            f"validation loss {number(body['val_loss'])}, accuracy {body['val_accuracy']:.2%}{star}"
        )

    def _show_finished(self, body: dict[str, Any]) -> None:
        if body["reason"] != "all epochs":
            print(f"ended after {body['epochs']} of {self._run.config.epochs} epochs: {body['reason']}")
        print(
            f"test accuracy {body['test_accuracy']:.2%} (weights of epoch {body['best_epoch']}), "
            f"{body['seconds']:.1f} s of training, {body['images_per_second']:,.0f} pictures a second"
        )

    def _show_changed(self, body: dict[str, Any]) -> None:
        settings = ", ".join(f"{name} {value:g}" for name, value in body["settings"].items())
        print(f"changed at step {body['step']}: {settings}", file=sys.stderr)

    def _show_paused(self, body: dict[str, Any]) -> None:
        self.close()
        print(f"paused. {body['message']}".rstrip(), file=sys.stderr)

    def _show_note(self, body: dict[str, Any]) -> None:
        print(body["message"], file=sys.stderr)

    def _show_failed(self, body: dict[str, Any]) -> None:
        self.close()
        print(f"cnnlab: {body['message']}", file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _bar(title: str, **settings: Any) -> tqdm[Any]:
    """A bar on a terminal, nothing in a file or a pipe."""
    return tqdm(desc=title, disable=None, **settings)
