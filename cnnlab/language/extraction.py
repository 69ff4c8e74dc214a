"""A Babel extractor for the texts in our html files, which are marked as [[text]]."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

MARKED = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)


def extract_html(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield (line, function, text, comments) for each marked text, as Babel expects."""
    for number, line in enumerate(file.read().decode().splitlines(), start=1):
        for text in MARKED.findall(line):
            yield number, "_", text, []
