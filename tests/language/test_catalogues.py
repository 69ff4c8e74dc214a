"""The catalogues are complete, have no unused texts, and no translation loses a placeholder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from cnnlab.language.catalogues import FOLDER, TEMPLATE, own_name, table
from tests.conftest import ROOT

FIELDS = re.compile(r"\{[^{}]*\}")
CATALOGUES = sorted(FOLDER.glob("*.po"))
KEYWORDS = ("_:1", "plural:1,2", "lazy:1", "lazy_plural:1,2", "N_:1")


def read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened)


def texts(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The forms of each text, and of its translation."""
    return {forms(entry.id): forms(entry.string) for entry in catalogue if entry.id}


def forms(text: object) -> tuple[str, ...]:
    return (
        (text,) if isinstance(text, str) else tuple(map(str, text)) if isinstance(text, list | tuple) else ()
    )


@pytest.mark.slow
def test_the_template_has_the_texts_of_the_code(tmp_path: Path) -> None:
    """As Babel extracts them now; README, "Languages", has the command that updates it."""
    fresh = tmp_path / "fresh.pot"
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    command = [
        sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", ".babel.cfg", *keywords,
        "--no-default-keywords", "--add-location=file", "-o", str(fresh),
        "app.py", "pages", "cnnlab", "assets",
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    assert texts(read(fresh)).keys() == texts(read(TEMPLATE)).keys()


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_every_text_is_translated_and_none_is_left_over(file: Path) -> None:
    """No fuzzy guesses either."""
    catalogue = read(file)
    translated = texts(catalogue)
    assert translated.keys() == texts(read(TEMPLATE)).keys()
    assert [text for text, there in translated.items() if not there or not all(there)] == []
    assert [entry.id for entry in catalogue if entry.id and entry.fuzzy] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_placeholders_are_kept(file: Path) -> None:
    """Each at least once, and no others."""
    wrong = [
        (text, form)
        for text, there in texts(read(file)).items()
        for form in there
        if set(FIELDS.findall(form)) != set(FIELDS.findall(text[-1]))
    ]
    assert wrong == []


def test_a_browser_gets_the_texts_of_the_scripts() -> None:
    """Only those: the texts of Python and html are already translated."""
    scripts, pages = table("zh", ".js"), table("zh", ".html")
    assert scripts["Zoom in"] != "Zoom in"
    assert pages
    assert len(scripts.keys() & pages.keys()) < min(len(scripts), len(pages))


def test_a_language_is_named_in_that_language() -> None:
    """As its readers look for it."""
    assert (own_name("zh"), own_name("en")) == ("中文", "English")
