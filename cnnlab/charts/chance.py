"""How far an accuracy can be trusted: with few pictures, luck decides over some of them."""

from __future__ import annotations

from math import sqrt

from cnnlab.language import _

_Z = 1.96  # standard errors within which 95 of 100 measurements lie


def interval(accuracy: float, pictures: int) -> tuple[float, float]:
    """Where the accuracy on all pictures of this kind lies, 19 times out of 20, measured on so many.

    Wilson's score interval (Wilson 1927), which also holds near 0 and 1.
    """
    spread = _Z**2 / pictures
    middle = (accuracy + spread / 2) / (1 + spread)
    half = _Z * sqrt(accuracy * (1 - accuracy) / pictures + spread / (4 * pictures)) / (1 + spread)
    return middle - half, middle + half


def differ(one: float, other: float, pictures: int, others: int | None = None) -> bool:
    """Whether two accuracies, each measured on so many pictures, differ by more than luck explains.

    By 2.5 standard errors of their difference: whoever looks after each epoch looks often, and two would be
    passed by luck alone once in twenty looks. With no pictures known (0) nothing can be told: False.
    """
    others = pictures if others is None else others
    if not pictures or not others:
        return False
    # One picture more on each side: an accuracy of exactly 0 or 1 would have no error at all.
    variances = [
        (accuracy * count + 1) * ((1 - accuracy) * count + 1) / (count + 2) ** 2 / count
        for accuracy, count in ((one, pictures), (other, others))
    ]
    return abs(one - other) > 2.5 * sqrt(sum(variances))


def with_interval(accuracy: float, pictures: int) -> str:
    """'87.2 %, give or take 4.1'; without pictures the percentage alone."""
    text = f"{100 * accuracy:.1f} %"
    if not pictures:
        return text
    low, high = (100 * bound for bound in interval(accuracy, pictures))
    half = (high - low) / 2
    if abs((low + high) / 2 - 100 * accuracy) > half / 2:  # near 0 and 100 % it lies on one side
        return _(
            "{accuracy}; the true value may be anywhere between {low} and {high} %",
            accuracy=text,
            low=f"{low:.1f}",
            high=f"{high:.1f}",
        )
    return _("{accuracy}, give or take {half}", accuracy=text, half=f"{half:.1f}")
