"""Collecting training settings from a script, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.locations import line_name
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call
from cnnlab.ground.errors import ConfigError, DesignError
from cnnlab.language import Message, Words, lazy
from cnnlab.layers import Softmax
from cnnlab.training.config import TrainConfig, changed
from cnnlab.training.schedule_kinds import Argument

_NAMES = {
    "batch_size": lazy("batch size"),
    "beta1": lazy("beta1"),
    "beta2": lazy("beta2"),
    "class_weights": lazy("class weights"),
    "clip_norm": lazy("clip norm"),
    "decay_epochs": lazy("decay epochs"),
    "decay_factor": lazy("decay factor"),
    "epochs": lazy("epochs"),
    "initialization": lazy("initialization"),
    "l1": lazy("l1"),
    "label_smoothing": lazy("label smoothing"),
    "learning_rate": lazy("learning rate"),
    "loss": lazy("loss"),
    "momentum": lazy("momentum"),
    "optimizer": lazy("optimizer"),
    "patience": lazy("patience"),
    "schedule": lazy("schedule"),
    "seed": lazy("seed"),
    "weight_decay": lazy("weight decay"),
}


class SettingsOnlyError(DesignError):
    """A text that says how a network is trained, but not which; `config` has these settings, if any."""

    config: TrainConfig | None = None


def settings_only(config: TrainConfig | None, line: int | None = None) -> SettingsOnlyError:
    """Create the error for training settings on this line."""
    error = SettingsOnlyError(
        lazy("these are training settings, not a network"),
        where="" if line is None else line_name(line),
        repair=lazy("Paste the model with them"),
    )
    error.config = config
    return error


def unknown_network() -> Stack:
    """A stack in place of the network that is not in the text; as most, it ends in a softmax."""
    stack = Stack((1, 28, 28), 1)
    stack.rows.append(Softmax())
    return stack


class Settings:
    """Builds a configuration; a value that is out of range is ignored with a warning."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._config = TrainConfig()

    def put(self, name: str, value: Any, call: Call | None) -> None:
        """Set one setting, found on the line of the call."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if TrainConfig.model_fields[name].annotation is float else value
        plain = isinstance(value, int | float | str | bool)
        try:
            if plain:
                self._config = changed(self._config, **{name: value})
                return
            allowed: Words = ""
        except ConfigError as error:
            allowed = error.allowed
        if call is not None:
            self._stack.warn(call, self._refusal(name, value, allowed))

    def _refusal(self, name: str, value: Any, allowed: Words) -> Message:
        what = {"setting": _NAMES[name], "value": shown(value), "stays": getattr(self._config, name)}
        if not allowed:
            return lazy("{setting} is {value}. It stays {stays}.", **what)
        return lazy("{setting} is {value}; allowed: {allowed}. It stays {stays}.", allowed=allowed, **what)

    def config(self) -> TrainConfig:
        """Return the configuration."""
        return self._config


def read_arguments(call: Call, arguments: Iterable[Argument], settings: Settings) -> None:
    """Set the lab's settings from the arguments of a library's schedule, or from their defaults."""
    for argument in arguments:
        value = call.argument(argument.position, argument.name)
        if isinstance(value, int):
            value += argument.offset
        if value is None and argument.default is not None:
            value = argument.default + argument.offset
        if value is not None:
            settings.put(argument.setting, value, call)
