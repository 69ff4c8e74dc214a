"""Drawings that are not digits, independent of those that the digit reader's doubt is fitted with.

Letters, shapes and animals are defined here as the lines that a hand would draw, on a square of 100 by 100
with y downwards. Letters that have the shape of a digit are left out: B (8), D, O and Q (0), G (6), I (1), J,
L and U (a tablet's 4 without its second stroke), S (5), Y (4) and Z (2).

The doubt was fitted with letters and shapes too, but with others, varied differently
(cnnlab/reader/glyphs.py). It has seen nothing of what is in BLIND.
"""

from __future__ import annotations

import numpy as np

from cnnlab.drawing.strokes import Stroke

Drawing = list[Stroke]

LETTERS = {
    "A": "0,100 50,0 100,100 | 20,60 80,60",
    "C": "90,15 70,2 45,0 20,12 5,40 5,65 20,90 45,100 70,98 92,84",
    "E": "90,0 0,0 0,100 90,100 | 0,50 70,50",
    "F": "90,0 0,0 0,100 | 0,48 65,48",
    "H": "0,0 0,100 | 90,0 90,100 | 0,50 90,50",
    "K": "0,0 0,100 | 85,0 0,55 | 25,42 90,100",
    "M": "0,100 5,0 50,65 95,0 100,100",
    "N": "0,100 0,0 90,100 90,0",
    "P": "0,100 0,0 50,0 75,10 80,28 70,45 50,52 0,52",
    "R": "0,100 0,0 50,0 75,10 80,28 70,45 50,52 0,52 | 40,52 85,100",
    "T": "0,0 100,0 | 50,0 50,100",
    "V": "0,0 50,100 100,0",
    "W": "0,0 22,100 50,35 78,100 100,0",
    "X": "0,0 90,100 | 90,0 0,100",
    "a": "80,35 60,25 30,28 10,50 12,78 35,92 60,85 80,60 | 82,28 82,80 98,95",
    "e": "10,60 85,55 80,30 55,15 25,25 8,55 15,85 45,100 85,88",
    "h": "10,0 10,100 | 10,60 35,42 60,45 70,65 70,100",
    "k": "10,0 10,100 | 65,40 10,70 | 25,62 70,100",
    "m": "0,100 0,40 | 0,55 20,40 40,48 42,100 | 42,55 62,40 82,48 85,100",
    "n": "5,100 5,35 | 5,55 35,35 65,42 75,65 75,100",
    "r": "10,100 10,30 | 10,55 35,32 65,32",
    "w": "0,30 15,95 45,45 70,95 95,30",
}
SHAPES = {
    "triangle": "50,0 100,90 0,90 50,0",
    "square": "0,0 95,0 95,95 0,95 0,0",
    "star": "50,0 80,95 0,35 100,35 20,95 50,0",
    "heart": "50,95 5,50 0,25 15,5 35,5 50,25 65,5 85,5 100,25 95,50 50,95",
    "house": "0,100 0,40 50,0 100,40 100,100 0,100 | 40,100 40,65 60,65 60,100",
    "arrow": "0,50 100,50 | 70,20 100,50 70,80",
    "plus": "50,0 50,100 | 0,50 100,50",
    "minus": "0,50 100,45",
    "tick": "0,55 35,100 100,0",
    "hash": "30,0 20,100 | 75,0 65,100 | 0,35 100,35 | 0,70 95,70",
    "smile": "50,0 20,8 2,35 5,70 30,95 65,97 95,72 98,35 78,8 50,0 | 32,35 32,40 | 68,35 68,40 | "
    "28,65 50,80 72,65",
    "spiral": "50,50 58,45 60,55 50,62 38,55 38,40 52,30 70,38 74,58 62,76 40,78 22,62 22,38 40,18 68,18 "
    "88,38 90,66 72,92",
    "lightning": "60,0 20,50 60,50 30,100",
    "umbrella": "0,50 10,20 50,0 90,20 100,50 0,50 | 50,50 50,90 40,100 30,92",
    "fish": "0,50 25,25 60,25 80,50 100,25 100,75 80,50 60,75 25,75 0,50 | 20,45 20,47",
    "horse": "5,35 12,20 25,8 30,18 45,40 80,38 92,48 97,75 | 92,48 86,62 90,98 | 80,62 78,98 | "
    "80,62 48,62 46,98 | 40,60 36,98 | 40,60 32,45 22,36 10,42 5,35",
    "cat": "15,100 10,45 20,15 30,28 50,25 68,28 80,15 90,45 85,100 15,100 | 35,50 35,54 | 65,50 65,54 | "
    "50,65 50,72 | 0,65 30,68 | 100,65 70,68",
    "person": "50,25 40,18 40,8 50,0 60,8 60,18 50,25 50,65 20,100 | 50,65 80,100 | 15,40 85,40",
    "tree": "50,100 50,60 | 50,60 15,55 10,30 35,5 65,5 90,30 85,55 50,60",
    "flower": "50,45 35,30 45,10 60,30 50,45 75,35 85,55 65,58 50,45 25,38 15,55 32,60 50,45 50,100",
}
# Not used to fit the doubt in any form; defined before the first fit.
BLIND = {
    "&": "95,100 30,28 28,10 45,0 60,10 55,28 15,60 8,80 25,98 55,95 90,60",
    "@": "68,40 50,30 35,42 35,60 50,68 66,58 68,38 72,66 88,62 95,40 80,12 48,2 15,18 3,50 "
    "18,86 50,98 80,88",
    "?": "10,25 20,5 50,0 78,10 82,32 60,52 48,66 48,80 | 46,94 48,98",
    "%": "90,0 10,100 | 25,5 10,18 22,34 38,20 25,5 | 78,66 62,80 76,96 92,80 78,66",
    "$": "85,20 60,10 25,15 15,32 35,47 65,53 82,68 72,86 40,92 10,82 | 50,0 50,100",
    "Omega": "5,98 35,98 30,85 10,55 15,22 50,2 85,22 90,55 70,85 65,98 95,98",
    "Psi": "5,5 10,40 28,60 50,64 72,60 90,40 95,5 | 50,0 50,100",
    "Hebrew alef": "10,5 90,95 | 85,5 80,30 55,50 | 30,30 15,60 12,95",
    "Chinese water": "50,0 50,92 38,85 | 8,30 40,30 10,80 | 90,18 60,42 | 56,40 95,88",
    "Chinese eye": "15,0 15,100 80,100 80,0 15,0 | 15,34 80,34 | 15,66 80,66",
    "Hiragana ki": "15,20 80,12 | 10,42 85,34 | 38,0 75,68 | 25,78 35,95 70,98",
    "Arabic kaf": "80,0 25,28 70,52 90,80 60,95 10,92",
    "moon": "70,2 35,8 8,40 15,78 45,99 85,90 55,78 40,50 48,22 70,2",
    "envelope": "0,15 100,15 100,85 0,85 0,15 50,55 100,15",
    "key": "30,30 12,35 5,50 12,66 30,70 44,60 46,42 30,30 | 46,50 98,50 98,68 | 82,50 82,64",
    "boat": "5,70 20,95 80,95 96,70 5,70 | 48,70 48,0 85,55 48,55",
    "cup": "10,10 18,95 66,95 74,10 10,10 | 72,25 95,30 95,58 69,66",
    "note": "40,80 25,75 12,86 20,99 36,96 40,80 40,0 62,18 74,40",
    "glasses": "25,35 8,42 5,62 22,72 40,64 42,45 25,35 | 75,35 58,44 58,62 75,72 92,64 94,44 75,35 | "
    "42,48 58,48",
    "bell": "50,0 30,10 22,40 18,70 2,85 98,85 82,70 78,40 70,10 50,0 | 42,86 50,98 58,86",
    "mushroom": "2,50 10,20 50,2 90,20 98,50 2,50 | 38,50 34,98 66,98 62,50",
    "anchor": "50,20 42,10 50,2 58,10 50,20 50,95 | 28,32 72,32 | 5,60 15,85 50,95 85,85 95,60",
}


