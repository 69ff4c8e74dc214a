from __future__ import annotations

import pytest

from cnnlab.ground.errors import ConfigError
from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.race import racers

CONFIG = TrainConfig(epochs=3, seed=7, learning_rate=0.01)


@pytest.mark.parametrize(
    ("setting", "values", "names"),
    [
        ("optimizer", ["sgd", "adam"], ["SGD with momentum", "Adam"]),
        ("learning_rate", [0.1, 0.003], ["learning rate 0.1", "learning rate 0.003"]),
        ("seed", [7, 8, 9], ["seed 7", "seed 8", "seed 9"]),
    ],
)
def test_racers_differ_in_one_setting(setting: str, values: list[str | float], names: list[str]) -> None:
    """Their names say which; seed and everything else are shared."""
    made = racers(CONFIG, setting, values)
    assert list(made) == names
    assert [getattr(config, setting) for config in made.values()] == values
    shared = {name for name in TrainConfig.model_fields if name != setting}
    assert all(
        config.model_dump(include=shared) == CONFIG.model_dump(include=shared) for config in made.values()
    )


def test_each_optimizer_may_race_at_its_own_rate() -> None:
    """At Adam's rate Adadelta would hardly move; the name says which rate it is."""
    made = racers(
        CONFIG,
        "optimizer",
        ["adam", "adadelta"],
        {name: kind.usual_rate for name, kind in OPTIMIZERS.items()},
    )
    assert list(made) == ["Adam, rate 0.001", "Adadelta, rate 1"]
    assert [config.learning_rate for config in made.values()] == [0.001, 1.0]
    assert {config.seed for config in made.values()} == {7}


@pytest.mark.parametrize("values", [[], [1], [1, 1], [1, 2, 3, 4, 5, 6, 7]])
def test_a_race_has_two_to_six(values: list[int]) -> None:
    """One run is not a race, and seven lines cannot be told apart."""
    with pytest.raises(ConfigError, match="2 to 6"):
        racers(CONFIG, "seed", values)
