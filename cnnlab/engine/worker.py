"""The lab's training process: `python -m cnnlab worker`. Orders come in on stdin, events go out on stdout.

One JSON object a line each way. It ends when stdin does: when its parent goes, however that goes, and from
its first moment on. That is why this module imports nothing that takes time: on a busy machine what a design
is made of takes seconds to load, torch more.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from cnnlab.engine.job import Order

_NICE = 10  # the screen goes first
SECONDS_PER_BEAT = 5.0


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Execute one job after the other until the orders end."""
    _be_nice()
    inbox = _Inbox(orders)
    from cnnlab.training.fast import prepare_process

    prepare_process()  # before torch is loaded
    from cnnlab.engine.job import read_job
    from cnnlab.engine.rehearsal import rehearse
    from cnnlab.engine.session import Session
    from cnnlab.runs.locks import FileLock

    rehearse()
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
        self._orders: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), name="orders", daemon=True).start()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            body = json.loads(line)
            if body["order"] == "train":
                self._drop_orders()
                self._jobs.put(body)
            else:
                self._orders.put(body)
        os._exit(0)

    def _drop_orders(self) -> None:
        """An order that came too late for the last run must not hit the next one."""
        while not self._orders.empty():
            self._orders.get()

    def next_job(self) -> dict[str, Any]:
        return self._jobs.get()

    def poll(self) -> Order | None:
        return None if self._orders.empty() else self.wait()

    def wait(self) -> Order:
        from cnnlab.engine.job import Order

        body = self._orders.get()
        return Order(body["order"], body["settings"])


def main() -> None:
    """The process: what a library prints goes to stderr, so that stdout carries events alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(cast("IO[str]", sys.stdin), answers)
