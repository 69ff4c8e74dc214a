"""Fields as a form: what an editor needs to show them, to say what is allowed, and to refuse the rest.

Everything is derived from the pydantic class, so that a new kind or a new limit needs no change here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Any, Literal

from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError
from cnnlab.language import Words, lazy
from cnnlab.layers import Layer

Value = int | float | bool | str


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of a form. `words` are allowed instead of a number, such as padding "same"."""

    name: str
    title: Words
    type: Literal["integer", "number", "switch"]
    minimum: float | None = None
    maximum: float | None = None
    below: float | None = None  # an exclusive upper limit
    words: tuple[str, ...] = ()
    above: float | None = None  # an exclusive lower limit

    @property
    def allowed(self) -> Words:
        """The allowed values as text: 'a whole number from 1 to 64'."""
        if self.type == "switch":
            return lazy("on or off")
        text = self._range()
        for word in self.words:
            text = lazy('{number}, or "{word}"', number=text, word=word)
        return text

    def _range(self) -> Words:
        low = self.above if self.minimum is None else self.minimum
        high = self.below if self.maximum is None else self.maximum
        assert low is not None
        assert high is not None
        ends = {"low": f"{low:,g}", "high": _formatted(high)}
        if self.type == "integer":
            return lazy("a whole number from {low} to {high}", **ends)
        if self.above is None and self.below is None:
            return lazy("a number from {low} to {high}", **ends)
        if self.above is None:
            return lazy("a number from {low} to just below {high}", **ends)
        if self.below is None:
            return lazy("a number above {low}, up to {high}", **ends)
        return lazy("a number above {low}, up to just below {high}", **ends)

    def checked(self, typed: float | None) -> int | float:
        """Check a typed number (None: nothing, or not a number); raises ConfigError if it is not allowed."""
        if typed is None:
            raise ConfigError(lazy("there is no number"), where=self.title, allowed=self.allowed)
        whole = self.type == "integer"
        low = -inf if self.minimum is None else self.minimum
        high = inf if self.maximum is None else self.maximum
        fits = isfinite(typed) and low <= typed <= high and (not whole or float(typed).is_integer())
        inside = (self.above is None or typed > self.above) and (self.below is None or typed < self.below)
        if not fits or not inside:
            raise ConfigError(
                lazy("got {value}", value=_formatted(typed)), where=self.title, allowed=self.allowed
            )
        return int(typed) if whole else float(typed)


def _formatted(number: float) -> str:
    """Format a number for people: '1,000', '0.001', '1e+20'."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"


NO_FIELDS = ("kind", "layers")  # the kind is fixed, and layers inside a block have their own forms


@cache
def layer_form(kind: type[Layer]) -> tuple[FormField, ...]:
    """Return the form of a layer kind, in the order of the fields in its class."""
    properties: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    return tuple(form_field(name, schema) for name, schema in properties.items() if name not in NO_FIELDS)


def form_field(name: str, schema: dict[str, Any]) -> FormField:
    """Return the input for a field of a pydantic class, from its part of the class's JSON schema.

    A remark in parentheses at the end of the title is dropped.
    """
    choices = schema.get("anyOf", [schema])
    number = next(choice for choice in choices if "const" not in choice)
    return FormField(
        name,
        lazy(str(schema["title"]).partition(" (")[0]),
        _TYPES[number["type"]],
        number.get("minimum"),
        number.get("maximum"),
        number.get("exclusiveMaximum"),
        tuple(choice["const"] for choice in choices if "const" in choice),
        number.get("exclusiveMinimum"),
    )


_TYPES: dict[str, Literal["integer", "number", "switch"]] = {
    "integer": "integer",
    "number": "number",
    "boolean": "switch",
}

# What goes into a network and what comes out of it: the design's own fields.
ENDS_FORM: tuple[FormField, ...] = (
    FormField("channels", lazy("Channels"), "integer", 1, limits.MAX_INPUT_CHANNELS),
    FormField("height", lazy("Height"), "integer", 1, limits.MAX_SIDE),
    FormField("width", lazy("Width"), "integer", 1, limits.MAX_SIDE),
    FormField("classes", lazy("Classes"), "integer", 2, limits.MAX_CLASSES),
)
