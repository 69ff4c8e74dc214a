"""Out of memory is called out of memory: one place knows all its faces.

Python, NumPy and Pillow raise MemoryError, torch a RuntimeError (on a GPU its OutOfMemoryError), the system
an OSError; the Linux kernel kills a process. torch is not imported here.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cnnlab.ground.errors import LabError
from cnnlab.language import Words, lazy

MEMORY_FULL: Final = "memory full"  # the code of this error, and of a run that ended with it
SMALLER = lazy("Try a smaller batch size, fewer filters or fewer layers, or close other programs")
FEWER = lazy("Try fewer filters or fewer layers, or close other programs")
MAYBE_FULL = lazy(
    "The system may have ended it because the memory was full: try a smaller batch size or fewer filters."
)
_TEXTS = (
    "out of memory",  # CUDA, ROCm, Metal; Pillow; SQLite
    "can't allocate memory",  # torch on a CPU: Linux and macOS,
    "not enough memory",  # and Windows
    "cannot allocate memory",  # the C library's ENOMEM
    "alloc_failed",  # cuDNN and cuBLAS
    "bad_alloc",  # C++
    "memoryerror",  # the last line of a process that ended with it
)
_SHELL_STATUS = 128  # plus the signal's number: the exit status of a shell whose child was killed
_KILL = int(getattr(signal, "SIGKILL", 9))


class MemoryFullError(LabError):
    """The memory of this machine, or of its GPU, is full: nothing has changed, and the lab goes on."""

    code = MEMORY_FULL

    def __init__(self, repair: Words = SMALLER) -> None:
        super().__init__(lazy("the memory is full"), repair=repair)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, perhaps causing another error, as during the recording of a step."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if isinstance(error, RuntimeError | OSError) and tells_of_full_memory(str(error)):
        return True
    return error.__context__ is not None and is_out_of_memory(error.__context__)


def tells_of_full_memory(text: str) -> bool:
    """Whether a library's message, or the last words of a process, say that memory ran out."""
    return any(known in text.lower() for known in _TEXTS)


def was_killed(status: int) -> bool:
    """Whether a process with this exit status was killed, as the Linux kernel does where memory runs out."""
    return status in (-_KILL, _SHELL_STATUS + _KILL)


@contextmanager
def full_memory_named(repair: Words = SMALLER) -> Iterator[None]:
    """Raise MemoryFullError, with this repair, for memory that runs out in the block."""
    try:
        yield
    except LabError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise MemoryFullError(repair) from error
