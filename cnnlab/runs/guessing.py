"""A test of whether a network does better than guessing."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

_LUCK = 3.0  # standard errors: the best of many epochs is lucky more often than one epoch


def guesses(confusion: Sequence[Sequence[int]]) -> bool:
    """Whether the answers, [right class][answered class], are no better than guessing.

    Averages the accuracies of the classes: always answering the most common class is guessing, however
    common it is.
    """
    counts = [(row[index], sum(row)) for index, row in enumerate(confusion) if sum(row)]
    if len(counts) < 2:
        return False  # with one class no answer can be wrong; with none there are no answers
    guess = 1 / len(counts)
    share = sum(right / count for right, count in counts) / len(counts)
    error = sqrt(sum(guess * (1 - guess) / count for _, count in counts)) / len(counts)
    return share - guess <= _LUCK * error
