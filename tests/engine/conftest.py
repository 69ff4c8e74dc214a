"""Jobs on `digits`, a session without a process around it, and orders that come on cue."""

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
from cnnlab.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from cnnlab.runs.events import Event, to_dict
from cnnlab.training.config import make_config

BATCHES = 11  # an epoch of digits in batches of 128


@pytest.fixture
def quick_design() -> Design:
    """For digits: a millisecond a batch, with dropout and batch norm in it."""
    layers = (
        Conv2d(out_channels=4, kernel_size=5, stride=2),
        BatchNorm2d(),
        ReLU(),
        MaxPool2d(),
        Dropout(p=0.1),
        Flatten(),
        Linear(out_features=10),
    )
    return Design(name="quick").with_layers(layers)


@pytest.fixture
def job(tmp_path: Path, quick_design: Design) -> Job:
    """Two epochs of eleven batches."""
    return Job("r", quick_design, "digits", make_config(epochs=2, batch_size=128), tmp_path / "files")


Told = list[dict[str, Any]]


class Conductor:
    """Collects what a session tells, and gives orders: each after the first event that its cue fits."""

    def __init__(self, *cues: tuple[Callable[[dict[str, Any]], bool], Order]) -> None:
        self.told: Told = []
        self._cues = list(cues)
        self._due: list[Order] = []

    def emit(self, event: Event) -> None:
        body = json.loads(json.dumps(to_dict(event)))  # as it travels
        self.told.append(body)
        if self._cues and self._cues[0][0](body):
            self._due.append(self._cues.pop(0)[1])

    def poll(self) -> Order | None:
        return self._due.pop(0) if self._due else None

    def wait(self) -> Order:
        assert self._due, f"waits for an order that nobody gives, after {self.told[-1]}"
        return self._due.pop(0)

    def kinds(self) -> list[str]:
        """The names of the events, in order."""
        return [body["event"] for body in self.told]

    def steps(self) -> list[int]:
        """The numbers of the batches, in order."""
        bundles = [body for body in self.told if body["event"] == "batches"]
        return [step for body in bundles for step in range(body["step"], body["step"] + len(body["loss"]))]

    def last(self, kind: str) -> dict[str, Any]:
        """The latest event of a kind."""
        return [body for body in self.told if body["event"] == kind][-1]


def said(body: dict[str, Any]) -> str:
    """An event's message as a person reads it."""
    return str(from_stored(body["message"]))


def on(kind: str, **fields: Any) -> Callable[[dict[str, Any]], bool]:
    """A cue: an event of this kind with these fields."""
    return lambda body: body["event"] == kind and all(body.get(name) == fields[name] for name in fields)


def execute(job: Job, *cues: tuple[Callable[[dict[str, Any]], bool], Order]) -> Conductor:
    """A whole session; the orders come when their cues do."""
    conductor = Conductor(*cues)
    Session(job, Folders(job.folder.parent, None), conductor.emit, conductor).execute()
    return conductor
