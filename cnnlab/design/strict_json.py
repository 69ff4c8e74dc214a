"""Strict reading of untrusted JSON, with errors that name the layer and the field."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import N_, Message, Words, lazy, lazy_listed
from cnnlab.layers import KINDS

_FILE, _DESIGN = lazy("design file"), lazy("design")


def checked_json(text: str | bytes, where: Words = _FILE) -> str:
    """Return the text; raises DesignError if it is not a JSON object or cannot be a design (_check_value).

    A duplicate key is refused too, since the last value would silently win.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _value in items:
            if key in seen:
                raise DesignError(lazy("the key {key} appears twice", key=_shown(key)), where=where)
            seen.add(key)
        return dict(items)

    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        value = json.loads(_cut(text), object_pairs_hook=pairs, parse_int=_Integer)
        text.encode()  # only Python accepts half a surrogate pair as text
    except (ValueError, RecursionError) as error:
        raise DesignError(
            lazy("this is not valid JSON ({reason})", reason=str(error)[:120]),
            where=where,
            repair=lazy(
                "Choose a file that the lab saved, or see `{command}`.",
                command="python -m cnnlab presets --json",
            ),
        ) from None
    if not isinstance(value, dict):
        raise DesignError(
            lazy("the file contains {value}, not a design", value=_shown(value)),
            where=where,
            allowed=lazy(
                "an object such as {example}",
                example='{"input_shape": [1, 28, 28], "classes": 10, "layers": [...]}',
            ),
        )
    _check_value(value, ())
    return text


def _cut(text: str) -> str:
    """Truncate and close the text where it is nested too deeply for a parser; the rest still shows where."""
    ends: list[str] = []
    for sign in _NESTING.finditer(text):
        if sign[0] in ("[", "{"):
            ends.append("]" if sign[0] == "[" else "}")
            if len(ends) > 2 * limits.MAX_DESIGN_DEPTH:
                return text[: sign.end()] + "".join(reversed(ends))
        elif sign[0] in ("]", "}") and ends:
            ends.pop()
    return text


_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]')


class _Integer(str):
    """The digits of an integer in the file, which may be too long to be converted."""


