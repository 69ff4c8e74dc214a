"""The lab's training process: `python -m cnnlab worker`. Orders come in on stdin, events go out on stdout.

One JSON object per line each way. The process ends when its stdin does, that is, when its parent ends for
whatever reason, and does so from its first moment on. That is why this module imports nothing slow: on a
busy machine the design package takes seconds to load, and torch even longer.
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

_NICE = 10  # the screen has priority
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
SECONDS_PER_BEAT = 5.0


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Execute one job after another until the orders end."""
    _die_with_parent()
    _lower_priority()
    inbox = _Inbox(orders)
    from cnnlab.engine.signals import Beat, Free, Ready
    from cnnlab.runs.events import to_dict

    lock = threading.Lock()

    def emit(event: Event | Signal) -> None:
        with lock:
            answers.write(json.dumps(to_dict(event), allow_nan=False) + "\n")
            answers.flush()

    pulse = Pulse(lambda: inbox.is_waiting)
    threading.Thread(target=_beat, args=(lambda: emit(Beat()), pulse), name="beat", daemon=True).start()
    from cnnlab.training.speed.process import prepare_process

    prepare_process()  # before torch is loaded
    from cnnlab.engine.job import read_job
    from cnnlab.engine.kept_sessions import KeptSessions
    from cnnlab.engine.rehearsal import rehearse
    from cnnlab.runs.locks import FileLock

    rehearse()
    emit(Ready())
    sessions = KeptSessions(emit, inbox)
    while True:
        job, where = read_job(inbox.next_job())
        with FileLock(job.folder / "owner.lock"):
            sessions.execute(job, where)
        emit(Free())


def _beat(beat: Callable[[], None], pulse: Pulse) -> None:
    """Send a sign of life every few seconds: torch, a batch or a large validation set may take long."""
    while True:
        if pulse.felt():
            beat()
        time.sleep(SECONDS_PER_BEAT)


def _die_with_parent() -> None:
    """Have the Linux kernel kill this process at once when its parent dies; elsewhere stdin ends it.

    To the kernel the parent is the thread that started this process: the supervisor's, which outlives it.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _lower_priority() -> None:
    if hasattr(os, "nice"):
        os.nice(_NICE)


class _Inbox:
    """The orders, read by a thread, so that the end of stdin ends the process even in mid-batch."""

    def __init__(self, lines: IO[str]) -> None:
        self.is_waiting = False  # for an order or a job
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
        """Drop orders that came too late for the last run, so that they do not affect the next one."""
        while not self._orders.empty():
            self._orders.get()

    def _next(self, orders: queue.Queue[dict[str, Any]]) -> dict[str, Any]:
        self.is_waiting = True
        try:
            return orders.get()
        finally:
            self.is_waiting = False

    def next_job(self) -> dict[str, Any]:
        return self._next(self._jobs)

    def poll(self) -> Order | None:
        return None if self._orders.empty() else self.wait()

    def wait(self) -> Order:
        from cnnlab.engine.job import Order

        body = self._next(self._orders)
        return Order(body["order"], body["settings"])


class Pulse:
    """Tells whether the main thread is alive: it has used CPU time lately, or is waiting for an order.

    A thread that is stuck in a library does neither, though its process still runs. Where the system does
    not report the CPU time of threads, it counts as alive.
    """

    def __init__(self, is_waiting: Callable[[], bool]) -> None:
        self._is_waiting = is_waiting
        clock_of = getattr(time, "pthread_getcpuclockid", None)
        self._clock = clock_of(threading.main_thread().ident) if clock_of else None
        self._used = 0.0

    def felt(self) -> bool:
        """Whether the thread has been alive since the last call."""
        if self._clock is None or self._is_waiting():
            return True
        before, self._used = self._used, time.clock_gettime(self._clock)
        return self._used > before


def main() -> None:
    """Run the process. What libraries print goes to stderr, so that stdout carries only events."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(cast("IO[str]", sys.stdin), answers)
