"""Texts are translated when they are read, into the reader's language."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from gettext import NullTranslations

import pytest

from cnnlab import language as words
from cnnlab.ground.errors import DesignError
from cnnlab.language import (
    Message,
    _,
    best_of,
    language,
    lazy,
    lazy_plural,
    plural,
    sentences,
    speaking,
)
from cnnlab.language.catalogues import pseudo


class Loud(NullTranslations):
    """A made-up language: its texts are the English ones in capitals, its plural has one form."""

    def gettext(self, message: str) -> str:
        return re.sub(
            r"\{\w+\}|[^{]+", lambda part: part[0] if part[0][0] == "{" else part[0].upper(), message
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"many of {msgid2}"


@pytest.fixture(autouse=True)
def _loud(monkeypatch: pytest.MonkeyPatch) -> None:
    known = words._translations

    def translations(code: str) -> NullTranslations:
        return Loud() if code == "xx" else known(code)

    monkeypatch.setattr(words, "_translations", translations)


def test_a_message_is_in_the_readers_language() -> None:
    """The same object, two readers."""
    message = lazy("layer")
    with speaking("xx"):
        assert str(message) == "LAYER"
    assert str(message) == "layer"


def test_an_error_is_in_the_language_of_its_handler() -> None:
    """Raised in one, shown in another: all four parts."""
    with speaking("xx"):
        error = DesignError(lazy("bad"), where=lazy("row"), repair=lazy("go on"))
    assert str(error) == "row: bad. go on."
    with speaking("xx"):
        assert str(error) == "ROW: BAD. GO ON."


def test_plurals_have_the_forms_of_the_language() -> None:
    """Two in English; the number is written with its commas."""
    assert plural("{count} layer", "{count} layers", 1) == "1 layer"
    assert plural("{count} layer", "{count} layers", 1234) == "1,234 layers"
    with speaking("xx"):
        assert str(lazy_plural("{count} layer", "{count} layers", 1)) == "many of 1 layers"


def test_a_message_comes_back_from_storage() -> None:
    """Values that are messages themselves as well."""
    message = lazy("after {what}", what=lazy_plural("{count} epoch", "{count} epochs", 3))
    stored = Message.from_json(message.as_json())
    assert stored == message
    with speaking("xx"):
        assert str(stored) == str(message) != "after 3 epochs"
    assert str(pickle.loads(pickle.dumps(message))) == "after 3 epochs"


def test_what_people_typed_is_not_a_placeholder() -> None:
    """A name in braces is shown as it is, and so is a text without values."""
    assert _("run {name}", name="{0.__class__}") == "run {0.__class__}"
    assert _("a set {1, 2}") == "a set {1, 2}"


def test_another_thread_speaks_its_own_language() -> None:
    """The choice of one viewer is not another's."""
    with speaking("xx"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(language).result() == "en"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr-CH, fr;q=0.9, zh;q=0.5, *;q=0.1", "zh"),
        ("zh_CN.UTF-8", "zh"),
        ("fr", None),
        ("", None),
        (";q=,zh;q=x,\u0000", None),
    ],
)
def test_the_best_language_of_a_header(wanted: str, code: str | None) -> None:
    """By weight, then by order; regions count for their language; nonsense is passed over."""
    assert best_of(wanted) == code


def test_the_environment_selects_the_command_lines_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """English if the variable is missing or names an unknown language."""
    monkeypatch.setenv("CNNLAB_LANGUAGE", "zh_CN.UTF-8")
    assert language() == "zh"
    monkeypatch.setenv("CNNLAB_LANGUAGE", "tlh")
    assert language() == "en"


def test_the_pseudo_language_keeps_placeholders() -> None:
    """In brackets, a third longer."""
    assert pseudo("{count} layers") == "[{count} layers~~~]"


def test_sentences_end_once() -> None:
    """Each has its full stop, whatever it came with."""
    assert sentences(["One", "Two!", lazy("Three.")]) == "One. Two! Three."
