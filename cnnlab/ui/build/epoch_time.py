"""The time of an epoch for the design in the editor, measured on a click, and never during training."""

from __future__ import annotations

import threading
from typing import Any

from cnnlab.design.design import Design, adapt, require_trainable
from cnnlab.engine.stopwatch import EpochTime, time_epoch
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import LabError
from cnnlab.language import lazy
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab

_KEPT = 200
# Settings that the time of a batch does not depend on.
_IRRELEVANT = {
    "epochs",
    "learning_rate",
    "seed",
    "patience",
    "target_accuracy",
    "initialization",
    "weight_decay",
}


class Times:
    """The measurements since the server started, made one at a time."""

    def __init__(self) -> None:
        self._measuring = threading.Lock()
        self._known: LruCache[Any, EpochTime] = LruCache(_KEPT)

    def known(self, design: Design, data: str, config: TrainConfig) -> EpochTime | None:
        """The time measured for this network, data set and settings, if any."""
        return self._known.get(_key(design, data, config))

    def measure(self, design: Design, data: str, config: TrainConfig) -> EpochTime:
        """A new measurement; raises LabError with the reason if that is not possible."""
        adapted = _ready(design, data)
        if not self._measuring.acquire(blocking=False):
            raise LabError(
                lazy("somebody else's network is being measured right now"), repair=lazy("Try again")
            )
        try:
            found = time_epoch(adapted, data, config, lab().catalogue.folders)
        finally:
            self._measuring.release()
        self._known.put(_key(design, data, config), found)
        return found


def time_data(found: EpochTime | None) -> dict[str, str]:
    """What the cards show of a measurement: the time, and a sentence with what it was measured on."""
    return {"text": found.text, "about": str(found)} if found else {"text": "", "about": ""}


def _key(design: Design, data: str, config: TrainConfig) -> Any:
    return (
        design.input_shape,
        design.classes,
        design.layers,
        data,
        config.model_dump_json(exclude=_IRRELEVANT),
    )


def _ready(design: Design, data: str) -> Design:
    """The design adapted to the data; raises LabError if nothing can be measured now."""
    info = lab().catalogue.describe(data)
    adapted, _notes = adapt(design, info.input_shape, len(info.classes))
    require_trainable(adapted)
    if not lab().catalogue.available(data):
        raise LabError(
            lazy("{data} is not on this machine yet", data=info.title),
            repair=lazy("Its first run downloads it"),
        )
    training = next((run for run in lab().store.runs() if run.state == "running"), None)
    if training is not None:
        raise LabError(
            lazy(
                "{name} is training right now: both would be slowed down, and the time would be wrong",
                name=training.name,
            ),
            repair=lazy("Measure when it is done"),
        )
    return adapted


times = Times()
