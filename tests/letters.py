"""Letters outside the brackets of the pseudo-language, which cannot be translated."""

from __future__ import annotations


def untranslated(text: str) -> str:
    """Return the letters outside brackets."""
    depth, found = 0, ""
    for sign in text:
        depth += (sign == "[") - (sign == "]")
        found += sign if depth == 0 and sign.isalpha() else ""
    return found
