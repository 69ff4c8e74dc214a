"""Generate drawings that are not digits, as outliers to train a novelty detector on.

Letters, signs and shapes (glyphs.py), each in a different handwriting; random lines, curves and figures; and
real digits turned into something else: mirrored, rotated by a quarter turn, upside down, in pairs or crossed
out. All are pen strokes.
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
Digits = Sequence[tuple[Sequence[Stroke], int]]  # the strokes and label of each

MIRRORED = frozenset({2, 3, 4, 5, 6, 7, 9})  # the others look the same in a mirror, or nearly so
UPSIDE_DOWN = frozenset({3, 4, 7})  # 6 and 9 turn into each other, 2 and 5 into themselves
MAX_ASPECT = 3.5  # height to width: anything slimmer may be a 1
TURNED = frozenset({2, 3, 4, 5, 6, 7, 8, 9})

_GRID = 9.0  # the side of a glyph


def glyph(random: Random) -> Strokes:
    """A letter, a sign or a shape in a random handwriting."""
    variants = GLYPHS[_NAMES[int(random.integers(len(_NAMES)))]].split("/")
    strokes = _handwritten(variants[int(random.integers(len(variants)))], random)
    return [*strokes, *pieces(random)[:1]] if random.random() < 0.06 else strokes


_NAMES = tuple(GLYPHS)


def _handwritten(variant: str, random: Random) -> Strokes:
    """Draw a glyph with random errors in its points and stroke sizes, sharp or round corners, and a slant."""
    wild, rounding = random.uniform(0.01, 0.06), random.choice([0.0, 0.0, random.uniform(0.05, 0.3)])
    made = []
    for text in variant.split("|"):
        curved, pairs = "~" in text, text.replace("~", "").split()
        points = np.array([[int(pair[0]), int(pair[1])] for pair in pairs]) / _GRID - 0.5
        points = points + random.normal(0, wild, points.shape)
        line = _resampled(_curve(points) if curved else points)
        line = _smoothed(line, rounding)
        middle = line.mean(axis=0)
        moved = (line - middle) @ _rotation(random.normal(0, wild)) * np.exp(random.normal(0, 1.5 * wild))
        made.append(moved + middle + random.normal(0, wild / 2, 2))
    return _distorted(made, random)


def _distorted(strokes: Strokes, random: Random) -> Strokes:
    """Stretch, slant, rotate a little, and warp in slow waves."""
    stretch = np.exp(random.uniform(-0.3, 0.3))
    shape = np.array([[stretch, random.uniform(-0.35, 0.35)], [0.0, 1 / stretch]])
    shape = shape.T @ _rotation(np.radians(random.uniform(-18, 18)))
    waves, phases = random.normal(0, 3.0, (3, 2)), random.uniform(0, 2 * np.pi, 3)
    amplitudes = random.normal(0, 0.02, (3, 2))
    return [(stroke + np.sin(stroke @ waves.T + phases) @ amplitudes) @ shape for stroke in strokes]


def _rotation(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _curve(points: Stroke, steps: int = 10) -> Stroke:
    """Interpolate all points by a smooth spline (Catmull and Rom 1974)."""
    if len(points) < 3:
        return points
    closed = np.allclose(points[0], points[-1], atol=0.25)
    before, after = (points[-2:-1], points[1:2]) if closed else (points[:1], points[-1:])
    a, b, c, d = (np.concatenate([before, points, after])[i : len(points) - 1 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis]
    parts = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([parts.reshape(-1, 2), points[-1:]])


def _resampled(line: Stroke, count: int = 80) -> Stroke:
    """Resample at equal distances along the line, keeping its corners."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    wanted = np.union1d(np.linspace(0, along[-1], count), along)
    return np.stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)], axis=1)


def _smoothed(line: Stroke, share: float) -> Stroke:
    """Replace each point by the mean of its neighbors within this share of the line; the ends stay."""
    reach = int(share * len(line) / 2)
    if not reach:
        return line
    padded = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    smooth: Stroke = windows.mean(axis=-1)
    return smooth


