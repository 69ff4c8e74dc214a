"""What goes from the supervisor to a session, as values and as JSON. Light: no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnnlab.design import Design
from cnnlab.home import Places
from cnnlab.runs.records import Run, Wish
from cnnlab.runs.store import FORK_FILE, RunStore
from cnnlab.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Order:
    """What a session is told: a person's wish, or the lab's own 'suspend'."""

    name: Wish | Literal["suspend"]
    settings: dict[str, float | int] = field(default_factory=dict)  # with 'change' alone

    def to_json(self) -> dict[str, Any]:
        """The order as it goes to a worker."""
        return {"order": self.name, "settings": self.settings}


@dataclass(frozen=True, slots=True)
class Job:
    """What to train, and from which saved state on (the newest first), if any."""

    run: str
    design: Design
    data: str
    config: TrainConfig
    folder: Path  # of the run's files
    states: tuple[tuple[Path, str], ...] = ()  # (file, sha256)
    start: Path | None = None  # weights that a forked run begins with

    @classmethod
    def of(cls, store: RunStore, run: Run) -> Job:
        """The job that a stored run is."""
        states = tuple((state.path, state.sha256) for state in store.states(run.id))
        folder = store.folder(run.id)
        start = folder / FORK_FILE if run.parent else None
        return cls(run.id, run.design, run.data, run.config, folder, states, start)


def write_job(job: Job, where: Places) -> dict[str, Any]:
    """A job as the JSON object that goes to a worker."""
    return {
        "order": "train",
        "run": job.run,
        "design": job.design.model_dump(mode="json"),
        "data": job.data,
        "config": job.config.model_dump(mode="json"),
        "folder": str(job.folder),
        "states": [[str(path), sha256] for path, sha256 in job.states],
        "start": job.start and str(job.start),
        "home": str(where.home),
        "data_folder": where.data_folder and str(where.data_folder),
    }


def read_job(body: dict[str, Any]) -> tuple[Job, Places]:
    """The way back of `write_job`."""
    job = Job(
        run=body["run"],
        design=Design.model_validate_json(json.dumps(body["design"])),
        data=body["data"],
        config=TrainConfig.model_validate_json(json.dumps(body["config"])),
        folder=Path(body["folder"]),
        states=tuple((Path(path), sha256) for path, sha256 in body["states"]),
        start=Path(body["start"]) if body["start"] else None,
    )
    data_folder = body["data_folder"]
    return job, Places(Path(body["home"]), Path(data_folder) if data_folder else None)
