"""The signals of an engine's slot besides a run's events: ready, alive, free, dead. Light: no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from cnnlab.language import Words
from cnnlab.runs.events import Event, read_as, read_event


@dataclass(frozen=True, slots=True)
class Ready:
    """The slot has loaded what it needs: a job starts without delay."""

    event: ClassVar[str] = "ready"


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life, every few seconds."""

    event: ClassVar[str] = "beat"


@dataclass(frozen=True, slots=True)
class Free:
    """The job is over, however it ended; the slot is free for another."""

    event: ClassVar[str] = "free"


@dataclass(frozen=True, slots=True)
class Died:
    """The slot's process is gone, and with it the session of its job; the message says how it ended."""

    event: ClassVar[str] = "died"
    message: Words


Signal = Ready | Beat | Free | Died
_KINDS: dict[str, type[Signal]] = {kind.event: kind for kind in (Ready, Beat, Free, Died)}


def read_line(line: str) -> Event | Signal:
    """An event or signal from one line of a worker's output; raises ValueError for anything else."""
    body: Any = json.loads(line)
    if isinstance(body, dict) and body.get("event") in _KINDS:
        return read_as(_KINDS[body["event"]], body)
    return read_event(body)
