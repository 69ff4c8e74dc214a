"""Where a layer is: a row of the stack, or a place inside of a block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering


@total_ordering
@dataclass(frozen=True, slots=True)
class LayerAddress:
    """A row, or in the block of that row a place of one of its branches; all count from 0.

    `str` and `parse` write it for JSON and for the keys of widgets: "3" is a row, "3.1.0" the first layer in
    the second branch of that row's block. Addresses are in the order of the stack.
    """

    row: int
    branch: int | None = None
    index: int | None = None

    def __post_init__(self) -> None:
        if (self.branch is None) != (self.index is None):
            raise ValueError("a place inside of a block has a branch and an index")
        if min(self.row, self.branch or 0, self.index or 0) < 0:
            raise ValueError("a layer's address has no negative numbers")

    @classmethod
    def parse(cls, text: str) -> LayerAddress:
        """The address that `str` wrote; raises ValueError for anything else."""
        parts = text.split(".")
        if len(parts) not in (1, 3) or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"not the address of a layer: {text[:40]!r}")
        return cls(*map(int, parts))

    def __lt__(self, other: LayerAddress) -> bool:
        return (self.row, *(self.inside or (-1, -1))) < (other.row, *(other.inside or (-1, -1)))

    def __str__(self) -> str:
        return f"{self.row}" if self.branch is None else f"{self.row}.{self.branch}.{self.index}"

    @property
    def inside(self) -> tuple[int, int] | None:
        """Branch and place inside of the row's block; None for the row itself."""
        return None if self.branch is None or self.index is None else (self.branch, self.index)
