from __future__ import annotations

import re

import pytest

from cnnlab.ui.shared.markdown import escape_markdown


@pytest.mark.parametrize(
    "typed",
    [
        "**bold** _it_ `code` ~~no~~",
        "[link](http://x.y) <b>tag</b> &amp; $x^2$",
        ":red[x] :smile: :material/home:",
        "# heading - list 1. one",
        "www.somewhere.com me@home.org",
        "a -> b <- c -- d",
    ],
)
def test_every_special_character_of_markdown_is_escaped(typed: str) -> None:
    """No special character is left bare; without escapes and zero-width characters it is what was typed."""
    made = escape_markdown(typed)
    assert re.sub(r"\\(.)", r"\1", made).replace("\u2060", "") == typed
    assert not re.search(r"(?<!\\)[*_`~\[\]<>$:#&@]", made)
    assert "www" not in made.lower()


def test_letters_are_unchanged() -> None:
    """In any script."""
    assert escape_markdown("Grüße 手写数字 42") == "Grüße 手写数字 42"


def test_one_line() -> None:
    """A line break would begin a new paragraph."""
    assert escape_markdown("a\nb") == "a b"
