"""A component's html in the viewer's language; its script has `_` and `plural` of assets/shared/words.js."""

from __future__ import annotations

from html import escape

from cnnlab.language import _
from cnnlab.language.extraction import MARKED


def in_language(html: str) -> str:
    """With each [[text]] in the viewer's language."""
    return MARKED.sub(lambda marked: escape(_(marked[1])), html)
