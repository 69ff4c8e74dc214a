"""The default engine: one warm child process that trains one run at a time."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from cnnlab.engine.job import Job, Order, write_job
from cnnlab.engine.protocol import Listener
from cnnlab.engine.signals import Died, Signal, read_line
from cnnlab.ground.home import Folders
from cnnlab.ground.log import log_unexpected
from cnnlab.ground.memory import MAYBE_FULL, tells_of_full_memory, was_killed
from cnnlab.language import Message, Words, lazy, lazy_sentences
from cnnlab.runs.events import Event

ROOT = Path(__file__).parents[2]
_LOG_TAIL = 20_000  # bytes
_TRACEBACK = "Traceback (most recent call last)"
_log = logging.getLogger(__name__)


class LocalEngine:
    """An engine (`protocol.Engine`) with one slot: a worker process, which stays for the next job."""

    slots = 1

    def __init__(self, where: Folders) -> None:
        self._where = where
        self._listener: Listener | None = None
        self._worker: Worker | None = None

    def listen(self, listener: Listener) -> None:
        """Set the receiver of events."""
        self._listener = listener

    def warm(self, slot: int) -> None:
        """Start the process; it loads torch at once, so that the first run does not have to wait."""
        assert self._listener is not None
        self._worker = Worker(self._where.home / "worker.log", partial(self._listener, slot))

    def submit(self, slot: int, job: Job) -> None:
        """Send a job down the pipe."""
        self._write(write_job(job, self._where))

    def send(self, slot: int, order: Order) -> None:
        """Send an order down the pipe."""
        self._write(order.to_json())

    def _write(self, body: dict[str, Any]) -> None:
        if self._worker is not None:
            self._worker.send(body)

    def kill(self, slot: int, reason: Message) -> None:
        """Kill the process."""
        if self._worker is not None:
            self._worker.kill(reason)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._worker is not None:
            self._worker.end()


class Worker:
    """`python -m cnnlab worker` with its two pipes. Events arrive on a separate thread."""

    def __init__(self, log: Path, on_event: Callable[[Event | Signal], None]) -> None:
        self._log = log
        self._reason: Message | None = None  # why it ended, if its exit status does not say
        with _opened(log) as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cnnlab", "worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=worker_environment(),
                cwd=ROOT,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # the server handles Ctrl-C in its terminal
            )
        _log.info("the training process %s starts", self.pid)
        threading.Thread(target=self._read, args=(on_event,), name="worker-events", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    def _read(self, on_event: Callable[[Event | Signal], None]) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                if line.endswith("\n"):  # a killed worker may leave an incomplete line
                    on_event(read_line(line))
        except ValueError:
            self.kill(lazy("The training process sent something unreadable and was terminated."))
        self._process.stdout.close()
        self._close_stdin()
        code = self._process.wait()
        _log.info("the training process %s ended with status %s", self.pid, code)
        on_event(Died(self._with_last_words(self._reason or _ended(code))))

    def kill(self, reason: Message) -> None:
        """Kill the process; `reason` is a sentence for people."""
        self._reason = reason
        self._process.kill()

    def _with_last_words(self, reason: Message) -> Message:
        """The reason, and what the process wrote last; a traceback goes into the lab's log."""
        tail = self._tail()
        if not tail:
            return reason
        last = tail.splitlines()[-1][:300]
        words: list[Words] = [reason, lazy("Its last words: {words}", words=last)]
        if tells_of_full_memory(last):
            words.append(MAYBE_FULL)
        if _TRACEBACK in tail:
            words.append(log_unexpected(tail, "the training process"))
        return lazy_sentences(*words)

    def _tail(self) -> str:
        """The end of what the process wrote; empty where nothing can be read."""
        try:
            return self._log.read_bytes()[-_LOG_TAIL:].decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def send(self, body: dict[str, Any]) -> bool:
        """Send an order or a job; returns False if the process is gone."""
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(body) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # ValueError: closed already
            return False
        return True

    def _close_stdin(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # nobody reads what is still buffered
            self._process.stdin.close()

    def end(self, patience: float = 2.0) -> None:
        """Close its stdin, which ends it; kill it if it has not ended after `patience` seconds."""
        self._close_stdin()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _opened(log: Path) -> IO[bytes]:
    """The file for what a worker writes; nowhere, if it cannot be opened: a run needs no log."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError as error:
        _log.warning("what the training process writes is lost: %s", error)
        return Path(os.devnull).open("wb")


def _ended(code: int) -> Message:
    if code < 0:
        end = lazy("The training process was killed by signal {signal}.", signal=-code)
    else:
        end = lazy("The training process ended with status {status}.", status=code)
    return lazy_sentences(end, MAYBE_FULL) if was_killed(code) else end


def worker_environment() -> dict[str, str]:
    """The environment of a worker, which leaves one core to the screen.

    Threads that sleep while they wait, as a worker's must, gain almost nothing from the last core: article
    1's network trains at 11,000 pictures per second on two quiet cores and at 10,600 on one of them.
    """
    threads = str(max(1, (os.cpu_count() or 2) - 1))
    return os.environ | {"OMP_NUM_THREADS": threads, "PYTHONUNBUFFERED": "1"}
