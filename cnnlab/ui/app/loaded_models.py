"""The server's loaded models, by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.language import lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.http import Refusal

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel, Which


def get_model(key: str, epoch: Which = "best", *, newest: bool = False) -> LoadedModel:
    """The model; raises RunError if the run does not exist, WeightsError if no weights can be read.

    `newest`: compare it with the store now, for callers that keep what they compute with it.
    """
    return lab().models.get(key, epoch, newest=newest)


def cached_model(key: str, epoch: Which = "best") -> LoadedModel | None:
    """The model if it was checked against the store a moment ago; uses neither disk nor database."""
    return lab().models.cached(key, epoch)


def require_awake() -> None:
    """Raise Refusal while torch is still being loaded."""
    if not lab().torch_ready.is_set():
        raise Refusal(503, lazy("The network is waking up."), waking=True)
