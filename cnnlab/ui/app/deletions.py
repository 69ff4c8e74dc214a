"""What people deleted a moment ago: hidden at once, gone for good when the time to undo it has passed.

Until then nothing has been deleted: if the server ends meanwhile, everything is still there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cnnlab.ground.errors import LabError
from cnnlab.ground.log import explained

SECONDS = 10.0  # to undo it
_GRACE = 1.0  # more, so that a click in the last moment still counts


@dataclass(frozen=True, slots=True)
class Deletion:
    """One thing to delete, and what to do if that is undone."""

    key: str  # "run:ID", "design:ID"
    title: str
    delete: Callable[[], object]
    restore: Callable[[], object]


class Deletions:
    """All pending deletions of a server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, tuple[Deletion, threading.Timer]] = {}
        self._failed: dict[str, LabError] = {}

    def begin(self, deletion: Deletion) -> None:
        """Hide it from now on, and delete it when the time has passed."""
        timer = threading.Timer(SECONDS + _GRACE, self._carry_out, (deletion.key,))
        timer.daemon = True
        with self._lock:
            if deletion.key in self._pending:
                return
            self._failed.pop(deletion.key, None)
            self._pending[deletion.key] = deletion, timer
        timer.start()

    def is_pending(self, key: str) -> bool:
        """Whether this is about to be deleted; lists and menus leave it out."""
        return key in self._pending

    def undo(self, key: str) -> bool:
        """Keep it after all; returns False if it is too late."""
        with self._lock:
            deletion, timer = self._pending.pop(key, (None, None))
        if deletion is None or timer is None:
            return False
        timer.cancel()
        deletion.restore()
        return True

    def failure(self, key: str) -> LabError | None:
        """Why it could not be deleted, if so; said once."""
        return self._failed.pop(key, None)

    def finish(self) -> None:
        """Delete everything that is pending now."""
        for key, (_deletion, timer) in list(self._pending.items()):
            timer.cancel()
            self._carry_out(key)

    def forget(self) -> None:
        """Keep everything that is pending: the server ends."""
        with self._lock:
            for _deletion, timer in self._pending.values():
                timer.cancel()
            self._pending.clear()

    def _carry_out(self, key: str) -> None:
        """Delete it; it stays hidden until it is gone, and appears again if that fails."""
        with self._lock:
            deletion, _timer = self._pending.get(key, (None, None))
            if deletion is None:
                return
            try:
                deletion.delete()
            except Exception as error:  # there is nobody to catch it
                self._failed[key] = explained(error, "a deletion")
            del self._pending[key]
