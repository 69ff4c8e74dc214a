"""Settings: their ranges, their words, and what may change."""

from __future__ import annotations

from typing import get_args

import pytest

from cnnlab.ground.errors import ConfigError
from cnnlab.training.config import CHOICES, STEERABLE, TrainConfig, changed, make_config


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("epochs", 0),
        ("epochs", 1_001),
        ("epochs", "5"),
        ("epochs", 2.5),
        ("epochs", True),
        ("batch_size", 0),
        ("batch_size", 10**12),
        ("learning_rate", 0.0),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("momentum", 1.0),
        ("label_smoothing", 1.0),
        ("seed", -1),
        ("seed", 2**31),
        ("patience", -1),
    ],
)
def test_a_value_out_of_range_is_refused(setting: str, value: object) -> None:
    """The words name the setting, what came and what is allowed."""
    with pytest.raises(ConfigError) as error:
        make_config(**{setting: value})
    text = str(error.value)
    assert text.startswith(f"{setting.replace('_', ' ')}: got {value!r}. Allowed: ")
    assert "\n" not in text


@pytest.mark.parametrize("setting", CHOICES)
def test_an_unknown_choice_is_refused_with_the_known_ones(setting: str) -> None:
    """Whoever misspells an optimizer reads all of them."""
    with pytest.raises(ConfigError) as error:
        make_config(**{setting: "magic"})
    assert all(f"'{name}'" in str(error.value) for name in CHOICES[setting])


@pytest.mark.parametrize("setting", CHOICES)
def test_menus_offer_exactly_what_is_allowed(setting: str) -> None:
    """No word in the menu is refused, and none that works is missing from it."""
    for name in CHOICES[setting]:
        assert getattr(make_config(**{setting: name}), setting) == name
    words = get_args(TrainConfig.model_fields[setting].annotation)  # none where a registry decides
    assert set(words) in (set(), set(CHOICES[setting]))


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt name is no silent default."""
    with pytest.raises(ConfigError, match="learning rat"):
        make_config(learning_rat=0.1)


def test_json_round_trip() -> None:
    """What is stored with a run comes back as it was."""
    config = make_config(epochs=3, optimizer="sgd", learning_rate=1e-7, flip=True, augmentation=0.25)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


def test_a_change_gives_another_configuration() -> None:
    """The first one stays what it was."""
    config = make_config()
    assert changed(config, batch_size=7).batch_size == 7
    assert config == make_config()


def test_a_bad_change_is_refused() -> None:
    """As a bad setting is."""
    with pytest.raises(ConfigError, match="learning rate"):
        changed(make_config(), learning_rate=-1.0)


def test_what_can_change_is_a_setting() -> None:
    """Every name that may change under way exists."""
    assert set(STEERABLE) <= set(TrainConfig.model_fields)
