"""The epochs at which a network can be shown."""

from __future__ import annotations

from cnnlab.language import _
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.look_inside.layers import Epochs


def epochs_of(run: Run | None, wanted: int | None) -> Epochs:
    """The kept epochs of a run, at the wanted one, else the best or the last one.

    0 is the untrained network. Without a run, or with one epoch, there is nothing to choose.
    """
    if run is None:
        return Epochs("best")
    kept = [weights.epoch for weights in lab().store.checkpoints(run.id)]
    if len(kept) < 2:
        return Epochs(kept[0] if kept else "best")
    best = run.progress.best_epoch
    if wanted not in kept:
        wanted = best if best in kept else kept[-1]
    return Epochs(wanted, tuple(kept), tuple(_title(each, best) for each in kept))


def _title(epoch: int, best: int | None) -> str:
    if epoch == 0:
        return _("{epoch} (untrained)", epoch=epoch)
    return _("{epoch} (best)", epoch=epoch) if epoch == best else str(epoch)
