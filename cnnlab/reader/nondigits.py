"""Drawings that are no digits: what a reader of digits has to be told of, or it takes all for one.

Letters, signs and shapes (glyphs.py), each time by another hand; lines, bends and figures at random; and real
digits made into something else: mirrored, turned by a quarter or upside down, two of them together, struck
out. All are strokes, as a pen leaves them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnlab.drawing.strokes import Stroke, bounds
from cnnlab.reader.glyphs import GLYPHS

Strokes = list[Stroke]
Random = np.random.Generator
Digits = Sequence[tuple[Sequence[Stroke], int]]  # strokes and label of each

MIRRORED = frozenset({2, 3, 4, 5, 6, 7, 9})  # the others look the same, or nearly so
UPSIDE_DOWN = frozenset({3, 4, 7})  # 6 and 9 become each other, 2 and 5 themselves
SLIM = 3.5  # times as high as wide
TURNED = frozenset({2, 3, 4, 5, 6, 7, 8, 9})

_GRID = 9.0  # the side of a glyph


def glyph(random: Random) -> Strokes:
    """A letter, a sign or a shape, as some hand draws it today."""
    ways = GLYPHS[_NAMES[int(random.integers(len(_NAMES)))]].split("/")
    strokes = _by_hand(ways[int(random.integers(len(ways)))], random)
    return [*strokes, *pieces(random)[:1]] if random.random() < 0.06 else strokes


_NAMES = tuple(GLYPHS)


def _by_hand(way: str, random: Random) -> Strokes:
    """No place is met exactly, no stroke has quite its size; corners are sharp or round, the whole leans."""
    wild, rounding = random.uniform(0.01, 0.06), random.choice([0.0, 0.0, random.uniform(0.05, 0.3)])
    made = []
    for text in way.split("|"):
        curved, places = "~" in text, text.replace("~", "").split()
        points = np.array([[int(place[0]), int(place[1])] for place in places]) / _GRID - 0.5
        points = points + random.normal(0, wild, points.shape)
        line = _dense(_curve(points) if curved else points)
        line = _rounded(line, rounding)
        middle = line.mean(axis=0)
        moved = (line - middle) @ _turn(random.normal(0, wild)) * np.exp(random.normal(0, 1.5 * wild))
        made.append(moved + middle + random.normal(0, wild / 2, 2))
    return _leaning(made, random)


def _leaning(strokes: Strokes, random: Random) -> Strokes:
    """Stretched, slanted, turned a little, and bent in slow waves."""
    stretch = np.exp(random.uniform(-0.3, 0.3))
    shape = np.array([[stretch, random.uniform(-0.35, 0.35)], [0.0, 1 / stretch]])
    shape = shape.T @ _turn(np.radians(random.uniform(-18, 18)))
    waves, phases = random.normal(0, 3.0, (3, 2)), random.uniform(0, 2 * np.pi, 3)
    bends = random.normal(0, 0.02, (3, 2))
    return [(stroke + np.sin(stroke @ waves.T + phases) @ bends) @ shape for stroke in strokes]


def _turn(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _curve(points: Stroke, steps: int = 10) -> Stroke:
    """Through all points, without a corner (Catmull and Rom 1974)."""
    if len(points) < 3:
        return points
    closed = np.allclose(points[0], points[-1], atol=0.25)
    before, after = (points[-2:-1], points[1:2]) if closed else (points[:1], points[-1:])
    a, b, c, d = (np.concatenate([before, points, after])[i : len(points) - 1 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis]
    parts = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([parts.reshape(-1, 2), points[-1:]])


def _dense(line: Stroke, count: int = 80) -> Stroke:
    """Points at equal distances along the line, corners excepted."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    wanted = np.union1d(np.linspace(0, along[-1], count), along)
    return np.stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)], axis=1)


def _rounded(line: Stroke, share: float) -> Stroke:
    """Each point the mean of its neighbors, so many of the line's; the ends stay."""
    reach = int(share * len(line) / 2)
    if not reach:
        return line
    padded = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    smooth: Stroke = windows.mean(axis=-1)
    return smooth


def polygon(random: Random) -> Strokes:
    """Three to five corners, or a star's points, around a middle; closed as well as a hand does it."""
    corners, star = int(random.integers(3, 6)), random.random() < 0.3
    count = corners * (1 + star)
    angles = (np.arange(count) + random.uniform(-0.25, 0.25, count)) * (2 * np.pi / count)
    radii = random.uniform(0.75, 1.0, count) * np.where(np.arange(count) % 2, random.uniform(0.3, 0.6), 1.0)
    points = _around(angles, radii if star else random.uniform(0.7, 1.0, count))
    line = _dense(np.vstack([points, points[0] + random.normal(0, 0.05, 2)]))
    line = _rounded(line, random.choice([0.0, random.uniform(0.0, 0.1)]))  # more makes a 0 of a square
    return _leaning([0.5 * line @ _turn(random.uniform(0, 2 * np.pi))], random)


def _around(angles: NDArray[np.float64], radii: NDArray[np.float64]) -> Stroke:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, np.newaxis]


def wheel(random: Random) -> Strokes:
    """A point on a wheel that rolls around another: hearts, leaves, blossoms, cusps."""
    time = np.linspace(0, 2 * np.pi, 160)
    often, size = random.choice([-5, -4, -3, -2, 2, 3, 4, 5]), random.uniform(0.4, 1.2)
    line = _around(time, np.ones(160)) + size * _around(often * time, np.ones(160))
    return _leaning([0.3 * line @ _turn(random.uniform(0, 2 * np.pi))], random)


