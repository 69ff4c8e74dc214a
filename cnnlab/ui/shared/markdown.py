"""Escaping of text that people typed, for places where Streamlit expects Markdown."""

from __future__ import annotations

import re

_WORD_JOINER = "\u2060"  # has no width


def escape_markdown(text: object) -> str:
    """The text with all characters escaped that are special in Markdown, directives, icons or links."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$&:@/=^\"'])", r"\\\1", str(text))
    # After parsing Markdown, Streamlit still looks for :icons:, arrows and addresses in the plain text.
    escaped = re.sub(r"([:@<-])", rf"\1{_WORD_JOINER}", escaped)
    return re.sub(r"(?i)(w)(ww)", rf"\1{_WORD_JOINER}\2", escaped).replace("\n", " ")
