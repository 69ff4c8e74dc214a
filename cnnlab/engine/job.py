"""Jobs and orders, which the supervisor sends to a session, as values and as JSON. Light: no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnnlab.design.design import Design
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

    @classmethod
    def of(cls, store: RunStore, run: Run) -> Job:
        """The job for a stored run, which no other process may be training; raises RunError, OSError."""
        store.delete_stray_files(run.id)
        states = tuple((state.path, state.sha256) for state in store.states(run.id))
        first = store.checkpoints(run.id)[:1] if run.parent else []
        if run.parent and not first:
            raise RunError(lazy("the weights that it begins with are not on record"), where=run.name)
        start = (first[0].path, first[0].sha256) if first else None
        fingerprint = run.described.fingerprint if run.described else ""
        folder = store.folder(run.id)
        return cls(run.id, run.design, run.data, run.config, folder, states, start, fingerprint)


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
    )
    data_folder = body["data_folder"]
    return job, Folders(Path(body["home"]), Path(data_folder) if data_folder else None)
