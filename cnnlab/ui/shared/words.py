"""Translation of a component's html; its script uses `_` and `plural` from assets/shared/words.js."""

from __future__ import annotations

from html import escape

from cnnlab.language import _
from cnnlab.language.extraction import MARKED


def translated_html(html: str) -> str:
    """The html with each [[text]] translated into the viewer's language."""
    return MARKED.sub(lambda marked: escape(_(marked[1])), html)
