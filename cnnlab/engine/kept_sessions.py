"""The sessions of a worker: those of a race's runs stay in memory from one turn to the next.

A turn then begins where the last one ended, without reading the pictures and a state again. The states are on
disk all the same: whenever something does not fit, a session is made from them.
"""

from __future__ import annotations

from cnnlab.data import Catalogue, ImageDataset
from cnnlab.data.record import OnProgress
from cnnlab.engine.job import Job
from cnnlab.engine.session import Emit, Orders, Session
from cnnlab.ground.home import Folders
from cnnlab.training.speed.cuda_graph import release_gpu_memory

_MAX_BYTES = 300_000_000  # of weights and optimizers in all kept sessions


class KeptSessions:
    """Executes jobs one after another."""

    def __init__(self, emit: Emit, orders: Orders) -> None:
        self._emit = emit
        self._orders = orders
        self._forget("")

    def _forget(self, race: str) -> None:
        """Drop what is kept, before the runs of another race, or of none."""
        self._race = race
        self._sessions: dict[str, Session] = {}  # by run
        self._pictures: dict[str, ImageDataset] = {}  # by the name of the data set

    def execute(self, job: Job, where: Folders) -> None:
        """Execute a job to its end, or until an order ends it."""
        if job.race != self._race:
            self._forget(job.race)
        session = self._sessions.pop(job.run, None)
        if session is None or not session.continues_with(job):
            catalogue = _Shared(where, self._pictures) if job.race else None
            session = Session(job, where, self._emit, self._orders, catalogue)
        session.execute()
        if job.race and session.is_kept and self._has_room(session):
            self._sessions[job.run] = session
        else:
            del session
            release_gpu_memory()

    def _has_room(self, session: Session) -> bool:
        kept = sum(each.state_bytes for each in self._sessions.values())
        return kept + session.state_bytes <= _MAX_BYTES


class _Shared(Catalogue):
    """Loads each data set once for all runs of a race."""

    def __init__(self, where: Folders, pictures: dict[str, ImageDataset]) -> None:
        super().__init__(where)
        self._pictures = pictures

    def load(self, name: str, *, on_progress: OnProgress | None = None) -> ImageDataset:
        """The pictures, from memory where another run of the race has loaded them."""
        if name not in self._pictures:
            self._pictures[name] = super().load(name, on_progress=on_progress)
        return self._pictures[name]
