"""Jobs on `digits`, a session in this process, and orders given on cue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnlab.design.design import Design
from cnnlab.engine.job import Job, Order
from cnnlab.engine.session import Session
from cnnlab.ground.home import Folders
from cnnlab.language import from_stored
from cnnlab.runs.events import Event, to_dict
from cnnlab.training.config import make_config
from tests.lab import QUICK


@pytest.fixture
def quick_design() -> Design:
    """For digits: a millisecond per batch, with dropout and batch norm."""
    return QUICK


@pytest.fixture
def job(tmp_path: Path, quick_design: Design) -> Job:
    """Two epochs of eleven batches."""
    return Job("r", quick_design, "digits", make_config(epochs=2, batch_size=128), tmp_path / "files")


Emitted = list[dict[str, Any]]


class Conductor:
    """Collects the events of a session and gives orders, each after the first event that matches its cue."""

    def __init__(self, *cues: tuple[Callable[[dict[str, Any]], bool], Order]) -> None:
        self.emitted: Emitted = []
        self._cues = list(cues)
        self._due: list[Order] = []

    def emit(self, event: Event) -> None:
        body = json.loads(json.dumps(to_dict(event)))  # as through a pipe
        self.emitted.append(body)
        if self._cues and self._cues[0][0](body):
            self._due.append(self._cues.pop(0)[1])

    def poll(self) -> Order | None:
        return self._due.pop(0) if self._due else None

    def wait(self) -> Order:
        assert self._due, f"waits for an order that nobody gives, after {self.emitted[-1]}"
        return self._due.pop(0)

    def kinds(self) -> list[str]:
        """The names of the events, in order."""
        return [body["event"] for body in self.emitted]

    def steps(self) -> list[int]:
        """The numbers of the batches, in order."""
        bundles = [body for body in self.emitted if body["event"] == "batches"]
        return [step for body in bundles for step in range(body["step"], body["step"] + len(body["loss"]))]

    def last(self, kind: str) -> dict[str, Any]:
        """The latest event of a kind."""
        return [body for body in self.emitted if body["event"] == kind][-1]


def message_of(body: dict[str, Any]) -> str:
    """An event's message as people read it."""
    return str(from_stored(body["message"]))


def on(kind: str, **fields: Any) -> Callable[[dict[str, Any]], bool]:
    """A cue: an event of this kind with these fields."""
    return lambda body: body["event"] == kind and all(body.get(name) == fields[name] for name in fields)


def execute(job: Job, *cues: tuple[Callable[[dict[str, Any]], bool], Order]) -> Conductor:
    """Run a whole session, giving each order when its cue comes."""
    conductor = Conductor(*cues)
    Session(job, Folders(job.folder.parent, None), conductor.emit, conductor).execute()
    return conductor