def arc(random: Random) -> Strokes:
    """Part of a circle that opens to a side or downwards: upwards it may be a 4 that was never finished."""
    span, opens = random.uniform(2.4, 5.0), random.uniform(-0.25, 1.25) * np.pi
    angles = np.linspace(opens + np.pi - span / 2, opens + np.pi + span / 2, 60)
    return _leaning([0.5 * _around(angles, np.ones(60))], random)


def spiral(random: Random) -> Strokes:
    """Twice around its middle and more."""
    turns, way = random.uniform(1.9, 4.0), random.choice([-1, 1])
    time = np.linspace(random.uniform(0, 0.2), 1, 200)
    angles = way * 2 * np.pi * turns * time + random.uniform(0, 2 * np.pi)
    return _leaning([0.5 * _around(angles, time ** random.uniform(0.7, 1.2))], random)


def crossing(random: Random) -> Strokes:
    """Two to four lines through one place."""
    count = int(random.integers(2, 5))
    angles = random.uniform(0, np.pi) + (np.arange(count) + random.uniform(-0.2, 0.2, count)) * np.pi / count
    ends = np.array([-0.5, 0.5])[:, np.newaxis] * random.uniform(0.7, 1.0, (2, 1))
    lines = [ends * np.array([np.cos(angle), np.sin(angle)]) for angle in angles]
    return _leaning([_dense(line + random.normal(0, 0.05, (2, 2))) for line in lines], random)


def wander(random: Random) -> Strokes:
    """A line whose direction changes in slow and fast waves, as a hand's that means nothing."""
    time = np.linspace(0, 1, 150)[:, np.newaxis]
    waves = np.arange(1, random.integers(2, 9))
    swings = random.normal(0, random.uniform(1.0, 4.0), len(waves)) / waves ** random.uniform(0.3, 1.0)
    turns = np.sin(2 * np.pi * (time * waves * 0.7 + random.uniform(0, 1, len(waves)))) @ swings
    heading = turns + random.normal(0, 3) * time[:, 0] + random.uniform(0, 2 * np.pi)
    return [_around(heading, np.ones(150)).cumsum(axis=0)]


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
    places = random.uniform(-1, 1, (random.integers(3, 9), 2))
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


def spoilt(digits: Digits, random: Random) -> Strokes:
    """A digit in a frame, or with a cross through it."""
    strokes, label = digits[int(random.integers(len(digits)))]
    frames = ("00 90 99 09 00", "~40 05 49 95 40", "~40 05 49 95 40 15", "00 99 | 90 09", "05 95 | 50 59")
    kind = int(random.integers(len(frames) if label else 3))  # a 0 with a line through it is a 0 to many
    size = random.uniform(1.3, 1.8) if kind < 3 else random.uniform(0.9, 1.2)
    return [*_unit(strokes), *(size * stroke for stroke in _by_hand(frames[kind], random))]


def _unit(strokes: Sequence[Stroke]) -> Strokes:
    low, high = bounds(strokes)
    return [(stroke - (low + high) / 2) / max(float((high - low).max()), 1e-6) for stroke in strokes]


FREE: dict[Callable[[Random], Strokes], int] = {
    glyph: 36,
    polygon: 16,
    wheel: 5,
    arc: 5,
    spiral: 3,
    crossing: 3,
    wander: 8,
    loops: 6,
    corners: 6,
    pieces: 8,
}
OF_DIGITS: dict[Callable[[Digits, Random], Strokes], int] = {turned: 7, together: 5, spoilt: 3}


def slashed(digits: Digits, count: int, seed: int) -> list[Strokes]:
    """Zeros with a line through them: digits, which look like signs that are none."""
    random = np.random.default_rng(seed)
    zeros = [strokes for strokes, label in digits if label == 0]
    made = []
    for number in random.integers(0, len(zeros), count) if zeros else ():
        angle, middle = random.uniform(-0.2, 1.8), random.normal(0, 0.05, 2)
        along = np.array([np.cos(angle), -np.sin(angle)]) * random.uniform(0.3, 0.65)
        zero = _unit(zeros[number])
        low, high = bounds(zero)
        made.append([*zero, np.linspace(-1, 1, 9)[:, np.newaxis] * along * (high - low) + middle])
    return made


def nondigits(digits: Digits, count: int, seed: int) -> list[Strokes]:
    """So many drawings, the kinds as often as the numbers above say; the same for the same seed."""
    random = np.random.default_rng(seed)
    kinds: list[Callable[[Random], Strokes]] = list(FREE)
    kinds += [functools.partial(kind, digits) for kind in OF_DIGITS]
    shares = np.array([*FREE.values(), *OF_DIGITS.values()], np.float64)
    chosen = random.choice(len(kinds), count, p=shares / shares.sum())
    return [_no_one(kinds[kind], random) for kind in chosen]


def _no_one(kind: Callable[[Random], Strokes], random: Random) -> Strokes:
    """Drawn again while it is so slim that it may be a 1."""
    while True:
        strokes = kind(random)
        low, high = bounds(strokes)
        if high[1] - low[1] < SLIM * (high[0] - low[0]):
            return strokes
