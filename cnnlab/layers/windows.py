"""The arithmetic of sliding windows, for convolution and pooling."""

from __future__ import annotations

from typing import NamedTuple


class Window(NamedTuple):
    """How a square window slides: its side, its step, the padding in front, the distance of its cells."""

    kernel: int
    stride: int
    before: int
    dilation: int = 1


def window_steps(side: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return how often a window fits: floor((side + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1.

    Zero or less means that it does not fit even once (Dumoulin & Visin 2016, relationship 14).
    """
    return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def same_padding(kernel: int, dilation: int) -> int:
    """Return the total padding, at both ends, that keeps the side at stride 1."""
    return dilation * (kernel - 1)


def grid_cell(index: int, side: int, cells: int) -> tuple[int, int]:
    """Return the first line of a cell of an adaptive grid, and the line after its last.

    Cell i is floor(i · side / cells) to ceil((i + 1) · side / cells); cells may overlap.
    """
    return index * side // cells, -(-(index + 1) * side // cells)
