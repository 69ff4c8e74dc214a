"""What goes from the supervisor to a session, as values and as JSON. Light: no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cnnlab.design import Design
from cnnlab.home import Places
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig

Order = Literal["pause", "resume", "batch", "epoch", "stop", "suspend"]  # a wish, or the lab's own suspend


@dataclass(frozen=True, slots=True)
class Job:
    """What to train, and from which saved state on (the newest first), if any."""

    run: str
    design: Design
    data: str
    config: TrainConfig
    folder: Path  # of the run's files
    states: tuple[tuple[Path, str], ...] = ()  # (file, sha256)

    @classmethod
    def of(cls, store: RunStore, run: Run) -> Job:
        """The job that a stored run is."""
        states = tuple((state.path, state.sha256) for state in store.states(run.id))
        return cls(run.id, run.design, run.data, run.config, store.folder(run.id), states)


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
    )
    data_folder = body["data_folder"]
    return job, Places(Path(body["home"]), Path(data_folder) if data_folder else None)
