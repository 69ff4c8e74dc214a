"""How one number of a layer came about: a typed account for each way of computing.

All numbers are float64: the inputs and weights as the network has them, what is computed from them with more
digits than it computes with. `value` is computed from what the account names and nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnlab.design.address import LayerAddress
from cnnlab.interpret.reach import Position
from cnnlab.language import Words
from cnnlab.layers import Join

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Numbers of a layer's input, one each, in the order of channels, rows and columns."""

    positions: NDArray[np.intp]  # (count, 3) in maps, (count, 1) in a vector; padding has lines outside of it
    outside: NDArray[np.bool_]  # (count,): padding, which is nowhere
    values: Numbers  # (count,)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def inside(self) -> NDArray[np.intp]:
        """The positions of those that are in the layer's input."""
        return self.positions[~self.outside]

    def chosen(self, which: NDArray[np.intp]) -> Cells:
        """Return some of the cells, in this order."""
        return Cells(self.positions[which], self.outside[which], self.values[which])

    def places(self) -> Iterator[dict[str, Any]]:
        """Yield where each is, for JSON; in a vector the index is called its channel."""
        vector = self.positions.shape[1] == 1
        for position, outside in zip(self.positions.tolist(), self.outside.tolist(), strict=True):
            channel, y, x = (*position, None, None) if vector else position
            yield {"channel": channel, "y": y, "x": x, "outside": outside}


class Account(ABC):
    """Base class of all accounts."""

    __slots__ = ()
    how: ClassVar[str]  # its name in JSON

    @property
    @abstractmethod
    def value(self) -> float:
        """The number, computed from the account."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the account as plain values."""


class Term(NamedTuple):
    """One product of a weighted sum."""

    position: Position
    outside: bool  # in the padding, where the value is 0
    value: float
    weight: float
    product: float


