"""A component's texts in the viewer's language: what its html says, and what its script looks up."""

from __future__ import annotations

import json
from html import escape

from cnnlab.language import _
from cnnlab.language.catalogues import plural_form, table
from cnnlab.language.extraction import MARKED

WORDS = "shared/words/words.js"  # `_` and `plural` for the browser; stands in front of every module


def in_language(html: str) -> str:
    """With each [[text]] in the viewer's language."""
    return MARKED.sub(lambda marked: escape(_(marked[1])), html)


def words_in(code: str, folder: str) -> str:
    """What words.js looks up: the texts of a component's folder, and of those that all share."""
    words = json.dumps(table(code, "assets/shared") | table(code, f"assets/{folder}"), ensure_ascii=False)
    return f"const LANGUAGE = {code!r};\nconst WORDS = {words};\nconst FORM = (n) => {plural_form(code)};\n"
