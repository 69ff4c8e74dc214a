"""A race: one design several times, each run with one setting of its own and all else alike.

The seed draws the first weights and the order of the pictures, so whoever shares it starts alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.errors import ConfigError
from cnnlab.training.config import OPTIMIZERS, TrainConfig, changed

MOST_RACERS = 6  # more lines on one chart cannot be told apart
RACED = {"optimizer": "Optimisers", "learning_rate": "Learning rates", "seed": "Seeds"}


def racers(config: TrainConfig, setting: str, values: Sequence[str | float | int]) -> dict[str, TrainConfig]:
    """One configuration a value, under a name that says what differs; raises ConfigError in words."""
    if not 2 <= len(set(values)) <= MOST_RACERS:
        raise ConfigError(
            f"{len(set(values))} came", where="runs of a race", allowed=f"2 to {MOST_RACERS}, all different"
        )
    return {_name(setting, value): changed(config, **{setting: value}) for value in values}


def _name(setting: str, value: str | float | int) -> str:
    if setting == "optimizer":
        return OPTIMIZERS[str(value)].title
    return f"learning rate {value:g}" if setting == "learning_rate" else f"seed {value}"
