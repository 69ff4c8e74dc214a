"""How PyTorch or Keras writes a layer: the call, its arguments in their order, and what each of them is here.

One record serves both directions: a layer spells its call from it, and the readers of `convert/` take calls
apart by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

REQUIRED: Any = object()  # the default of an argument that has none
# Of a Keras layer with weights; the lab starts its own.
INITIALIZERS = (
    "kernel_initializer bias_initializer depthwise_initializer pointwise_initializer kernel_regularizer "
    "bias_regularizer depthwise_regularizer pointwise_regularizer activity_regularizer"
)
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. Of this class: one whose value makes no difference here, and that is never written."""

    name: str

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        """As it is written; empty where it is not."""
        return ""

    def before(self, layer: BaseModel) -> list[str]:
        """Rows that must stand in front of the layer, for the framework has no such argument."""
        return []


@dataclass(frozen=True, slots=True)
class Fixed(Argument):
    """An argument that the lab knows with one value alone, its default."""

    value: object


@dataclass(frozen=True, slots=True)
class Same:
    """The default of an argument that is another field's value."""

    field: str


@dataclass(frozen=True, slots=True)
class Setting(Argument):
    """An argument that is a field of the layer; `field` where the names differ.

    `default` is the framework's. An argument without one is written as a bare value, any other by its name
    and only where it has another value; `always` says it otherwise.
    """

    field: str = ""
    default: Any = REQUIRED
    always: Literal["", "bare", "named"] = ""

    @property
    def target(self) -> str:
        """The field's name."""
        return self.field or self.name

    def usual(self, fields: Mapping[str, Any]) -> Any:
        """The default, where the other fields are these."""
        return fields[self.default.field] if isinstance(self.default, Same) else self.default

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        value = getattr(layer, self.target)
        if self.always == "bare" or (self.default is REQUIRED and not self.always):
            return _value_code(value)
        unusual = value != self.usual(dict(layer))
        return f"{self.name}={_value_code(value)}" if self.always or unusual else ""


@dataclass(frozen=True, slots=True)
class Side(Setting):
    """A number for height and width, which the framework also takes as a pair of equal ones."""


@dataclass(frozen=True, slots=True)
class Constant(Argument):
    """An argument that has one value in the lab, which is not the framework's default.

    `note` is what a reader says where the code has another.
    """

    value: float
    default: float
    note: Any

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return "" if self.value == self.default else f"{self.name}={_value_code(self.value)}"


@dataclass(frozen=True, slots=True)
class Switch(Argument):
    """An argument that, where it is False, makes the layer do nothing; `note` is what a reader says then."""

    note: Any


@dataclass(frozen=True, slots=True)
class Count(Argument):
    """How many channels, or with axis -1 numbers, come in: the lab counts them, PyTorch has to be told."""

    axis: int = 0

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return str(shape[self.axis])


@dataclass(frozen=True, slots=True)
class WholeShape(Argument):
    """The shape that comes in, as a list."""

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return str(list(shape))


@dataclass(frozen=True, slots=True)
class TorchPadding(Argument):
    """A number, or "same"."""

    name: str = "padding"

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        padding = vars(layer)[self.name]
        return f"{self.name}={_value_code(padding)}" if padding else ""


@dataclass(frozen=True, slots=True)
class KerasPadding(Argument):
    """Keras' own padding knows only "same"; zeros in any other number are a row of their own before it."""

    name: str = "padding"

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        return 'padding="same"' if vars(layer)[self.name] == "same" else ""

    def before(self, layer: BaseModel) -> list[str]:
        padding = vars(layer)[self.name]
        return [] if padding in (0, "same") else [f"layers.ZeroPadding2D({padding})"]


@dataclass(frozen=True, slots=True)
class Activated(Argument):
    """The activation that Keras can write into another layer; here it is a row of its own."""

    name: str = "activation"


def free(names: str) -> tuple[Argument, ...]:
    """Arguments that make no difference."""
    return tuple(Argument(name) for name in names.split())


@dataclass(frozen=True, slots=True)
class Signature:
    """A call, such as `nn.Conv2d` or `layers.Conv2D`, with its arguments in their order.

    `also`: other names that the same arguments are given to: older ones in Keras, functions in PyTorch.
    `activations`: its names after Keras' `activation=`, each with the fields that are meant. A layer without
    a call of its own has nothing but these.
    """

    call: str = ""
    arguments: tuple[Argument, ...] = ()
    also: tuple[str, ...] = ()
    activations: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """Without the module: 'Conv2d'."""
        return self.call.rpartition(".")[2]

    @property
    def names(self) -> str:
        """The arguments' names."""
        return " ".join(argument.name for argument in self.arguments)

    def code(self, layer: BaseModel, shape: tuple[int, ...]) -> str:
        """The call for this layer."""
        if not self.call:
            return f'layers.Activation("{next(iter(self.activations))}")'
        written = [argument.code(layer, shape) for argument in self.arguments]
        return call_code(self.call, [each for each in written if each])

    def rows(self, layer: BaseModel, shape: tuple[int, ...]) -> list[str]:
        """The call, after what must stand before it."""
        before = [row for argument in self.arguments for row in argument.before(layer)]
        return [*before, self.code(layer, shape)]


def called(*names: str) -> Mapping[str, Mapping[str, Any]]:
    """Names of an activation that has no fields, or means their usual values."""
    return MappingProxyType({name: MappingProxyType({}) for name in names})


def call_code(name: str, arguments: list[str]) -> str:
    """name(arguments), on one line where it fits, else one argument a line."""
    code = f"{name}({', '.join(arguments)})"
    if len(code) <= _WIDTH and "\n" not in code and not any("(" in argument for argument in arguments[1:]):
        return code
    inside = "".join(f"{indented(argument)},\n" for argument in arguments)
    return f"{name}(\n{inside})"


def indented(code: str) -> str:
    """Every line four characters further right."""
    return "\n".join(f"    {line}" if line else line for line in code.split("\n"))


def options_code(*options: tuple[str, object, object]) -> list[str]:
    """(name, value, usual value) -> the keyword arguments of those that are not as usual."""
    return [f"{name}={value!r}" for name, value, usual in options if value != usual]


def _value_code(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value).replace("e-0", "e-")  # 1e-5
