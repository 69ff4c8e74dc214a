"""Texts from outside: what no design can hold is refused, in words that name the layer and the field."""

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
    """The text, refused where it is no JSON object or holds what no design can: see _check_value.

    A key that stands twice is refused too: the last would win unseen.
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
        text.encode()  # half a surrogate pair is text to Python alone
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
    """The text, ended where lists and objects lie too deep for a reader: what is left still says where."""
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
    """The digits of a whole number as they stand in the file: it may be too long to be made a number."""


def _check_value(value: Any, place: tuple[int | str, ...]) -> None:
    """Refuse nesting without end, numbers without end and broken text, with the field that has them."""
    if len(place) > limits.MAX_DESIGN_DEPTH:
        raise DesignError(
            lazy("lists or objects nested without end"),
            where=_place_text(place[:4]) or _DESIGN,
            allowed=lazy("at most {count} levels deep", count=limits.MAX_DESIGN_DEPTH),
        )
    if isinstance(value, _Integer) and len(value) > limits.MAX_DIGITS:
        raise DesignError(
            lazy("a whole number of {count} characters", count=f"{len(value):,}"),
            where=_place_text(place) or _DESIGN,
            allowed=lazy("at most {count} digits", count=limits.MAX_DIGITS),
        )
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise DesignError(lazy("the text contains half a character"), where=_place_text(place) or _DESIGN)
    if isinstance(value, dict):
        if len(value) > limits.MAX_KEYS:
            raise DesignError(
                lazy("an object with {count} fields", count=f"{len(value):,}"),
                where=_place_text(place) or _DESIGN,
                allowed=lazy("at most {count}", count=limits.MAX_KEYS),
            )
        for key, item in value.items():
            _check_value(key, place)
            _check_value(item, (*place, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_value(item, (*place, index, *_kind_of(item, place)))


def _kind_of(item: Any, place: tuple[int | str, ...]) -> tuple[str, ...]:
    """What `_place_text` wants to know of a layer: its kind."""
    if place[-1:] != ("layers",):
        return ()
    kind = item.get("kind") if isinstance(item, dict) else None
    return (kind if isinstance(kind, str) else "unknown",)


def design_error(error: ValidationError, whole: Words = _DESIGN) -> DesignError:
    """The first problem that pydantic found, in words: which layer, which field, what came.

    `whole`: what to call the place of what belongs to no field.
    """
    first = error.errors(include_url=False)[0]
    return DesignError(_problem_text(first), where=_place_text(first["loc"]) or whole)


def _place_text(location: tuple[int | str, ...]) -> Words:
    """('layers', 3, 'Conv2d', 'out_channels') -> 'layer 4 (Conv2d), out_channels'; inside of a block too."""
    place: Words = ""
    while len(location) >= 2 and location[0] == "layers" and isinstance(location[1], int):
        layer = lazy("layer {number}", number=location[1] + 1)
        if location[2:]:
            kind = _place_word(location[2])
            layer = lazy("layer {number} ({kind})", number=location[1] + 1, kind=kind)
        place = lazy("{place}, inside {inner}", place=place, inner=layer) if place else layer
        location = location[3:]
    rest = ".".join(_place_word(part) for part in location if part not in _UNION_BRANCHES)
    return lazy_listed(filter(None, [place, rest]))


_UNION_BRANCHES = ("constrained-int", "literal['same']")  # pydantic's names for what a field may be


def _place_word(part: int | str) -> str:
    """A field's name as it is; an unknown key, which may be anything, so that it can be shown."""
    word = str(part)
    return word if word.replace("_", "").isalnum() and len(word) <= limits.MAX_NAME else _cut_short(word)


def _shown(value: Any) -> Words:
    """What came, on one line and cut to a length that a person reads."""
    if isinstance(value, dict | list | tuple):
        return lazy("an object") if isinstance(value, dict) else lazy("a list")
    return _cut_short(value)


def _cut_short(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _problem_text(first: Any) -> Words:
    """What came and what is allowed, without the reader having to know pydantic."""
    kind, given = first["type"], first.get("ctx", {})
    came = _shown(first.get("input"))
    if kind == "value_error":
        problem: Words = given["error"].args[0]
        return problem
    if kind == "json_invalid":
        return str(first["msg"])
    if kind in _NO_LAYER:
        return _no_layer(first)
    if kind == "extra_forbidden":
        return lazy("unknown field (value {value})", value=came)
    if kind == "missing":
        return lazy("the field is missing")
    if kind == "too_long":
        return lazy("at most {count} are allowed", count=given["max_length"])
    if kind == "too_short":
        return lazy("at least {count} must be there", count=given["min_length"])
    if kind in _WANTED:
        return Message(_WANTED[kind], {**given, "came": came})
    return lazy("{problem}, but got {came}", problem=first["msg"], came=came)


_NO_LAYER = ("union_tag_invalid", "union_tag_not_found")
# What pydantic says of the wrong kind of value, by its name for the mistake.
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


def _no_layer(first: Any) -> Words:
    """Inside of a block there are no further blocks with layers of one's own choice."""
    inside = first["loc"].count("layers") > 1
    kinds = lazy_listed(kind for kind in KINDS if not (inside and kind == "Residual"))
    if first["type"] == "union_tag_not_found":
        return lazy("the layer has no kind; allowed are {kinds}", kinds=kinds)
    kind = _shown(first["ctx"]["tag"])
    return lazy("there is no layer kind {kind}; allowed are {kinds}", kind=kind, kinds=kinds)
