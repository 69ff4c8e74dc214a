"""One voice: American spelling in texts and code, the lab's words for things, numbers with separators."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from cnnlab.language import Message, _, plural
from cnnlab.language.catalogues import TEMPLATE
from tests.conftest import ROOT

BRITISH = re.compile(
    r"colour|centre|\bgrey|behaviour|neighbour|favour|labelled(?!by)|cancelled|modelled|learnt|licence|artefact|"
    r"(?:normal|initial|optim|organ|recogn|regular|memor|general|summar)is(?:e|ed|es|er|ing|ation)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"“[^”]*”|\"fused optimiser\"")  # a title as its author wrote it; a code of an older lab
OTHER_WORDS = {  # what is called otherwise on every screen
    r"\bmacs\b": "multiply-adds",
    r"\bdatasets?\b": "data set",
    r"\bimages\b": "pictures",
}
SOURCES = sorted(
    file
    for folder, kinds in {
        "cnnlab": ["py"],
        "pages": ["py"],
        "tests": ["py", "mjs"],
        "assets": ["js", "html"],
    }.items()
    for kind in kinds
    for file in (ROOT / folder).rglob(f"*.{kind}")
    if file.name != "test_voice.py"
) + [ROOT / "README.md"]


def shown_texts() -> list[str]:
    """The English texts, without what stands in their place holders and in code."""
    with TEMPLATE.open("rb") as file:
        ids = [entry.id for entry in read_po(file) if entry.id]
    texts = [form for each in ids for form in ((each,) if isinstance(each, str) else each)]
    return [re.sub(r"\{[^}]*\}|%\([^)]*\)\w|`[^`]*`|“[^”]*”", "", text) for text in texts]


def test_spelling_is_american() -> None:
    """In code, comments and texts alike."""
    found = {file.name: BRITISH.findall(QUOTED.sub("", file.read_text(encoding="utf-8"))) for file in SOURCES}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(("other", "ours"), OTHER_WORDS.items())
def test_texts_call_a_thing_by_one_name(other: str, ours: str) -> None:
    """The glossary has the terms; names from the code stay there."""
    assert [text for text in shown_texts() if re.search(other, text)] == [], ours


def test_whole_numbers_have_separators() -> None:
    """Wherever a text names one: 1,600 like 102,464."""
    assert _("{done} of {count}", done=995, count=1_000) == "995 of 1,000"
    assert (
        plural("{count} batch of {size}", "{count} batches of {size}", 1_200, size=2_304)
        == "1,200 batches of 2,304"
    )
    assert str(Message.from_json(Message("{count} bytes", {"count": 1_600}).as_json())) == "1,600 bytes"


def test_numbers_that_do_not_count_have_none() -> None:
    """A seed or a line is found under its number, and True is no number."""
    assert (
        _("seed {seed}, line {line}, {on}", seed=7_919, line=1_200, on=True) == "seed 7919, line 1200, True"
    )