def polygon(random: Random) -> Strokes:
    """A polygon or star with three to five corners, closed only as precisely as by hand."""
    corners, star = int(random.integers(3, 6)), random.random() < 0.3
    count = corners * (1 + star)
    angles = (np.arange(count) + random.uniform(-0.25, 0.25, count)) * (2 * np.pi / count)
    radii = random.uniform(0.75, 1.0, count) * np.where(np.arange(count) % 2, random.uniform(0.3, 0.6), 1.0)
    points = _polar(angles, radii if star else random.uniform(0.7, 1.0, count))
    line = _resampled(np.vstack([points, points[0] + random.normal(0, 0.05, 2)]))
    # More smoothing would turn a square into a 0.
    line = _smoothed(line, random.choice([0.0, random.uniform(0.0, 0.1)]))
    return _distorted([0.5 * line @ _rotation(random.uniform(0, 2 * np.pi))], random)


def _polar(angles: NDArray[np.float64], radii: NDArray[np.float64]) -> Stroke:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, np.newaxis]


def epitrochoid(random: Random) -> Strokes:
    """The path of a point on a wheel that rolls around another: hearts, leaves, blossoms, cusps."""
    time = np.linspace(0, 2 * np.pi, 160)
    frequency, size = random.choice([-5, -4, -3, -2, 2, 3, 4, 5]), random.uniform(0.4, 1.2)
    line = _polar(time, np.ones(160)) + size * _polar(frequency * time, np.ones(160))
    return _distorted([0.3 * line @ _rotation(random.uniform(0, 2 * np.pi))], random)


def arc(random: Random) -> Strokes:
    """Part of a circle that opens sideways or downward; one that opens upward may be an unfinished 4."""
    span, opens = random.uniform(2.4, 5.0), random.uniform(-0.25, 1.25) * np.pi
    angles = np.linspace(opens + np.pi - span / 2, opens + np.pi + span / 2, 60)
    return _distorted([0.5 * _polar(angles, np.ones(60))], random)


def spiral(random: Random) -> Strokes:
    """A spiral of about two turns or more."""
    turns, direction = random.uniform(1.9, 4.0), random.choice([-1, 1])
    time = np.linspace(random.uniform(0, 0.2), 1, 200)
    angles = direction * 2 * np.pi * turns * time + random.uniform(0, 2 * np.pi)
    return _distorted([0.5 * _polar(angles, time ** random.uniform(0.7, 1.2))], random)


def crossing(random: Random) -> Strokes:
    """Two to four lines through one point."""
    count = int(random.integers(2, 5))
    angles = random.uniform(0, np.pi) + (np.arange(count) + random.uniform(-0.2, 0.2, count)) * np.pi / count
    ends = np.array([-0.5, 0.5])[:, np.newaxis] * random.uniform(0.7, 1.0, (2, 1))
    lines = [ends * np.array([np.cos(angle), np.sin(angle)]) for angle in angles]
    return _distorted([_resampled(line + random.normal(0, 0.05, (2, 2))) for line in lines], random)


def wander(random: Random) -> Strokes:
    """A line whose direction changes in slow and fast waves: a scribble."""
    time = np.linspace(0, 1, 150)[:, np.newaxis]
    waves = np.arange(1, random.integers(2, 9))
    swings = random.normal(0, random.uniform(1.0, 4.0), len(waves)) / waves ** random.uniform(0.3, 1.0)
    turns = np.sin(2 * np.pi * (time * waves * 0.7 + random.uniform(0, 1, len(waves)))) @ swings
    heading = turns + random.normal(0, 3) * time[:, 0] + random.uniform(0, 2 * np.pi)
    return [_polar(heading, np.ones(150)).cumsum(axis=0)]


def loops(random: Random) -> Strokes:
    """One wavy line: a sum of a few or many sine waves."""
    waves = random.integers(2, 12)
    time = np.linspace(0, 1, 120)[:, np.newaxis]
    pace = np.arange(1, waves + 1) * random.uniform(0.5, 2.0)
    phases = random.uniform(0, 2 * np.pi, (2, waves))
    sizes = random.normal(size=(2, waves)) / np.arange(1, waves + 1) ** random.uniform(0, 1)
    x, y = (np.sin(2 * np.pi * time * pace + phases[axis]) @ sizes[axis] for axis in (0, 1))
    return [np.stack([x, y], axis=1)]


def corners(random: Random) -> Strokes:
    """Straight lines between random points, half of the time closed."""
    points = random.uniform(-1, 1, (random.integers(3, 9), 2))
    return [np.concatenate([points, points[:1]]) if random.integers(2) else points]


