"""Text that people typed, made safe for places where Streamlit reads Markdown: shown, never interpreted."""

from __future__ import annotations

import re

_WORD_JOINER = "\u2060"  # has no width


def escape_markdown(text: object) -> str:
    """The text with every sign disarmed that Markdown, directives, icons, arrows or links are made of."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$&:@/=^\"'])", r"\\\1", str(text))
    # After Markdown is parsed, Streamlit still looks for :icons:, arrows and addresses in the bare text.
    escaped = re.sub(r"([:@<-])", rf"\1{_WORD_JOINER}", escaped)
    return re.sub(r"(?i)(w)(ww)", rf"\1{_WORD_JOINER}\2", escaped).replace("\n", " ")
