"""Training settings as they are found in a script, one by one."""

from __future__ import annotations

from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.ground.errors import ConfigError
from cnnlab.training.config import TrainConfig, changed


class Settings:
    """A configuration in the making. What is out of range is left out with a warning."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._config = TrainConfig()

    def put(self, name: str, value: Any, call: Call | None) -> None:
        """One setting, from the line of the call."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if TrainConfig.model_fields[name].annotation is float else value
        plain = isinstance(value, int | float | str | bool)
        try:
            if plain:
                self._config = changed(self._config, **{name: value})
                return
            problem = f"is {shown(value)}"
        except ConfigError as error:
            problem = f"is {shown(value)}; allowed: {error.allowed}"
        stays = getattr(self._config, name)
        if call is not None:
            self._stack.warn(call, f"{name.replace('_', ' ')} {problem}. It stays {stays}.")

    def config(self) -> TrainConfig:
        """What was found."""
        return self._config
