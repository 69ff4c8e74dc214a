"""Methods of lists, dictionaries and strings, and Python's built-in functions, applied to known values.

A method that is not supported leaves an `Unresolved`: in the list, or in place of each value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnlab.convert.branches import Branches
from cnnlab.convert.values import (
    Call,
    Items,
    Network,
    Opaque,
    Record,
    Unresolved,
    copied,
    is_huge,
    is_number,
    is_whole,
)
from cnnlab.language import Words, lazy

MAX_ITEMS = 1_000  # in one list
_READING = frozenset(("index", "count"))
_SIMPLE = (int, float, str, bool, type(None))


class Containers:
    """Methods of lists and dictionaries; they make changes through the script's `Branches`."""

    def __init__(self, branches: Branches) -> None:
        self._branches = branches

    def call(self, owner: Any, call: Call) -> Any:
        """Evaluate owner.name(...) for a list, a tuple, a dictionary, a Record or a string."""
        if isinstance(owner, Items):
            return self._call_on_list(owner, call)
        if isinstance(owner, dict):
            return self._call_on_dict(owner, call)
        if isinstance(owner, Record):
            return self._call_on_dict(owner.fields, call)
        return _call_on_string(owner, call) if isinstance(owner, str) else Opaque(None, call.name)

    def _call_on_list(self, items: Items, call: Call) -> Any:
        method: Any = getattr(self, f"_list_{call.name}", None)
        if method is not None:
            return method(items, call)
        if call.name not in _READING:
            self.invalidate(items, unsupported_method(call, lazy("a list")))
        return Opaque(None, call.name)

    def invalidate(self, items: Items, why: Unresolved) -> None:
        """Mark a list that was changed in an unknown way: it cannot become a network."""
        if not items or not isinstance(items[-1], Unresolved):
            self._branches.extend(items, [why])

    def invalidate_dict(self, mapping: dict[Any, Any], why: Unresolved) -> None:
        """Mark a dictionary that was changed in an unknown way."""
        for key in list(mapping):
            self._branches.put(mapping, key, why)

    def insert(self, items: Items, at: Any, values: list[Any], line: int) -> None:
        """Insert values at a position; an unknown position or too many values invalidate the list."""
        if not is_whole(at):
            self.invalidate(
                items, Unresolved(None, why=lazy("the position in the list is not known"), line=line)
            )
        elif len(items) + len(values) > MAX_ITEMS:
            why = lazy("the list holds more than {most} things", most=f"{MAX_ITEMS:,}")
            self.invalidate(items, Unresolved(None, why=why, line=line))
        elif at == len(items):
            self._branches.extend(items, values)
        else:
            self._branches.change(items, [*items[:at], *values, *items[at:]])

    def remove(self, items: Items, at: Any, line: int) -> Any:
        """Remove and return the item at a position; an unknown position invalidates the list."""
        if not is_whole(at) or not -len(items) <= at < len(items):
            why = Unresolved(None, why=lazy("it is not known what is taken out of the list"), line=line)
            self.invalidate(items, why)
            return why
        rest = list(items)
        removed = rest.pop(at)
        self._branches.change(items, rest)
        return removed

    def extend(self, items: Items, values: Any, call: Call) -> None:
        """items += values."""
        if isinstance(values, list | tuple | range) and len(values) <= MAX_ITEMS:
            self.insert(items, len(items), list(values), call.line)
        else:
            self.invalidate(items, unsupported_method(call, lazy("a list")))

    # ---- methods of a list

    def _list_append(self, items: Items, call: Call) -> None:
        self.insert(items, len(items), [call.argument(0, "object", "module")], call.line)

    def _list_extend(self, items: Items, call: Call) -> None:
        self.extend(items, call.argument(0, "iterable", "modules"), call)

    def _list_insert(self, items: Items, call: Call) -> None:
        if len(call.args) > 1 and is_whole(call.args[0]):
            self.insert(items, call.args[0], [call.args[1]], call.line)
        else:
            self.invalidate(items, unsupported_method(call, lazy("a list")))

    def _list_pop(self, items: Items, call: Call) -> Any:
        return self.remove(items, call.args[0] if call.args else -1, call.line)

    def _list_remove(self, items: Items, call: Call) -> None:
        found = [index for index, item in enumerate(items) if call.args and item is call.args[0]]
        self.remove(items, found[0] if found else None, call.line)

    def _list_clear(self, items: Items, call: Call) -> None:
        self._branches.change(items, [])

    def _list_reverse(self, items: Items, call: Call) -> None:
        self._branches.change(items, list(reversed(items)))

    def _list_copy(self, items: Items, call: Call) -> Items:
        return Items(items)

    # ---- methods of a dictionary

    def _call_on_dict(self, mapping: dict[Any, Any], call: Call) -> Any:
        key = call.args[0] if call.args else None
        if call.name in ("get", "pop", "setdefault") and isinstance(key, _SIMPLE):
            otherwise = call.argument(1, "default")
            found = mapping.get(key, otherwise)
            if call.name == "pop":
                self._branches.drop(mapping, key)
            elif call.name == "setdefault":
                self._branches.put(mapping, key, found)
            return found
        if call.name == "update" and (not call.args or isinstance(key, dict)):
            for name, value in ((key or {}) | call.kwargs).items():
                self._branches.put(mapping, name, value)
            return None
        views = {"keys": list(mapping), "values": list(mapping.values()), "items": list(mapping.items())}
        if call.name in views:
            return Items(views[call.name])
        if call.name == "copy":
            return dict(mapping)
        self.invalidate_dict(mapping, unsupported_method(call, lazy("a dictionary")))
        return Opaque(None, call.name)


