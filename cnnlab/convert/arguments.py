"""Checked access to the arguments of a call, with errors that say what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnlab.convert.locations import line_name
from cnnlab.convert.suggestions import suggestion
from cnnlab.convert.values import Call, Flow, Instance, Network, Opaque, Unresolved
from cnnlab.ground.errors import DesignError
from cnnlab.language import Message, Words, either, lazy

_REQUIRED = object()
_KINDS = (
    (list | tuple, lazy("a list")),
    (dict, lazy("a dictionary")),
    (Flow, lazy("a tensor")),
    (Network, lazy("a network")),
)


class Arguments:
    """A call's arguments by name; unknown arguments are refused."""

    def __init__(self, call: Call, names: str, ignored: str = "") -> None:
        """`names` are in the order of the positional arguments; `ignored` ones make no difference here."""
        self.call = call
        self._names = names.split()
        self._ignored = ignored.split()
        if len(call.args) > len(self._names):
            actual, most = len(call.args), len(self._names)
            problem = lazy("got {count} arguments without a name", count=actual)
            raise self.error(problem, lazy("at most {most}", most=most))
        self._given = dict(zip(self._names, call.args, strict=False)) | call.kwargs
        for name, value in call.kwargs.items():
            if name == "**":
                raise self.error(lazy("its arguments are {value}", value=shown(value)))
            if name not in self._names and name not in self._ignored:
                repair = suggestion(name, self._names)
                problem = lazy("there is no argument {name}", name=repr(name[:60]))
                raise self.error(problem, ", ".join(self._names), repair)

    def error(self, problem: Words, allowed: Words = "", repair: Words = "") -> DesignError:
        """Create an error with the line of the call."""
        where = line_name(self.call.line, self.call.name[:60] or lazy("layer"))
        return DesignError(problem, where=where, allowed=allowed, repair=repair)

    def get(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return an argument unchecked; None means the default."""
        value = self._given.get(name)
        if value is not None:
            return value
        if default is _REQUIRED:
            raise self.error(lazy("the argument {name} is missing", name=repr(name)))
        return default

    def has(self, name: str) -> bool:
        """Whether the call has the argument."""
        return self._given.get(name) is not None

    def integer(self, name: str, default: Any = _REQUIRED) -> int:
        """Return an integer argument."""
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._unexpected(name, value, lazy("a whole number"))
        return value

    def number(self, name: str, default: Any = _REQUIRED) -> float:
        """Return a numeric argument as a float."""
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._unexpected(name, value, lazy("a number"))
        return float(value)

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        """Return a Boolean argument."""
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self._unexpected(name, value, lazy("True or False"))
        return value

    def side(self, name: str, default: Any = _REQUIRED) -> int:
        """Return one number for height and width: 3, or (3, 3)."""
        value = self.get(name, default)
        if isinstance(value, list | tuple) and len(set(_numbers(value))) == 1:
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._unexpected(name, value, lazy("a whole number, the same for height and width"))
        return value

    def choice(self, name: str, default: Any, allowed: str) -> str:
        """Return one of the allowed words, in lower case."""
        value = self.get(name, default)
        if not isinstance(value, str) or value.lower() not in allowed.split():
            raise self._unexpected(name, value, alternatives(map(repr, allowed.split())))
        return value.lower()

    def require(self, name: str, usual: Any) -> None:
        """Refuse any value but the usual one, the only one that the lab supports."""
        value = self.get(name, usual)
        if value != usual:
            raise self._unexpected(name, value, lazy("{value}, the lab knows no other", value=repr(usual)))

    def _unexpected(self, name: str, value: Any, allowed: Words) -> DesignError:
        return self.error(wrong_value(name, value), allowed)


def wrong_value(name: str, value: Any) -> Message:
    """Say that an argument has a wrong value."""
    return lazy("{name} is {value}", name=name, value=shown(value))


def not_a_layer(value: Any, line: int) -> DesignError:
    """Create the error for something that is not a layer, in the network that is created on this line."""
    where = lazy("network of {place}", place=line_name(line))
    return DesignError(lazy("a layer is {value}", value=shown(value)), where=where)


def shown(value: Any) -> Words:
    """Describe a value in a few words."""
    if isinstance(value, Unresolved):
        return lazy("not known: {why} ({place})", why=value.why, place=line_name(value.line))
    if isinstance(value, Opaque):
        code = value.text or lazy("something")
        return lazy("`{code}`, whose value is not in the text", code=code)
    if isinstance(value, Call):
        return f"`{value.name[:60]}(…)`"
    if isinstance(value, Instance):
        name, place = value.definition.name[:60], line_name(value.line)
        return lazy("an object of the class {name} ({place})", name=name, place=place)
    if isinstance(value, list | tuple) and 0 < len(_numbers(value)) == len(value) < 9:
        value = tuple(value)
    elif not isinstance(value, int | float | str | bool | None):
        return next((name for kinds, name in _KINDS if isinstance(value, kinds)), lazy("something else"))
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def alternatives(words: Iterable[Words]) -> Words:
    """Join words for a sentence: 'a', 'b' or 'c'."""
    return either(words)


def _numbers(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """Return the values if all of them are integers, else an empty list."""
    whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return whole if len(whole) == len(values) else []
