"""How a layer is written in PyTorch or Keras: the call, its arguments in order, and what each means here.

One record serves both directions: layers generate their calls from it, and the readers in `convert/` parse
calls with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

REQUIRED: Any = object()  # the default of an argument that is required
# Arguments of Keras layers with weights; the lab initializes weights itself.
INITIALIZERS = (
    "kernel_initializer bias_initializer depthwise_initializer pointwise_initializer kernel_regularizer "
    "bias_regularizer depthwise_regularizer pointwise_regularizer activity_regularizer"
)
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument; of this class itself: one whose value makes no difference here and is never written."""

    name: str

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        """Return the argument's code; empty if it is not written."""
        return ""

    def before(self, layer: BaseModel) -> list[str]:
        """Return rows to put before the layer, if the framework has no such argument."""
        return []


@dataclass(frozen=True, slots=True)
class Fixed(Argument):
    """An argument that the lab supports only with its default."""

    value: object


@dataclass(frozen=True, slots=True)
class Same:
    """A default that is the value of another field."""

    field: str


@dataclass(frozen=True, slots=True)
class Setting(Argument):
    """An argument that is a field of the layer; `field` is its name if the names differ.

    `default` is the framework's. An argument without one is written as a bare value, any other by name and
    only if its value is not the default; `always` overrides this.
    """

    field: str = ""
    default: Any = REQUIRED
    always: Literal["", "bare", "named"] = ""

    @property
    def target(self) -> str:
        """The name of the field."""
        return self.field or self.name

    def usual(self, fields: Mapping[str, Any]) -> Any:
        """Return the default, given the other fields."""
        return fields[self.default.field] if isinstance(self.default, Same) else self.default

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        value = getattr(layer, self.target)
        if self.always == "bare" or (self.default is REQUIRED and not self.always):
            return _value_code(value)
        unusual = value != self.usual(dict(layer))
        return f"{self.name}={_value_code(value)}" if self.always or unusual else ""


@dataclass(frozen=True, slots=True)
class Side(Setting):
    """A number for height and width; the framework also accepts a pair of equal numbers."""


@dataclass(frozen=True, slots=True)
class Constant(Argument):
    """An argument with a fixed value in the lab, which may not be the framework's default.

    `note` is shown if imported code has another value.
    """

    value: float
    default: float
    note: Any

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return "" if self.value == self.default else f"{self.name}={_value_code(self.value)}"


@dataclass(frozen=True, slots=True)
class Switch(Argument):
    """An argument that turns the layer off if it is False; `note` is shown then."""

    note: Any


@dataclass(frozen=True, slots=True)
class Count(Argument):
    """The number of input channels, or with axis -1 of inputs: PyTorch requires it, the lab computes it."""

    axis: int = 0

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return str(shape[self.axis])


@dataclass(frozen=True, slots=True)
class WholeShape(Argument):
    """The input shape, as a list."""

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return str(list(shape))


@dataclass(frozen=True, slots=True)
class TorchPadding(Argument):
    """PyTorch's padding: a number, or "same"."""

    name: str = "padding"

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        padding = vars(layer)[self.name]
        return f"{self.name}={_value_code(padding)}" if padding else ""


@dataclass(frozen=True, slots=True)
class KerasPadding(Argument):
    """Keras' padding: only "same"; any other number of zeros becomes a row of its own before the layer."""

    name: str = "padding"

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return 'padding="same"' if vars(layer)[self.name] == "same" else ""

    def before(self, layer: BaseModel) -> list[str]:
        padding = vars(layer)[self.name]
        return [] if padding in (0, "same") else [f"layers.ZeroPadding2D({padding})"]


@dataclass(frozen=True, slots=True)
class Activated(Argument):
    """The activation that Keras allows inside another layer; here it is a row of its own."""

    name: str = "activation"


def free(names: str) -> tuple[Argument, ...]:
    """Return arguments whose values make no difference."""
    return tuple(Argument(name) for name in names.split())


@dataclass(frozen=True, slots=True)
class Signature:
    """A call, such as `nn.Conv2d` or `layers.Conv2D`, with its arguments in order.

    `also`: other names with the same arguments: older ones in Keras, functions in PyTorch. `activations`: the
    names for Keras' `activation=`, each with the fields it implies; a layer without a call has only these.
    """

    call: str = ""
    arguments: tuple[Argument, ...] = ()
    also: tuple[str, ...] = ()
    activations: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """The call's name without the module: 'Conv2d'."""
        return self.call.rpartition(".")[2]

    @property
    def names(self) -> str:
        """The names of the arguments."""
        return " ".join(argument.name for argument in self.arguments)

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        """Return the call for this layer."""
        if not self.call:
            return f'layers.Activation("{next(iter(self.activations))}")'
        written = [argument.code(layer, shape) for argument in self.arguments]
        return call_code(self.call, [each for each in written if each])

    def rows(self, layer: BaseModel, shape: tuple[int, ...]) -> list[str]:
        """Return the call, preceded by the rows it needs."""
        before = [row for argument in self.arguments for row in argument.before(layer)]
        return [*before, self.code(layer, shape)]


def called(*names: str) -> Mapping[str, Mapping[str, Any]]:
    """Return names of an activation without fields, or with their default values."""
    return MappingProxyType({name: MappingProxyType({}) for name in names})


def call_code(name: str, arguments: list[str]) -> str:
    """Return name(arguments), on one line if it fits, else with one argument per line."""
    code = f"{name}({', '.join(arguments)})"
    if len(code) <= _WIDTH and "\n" not in code and not any("(" in argument for argument in arguments[1:]):
        return code
    inside = "".join(f"{indented(argument)},\n" for argument in arguments)
    return f"{name}(\n{inside})"


def indented(code: str) -> str:
    """Indent every line by four spaces."""
    return "\n".join(f"    {line}" if line else line for line in code.split("\n"))


def options_code(*options: tuple[str, object, object]) -> list[str]:
    """Return keyword arguments for those of (name, value, usual value) that differ from the usual value."""
    return [f"{name}={value!r}" for name, value, usual in options if value != usual]


def _value_code(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value).replace("e-0", "e-")  # 1e-5