def written(text: str) -> Drawing:
    """The strokes of one of the definitions above."""
    return [
        np.array([[float(number) for number in point.split(",")] for point in stroke.split()])
        for stroke in text.split("|")
    ]


def by_hand(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A random variant as if drawn by hand: slanted, stretched, corners rounded, lines not quite straight."""
    angle, lean = np.radians(random.uniform(-12, 12)), random.uniform(-0.2, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.array([[random.uniform(0.65, 1.1), lean], [0.0, 1.0]])
    return [_smooth(stroke + random.normal(0, 2.5, stroke.shape)) @ (stretch @ turn).T for stroke in drawing]


def _smooth(stroke: Stroke) -> Stroke:
    """Cut each corner twice (Chaikin 1974); the ends stay."""
    for _ in range(2):
        if len(stroke) > 2:
            cut = np.stack(
                [0.75 * stroke[:-1] + 0.25 * stroke[1:], 0.25 * stroke[:-1] + 0.75 * stroke[1:]], 1
            )
            stroke = np.concatenate([stroke[:1], cut.reshape(-1, 2), stroke[-1:]])
    return stroke


def random_walk(random: np.random.Generator) -> Drawing:
    """A line whose direction drifts."""
    turns = random.normal(0, random.uniform(0.15, 0.6), 150).cumsum()
    return [np.stack([np.cos(turns), np.sin(turns)], axis=1).cumsum(axis=0)]


def zigzag(random: np.random.Generator) -> Drawing:
    """A line back and forth, as if to fill an area."""
    count = int(random.integers(6, 20))
    x = np.linspace(0, 100, count)
    y = np.where(np.arange(count) % 2, 0.0, random.uniform(40, 100)) + random.normal(0, 6, count)
    return [np.stack([x, y], axis=1)]


def scrawl(random: np.random.Generator) -> Drawing:
    """A line that goes round and round and drifts."""
    rounds, points = random.uniform(3, 8), 200
    angle = np.linspace(0, 2 * np.pi * rounds, points)
    radius = 40 + 12 * np.sin(angle * random.uniform(0.3, 0.9)) + random.normal(0, 1.5, points)
    drift = np.linspace(0, 1, points)[:, np.newaxis] * random.normal(0, 30, 2)
    circle = np.stack([np.cos(angle), np.sin(angle) * random.uniform(0.4, 1)], axis=1)
    return [circle * radius[:, np.newaxis] + drift]


def beside(first: Drawing, second: Drawing, random: np.random.Generator) -> Drawing:
    """Two drawings of the same height side by side, with a gap."""

    def unit(drawing: Drawing) -> Drawing:
        points = np.concatenate(drawing)
        low, high = points.min(axis=0), points.max(axis=0)
        return [(stroke - low) * (100 / max(float(high[1] - low[1]), 1e-6)) for stroke in drawing]

    left, right = unit(first), unit(second)
    shift = float(np.concatenate(left)[:, 0].max()) + random.uniform(25, 60)
    return [*left, *(stroke + np.array([shift, random.uniform(-10, 10)]) for stroke in right)]
