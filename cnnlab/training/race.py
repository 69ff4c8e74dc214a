"""A race: one design several times, each run with one setting of its own and all else alike.

The seed draws the first weights and the order of the pictures, so whoever shares it starts alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnlab.ground.errors import ConfigError
from cnnlab.training.config import OPTIMIZERS, TrainConfig, changed

MOST_RACERS = 6  # more lines on one chart cannot be told apart
RACED = {"optimizer": "Optimizers", "learning_rate": "Learning rates", "seed": "Seeds"}


def racers(
    config: TrainConfig,
    setting: str,
    values: Sequence[str | float | int],
    rates: Mapping[str, float] | None = None,
) -> dict[str, TrainConfig]:
    """One configuration a value, under a name that says what differs; raises ConfigError in words.

    `rates`: the learning rate of each optimizer, where they do not all race with the configuration's.
    """
    if not 2 <= len(set(values)) <= MOST_RACERS:
        raise ConfigError(
            f"{len(set(values))} came", where="runs of a race", allowed=f"2 to {MOST_RACERS}, all different"
        )
    if setting == "optimizer" and rates is not None:
        own = [changed(config, optimizer=value, learning_rate=rates[str(value)]) for value in values]
        return {f"{_name(setting, each.optimizer)}, rate {each.learning_rate:g}": each for each in own}
    return {_name(setting, value): changed(config, **{setting: value}) for value in values}


def _name(setting: str, value: str | float | int) -> str:
    if setting == "optimizer":
        return OPTIMIZERS[str(value)].title
    return f"learning rate {value:g}" if setting == "learning_rate" else f"seed {value}"
