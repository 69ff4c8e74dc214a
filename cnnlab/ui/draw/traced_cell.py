"""Which number of which layer a request asks about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from cnnlab.design.address import LayerAddress
from cnnlab.language import lazy
from cnnlab.ui.shared.http import Refusal

if TYPE_CHECKING:
    from cnnlab.interpret.reach import Position

MAX_DIGITS = 9  # of a number in a query
_AXES = ("channel", "y", "x")


class TracedCell(NamedTuple):
    """A layer and a position in its output, which may not exist."""

    address: LayerAddress
    position: Position  # (channel, y, x) in maps, (index,) in a vector

    @classmethod
    def of(cls, row: str, numbers: Mapping[str, str]) -> TracedCell:
        """Parse a layer's address and the numbers of a position by name; raises Refusal naming the option."""
        return cls(_address(row), tuple(_number(name, text) for name, text in numbers.items()))

    @classmethod
    def read(cls, query: Mapping[str, str]) -> TracedCell:
        """Parse the options row, channel, y and x; a vector has no y and x."""
        names = _AXES if "y" in query or "x" in query else _AXES[:1]
        return cls.of(query.get("row", ""), {name: query.get(name, "") for name in names})

    @classmethod
    def parse(cls, text: str) -> TracedCell:
        """Parse ROW:CHANNEL:Y:X, in a vector ROW:INDEX."""
        row, *numbers = text.split(":")
        if len(numbers) not in (1, 3):
            problem = lazy("trace {value}: allowed is ROW:CHANNEL:Y:X or ROW:INDEX.", value=repr(text[:40]))
            raise Refusal(400, problem)
        return cls.of(row, dict(zip(_AXES, numbers, strict=False)))


def _address(text: str) -> LayerAddress:
    parts = text.split(".")
    if len(parts) in (1, 3) and all(map(is_count, parts)):
        return LayerAddress.parse(text)
    problem = lazy("row {value}: allowed is a row such as 3, or 3.0.1 in a block.", value=repr(text[:20]))
    raise Refusal(400, problem)


def _number(name: str, text: str) -> int:
    if is_count(text):
        return int(text)
    raise Refusal(400, lazy("{option} {value} is not a number.", option=name, value=repr(text[:20])))


def is_count(text: str) -> bool:
    """Whether a text is a whole number, not below zero, of at most MAX_DIGITS digits."""
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
