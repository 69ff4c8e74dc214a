"""The lab's training process: `python -m cnnlab worker`. Orders come in on stdin, events go out on stdout.

One JSON object a line each way. It ends when stdin does: when its parent goes, however that goes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any, cast

from cnnlab.engine.job import Order, read_job
from cnnlab.runs.locks import FileLock

_NICE = 10  # the screen goes first
SECONDS_PER_BEAT = 5.0


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Execute one job after the other until the orders end."""
    _be_nice()
    inbox = _Inbox(orders)
    # Loads torch, for seconds; the inbox already notices when the parent goes.
    from cnnlab.engine.session import Session

    lock = threading.Lock()

    def emit(body: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(body, allow_nan=False) + "\n")
            answers.flush()

    emit({"event": "ready"})
    threading.Thread(target=_beat, args=(emit,), name="beat", daemon=True).start()
    while True:
        job, where = read_job(inbox.next_job())
        with FileLock(job.folder / "owner.lock"):
            Session(job, where, emit, inbox).execute()
        emit({"event": "free"})


def _beat(emit: Callable[[dict[str, Any]], None]) -> None:
    """A sign of life every few seconds: a batch, a download or a large validation set may take long."""
    while True:
        time.sleep(SECONDS_PER_BEAT)
        emit({"event": "beat"})


def _be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(_NICE)


class _Inbox:
    """A thread reads the orders, so that the end of stdin ends the process even in mid-batch."""

    def __init__(self, lines: IO[str]) -> None:
        self._jobs: queue.Queue[dict[str, Any]] = queue.Queue()
        self._orders: queue.Queue[Order] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), name="orders", daemon=True).start()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            body = json.loads(line)
            if body["order"] == "train":
                self._drop_orders()
                self._jobs.put(body)
            else:
                self._orders.put(Order(body["order"], body["settings"]))
        os._exit(0)

    def _drop_orders(self) -> None:
        """An order that came too late for the last run must not hit the next one."""
        while not self._orders.empty():
            self._orders.get()

    def next_job(self) -> dict[str, Any]:
        return self._jobs.get()

    def poll(self) -> Order | None:
        return None if self._orders.empty() else self._orders.get()

    def wait(self) -> Order:
        return self._orders.get()


def main() -> None:
    """The process: what a library prints goes to stderr, so that stdout carries events alone."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(cast("IO[str]", sys.stdin), answers)
