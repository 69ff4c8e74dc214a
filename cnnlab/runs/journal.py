"""What each event of a session means for the store: the log, and the run's state."""

from __future__ import annotations

from typing import Any

from cnnlab.data.dataset import DataDescription
from cnnlab.language import from_stored
from cnnlab.runs.records import State
from cnnlab.runs.store import RunStore

_LOGGED = {"started", "batches", "epoch", "changed", "checkpoint", "state", "finished", "failed", "download"}
_MOVES: dict[str, tuple[set[State], State]] = {
    "paused": ({"running"}, "paused"),
    "resumed": ({"paused"}, "running"),
    "stopped": ({"running", "paused"}, "stopped"),
    "failed": ({"running", "paused"}, "failed"),
    "finished": ({"running"}, "finished"),
    "note": ({"running"}, "running"),
}


def write(store: RunStore, run_id: str, body: dict[str, Any], owner: str = "lab") -> None:
    """Put one event of a session into the store; raises StorageError where the disk is full."""
    if body["event"] in _LOGGED:
        store.record(run_id, [body])
    elif body["event"] == "inspection":
        store.keep_inspection(run_id, body)
    elif body["event"] == "data":
        found = DataDescription.from_json(body["described"])
        store.keep_description(run_id, found, resumed=body["resumed"])
    move = _MOVES.get(body["event"])
    if move:
        expected, state = move
        store.change_state(run_id, expected, state, from_stored(body.get("message", "")), owner)
