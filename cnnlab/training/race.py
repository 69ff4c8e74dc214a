"""A race: several runs of one design that differ in one setting only.

The seed decides the initial weights and the order of the pictures, so runs with the same seed start alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnlab.ground.errors import ConfigError
from cnnlab.language import Words, _, lazy
from cnnlab.training.config import TrainConfig, changed
from cnnlab.training.optimizer_kinds import OPTIMIZERS

MAX_RACERS = 6  # more lines on one chart cannot be told apart
RACE_SETTINGS: dict[str, Words] = {
    "optimizer": lazy("Optimizers"),
    "learning_rate": lazy("Learning rates"),
    "seed": lazy("Seeds"),
}


def racers(
    config: TrainConfig,
    setting: str,
    values: Sequence[str | float | int],
    rates: Mapping[str, float] | None = None,
) -> dict[str, TrainConfig]:
    """One configuration per value, under a name that says what differs; raises ConfigError.

    `rates`: each optimizer's own learning rate, unless all of them race at the configuration's.
    """
    if not 2 <= len(set(values)) <= MAX_RACERS:
        raise ConfigError(
            lazy("got {number}", number=len(set(values))),
            where=lazy("runs of a race"),
            allowed=lazy("2 to {most}, all different", most=MAX_RACERS),
        )
    if setting == "optimizer" and rates is not None:
        own = [changed(config, optimizer=value, learning_rate=rates[str(value)]) for value in values]
        return {_name_with_rate(each): each for each in own}
    return {_name(setting, value): changed(config, **{setting: value}) for value in values}


def _name(setting: str, value: str | float | int) -> str:
    if setting == "optimizer":
        return str(OPTIMIZERS[str(value)].title)
    if setting == "learning_rate":
        return _("learning rate {rate}", rate=f"{value:g}")
    return _("seed {seed}", seed=value)


def _name_with_rate(config: TrainConfig) -> str:
    optimizer = OPTIMIZERS[config.optimizer].title
    return _("{optimizer}, rate {rate}", optimizer=optimizer, rate=f"{config.learning_rate:g}")
