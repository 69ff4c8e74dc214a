"""How far an accuracy can be trusted: with few pictures, luck plays a part."""

from __future__ import annotations

from math import sqrt

from cnnlab.language import _

_Z = 1.96  # standard errors within which 95 of 100 measurements lie


def interval(accuracy: float, pictures: int) -> tuple[float, float]:
    """The 95 % confidence interval of an accuracy measured on this many pictures.

    Wilson's score interval (Wilson 1927), which is also valid near 0 and 1.
    """
    spread = _Z**2 / pictures
    middle = (accuracy + spread / 2) / (1 + spread)
    half = _Z * sqrt(accuracy * (1 - accuracy) / pictures + spread / (4 * pictures)) / (1 + spread)
    return middle - half, middle + half


def differ(one: float, other: float, pictures: int, others: int | None = None) -> bool:
    """Whether two accuracies differ by more than luck explains; the second one is measured on `others`.

    That is, by 2.5 standard errors of their difference: comparing after each epoch means many comparisons,
    and by luck alone one in twenty would exceed two. If the number of pictures is unknown (0): False.
    """
    others = pictures if others is None else others
    if not pictures or not others:
        return False
    # One more picture on each side: otherwise an accuracy of exactly 0 or 1 would have no error at all.
    variances = [
        (accuracy * count + 1) * ((1 - accuracy) * count + 1) / (count + 2) ** 2 / count
        for accuracy, count in ((one, pictures), (other, others))
    ]
    return abs(one - other) > 2.5 * sqrt(sum(variances))


def with_interval(accuracy: float, pictures: int) -> str:
    """'87.2 %, give or take 4.1'; only the percentage if the number of pictures is unknown (0)."""
    text = f"{100 * accuracy:.1f} %"
    if not pictures:
        return text
    low, high = (100 * bound for bound in interval(accuracy, pictures))
    half = (high - low) / 2
    if abs((low + high) / 2 - 100 * accuracy) > half / 2:  # near 0 and 100 % it is one-sided
        return _(
            "{accuracy}; the true value may be anywhere between {low} and {high} %",
            accuracy=text,
            low=f"{low:.1f}",
            high=f"{high:.1f}",
        )
    return _("{accuracy}, give or take {half}", accuracy=text, half=f"{half:.1f}")
