"""Every error that a person can cause and repair.

LabError
 ├─ DesignError    a layer, a stack or a design file that cannot work
 ├─ ConfigError    a training setting out of range
 ├─ DataError      a data set or picture that is missing, unknown or broken
 ├─ WeightsError   a weight file that is missing, damaged or of another design
 ├─ DeviceError    a requested device that does not exist
 ├─ RunError       a run that is unknown, or in a state that forbids the command
 ├─ StorageError   a home folder that cannot be written to; DiskFullError when it has no room left
 └─ MemoryFullError   (ground/memory.py) the memory is full
Anything else that is raised is a bug: its traceback goes into the log (ground/log.py).
"""

from __future__ import annotations

from cnnlab.language import Message, Words, lazy, lazy_sentences


class LabError(Exception):
    """Base class: says where it happened, what was wrong, what is allowed and what to do.

    Only the problem is required. `code` names the kind of error to programs, where they have to know it.
    """

    code = ""

    def __init__(self, problem: Words, *, where: Words = "", allowed: Words = "", repair: Words = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.allowed = allowed
        self.repair = repair

    def __str__(self) -> str:
        """One line: where, what is wrong, what is allowed, what to do; in the viewer's language."""
        return str(self.as_message())

    def as_message(self) -> Message:
        """The same line as a message that can be stored and translated later."""
        found = lazy("{where}: {problem}", where=self.where, problem=self.problem)
        allowed = lazy("Allowed: {allowed}", allowed=self.allowed)
        problem = found if self.where else self.problem
        parts: tuple[Words, ...] = (problem, allowed if self.allowed else "", self.repair)
        return lazy_sentences(*(part for part in parts if part))


class DesignError(LabError):
    """A layer, a stack or a design file that cannot work."""


class ConfigError(LabError):
    """A training setting out of range."""


class DataError(LabError):
    """A data set or a picture that is missing, unknown or broken."""


class WeightsError(LabError):
    """A weight file that is missing, damaged, or made for another design."""


class DeviceError(LabError):
    """A requested device that does not exist."""


class RunError(LabError):
    """A run that is unknown, or in a state that forbids the command."""


class StorageError(LabError):
    """A home folder that cannot be written to."""


class DiskFullError(StorageError):
    """The home folder has no room left; a caller that can wait may try again."""
