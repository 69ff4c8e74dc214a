"""What a text in the pseudo-language says outside of its brackets: what no catalogue can translate."""

from __future__ import annotations


def untranslated(text: str) -> str:
    """The letters that stand in no bracket."""
    depth, found = 0, ""
    for sign in text:
        depth += (sign == "[") - (sign == "]")
        found += sign if depth == 0 and sign.isalpha() else ""
    return found
