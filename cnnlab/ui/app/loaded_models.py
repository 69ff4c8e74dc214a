"""The server's loaded models, for whoever has the key of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.language import lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.http import Refusal

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel, Which


def get_model(key: str, epoch: Which = "best") -> LoadedModel:
    """The model; raises RunError for a run that is not there, WeightsError where nothing can be read."""
    return lab().models.get(key, epoch)


def model_at_hand(key: str, epoch: Which = "best") -> LoadedModel | None:
    """The model if it was compared with the store a moment ago; asks neither disk nor data base."""
    return lab().models.at_hand(key, epoch)


def require_awake() -> None:
    """Raises Refusal while torch is still being loaded."""
    if not lab().torch_ready.is_set():
        raise Refusal(503, lazy("The network is waking up."), waking=True)
