"""Where the screens ask for studies, and learn how far they are.

One study at a time, in a process of its own with a low priority and one thread, so that neither a pen nor a
training run waits for it. Who asks what is being computed already, shares it; a result is kept in a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from cnnlab.data import Catalogue
from cnnlab.engine.child import read_error
from cnnlab.engine.local import ROOT, worker_environment
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import LabError
from cnnlab.ground.log import explained
from cnnlab.ground.memory import FEWER, was_killed
from cnnlab.language import lazy
from cnnlab.runs.store import RunStore
from cnnlab.studies.process import written_order
from cnnlab.studies.question import Question
from cnnlab.studies.results import Arrays, read_result

_MAX_WAITING = 20
_PATIENCE = 5.0  # seconds; who waits asks several times a second
_MAX_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is; the numbers are 0 until its process has begun."""

    state: Literal["none", "waiting", "running"]
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class _Work:
    """The study in progress."""

    question: Question
    process: subprocess.Popen[str] | None = None
    done: int = 0
    total: int = 0
    is_canceled: bool = False


class Studies:
    """The studies of one server; close() ends them."""

    def __init__(self, store: RunStore, catalogue: Catalogue) -> None:
        self._store = store
        self._where = catalogue.folders
        self._lock = threading.Lock()
        self._waiting: dict[Question, float] = {}  # in their order, and when somebody last asked for them
        self._now: _Work | None = None
        self._thread: threading.Thread | None = None  # while there is something to do
        self._is_closed = False
        self._errors: LruCache[Question, LabError] = LruCache(_MAX_ERRORS)

    def found(self, question: Question) -> Arrays | None:
        """The result, from its file; None if there is none yet."""
        return read_result(question.file(self._store), question)

    def progress(self, question: Question) -> Progress:
        """How far the study is; raises the LabError that ended it, until it is begun again."""
        with self._lock:
            if question in self._waiting:
                self._waiting[question] = time.monotonic()
                return Progress("waiting")
            if (work := self._running(question)) is not None:
                return Progress("running", work.done, work.total)
        error = self._errors.get(question)
        if error is not None:
            raise error
        return Progress("none")

    def begin(self, question: Question) -> None:
        """Have it computed, after those that wait already; raises LabError if too many do.

        One that still waits when nobody asks for its progress any more is dropped.
        """
        with self._lock:
            if question in self._waiting or self._running(question) or self._is_closed:
                return
            if len(self._waiting) >= _MAX_WAITING:
                raise LabError(
                    lazy("too many others are waiting for a result"), repair=lazy("Try again in a minute")
                )
            self._errors.drop(lambda failed: failed == question)
            self._waiting[question] = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="studies", daemon=True)
                self._thread.start()

    def cancel(self, question: Question) -> None:
        """Have it not computed after all; does nothing if nobody waits for it."""
        with self._lock:
            if question in self._waiting:
                del self._waiting[question]
            elif self._running(question):
                self._end_now()

    def close(self) -> None:
        """End the process, and wait until it has ended; nothing begins any more."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()
            self._end_now()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _running(self, question: Question) -> _Work | None:
        """The work in progress, if it is this and still wanted. Called with the lock."""
        work = self._now
        return work if work and work.question == question and not work.is_canceled else None

    def _end_now(self) -> None:
        """Kill the process in progress; a result is written whole or not at all. Called with the lock."""
        if self._now is not None:
            self._now.is_canceled = True
            if self._now.process is not None:
                self._now.process.kill()

    def _work(self) -> None:
        """Carry out one study after another, until none waits."""
        while (work := self._next()) is not None:
            try:
                self._carry_out(work)
            except Exception as error:
                self._errors.put(work.question, explained(error, "a study"))

    def _next(self) -> _Work | None:
        with self._lock:
            self._now = None
            while self._waiting and self._now is None:
                question = next(iter(self._waiting))
                if time.monotonic() - self._waiting.pop(question) < _PATIENCE:
                    self._now = _Work(question)
            if self._now is None:
                self._thread = None
            return self._now

    def _carry_out(self, work: _Work) -> None:
        """Run the process to its end; raises LabError with the reason if that is not a result."""
        process = self._start(work)
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):  # it has ended; its output or its status says more
            process.stdin.write(written_order(work.question, self._where))
            process.stdin.flush()
        last: dict[str, Any] = {}
        for line in process.stdout:
            if line.endswith("\n"):  # a killed process may leave an incomplete line
                last = json.loads(line)
                work.done, work.total = last.get("done", work.done), last.get("total", work.total)
        process.stdout.close()
        status = process.wait()
        with suppress(OSError):  # nobody reads what is still buffered
            process.stdin.close()
        if not work.is_canceled and not last.get("finished"):
            raise _failure(last, status)

    def _start(self, work: _Work) -> subprocess.Popen[str] | None:
        """The process; None if the study was canceled before."""
        with self._lock:
            if not work.is_canceled:
                work.process = subprocess.Popen(
                    [sys.executable, "-m", "cnnlab.studies.process"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=worker_environment() | {"OMP_NUM_THREADS": "1"},
                    cwd=ROOT,
                    encoding="utf-8",
                    start_new_session=True,  # the server handles Ctrl-C in its terminal
                )
            return work.process


def _failure(last: dict[str, Any], status: int) -> LabError:
    """Why the process ended without a result, from the last line that it wrote."""
    if "error" in last:
        return read_error(last, "a study", FEWER)
    problem = lazy("the process that asks the network ended without an answer")
    if not was_killed(status):
        return LabError(problem, repair=lazy("Try again"))
    full = lazy(
        "The system may have ended it because the memory was full: close other programs, and try again"
    )
    return LabError(problem, repair=full)
