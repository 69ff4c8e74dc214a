"""Suggestions for mistyped names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from cnnlab.language import Words, lazy

# Layers that exist elsewhere: these are not typing errors.
_ELSEWHERE = re.compile(
    r"(?i).*[13]d|.*transpose.*|.*global.*|[pr]relu|relu6|celu|glu|hard.*|soft(plus|sign|min)|alpha.*"
)


def suggestion(name: str, names: Iterable[str]) -> Words:
    """Return 'Did you mean Dropout?', or an empty text if no name is similar."""
    known = {each.lower(): each for each in names}
    near = get_close_matches(name[:60].lower(), known, n=1, cutoff=0.75)
    if not near or _ELSEWHERE.fullmatch(name[:60]):
        return ""
    return lazy("Did you mean {name}?", name=known[near[0]])
