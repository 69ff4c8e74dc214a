"""The lab's log: a file in the home folder, in which an id that a screen shows finds its entry."""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cnnlab.ground.errors import LabError
from cnnlab.ground.memory import MemoryFullError, is_out_of_memory
from cnnlab.language import Words, lazy

NAME = "lab.log"
_BYTES = 1_000_000
_OLDER_FILES = 2  # lab.log.1 and lab.log.2
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_log = logging.getLogger(__name__)


class LogFile(RotatingFileHandler):
    """Warnings, errors and starts, written by one process; between start() and stop().

    Where it cannot be written, on a full disk for example, an entry is lost and nothing else.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(
            home / NAME,
            maxBytes=_BYTES,
            backupCount=_OLDER_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self.setFormatter(logging.Formatter(_FORMAT))
        self._terminal: logging.Handler | None = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name for it
        """Lose the entry; the next one opens the file again."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()

    def start(self) -> None:
        """Write what all loggers report. A terminal continues to show what it showed."""
        root = logging.getLogger()
        if not root.handlers:  # then logging prints warnings, but only as long as there are none
            self._terminal = logging.lastResort
        for handler in filter(None, (self._terminal, self)):
            root.addHandler(handler)
        logging.getLogger("cnnlab").setLevel(logging.INFO)  # its starts
        threading.excepthook = _log_thread

    def stop(self) -> None:
        """Write no more, and close the file."""
        for handler in filter(None, (self._terminal, self)):
            logging.getLogger().removeHandler(handler)
        logging.getLogger("cnnlab").setLevel(logging.NOTSET)
        threading.excepthook = threading.__excepthook__
        with suppress(OSError, ValueError):
            self.close()


def log_unexpected(error: BaseException | str, where: str) -> Words:
    """Put a bug's traceback into the log; the text for a person names the entry.

    `error`: the exception, or what another process wrote about it.
    """
    entry = secrets.token_hex(4)
    if isinstance(error, str):
        _log.error("unexpected error %s in %s:\n%s", entry, where, error)
    else:
        _log.error("unexpected error %s in %s", entry, where, exc_info=error)
    return lazy("Something went wrong in the lab. Its log has the details under {entry}.", entry=entry)


def explained(error: Exception, where: str) -> LabError:
    """Any error as one for a person: one of the lab's is itself, a full memory is named, a bug is logged."""
    if isinstance(error, LabError):
        return error
    if is_out_of_memory(error):
        _log.warning("out of memory in %s", where, exc_info=error)
        return MemoryFullError()
    return LabError(log_unexpected(error, where))


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        name = ended.thread.name if ended.thread else "a thread"
        log_unexpected(ended.exc_value, f"the thread {name}")
