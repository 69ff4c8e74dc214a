"""Several things in a row, as the viewer's language sets them."""

from __future__ import annotations

from collections.abc import Iterable

from cnnlab.language import Words, _


def listed(parts: Iterable[Words]) -> str:
    """With commas between them."""
    return _(", ").join(map(str, parts))
