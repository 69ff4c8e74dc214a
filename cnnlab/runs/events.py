"""The events of a run, as values and as the JSON objects that travel through a pipe and lie in the data base.

A session sends those of the training loop on (`training.events`; batches in bundles) and adds its own. Light:
no torch, no pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

from cnnlab.language import Message, Words, from_stored
from cnnlab.training.events import (
    Batches,
    Changed,
    Checkpoint,
    Epoch,
    Finished,
    Inspection,
    Milestone,
    Started,
)


@dataclass(frozen=True, slots=True)
class Download:
    """The data set is on its way: bytes done, and bytes in all (0 where the size is unknown)."""

    event: ClassVar[str] = "download"
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DataLoaded:
    """The data set is in memory: what it is (`DataDescription.to_json`), and whether the run was resumed."""

    event: ClassVar[str] = "data"
    described: dict[str, Any]
    resumed: bool


@dataclass(frozen=True, slots=True)
class StateSaved:
    """A file in the run's folder from which training goes on bit by bit."""

    event: ClassVar[str] = "state"
    step: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Training stands still, with its state on disk; the message says why where nobody asked for it."""

    event: ClassVar[str] = "paused"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """It goes on after a pause."""

    event: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end, because a person wanted it; the state is on disk."""

    event: ClassVar[str] = "stopped"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Suspended:
    """The session is over because the lab wanted it; the run is to go on later."""

    event: ClassVar[str] = "suspended"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person should know, while training goes on."""

    event: ClassVar[str] = "note"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The end, because of an error. The reason is 'diverged', 'memory full', or empty."""

    event: ClassVar[str] = "failed"
    message: Words
    reason: str


Event = (  # of a run
    (Milestone | Batches | Download | DataLoaded | StateSaved)
    | (Paused | Resumed | Stopped | Suspended | Note | Failed)
)

_KINDS: dict[str, type[Event]] = {
    kind.event: kind
    for kind in (
        *(Started, Changed, Epoch, Inspection, Checkpoint, Finished),
        *(Batches, Download, DataLoaded, StateSaved, Paused, Resumed, Stopped, Suspended, Note, Failed),
    )
}
_ABSENT: dict[str, dict[str, Any]] = {  # what an older lab did not write
    "started": {"val_images": 0, "test_images": 0, "ways": ()},
    "epoch": {"confusion": None},
    "inspection": {"filters": None},
    "failed": {"reason": ""},
}
_OLD_SPEEDUPS = {  # what an older lab called the speed-ups; the codes of today
    "data on the device": "data-on-device",
    "channels last": "channels-last",
    "pooling before ReLU": "pooling-first",
    "fused optimiser": "fused-optimizer",
    "quick dropout": "quick-dropout",
    "CUDA graph": "cuda-graph",
}
Kind = TypeVar("Kind")
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}


def to_dict(event: Any) -> dict[str, Any]:
    """An event as one JSON object, with its name first; words as they are stored."""
    body = {field.name: getattr(event, field.name) for field in fields(event)}
    plain = {name: value.as_json() if isinstance(value, Message) else value for name, value in body.items()}
    return {"event": event.event, **plain}


def read_event(body: object) -> Event:
    """The event that `to_dict` wrote, also one of an older lab; raises ValueError for anything else."""
    if not isinstance(body, dict) or not is_event(body):
        raise ValueError(f"not an event: {str(body)[:100]}")
    return read_as(_KINDS[body["event"]], _ABSENT.get(body["event"], {}) | body)


def is_event(body: Mapping[str, Any]) -> bool:
    """Whether an object bears the name of an event of a run."""
    return isinstance(name := body.get("event"), str) and name in _KINDS


def read_as(kind: type[Kind], body: Mapping[str, Any]) -> Kind:
    """An object as an event of this kind; raises ValueError where a field is missing or of another type."""
    known: dict[str, Any] = {}
    try:
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name in body:
                known[field.name] = _value(field.name, str(field.type), body[field.name])
        return kind(**known)
    except (TypeError, KeyError) as error:
        raise ValueError(f"not an event {body['event']!r}: {error}") from None


def _value(name: str, kind: str, value: Any) -> Any:
    expected = _TYPES.get(kind)
    if expected and not isinstance(value, expected):
        raise TypeError(f"{name} is {value!r}")
    if name in ("message", "device"):
        return from_stored(value)
    return current_speedups(value) if name == "ways" else value


def current_speedups(names: Any) -> tuple[str, ...]:
    """The codes of speed-ups, also where an older lab wrote them."""
    return tuple(_OLD_SPEEDUPS.get(name, name) for name in names)


__all__ = [
    "Batches",
    "Changed",
    "Checkpoint",
    "DataLoaded",
    "Download",
    "Epoch",
    "Event",
    "Failed",
    "Finished",
    "Inspection",
    "Milestone",
    "Note",
    "Paused",
    "Resumed",
    "Started",
    "StateSaved",
    "Stopped",
    "Suspended",
    "current_speedups",
    "is_event",
    "read_as",
    "read_event",
    "to_dict",
]
