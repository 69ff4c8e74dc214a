"""A layer kind's fields as a form: what an editor needs to draw them and to say what is allowed.

Everything is read from the pydantic class, so that a new kind or a new limit needs no word here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cnnlab import limits
from cnnlab.layers import Layer

Value = int | float | bool | str


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of a form. `words` are what may stand in place of a number, such as padding "same"."""

    name: str
    title: str
    type: Literal["integer", "number", "switch"]
    minimum: float | None = None
    maximum: float | None = None
    below: float | None = None  # an upper end that is not itself allowed
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The range in words: 'a whole number from 1 to 64'."""
        if self.type == "switch":
            return "on or off"
        noun = "a whole number" if self.type == "integer" else "a number"
        alternatives = "".join(f', or "{word}"' for word in self.words)
        return f"{noun}{self._range()}{alternatives}"

    def _range(self) -> str:
        low = "" if self.minimum is None else f" from {self.minimum:,g}"
        if self.below is not None:
            return f"{low} to just below {self.below:,g}"
        return low if self.maximum is None else f"{low} to {self.maximum:,}"


NO_FIELDS = ("kind", "layers")  # the kind is fixed, and what is inside of a block has forms of its own


@cache
def layer_form(kind: type[Layer]) -> tuple[FormField, ...]:
    """The form of a layer kind, in the order in which its class names the fields."""
    properties: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    return tuple(_field(name, schema) for name, schema in properties.items() if name not in NO_FIELDS)


def _field(name: str, schema: dict[str, Any]) -> FormField:
    choices = schema.get("anyOf", [schema])
    number = next(choice for choice in choices if "const" not in choice)
    return FormField(
        name,
        schema["title"],
        _TYPES[number["type"]],
        number.get("minimum"),
        number.get("maximum"),
        number.get("exclusiveMaximum"),
        tuple(choice["const"] for choice in choices if "const" in choice),
    )


_TYPES: dict[str, Literal["integer", "number", "switch"]] = {
    "integer": "integer",
    "number": "number",
    "boolean": "switch",
}

# What goes into a network and what comes out of it: the design's own fields.
ENDS_FORM: tuple[FormField, ...] = (
    FormField("channels", "Channels", "integer", 1, limits.MAX_INPUT_CHANNELS),
    FormField("height", "Height", "integer", 1, limits.MAX_SIDE),
    FormField("width", "Width", "integer", 1, limits.MAX_SIDE),
    FormField("classes", "Classes", "integer", 2, limits.MAX_CLASSES),
)
