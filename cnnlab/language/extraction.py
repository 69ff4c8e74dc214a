"""For Babel: the texts of our html files, each written as [[text]]."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

MARKED = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)


def extract_html(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """(line, function, text, comments) of each marked text, as Babel wants them."""
    for number, line in enumerate(file.read().decode().splitlines(), start=1):
        for text in MARKED.findall(line):
            yield number, "_", text, []