def _check_value(value: Any, location: tuple[int | str, ...]) -> None:
    """Refuse excessive nesting, excessive numbers and broken text, and name the field."""
    if len(location) > limits.MAX_DESIGN_DEPTH:
        raise DesignError(
            lazy("lists or objects nested without end"),
            where=_where(location[:4]),
            allowed=lazy("at most {count} levels deep", count=limits.MAX_DESIGN_DEPTH),
        )
    if isinstance(value, _Integer) and len(value) > limits.MAX_DIGITS:
        raise DesignError(
            lazy("a whole number of {count} characters", count=f"{len(value):,}"),
            where=_where(location),
            allowed=lazy("at most {count} digits", count=limits.MAX_DIGITS),
        )
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise DesignError(lazy("the text contains half a character"), where=_where(location))
    if isinstance(value, dict):
        if len(value) > limits.MAX_KEYS:
            raise DesignError(
                lazy("an object with {count} fields", count=f"{len(value):,}"),
                where=_where(location),
                allowed=lazy("at most {count}", count=limits.MAX_KEYS),
            )
        for key, item in value.items():
            _check_value(key, location)
            _check_value(item, (*location, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_value(item, (*location, index, *_kind_of(item, location)))


def _where(location: tuple[int | str, ...]) -> Words:
    return _location_text(location) or _DESIGN


def _kind_of(item: Any, location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the kind of a layer, which `_location_text` expects after its index."""
    if location[-1:] != ("layers",):
        return ()
    kind = item.get("kind") if isinstance(item, dict) else None
    return (kind if isinstance(kind, str) else "unknown",)


def design_error(error: ValidationError, whole: Words = _DESIGN) -> DesignError:
    """Convert pydantic's first problem: which layer, which field, what value.

    `whole`: the location to name if the problem is not in a field.
    """
    first = error.errors(include_url=False)[0]
    return DesignError(_problem_text(first), where=_location_text(first["loc"]) or whole)


def _location_text(location: tuple[int | str, ...]) -> Words:
    """('layers', 3, 'Conv2d', 'out_channels') -> 'layer 4 (Conv2d), out_channels'; also inside blocks."""
    place: Words = ""
    while len(location) >= 2 and location[0] == "layers" and isinstance(location[1], int):
        layer = lazy("layer {number}", number=location[1] + 1)
        if location[2:]:
            kind = _location_part(location[2])
            layer = lazy("layer {number} ({kind})", number=location[1] + 1, kind=kind)
        place = lazy("{place}, inside {inner}", place=place, inner=layer) if place else layer
        location = location[3:]
    rest = ".".join(_location_part(part) for part in location if part not in _UNION_BRANCHES)
    return lazy_listed(filter(None, [place, rest]))


_UNION_BRANCHES = ("constrained-int", "literal['same']")  # pydantic's names for the types of a field


def _location_part(part: int | str) -> str:
    """Return a field's name unchanged; an unknown key, which may be anything, is made safe to show."""
    word = str(part)
    return word if word.replace("_", "").isalnum() and len(word) <= limits.MAX_NAME else _cut_short(word)


def _shown(value: Any) -> Words:
    """Show a value on one line, truncated to a readable length."""
    if isinstance(value, dict | list | tuple):
        return lazy("an object") if isinstance(value, dict) else lazy("a list")
    return _cut_short(value)


def _cut_short(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _problem_text(first: Any) -> Words:
    """Describe a problem for a reader who does not know pydantic."""
    kind, given = first["type"], first.get("ctx", {})
    actual = _shown(first.get("input"))
    if kind == "value_error":
        problem: Words = given["error"].args[0]
        return problem
    if kind == "json_invalid":
        return str(first["msg"])
    if kind in _UNKNOWN_KIND:
        return _kind_problem(first)
    if kind == "extra_forbidden":
        return lazy("unknown field (value {value})", value=actual)
    if kind == "missing":
        return lazy("the field is missing")
    if kind == "too_long":
        return lazy("at most {count} are allowed", count=given["max_length"])
    if kind == "too_short":
        return lazy("at least {count} must be there", count=given["min_length"])
    if kind in _WANTED:
        return Message(_WANTED[kind], {**given, "came": actual})
    return lazy("{problem}, but got {came}", problem=first["msg"], came=actual)


_UNKNOWN_KIND = ("union_tag_invalid", "union_tag_not_found")
# Texts for wrong values, by pydantic's error type.
_WANTED: dict[str, str] = {
    "int_type": N_("Input should be a valid integer, but got {came}"),
    "float_type": N_("Input should be a valid number, but got {came}"),
    "finite_number": N_("Input should be a finite number, but got {came}"),
    "bool_type": N_("Input should be a valid boolean, but got {came}"),
    "string_type": N_("Input should be a valid string, but got {came}"),
    "dict_type": N_("Input should be an object, but got {came}"),
    "tuple_type": N_("Input should be a valid array, but got {came}"),
    "literal_error": N_("Input should be {expected}, but got {came}"),
    "greater_than_equal": N_("Input should be greater than or equal to {ge}, but got {came}"),
    "less_than_equal": N_("Input should be less than or equal to {le}, but got {came}"),
    "less_than": N_("Input should be less than {lt}, but got {came}"),
    "string_too_short": N_("String should have at least {min_length} character, but got {came}"),
    "string_too_long": N_("String should have at most {max_length} characters, but got {came}"),
}


def _kind_problem(first: Any) -> Words:
    """Describe a missing or unknown layer kind; a residual block cannot contain another."""
    inside = first["loc"].count("layers") > 1
    kinds = lazy_listed(kind for kind in KINDS if not (inside and kind == "Residual"))
    if first["type"] == "union_tag_not_found":
        return lazy("the layer has no kind; allowed are {kinds}", kinds=kinds)
    kind = _shown(first["ctx"]["tag"])
    return lazy("there is no layer kind {kind}; allowed are {kinds}", kind=kind, kinds=kinds)
