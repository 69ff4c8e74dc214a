"""The arguments of a call, one by one, with words for what does not fit."""

from __future__ import annotations

from typing import Any

from cnnlab.convert.spelling import meant
from cnnlab.convert.values import Call, Flow, Instance, Lost, Network, Opaque
from cnnlab.ground.errors import DesignError

_REQUIRED = object()


class Arguments:
    """A call's arguments under their names; what is not asked for in the end is an error or a remark."""

    def __init__(self, call: Call, names: str, ignored: str = "") -> None:
        """`names` in the order of the positional arguments; `ignored` make no difference here."""
        self.call = call
        self._names = names.split()
        self._ignored = ignored.split()
        if len(call.args) > len(self._names):
            raise self.wrong(f"{len(call.args)} arguments without a name came", f"at most {len(self._names)}")
        self._given = dict(zip(self._names, call.args, strict=False)) | call.kwargs
        for name, value in call.kwargs.items():
            if name == "**":
                raise self.wrong(f"its arguments are {shown(value)}")
            if name not in self._names and name not in self._ignored:
                repair = meant(name, self._names)
                raise self.wrong(f"there is no argument {name[:60]!r}", ", ".join(self._names), repair)

    def wrong(self, problem: str, allowed: str = "", repair: str = "") -> DesignError:
        """An error that says where it is."""
        where = f"line {self.call.line}, {(self.call.name or 'layer')[:60]}"
        return DesignError(problem, where=where, allowed=allowed, repair=repair)

    def get(self, name: str, default: Any = _REQUIRED) -> Any:
        """An argument as it is; None means the default."""
        value = self._given.get(name)
        if value is not None:
            return value
        if default is _REQUIRED:
            raise self.wrong(f"the argument {name!r} is missing")
        return default

    def has(self, name: str) -> bool:
        """Whether it is given."""
        return self._given.get(name) is not None

    def integer(self, name: str, default: Any = _REQUIRED) -> int:
        """A whole number."""
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._no(name, value, "a whole number")
        return value

    def number(self, name: str, default: Any = _REQUIRED) -> float:
        """A number."""
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._no(name, value, "a number")
        return float(value)

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        """True or False."""
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self._no(name, value, "True or False")
        return value

    def side(self, name: str, default: Any = _REQUIRED) -> int:
        """One number for height and width: 3, or (3, 3)."""
        value = self.get(name, default)
        if isinstance(value, list | tuple) and len(set(_numbers(value))) == 1:
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._no(name, value, "a whole number, the same for height and width")
        return value

    def word(self, name: str, default: Any, allowed: str) -> str:
        """One of a few words, in any case."""
        value = self.get(name, default)
        if not isinstance(value, str) or value.lower() not in allowed.split():
            raise self._no(name, value, " or ".join(repr(word) for word in allowed.split()))
        return value.lower()

    def only(self, name: str, usual: Any) -> None:
        """An argument that the lab knows with one value alone."""
        value = self.get(name, usual)
        if value != usual:
            raise self._no(name, value, f"{usual!r}, the lab knows no other")

    def _no(self, name: str, value: Any, allowed: str) -> DesignError:
        return self.wrong(f"{name} is {shown(value)}", allowed)


def shown(value: Any) -> str:
    """What came, in a few words."""
    if isinstance(value, Lost):
        return f"not known: {value.why} (line {value.line})"
    if isinstance(value, Opaque):
        return f"`{value.text or 'something'}`, whose value does not stand in the text"
    if isinstance(value, Call):
        return f"`{value.name[:60]}(…)`"
    if isinstance(value, Instance):
        return f"an object of the class {value.definition.name[:60]} (line {value.line})"
    if isinstance(value, list | tuple) and 0 < len(_numbers(value)) == len(value) < 9:
        value = tuple(value)
    elif not isinstance(value, int | float | str | bool | None):
        kinds = {"a list": list | tuple, "a dictionary": dict, "a tensor": Flow, "a network": Network}
        return next((kind for kind, types in kinds.items() if isinstance(value, types)), "something else")
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _numbers(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """The whole numbers among the values, or nothing where there is anything else."""
    whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return whole if len(whole) == len(values) else []