def pieces(random: Random) -> Strokes:
    """Two to five lines and arcs with shared ends, like letters and signs."""
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
    """A real digit, mirrored, upside down or on its side."""
    while True:
        strokes, label = digits[int(random.integers(len(digits)))]
        turns = [matrix for labels, matrix in _TRANSFORMS if label in labels]
        if turns:
            matrix = turns[int(random.integers(len(turns)))]
            return [stroke @ matrix for stroke in strokes]


_TRANSFORMS = [
    (MIRRORED, np.array([[-1.0, 0.0], [0.0, 1.0]])),
    (UPSIDE_DOWN, np.array([[-1.0, 0.0], [0.0, -1.0]])),
    (TURNED, np.array([[0.0, 1.0], [-1.0, 0.0]])),
    (TURNED, np.array([[0.0, -1.0], [1.0, 0.0]])),
]


def two_digits(digits: Digits, random: Random) -> Strokes:
    """Two real digits, side by side, one above the other, or overlapping."""
    first, second = (_unit_size(digits[int(random.integers(len(digits)))][0]) for _ in range(2))
    offset = np.array([[1.0, 0.0], [0.0, 1.0], [0.3, 0.2]])[random.integers(3)] * random.uniform(0.6, 1.3)
    return [*first, *(stroke + offset for stroke in second)]


def crossed_out(digits: Digits, random: Random) -> Strokes:
    """A real digit in a frame, or with a cross through it."""
    strokes, label = digits[int(random.integers(len(digits)))]
    frames = ("00 90 99 09 00", "~40 05 49 95 40", "~40 05 49 95 40 15", "00 99 | 90 09", "05 95 | 50 59")
    kind = int(random.integers(len(frames) if label else 3))  # many people write 0 with a line through it
    size = random.uniform(1.3, 1.8) if kind < 3 else random.uniform(0.9, 1.2)
    return [*_unit_size(strokes), *(size * stroke for stroke in _handwritten(frames[kind], random))]


def _unit_size(strokes: Sequence[Stroke]) -> Strokes:
    low, high = bounds(strokes)
    return [(stroke - (low + high) / 2) / max(float((high - low).max()), 1e-6) for stroke in strokes]


FREE: dict[Callable[[Random], Strokes], int] = {
    glyph: 36,
    polygon: 16,
    epitrochoid: 5,
    arc: 5,
    spiral: 3,
    crossing: 3,
    wander: 8,
    loops: 6,
    corners: 6,
    pieces: 8,
}
OF_DIGITS: dict[Callable[[Digits, Random], Strokes], int] = {turned: 7, two_digits: 5, crossed_out: 3}


def slashed(digits: Digits, count: int, seed: int) -> list[Strokes]:
    """Zeros with a line through them: digits that look like other signs."""
    random = np.random.default_rng(seed)
    zeros = [strokes for strokes, label in digits if label == 0]
    made = []
    for number in random.integers(0, len(zeros), count) if zeros else ():
        angle, middle = random.uniform(-0.2, 1.8), random.normal(0, 0.05, 2)
        along = np.array([np.cos(angle), -np.sin(angle)]) * random.uniform(0.3, 0.65)
        zero = _unit_size(zeros[number])
        low, high = bounds(zero)
        made.append([*zero, np.linspace(-1, 1, 9)[:, np.newaxis] * along * (high - low) + middle])
    return made


def nondigits(digits: Digits, count: int, seed: int) -> list[Strokes]:
    """Generate `count` drawings, the kinds in the proportions above; reproducible by the seed."""
    random = np.random.default_rng(seed)
    kinds: list[Callable[[Random], Strokes]] = list(FREE)
    kinds += [functools.partial(kind, digits) for kind in OF_DIGITS]
    shares = np.array([*FREE.values(), *OF_DIGITS.values()], np.float64)
    chosen = random.choice(len(kinds), count, p=shares / shares.sum())
    return [_not_a_one(kinds[kind], random) for kind in chosen]


def _not_a_one(kind: Callable[[Random], Strokes], random: Random) -> Strokes:
    """Draw until the result is not so slim that it may be a 1."""
    while True:
        strokes = kind(random)
        low, high = bounds(strokes)
        if high[1] - low[1] < MAX_ASPECT * (high[0] - low[0]):
            return strokes
