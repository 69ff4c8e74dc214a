"""What each event of a session changes in the store: the log and the run's state."""

from __future__ import annotations

from cnnlab.data.dataset import DataDescription
from cnnlab.runs.events import (
    DataLoaded,
    Event,
    Failed,
    Finished,
    Inspection,
    Note,
    Paused,
    Resumed,
    SingleBatch,
    Stopped,
    Suspended,
)
from cnnlab.runs.records import State, Trainer
from cnnlab.runs.store import RunStore

_NOT_LOGGED = (SingleBatch, Inspection, Paused, Resumed, Stopped, Suspended, Note)
_MOVES: dict[type[Event], tuple[set[State], State]] = {
    Paused: ({"running"}, "paused"),
    Resumed: ({"paused"}, "running"),
    Stopped: ({"running", "paused"}, "stopped"),
    Failed: ({"running", "paused"}, "failed"),
    Finished: ({"running"}, "finished"),
    Note: ({"running"}, "running"),
}


def write(store: RunStore, run_id: str, event: Event, trained_by: Trainer = "lab") -> None:
    """Write one event of a session to the store; raises StorageError if the disk is full."""
    if isinstance(event, Inspection):
        store.keep_inspection(run_id, event)
    elif isinstance(event, SingleBatch):
        store.keep_single_batch(run_id, event)
    elif isinstance(event, DataLoaded):
        found = DataDescription.from_json(event.described)
        store.keep_description(run_id, found, resumed=event.resumed)
    elif isinstance(event, Note) and event.lasting:
        store.add_note(run_id, event.message)
        return
    elif not isinstance(event, _NOT_LOGGED):
        store.record(run_id, [event])
    move = _MOVES.get(type(event))
    if move:
        expected, state = move
        store.change_state(run_id, expected, state, getattr(event, "message", ""), trained_by)
