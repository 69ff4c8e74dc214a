"""Settings: their ranges, their error messages, and what may change."""

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
    """The message names the setting, the value given, and what is allowed."""
    with pytest.raises(ConfigError) as error:
        make_config(**{setting: value})
    text = str(error.value)
    assert text.startswith(f"{setting.replace('_', ' ')}: got {value!r}. Allowed: ")
    assert "\n" not in text


@pytest.mark.parametrize("setting", CHOICES)
def test_an_unknown_choice_is_refused_with_the_known_ones(setting: str) -> None:
    """Misspelling an optimizer lists all of them."""
    with pytest.raises(ConfigError) as error:
        make_config(**{setting: "magic"})
    assert all(f"'{name}'" in str(error.value) for name in CHOICES[setting])


@pytest.mark.parametrize("setting", CHOICES)
def test_menus_offer_exactly_what_is_allowed(setting: str) -> None:
    """No entry of the menu is refused, and none that works is missing."""
    for name in CHOICES[setting]:
        assert getattr(make_config(**{setting: name}), setting) == name
    names = get_args(TrainConfig.model_fields[setting].annotation)  # none where a registry decides
    assert set(names) in (set(), set(CHOICES[setting]))


def test_an_unknown_setting_is_refused() -> None:
    """A misspelled name does not silently become a default."""
    with pytest.raises(ConfigError, match="learning rat"):
        make_config(learning_rat=0.1)


def test_json_round_trip() -> None:
    """What is stored with a run comes back as it was."""
    config = make_config(epochs=3, optimizer="sgd", learning_rate=1e-7, flip=True, augmentation=0.25)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


def test_changed_returns_a_new_configuration() -> None:
    """The original stays as it was."""
    config = make_config()
    assert changed(config, batch_size=7).batch_size == 7
    assert config == make_config()


def test_a_bad_change_is_refused() -> None:
    """Just as a bad setting is."""
    with pytest.raises(ConfigError, match="learning rate"):
        changed(make_config(), learning_rate=-1.0)


def test_every_steerable_name_is_a_setting() -> None:
    """Everything that may change during a run exists."""
    assert set(STEERABLE) <= set(TrainConfig.model_fields)
