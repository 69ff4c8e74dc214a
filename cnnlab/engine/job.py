"""Jobs and orders, which the supervisor sends to a session, as values and as JSON. Light: no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnnlab.design.design import Design
from cnnlab.engine.history import History
from cnnlab.ground.errors import RunError
from cnnlab.ground.home import Folders
from cnnlab.language import lazy
from cnnlab.runs.records import Command, Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Order:
    """An instruction to a session: a person's command, or the lab's own 'suspend'."""

    name: Command | Literal["suspend"]
    settings: dict[str, float | int] = field(default_factory=dict)  # only with 'change'

    def to_json(self) -> dict[str, Any]:
        """The order as sent to a worker."""
        return {"order": self.name, "settings": self.settings}


@dataclass(frozen=True, slots=True)
class Job:
    """What to train, and the saved states to continue from, if any (newest first)."""

    run: str
    design: Design
    data: str
    config: TrainConfig
    folder: Path  # with the run's files
    states: tuple[tuple[Path, str], ...] = ()  # (file, sha256)
    start: tuple[Path, str] | None = None  # the initial weights of a forked run: (file, sha256)
    fingerprint: str = ""  # of the data at the run's first start; empty before that
    history: History = field(default_factory=History)  # for the case that the states are damaged
    race: str = ""  # whose runs take turns with it, if any do
    orders: tuple[Order, ...] = ()  # to follow before the first batch

    @classmethod
    def of(cls, store: RunStore, run: Run) -> Job:
        """The job for a stored run, which no other process may be training; raises RunError, OSError."""
        states = tuple((state.path, state.sha256) for state in store.states(run.id))
        if states or not run.progress.step:  # else its files may be all that is left of it
            store.delete_stray_files(run.id)
        first = [saved for saved in store.checkpoints(run.id) if not saved.epoch] if run.parent else []
        if run.parent and not first and not run.progress.step:
            raise RunError(lazy("the weights that it begins with are not on record"), where=run.name)
        start = (first[0].path, first[0].sha256) if first else None
        fingerprint = run.described.fingerprint if run.described else ""
        folder, history = store.folder(run.id), History.of(store, run)
        return cls(run.id, run.design, run.data, run.config, folder, states, start, fingerprint, history)


def write_job(job: Job, where: Folders) -> dict[str, Any]:
    """A job as the JSON object sent to a worker."""
    return {
        "order": "train",
        "run": job.run,
        "design": job.design.model_dump(mode="json"),
        "data": job.data,
        "config": job.config.model_dump(mode="json"),
        "folder": str(job.folder),
        "states": [[str(path), sha256] for path, sha256 in job.states],
        "start": job.start and [str(job.start[0]), job.start[1]],
        "fingerprint": job.fingerprint,
        "history": job.history.to_json(),
        "race": job.race,
        "orders": [order.to_json() for order in job.orders],
        "home": str(where.home),
        "data_folder": where.data_folder and str(where.data_folder),
    }


def read_job(body: dict[str, Any]) -> tuple[Job, Folders]:
    """The job and folders that `write_job` wrote."""
    job = Job(
        run=body["run"],
        design=Design.model_validate_json(json.dumps(body["design"])),
        data=body["data"],
        config=TrainConfig.model_validate_json(json.dumps(body["config"])),
        folder=Path(body["folder"]),
        states=tuple((Path(path), sha256) for path, sha256 in body["states"]),
        start=(Path(body["start"][0]), body["start"][1]) if body["start"] else None,
        fingerprint=body["fingerprint"],
        history=History.from_json(body["history"]),
        race=body["race"],
        orders=tuple(Order(each["order"], each["settings"]) for each in body["orders"]),
    )
    data_folder = body["data_folder"]
    return job, Folders(Path(body["home"]), Path(data_folder) if data_folder else None)
