"""Whether a network knows more than one that guesses."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

_LUCK = 3.0  # standard errors: the best of many epochs is lucky oftener than nineteen times of twenty


def guesses(confusion: Sequence[Sequence[int]]) -> bool:
    """Whether answers, [right class][answered class], are no better than guessing.

    Of each class the share that was read rightly is taken: to answer the commonest class to everything is
    guessing, however common that is.
    """
    counts = [(row[index], sum(row)) for index, row in enumerate(confusion) if sum(row)]
    if len(counts) < 2:
        return False  # nothing could be answered wrongly, or nothing was asked
    guess = 1 / len(counts)
    share = sum(right / count for right, count in counts) / len(counts)
    error = sqrt(sum(guess * (1 - guess) / count for _, count in counts)) / len(counts)
    return share - guess <= _LUCK * error
