"""Texts from outside: what no design can hold is refused, in words that name the layer and the field."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.layers import KINDS


def checked_json(text: str | bytes, where: str = "design file") -> str:
    """The text, refused where it is no JSON object or holds what no design can: see _check_value.

    A key that stands twice is refused too: the last would win unseen.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise DesignError(f"the key {_shown(key)} stands twice", where=where)
            seen.add(key)
        return dict(items)

    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        value = json.loads(_cut(text), object_pairs_hook=pairs, parse_int=_Integer)
        text.encode()  # half a surrogate pair is text to Python alone
    except (ValueError, RecursionError) as error:
        raise DesignError(
            f"this is not JSON ({str(error)[:120]})",
            where=where,
            repair="Choose a file that the lab saved, or see `python -m cnnlab presets --json`.",
        ) from None
    if not isinstance(value, dict):
        raise DesignError(
            f"the file holds {_shown(value)}, not a design",
            where=where,
            allowed='an object such as {"input_shape": [1, 28, 28], "classes": 10, "layers": [...]}',
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
            "lists or objects inside of each other without end",
            where=_place_text(place[:4]),
            allowed=f"at most {limits.MAX_DESIGN_DEPTH} inside of each other",
        )
    if isinstance(value, _Integer) and len(value) > limits.MAX_DIGITS:
        raise DesignError(
            f"a whole number of {len(value):,} characters",
            where=_place_text(place),
            allowed=f"at most {limits.MAX_DIGITS} digits",
        )
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise DesignError("the text holds half a character", where=_place_text(place))
    if isinstance(value, dict):
        if len(value) > limits.MAX_KEYS:
            raise DesignError(
                f"an object with {len(value):,} fields",
                where=_place_text(place),
                allowed=f"at most {limits.MAX_KEYS}",
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


def design_error(error: ValidationError) -> DesignError:
    """The first problem that pydantic found, in words: which layer, which field, what came."""
    first = error.errors(include_url=False)[0]
    return DesignError(_problem_text(first), where=_place_text(first["loc"]))


def _place_text(location: tuple[int | str, ...]) -> str:
    """('layers', 3, 'Conv2d', 'out_channels') -> 'layer 4 (Conv2d), out_channels'; inside of a block too."""
    places = []
    while len(location) >= 2 and location[0] == "layers" and isinstance(location[1], int):
        kind = f" ({_place_word(location[2])})" if location[2:] else ""
        places.append(f"layer {location[1] + 1}{kind}")
        location = location[3:]
    rest = ".".join(_place_word(part) for part in location if part not in _UNION_BRANCHES)
    return ", ".join(filter(None, [", inside ".join(places), rest])) or "design"


_UNION_BRANCHES = ("constrained-int", "literal['same']")  # pydantic's names for what a field may be


def _place_word(part: int | str) -> str:
    """A field's name as it is; an unknown key, which may be anything, so that it can be shown."""
    word = str(part)
    return word if word.replace("_", "").isalnum() and len(word) <= limits.MAX_NAME else _shown(word)


def _shown(value: Any) -> str:
    """What came, on one line and cut to a length that a person reads."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value) if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _problem_text(first: Any) -> str:
    """What came and what is allowed, without the reader having to know pydantic."""
    came = _shown(first.get("input"))
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown field (value {came})"
    if first["type"] == "missing":
        return "the field is missing"
    if first["type"] == "union_tag_invalid":
        return f"there is no layer kind {_shown(first['ctx']['tag'])}; allowed are {_kinds_allowed(first)}"
    if first["type"] == "union_tag_not_found":
        return f"the layer has no kind; allowed are {_kinds_allowed(first)}"
    if first["type"] == "too_long":
        return f"at most {first['ctx']['max_length']} are allowed"
    if first["type"] in ("value_error", "json_invalid"):
        return message
    return f"{message}, but {came} came"


def _kinds_allowed(first: Any) -> str:
    """Inside of a block there are no further blocks with layers of one's own choice."""
    inside = first["loc"].count("layers") > 1
    return ", ".join(kind for kind in KINDS if not (inside and kind == "Residual"))
