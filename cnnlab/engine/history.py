"""What is on record of a run's past: what it continues from where its states are damaged. Light: no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cnnlab.runs.records import EpochPoint, Run, SavedWeights
from cnnlab.runs.store import RunStore


@dataclass(frozen=True, slots=True)
class PastEpoch:
    """A finished epoch. What is not known of it, because its record cannot be read, is None."""

    epoch: int
    step: int  # after it
    val_accuracy: float | None
    val_loss: float | None
    seconds: float | None  # of training, since the start of the run
    file: str = ""  # in the run's folder, with its weights; empty if they were not kept
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The past of a run; empty before its first batch."""

    step: int = 0  # batches done
    train_images: int = 0
    epochs: tuple[PastEpoch, ...] = ()  # in order
    changes: tuple[tuple[int, dict[str, float | int]], ...] = ()  # settings, and after which step

    @classmethod
    def of(cls, store: RunStore, run: Run) -> History:
        """The history of a stored run.

        Weights of a later step are left out: the run has gone back and not come to them again.
        """
        step = run.progress.step
        if not step:
            return cls()
        curves = store.milestones(run.id)
        points = {point.epoch: point for point in curves.epochs if point.step <= step}
        kept = {saved.epoch: saved for saved in store.checkpoints(run.id) if 0 < saved.step <= step}
        epochs = tuple(_epoch(points.get(n), kept.get(n)) for n in sorted(points.keys() | kept.keys()))
        changes = tuple((flag.step, flag.settings) for flag in curves.flags)
        return cls(step, run.progress.train_images, epochs, changes)

    def to_json(self) -> dict[str, Any]:
        """The history as sent to a worker."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> History:
        """The history that `to_json` made."""
        epochs = tuple(PastEpoch(**each) for each in body["epochs"])
        changes = tuple((step, settings) for step, settings in body["changes"])
        return cls(body["step"], body["train_images"], epochs, changes)

    def settings_at(self, step: int) -> dict[str, float | int]:
        """The settings that people had changed by then."""
        found: dict[str, float | int] = {}
        for at, settings in self.changes:
            if at <= step:
                found |= settings
        return found


def _epoch(point: EpochPoint | None, saved: SavedWeights | None) -> PastEpoch:
    """One epoch from its point on the curve and its weight file; one of them is given."""
    file, sha256 = (saved.path.name, saved.sha256) if saved else ("", "")
    if point is not None:
        figures = point.val_accuracy, point.val_loss, point.seconds
        return PastEpoch(point.epoch, point.step, *figures, file, sha256)
    assert saved is not None
    return PastEpoch(saved.epoch, saved.step, saved.val_accuracy, None, None, file, sha256)
