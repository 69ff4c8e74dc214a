"""The events of a run, as values and as the JSON objects that a pipe carries and the database stores.

A session passes on those of the training loop (`training.events`; batches in bundles) and adds its own.
Light: no torch, no pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, TypeVar

from cnnlab.design.address import LayerAddress
from cnnlab.language import Message, Words, from_stored
from cnnlab.training.events import (
    Batches,
    Changed,
    Checkpoint,
    DeadUnits,
    Epoch,
    Finished,
    FirstFilters,
    Histogram,
    Inspection,
    Milestone,
    MovedFilter,
    SampleAnswer,
    SingleBatch,
    Started,
    WeightStep,
)


@dataclass(frozen=True, slots=True)
class Download:
    """The data set is being downloaded: bytes done, and bytes in total (0 if the size is unknown)."""

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
    """A file in the run's folder from which training continues bit for bit."""

    event: ClassVar[str] = "state"
    step: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Training is paused, with its state on disk; the message says why if no person asked for it."""

    event: ClassVar[str] = "paused"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Training continues after a pause."""

    event: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person stopped the run; its state is on disk."""

    event: ClassVar[str] = "stopped"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Suspended:
    """The lab ended the session; the run will continue later."""

    event: ClassVar[str] = "suspended"
    message: Words = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know, while training continues."""

    event: ClassVar[str] = "note"
    message: Words = ""
    lasting: bool = False  # it is kept with the run instead of making room for the next message


@dataclass(frozen=True, slots=True)
class Failed:
    """An error ended the run. The reason is 'diverged', 'memory full', 'damaged', or empty."""

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
        *(Started, Changed, Epoch, SingleBatch, Inspection, Checkpoint, Finished),
        *(Batches, Download, DataLoaded, StateSaved, Paused, Resumed, Stopped, Suspended, Note, Failed),
    )
}
_PARTS: dict[str, type] = {  # the fields that are values of their own, or lists of these
    "layers": WeightStep,
    "histogram": Histogram,
    "dead": DeadUnits,
    "samples": SampleAnswer,
    "filters": FirstFilters,
    "moved_filters": MovedFilter,
}
_ABSENT: dict[str, dict[str, Any]] = {  # what an older lab did not write
    "started": {"val_images": 0, "test_images": 0, "ways": ()},
    "epoch": {"confusion": None},
    "inspection": {"filters": None},
    "failed": {"reason": ""},
}
_OLD_SPEEDUPS = {  # older labs' names of the speed-ups, with today's codes
    "data on the device": "data-on-device",
    "channels last": "channels-last",
    "pooling before ReLU": "pooling-first",
    "fused optimiser": "fused-optimizer",
    "quick dropout": "quick-dropout",
    "CUDA graph": "cuda-graph",
}
Kind = TypeVar("Kind")
_TYPES: dict[str, tuple[type, ...]] = {
    **{"int": (int,), "float": (int, float), "float | None": (int, float, type(None))},
    **{"str": (str,), "bool": (bool,)},
}


def to_dict(event: Any) -> dict[str, Any]:
    """An event as a JSON object, with its name first and its texts in their stored form."""
    return {"event": event.event, **_fields_json(event)}


def _fields_json(value: Any) -> dict[str, Any]:
    return {field.name: _json(getattr(value, field.name)) for field in fields(value)}


def _json(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_json()
    if isinstance(value, LayerAddress):
        return str(value)
    if isinstance(value, list) and value and is_dataclass(value[0]):
        return [_fields_json(each) for each in value]
    return _fields_json(value) if is_dataclass(value) else value


def read_event(body: object) -> Event:
    """The event that `to_dict` wrote, in this or an older lab; raises ValueError for anything else."""
    if not isinstance(body, dict) or not is_event(body):
        raise ValueError(f"not an event: {str(body)[:100]}")
    return read_as(_KINDS[body["event"]], _ABSENT.get(body["event"], {}) | body)


def is_event(body: Mapping[str, Any]) -> bool:
    """Whether an object has the name of an event of a run."""
    return isinstance(name := body.get("event"), str) and name in _KINDS


def read_as(kind: type[Kind], body: Mapping[str, Any]) -> Kind:
    """An object as an event of this kind; raises ValueError if a field is missing or has a wrong type."""
    known: dict[str, Any] = {}
    try:
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name in body:
                known[field.name] = _value(field.name, str(field.type), body[field.name])
        return kind(**known)
    except (TypeError, KeyError) as error:
        raise ValueError(f"not an event {body.get('event', kind.__name__)!r}: {error}") from None


def _value(name: str, kind: str, value: Any) -> Any:
    expected = _TYPES.get(kind)
    if expected and not isinstance(value, expected):
        raise TypeError(f"{name} is {value!r}")
    if name in ("message", "device"):
        return from_stored(value)
    if name == "address":
        return LayerAddress.parse(value)
    if name in _PARTS and value is not None:
        part = _PARTS[name]
        return [_part(part, each) for each in value] if isinstance(value, list) else _part(part, value)
    return current_speedups(value) if name == "ways" else value


def _part(kind: type[Kind], body: Any) -> Kind:
    if not isinstance(body, dict):
        raise TypeError(f"{kind.__name__} is {body!r}")
    return read_as(
        kind, {"address": str(body["row"])} | body if "row" in body else body
    )  # an older lab's row


def current_speedups(names: Any) -> tuple[str, ...]:
    """The codes of speed-ups, also for those written by an older lab."""
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
    "SingleBatch",
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
