"""Numbers and texts formatted for people, on the screen and in a terminal."""

from __future__ import annotations

from math import floor, isfinite, log10
from unicodedata import east_asian_width

from cnnlab.language import ENGLISH, Words, _, speaking

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """A loss or a norm with its significant digits: 23,239, 218.6, 2.303, 0.0213, 4.3 × 10⁻¹⁰.

    Four digits, three below a tenth, and two if it is very large or small.
    """
    size = abs(value)
    if not isfinite(value):
        return _("not a number")
    if size >= 1e7 or 0 < size < 1e-5:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits} × 10{str(int(power)).translate(_RAISED)}"
    if size >= 0.1 or not size:
        return f"{value:,.{4 if size < 1 else max(0, 3 - floor(log10(size)))}f}"
    return f"{value:.{2 - floor(log10(size))}f}"


def columns(text: str) -> int:
    """The width of a text in a terminal, in letters: a Chinese character is two wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(words: Words, width: int) -> str:
    """The text, padded with blanks after it to a width in columns."""
    text = str(words)
    return text + " " * max(0, width - columns(text))


def right_padded(words: Words, width: int) -> str:
    """The text, padded with blanks before it to a width in columns."""
    text = str(words)
    return " " * max(0, width - columns(text)) + text


def for_programs(words: Words) -> str:
    """The text in English: what a program reads must not depend on the viewer's language."""
    with speaking(ENGLISH):
        return str(words)