def unsupported_method(call: Call, what: Words) -> Unresolved:
    """Create the value for a method whose effect is not followed."""
    why = lazy("what {method}() does to {what} is not followed", method=call.name[:60], what=what)
    return Unresolved(None, why=why, line=call.line)


def _call_on_string(owner: str, call: Call) -> Any:
    known = all(isinstance(value, _SIMPLE) for value in call.args)
    if call.name in ("lower", "upper", "strip", "capitalize", "title") and not call.args:
        return str(getattr(owner, call.name)())
    if call.name == "split" and len(call.args) == 1 and isinstance(call.args[0], str) and call.args[0]:
        return Items(owner.split(call.args[0]))
    if call.name in ("startswith", "endswith") and len(call.args) == 1 and isinstance(call.args[0], str):
        return owner.startswith(call.args[0]) if call.name == "startswith" else owner.endswith(call.args[0])
    if call.name == "format" and known and not call.kwargs and owner.count("{") == owner.count("{}"):
        return _formatted(owner, call.args)
    return Opaque(None, call.name)


def _formatted(owner: str, values: tuple[Any, ...]) -> Any:
    """Evaluate 'conv{}'.format(1) if all replacement fields are empty."""
    parts = owner.split("{}")
    texts = [value if isinstance(value, str) else repr(value) for value in values if not is_huge(value)]
    if "}" in "".join(parts) or not len(parts) - 1 == len(values) == len(texts):
        return Opaque(None, "format")
    if len(owner) + sum(map(len, texts)) > MAX_ITEMS:
        return Opaque(None, "format")
    return parts[0] + "".join(f"{text}{part}" for text, part in zip(texts, parts[1:], strict=True))


# ---- Python's own functions


def builtin(call: Call) -> Any:
    """Evaluate a built-in function; None if it is not supported or its arguments are not known."""
    function = _BUILTINS.get(call.name)
    return None if function is None else function(call)


def _values(value: Any) -> list[Any] | None:
    """Return the items of an iterable; None if they are not known or too many."""
    if isinstance(value, Record):
        value = value.fields
    if isinstance(value, str | list | tuple | dict | range) and len(value) <= MAX_ITEMS:
        return list(value)
    return None


def _listed(call: Call) -> Any:
    values = _values(call.args[0]) if call.args else []
    return None if values is None else Items(values)


def _tupled(call: Call) -> Any:
    values = _values(call.args[0]) if call.args else []
    return None if values is None else tuple(values)