@dataclass(frozen=True, slots=True)
class WeightedSum(Account):
    """Convolution and dense layers: value · weight, summed over a window or over all inputs, plus a bias."""

    how: ClassVar[str] = "weighted sum"
    cells: Cells
    weights: Numbers  # (count,)
    bias: float | None  # None if the layer has none

    @property
    def products(self) -> Numbers:
        """(count,): each value times its weight."""
        return self.cells.values * self.weights + 0.0  # which makes 0 of −0

    @property
    def total(self) -> float:
        """The sum of the products, without bias."""
        return float(self.products.sum())

    @property
    def value(self) -> float:
        return self.total + (self.bias or 0.0)

    def terms(self) -> Iterator[Term]:
        """Yield every term, in the order of the cells."""
        rows = (self.cells.positions, self.cells.outside, self.cells.values, self.weights, self.products)
        for position, *numbers in zip(*(row.tolist() for row in rows), strict=True):
            yield Term(tuple(position), *numbers)

    def largest(self, count: int) -> tuple[list[Term], float]:
        """Return the terms that contribute most, by absolute product, and the sum of the others' products."""
        order = np.argsort(-np.abs(self.products), kind="stable")
        most, others = order[:count], order[count:]
        chosen = WeightedSum(self.cells.chosen(most), self.weights[most], None)
        return list(chosen.terms()), float(self.products[others].sum())

    def channel_sums(self) -> dict[int, float]:
        """Return the sum of the products of each input channel; empty for a vector, which has none."""
        if self.cells.positions.shape[1] == 1:
            return {}
        channels, index = np.unique(self.cells.positions[:, 0], return_inverse=True)
        sums = np.bincount(index, self.products, len(channels))
        return dict(zip(channels.tolist(), sums.tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        columns = zip(
            self.cells.places(),
            *(row.tolist() for row in (self.cells.values, self.weights, self.products)),
            strict=True,
        )
        return {
            "terms": [
                {**place, "value": value, "weight": weight, "product": product}
                for place, value, weight, product in columns
            ],
            "channel_sums": [
                {"channel": channel, "sum": total} for channel, total in self.channel_sums().items()
            ],
            "sum": self.total,
            "bias": self.bias,
        }


@dataclass(frozen=True, slots=True)
class Normalized(Account):
    """Normalization: (input − mean) / √(variance + ε) · gain + shift."""

    how: ClassVar[str] = "normalization"
    input: float
    mean: float
    variance: float
    eps: float
    gain: float
    shift: float
    of: Literal["training", "picture"]  # mean and variance were estimated in training, or are this picture's
    channels: tuple[int, int] | None  # the first and last of the maps that they are of; None for a vector

    @property
    def centered(self) -> float:
        """The input minus the mean."""
        return self.input - self.mean

    @property
    def deviation(self) -> float:
        """What it is divided by: a standard deviation that is never 0, thanks to ε."""
        return sqrt(self.variance + self.eps)

    @property
    def normalized(self) -> float:
        """The input in standard deviations from the mean."""
        return self.centered / self.deviation

    @property
    def value(self) -> float:
        return self.normalized * self.gain + self.shift

    def to_json(self) -> dict[str, Any]:
        given = ("input", "mean", "variance", "eps", "gain", "shift", "of", "channels")
        return {name: getattr(self, name) for name in (*given, "centered", "deviation", "normalized")}


@dataclass(frozen=True, slots=True)
class Activated(Account):
    """An activation: a function of one number."""

    how: ClassVar[str] = "function"
    input: float
    formula: str  # of x, such as 'max(0, x)'
    result: float

    @property
    def value(self) -> float:
        return self.result

    def to_json(self) -> dict[str, Any]:
        return {"input": self.input, "formula": self.formula}


@dataclass(frozen=True, slots=True)
class Copied(Account):
    """A number that is handed on as it is: Flatten, and dropout once training is over."""

    how: ClassVar[str] = "copy"
    input: float
    position: Position  # of the input

    @property
    def value(self) -> float:
        return self.input

    def to_json(self) -> dict[str, Any]:
        return {"input": self.input, "from": list(self.position)}


@dataclass(frozen=True, slots=True)
class Largest(Account):
    """Max pooling: the largest number of a window. Padding never wins; its value is −∞, in JSON null."""

    how: ClassVar[str] = "maximum"
    cells: Cells

    @property
    def winner(self) -> int:
        """Which cell has won; of equal ones the first, as in torch."""
        return int(self.cells.values.argmax())

    @property
    def value(self) -> float:
        return float(self.cells.values[self.winner])

    def to_json(self) -> dict[str, Any]:
        cells = zip(self.cells.places(), self.cells.values.tolist(), strict=True)
        window = [{**place, "value": None if place["outside"] else value} for place, value in cells]
        return {"window": window, "winner": self.winner}


@dataclass(frozen=True, slots=True)
class Mean(Account):
    """Average pooling: the sum of a window, divided by its number of cells. Padding is 0 and counts."""

    how: ClassVar[str] = "mean"
    cells: Cells

    @property
    def divisor(self) -> int:
        """What the sum is divided by."""
        return len(self.cells)

    @property
    def total(self) -> float:
        """The sum of the window."""
        return float(self.cells.values.sum())

    @property
    def value(self) -> float:
        return self.total / self.divisor

    def to_json(self) -> dict[str, Any]:
        cells = zip(self.cells.places(), self.cells.values.tolist(), strict=True)
        window = [{**place, "value": value} for place, value in cells]
        return {"window": window, "sum": self.total, "divisor": self.divisor}


@dataclass(frozen=True, slots=True)
class Share(Account):
    """Softmax: exp(score) in the sum of all of these.

    The largest score is subtracted from all of them first. This changes no share, and keeps exp() finite.
    """

    how: ClassVar[str] = "softmax"
    scores: Numbers
    index: int
    formula: str

    @property
    def largest(self) -> float:
        """The largest score."""
        return float(self.scores.max())

    @property
    def exponentials(self) -> Numbers:
        """Exp(score − largest score) of each."""
        return np.exp(self.scores - self.largest)

    @property
    def total(self) -> float:
        """The sum of the exponentials."""
        return float(self.exponentials.sum())

    @property
    def value(self) -> float:
        return exp(float(self.scores[self.index]) - self.largest) / self.total

    def to_json(self) -> dict[str, Any]:
        return {
            "formula": self.formula,
            "scores": self.scores.tolist(),
            "subtracted": self.largest,
            "exponentials": self.exponentials.tolist(),
            "sum": self.total,
        }


class Part(NamedTuple):
    """What a branch of a block contributes: the number at its end."""

    name: Words
    address: LayerAddress | None  # of its last layer, or of the layer before the block; None for the picture
    position: Position
    value: float


@dataclass(frozen=True, slots=True)
class Joined(Account):
    """A block: its branches' numbers, added or multiplied, or that of one branch handed on.

    `join` is None for a block of one branch. Inside of another block a block's parts have no addresses: they
    are `hidden`, and cannot be traced on their own.
    """

    how: ClassVar[str] = "block"
    join: Join | None
    parts: tuple[Part, ...]  # with branches side by side only the one that this number is from
    hidden: bool

    @property
    def value(self) -> float:
        values = [part.value for part in self.parts]
        return float(np.prod(values) if self.join == "multiply" else np.sum(values))

    def to_json(self) -> dict[str, Any]:
        parts = [
            {
                "branch": str(part.name),
                "layer": None if self.hidden else layer_name(part.address),
                "position": list(part.position),
                "value": part.value,
            }
            for part in self.parts
        ]
        return {"join": self.join, "parts": parts}


def layer_name(address: LayerAddress | None) -> str:
    """Return how JSON calls a layer: its address, or "picture" for what the network gets."""
    return "picture" if address is None else str(address)
