"""Drawings that are no digits: what a reader of digits has to be told of, or it takes all for one.

Loops and bends at random, lines and arcs put together, and real digits made into something else: mirrored,
turned by a quarter or upside down, two of them together. All are strokes, as a pen leaves them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnlab.strokes import Stroke, bounds

Strokes = list[Stroke]
Random = np.random.Generator
Digits = Sequence[tuple[Sequence[Stroke], int]]  # strokes and label of each

MIRRORED = frozenset({2, 3, 4, 5, 6, 7, 9})  # the others look the same, or nearly so
UPSIDE_DOWN = frozenset({3, 4, 7})  # 6 and 9 become each other, 2 and 5 themselves
TURNED = frozenset({2, 3, 4, 5, 6, 7, 8, 9})


def loops(random: Random) -> Strokes:
    """One line that bends at its own will: a sum of waves, few or many."""
    waves = random.integers(2, 12)
    time = np.linspace(0, 1, 120)[:, np.newaxis]
    pace = np.arange(1, waves + 1) * random.uniform(0.5, 2.0)
    phases = random.uniform(0, 2 * np.pi, (2, waves))
    sizes = random.normal(size=(2, waves)) / np.arange(1, waves + 1) ** random.uniform(0, 1)
    x, y = (np.sin(2 * np.pi * time * pace + phases[axis]) @ sizes[axis] for axis in (0, 1))
    return [np.stack([x, y], axis=1)]


def corners(random: Random) -> Strokes:
    """Straight lines from place to place, every other time back to the first."""
    places = random.uniform(-1, 1, (random.integers(2, 9), 2))
    return [np.concatenate([places, places[:1]]) if random.integers(2) else places]


def pieces(random: Random) -> Strokes:
    """Two to five lines and arcs that meet somewhere, as letters and signs do."""
    grid = random.integers(0, 3, (5, 2)) - 1.0
    ends = random.integers(0, 5, (random.integers(2, 6), 2))
    return [_piece(grid[start], grid[end], random) for start, end in ends]


def _piece(start: NDArray[np.float64], end: NDArray[np.float64], random: Random) -> Stroke:
    bend = random.normal(size=2) * random.choice([0.0, 0.0, 0.7])
    time = np.linspace(0, 1, 20)[:, np.newaxis]
    along = start + (end - start + random.normal(size=2) * 0.15) * time
    piece: Stroke = along + bend * np.sin(np.pi * time)
    return piece


def turned(digits: Digits, random: Random) -> Strokes:
    """Somebody's digit, mirrored, upside down or on its side."""
    while True:
        strokes, label = digits[int(random.integers(len(digits)))]
        turns = [matrix for labels, matrix in _TURNS if label in labels]
        if turns:
            matrix = turns[int(random.integers(len(turns)))]
            return [stroke @ matrix for stroke in strokes]


_TURNS = [
    (MIRRORED, np.array([[-1.0, 0.0], [0.0, 1.0]])),
    (UPSIDE_DOWN, np.array([[-1.0, 0.0], [0.0, -1.0]])),
    (TURNED, np.array([[0.0, 1.0], [-1.0, 0.0]])),
    (TURNED, np.array([[0.0, -1.0], [1.0, 0.0]])),
]


def together(digits: Digits, random: Random) -> Strokes:
    """Two digits, beside each other, one below the other, or through each other."""
    first, second = (_unit(digits[int(random.integers(len(digits)))][0]) for _ in range(2))
    away = np.array([[1.0, 0.0], [0.0, 1.0], [0.3, 0.2]])[random.integers(3)] * random.uniform(0.6, 1.3)
    return [*first, *(stroke + away for stroke in second)]


def _unit(strokes: Sequence[Stroke]) -> Strokes:
    low, high = bounds(strokes)
    return [(stroke - (low + high) / 2) / max(float((high - low).max()), 1e-6) for stroke in strokes]


def nondigits(digits: Digits, count: int, seed: int) -> list[Strokes]:
    """So many drawings, the kinds in turn; the same for the same seed."""
    random = np.random.default_rng(seed)
    kinds = (
        loops,
        corners,
        pieces,
        lambda random: turned(digits, random),
        lambda random: together(digits, random),
    )
    return [kinds[number % len(kinds)](random) for number in range(count)]