def _reversed(call: Call) -> Any:
    values = _values(call.args[0]) if call.args else None
    return None if values is None else Items(reversed(values))


def _enumerated(call: Call) -> Any:
    values = _values(call.args[0]) if call.args else None
    start = call.argument(1, "start") or 0
    return None if values is None or not is_whole(start) else Items(enumerate(values, start))


def _zipped(call: Call) -> Any:
    columns = [_values(value) for value in call.args]
    known = [column for column in columns if column is not None]
    return Items(zip(*known, strict=False)) if len(known) == len(columns) else None


def _length(call: Call) -> Any:
    values = _values(call.args[0]) if call.args else None
    unresolved = values is None or any(isinstance(value, Unresolved) for value in values)
    return None if values is None or unresolved else len(values)


def _range(call: Call) -> Any:
    whole = [arg for arg in call.args if is_whole(arg)]
    known = len(whole) == len(call.args) and 0 < len(whole) < 4 and whole[2:] != [0]
    numbers = range(*whole) if known else range(0)
    return numbers if known and all(abs(arg) < 10**9 for arg in whole) else None


def _whole(call: Call) -> Any:
    value: Any = call.args[0] if len(call.args) == 1 else None
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        return int(value)
    return int(value) if is_number(value) and abs(value) < 10**12 else None


def _real(call: Call) -> Any:
    value: Any = call.args[0] if len(call.args) == 1 else None
    try:
        return float(value) if is_number(value) or (isinstance(value, str) and len(value) < 30) else None
    except (ValueError, OverflowError):
        return None


def _text(call: Call) -> Any:
    known = len(call.args) == 1 and isinstance(call.args[0], str | int | float)
    return str(call.args[0]) if known and not is_huge(call.args[0]) else None


def _numeric(compute: Callable[[list[Any]], Any]) -> Callable[[Call], Any]:
    def function(call: Call) -> Any:
        listed = len(call.args) == 1 and not is_number(call.args[0])
        values = _values(call.args[0]) if listed else list(call.args)
        known = values and all(is_number(value) and abs(value) < 10**12 for value in values)
        return compute(values) if known and values else None

    return function


def _dict(call: Call) -> Any:
    pairs: Any = _values(call.args[0]) if call.args else []
    if call.args and isinstance(call.args[0], dict):
        return {**call.args[0], **call.kwargs}
    if pairs is None or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        return None
    made = {
        key if isinstance(key, _SIMPLE) else Opaque(None, str(index)): value
        for index, (key, value) in enumerate(pairs)
    }
    return {**made, **call.kwargs}


def _record(call: Call) -> Any:
    fields = call.args[0] if call.args else {}
    return Record({**fields, **call.kwargs}) if isinstance(fields, dict) else None


def _variables(call: Call) -> Any:
    value = call.args[0] if call.args else None
    return value.fields if isinstance(value, Record) else None


def _copied(call: Call) -> Any:
    """Evaluate copy.deepcopy(layer): a new layer with its own weights."""
    return copied(call.args[0]) if call.args and isinstance(call.args[0], Call | Network | Items) else None


_BUILTINS: dict[str, Callable[[Call], Any]] = {
    "list": _listed,
    "tuple": _tupled,
    "reversed": _reversed,
    "enumerate": _enumerated,
    "zip": _zipped,
    "len": _length,
    "range": _range,
    "xrange": _range,
    "int": _whole,
    "float": _real,
    "str": _text,
    "min": _numeric(min),
    "max": _numeric(max),
    "sum": _numeric(sum),
    "abs": _numeric(lambda values: abs(values[0])),
    "round": _numeric(lambda values: round(values[0]) if len(values) == 1 else None),
    "dict": _dict,
    "OrderedDict": _dict,
    "deque": _listed,
    "copy": _copied,
    "deepcopy": _copied,
    "ModuleDict": _dict,
    "vars": _variables,
    "Namespace": _record,
    "SimpleNamespace": _record,
    "EasyDict": _record,
    "AttrDict": _record,
    "edict": _record,
}
