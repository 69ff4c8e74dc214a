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
    from cnnlab.engine.signals import Signal
    from cnnlab.runs.events import Event

_NICE = 10  # the screen goes first
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
SECONDS_PER_BEAT = 5.0


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Execute one job after the other until the orders end."""
    _die_with_parent()
    _be_nice()
    inbox = _Inbox(orders)
    from cnnlab.engine.signals import Beat, Free, Ready
    from cnnlab.runs.events import to_dict

    lock = threading.Lock()

    def emit(event: Event | Signal) -> None:
        with lock:
            answers.write(json.dumps(to_dict(event), allow_nan=False) + "\n")
            answers.flush()

    pulse = Pulse(lambda: inbox.waits)
    threading.Thread(target=_beat, args=(lambda: emit(Beat()), pulse), name="beat", daemon=True).start()
    from cnnlab.training.speed.process import prepare_process

    prepare_process()  # before torch is loaded
    from cnnlab.engine.job import read_job
    from cnnlab.engine.rehearsal import rehearse
    from cnnlab.engine.session import Session
    from cnnlab.runs.locks import FileLock
    from cnnlab.training.speed.cuda_graph import give_back_memory

    rehearse()
    emit(Ready())
    while True:
        job, where = read_job(inbox.next_job())
        with FileLock(job.folder / "owner.lock"):
            Session(job, where, emit, inbox).execute()
        give_back_memory()
        emit(Free())


def _beat(beat: Callable[[], None], pulse: Pulse) -> None:
    """A sign of life every few seconds: loading torch, a batch or a large validation set may take long."""
    while True:
        if pulse.felt():
            beat()
        time.sleep(SECONDS_PER_BEAT)


def _die_with_parent() -> None:
    """On Linux the kernel sees to it at once, however busy the machine; elsewhere the end of stdin does.

    By parent the kernel means the thread that started this process: the supervisor's, which outlives it.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(_NICE)


class _Inbox:
    """A thread reads the orders, so that the end of stdin ends the process even in mid-batch."""

    def __init__(self, lines: IO[str]) -> None:
        self.waits = False  # for an order: there is nothing to do meanwhile
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

    def _next(self, orders: queue.Queue[dict[str, Any]]) -> dict[str, Any]:
        self.waits = True
        try:
            return orders.get()
        finally:
            self.waits = False

    def next_job(self) -> dict[str, Any]:
        return self._next(self._jobs)

    def poll(self) -> Order | None:
        return None if self._orders.empty() else self.wait()

    def wait(self) -> Order:
        from cnnlab.engine.job import Order

        body = self._next(self._orders)
        return Order(body["order"], body["settings"])


class Pulse:
    """Whether the main thread is alive: it has used the processor since the last look, or waits for an order.

    One that is stuck in a library does neither, though this process still runs. Where the system does not
    tell a thread's time it counts as alive.
    """

    def __init__(self, waits: Callable[[], bool]) -> None:
        self._waits = waits
        clock_of = getattr(time, "pthread_getcpuclockid", None)
        self._clock = clock_of(threading.main_thread().ident) if clock_of else None
        self._used = 0.0

    def felt(self) -> bool:
        """Whether it has beaten since the last call."""
        if self._clock is None or self._waits():
            return True
        before, self._used = self._used, time.clock_gettime(self._clock)
        return self._used > before


def main() -> None:
    """The process: what a library prints goes to stderr, so that stdout carries events alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(cast("IO[str]", sys.stdin), answers)
