"""What somebody meant who mistyped a name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, names: Iterable[str]) -> str:
    """'Did you mean Dropout?', or nothing where no name is near."""
    known = {each.lower(): each for each in names}
    near = get_close_matches(name[:60].lower(), known, n=1, cutoff=0.8)
    return f"Did you mean {known[near[0]]}?" if near else ""
