"""Several things in one text, as the viewer's language strings them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cnnlab.language import Words, lazy


def listed(items: Iterable[Words]) -> Words:
    """'Conv2d, ReLU, Linear'; empty where there is nothing."""
    return _strung(items, lambda first, last: lazy("{first}, {last}", first=first, last=last))


def either(items: Iterable[Words]) -> Words:
    """'this or that'; empty where there is nothing."""
    return _strung(items, lambda first, last: lazy("{first} or {last}", first=first, last=last))


def several(items: Iterable[Words]) -> Words:
    """What is listed where the parts have commas of their own: 'this, that; these'."""
    return _strung(items, lambda first, last: lazy("{first}; {last}", first=first, last=last))


def _strung(items: Iterable[Words], joined: Callable[[Words, Words], Words]) -> Words:
    """Two at a time, from the front."""
    first: Words = ""
    for number, item in enumerate(items):
        first = joined(first, item) if number else item
    return first
