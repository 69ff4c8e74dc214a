"""What the lab's helper processes share: a low priority, the end with their parent, errors on the way home.

A helper gets its order on stdin, as one line, and answers on stdout. While its stdin is open, somebody waits.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any

from cnnlab.ground.errors import LabError
from cnnlab.ground.log import log_unexpected
from cnnlab.ground.memory import MEMORY_FULL, MemoryFullError, is_out_of_memory
from cnnlab.language import Words, from_stored

_BUG = "bug"  # the code of an error whose text is a traceback
_NICE = 10  # the same priority as the process that trains: the screen comes first


def step_back() -> None:
    """Lower the priority of this process."""
    if hasattr(os, "nice"):
        os.nice(_NICE)


def end_with_parent() -> None:
    """From now on, end this process as soon as its stdin ends; call it after the order has been read."""
    threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()


def _leave_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def written_error(error: Exception) -> dict[str, Any]:
    """An error that was just caught, as JSON for the parent."""
    if isinstance(error, LabError):
        return {"error": error.as_message().as_json()}
    code = MEMORY_FULL if is_out_of_memory(error) else _BUG
    return {"error": traceback.format_exc(), "code": code}


def read_error(answer: dict[str, Any], where: str, repair: Words) -> LabError:
    """The error in a helper's answer: the lab's own, a full memory with this repair, or a logged bug."""
    if answer.get("code") == MEMORY_FULL:
        return MemoryFullError(repair)
    if answer.get("code") == _BUG:
        return LabError(log_unexpected(answer["error"], where))
    return LabError(from_stored(answer["error"]))
