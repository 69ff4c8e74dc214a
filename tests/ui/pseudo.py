"""Pages through AppTest in the pseudo-language: text outside brackets cannot be translated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.language.catalogues import PSEUDO, codes
from tests.conftest import ROOT
from tests.letters import untranslated

# Parts of an element that are for the browser, not for a person.
_FOR_THE_BROWSER = {
    *("id", "color", "format", "icon", "icon_position", "language", "tag", "anchor", "align", "direction"),
    *("component_name", "js_content", "css_content", "json", "mixed", "bytes", "key"),
    *(
        "default",
        "raw_value",
        "raw_values",
        "url",
        "img",
        "imgs",
        "deferred_file_id",
        "form_id",
        "type",
        "extensions",
    ),
}
_MARKUP = re.compile(
    r"\b\d+e-\d+\b|<style>.*?</style>|<[^>]*>|:material/\w+:|:\w+-badge|:small(?=\[)", re.DOTALL
)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pseudo-language, in every thread of this test."""
    monkeypatch.setattr("cnnlab.language._language_sources", [])  # an earlier test's session had its own
    monkeypatch.setenv("CNNLAB_PSEUDO", "1")
    monkeypatch.setenv("CNNLAB_LANGUAGE", PSEUDO)
    codes.cache_clear()
    yield
    codes.cache_clear()


def opened(name: str, **query: str) -> AppTest:
    """A page of the app."""
    app = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def only_in_english(page: AppTest, names: Iterable[str] = ()) -> list[str]:
    """The texts on the page that stay English; `names` are words of people, and of code."""
    known = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)) or "$.")
    texts = [known.sub("", text) for part in page for text in _texts(getattr(part, "proto", None))]
    return [text for text in texts if untranslated(text)]


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield _MARKUP.sub(" ", re.sub(r"[\\\u2060]", "", part))
    elif hasattr(part, "ListFields"):  # a message of Streamlit's
        for field, value in part.ListFields():
            if field.name not in _FOR_THE_BROWSER:
                yield from _texts(value)
    elif isinstance(part, Iterable) and not isinstance(part, bytes):
        for each in part:
            yield from _texts(each)
