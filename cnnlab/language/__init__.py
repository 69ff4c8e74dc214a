"""Texts in the viewer's language, translated when they are shown, not when they are created or raised.

`_("{count} layers", count=7)` is translated at once. `lazy("{count} layers", count=7)` is a Message: it is
translated each time it is shown, into the viewer's language; errors, constants and stored entries use these.
`plural` and `lazy_plural` have two forms in English, and as many as needed in each other language.
`N_("Kernel size")` only marks a text for the catalogue, where a plain string is required.

The English text in the code is the key. Each other language is one gettext catalogue, a file
assets/languages/CODE.po; README, "Languages", says how it is created and updated.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from gettext import NullTranslations
from typing import Any

from cnnlab.language.catalogues import ENGLISH, PSEUDO, catalogue, codes

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_ENDS = (".", "!", "?", "…", "。", "！", "？", "]")
_language_sources: list[Callable[[], str | None]] = []
_NAMES_OF_NUMBERS = frozenset({"line", "seed", "status"})  # they do not count: line 1200, seed 7919
_before_showing: list[Callable[[str], str]] = []


class Message:
    """A text with its values, not yet in any language."""

    __slots__ = ("count", "other", "text", "values")

    def __init__(
        self,
        text: str,
        values: Mapping[str, Any] | None = None,
        other: str | None = None,
        count: int | None = None,
    ) -> None:
        self.text = text  # empty for several sentences in a row, which are the values
        self.values = dict(values or {})
        self.other = other  # the English plural, if any
        self.count = count

    def __str__(self) -> str:
        """The text in the viewer's language."""
        if not self.text:
            return sentences(self.values.values())
        translations = _translations(language())
        if self.other is None:
            text = translations.gettext(self.text)
        else:
            text = translations.ngettext(self.text, self.other, self.count or 0)
        return as_shown(text.format(**_shown(self.values)) if self.values else text)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash((self.text, self.other, self.count))

    def as_json(self) -> dict[str, Any]:
        """The message for the database or an event, including values that are messages themselves."""
        values = {
            name: value.as_json() if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        plural = {} if self.other is None else {"other": self.other, "count": self.count}
        return {"text": self.text, "values": values} | plural

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Message:
        """The message that `as_json` stored."""
        values = {
            name: cls.from_json(value) if isinstance(value, dict) else value
            for name, value in stored["values"].items()
        }
        return cls(stored["text"], values, stored.get("other"), stored.get("count"))


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they stand in a text: whole numbers with separators, 1,600 like 102,464."""
    return {
        name: f"{value:,}" if type(value) is int and name not in _NAMES_OF_NUMBERS else value
        for name, value in values.items()
    }


def stored(words: Words) -> str | dict[str, Any]:
    """A text in its JSON form: a plain string as it is, a message with its values."""
    return words.as_json() if isinstance(words, Message) else words


def from_stored(kept: str | dict[str, Any]) -> Words:
    """The text that `stored` returned."""
    return Message.from_json(kept) if isinstance(kept, dict) else kept


Words = str | Message  # a text for people: a name that they typed, or a text of the lab


def _(text: str, **values: Any) -> str:
    """The text, translated now."""
    return str(Message(text, values))


def plural(one: str, other: str, count: int, **values: Any) -> str:
    """The plural form for this count, translated now; `{count}` in it is the number."""
    return str(lazy_plural(one, other, count, **values))


def lazy(text: str, **values: Any) -> Message:
    """The text, translated whenever it is shown."""
    return Message(text, values)


def lazy_plural(one: str, other: str, count: int, **values: Any) -> Message:
    """The plural form for this count, translated whenever it is shown; `{count}` in it is the number."""
    return Message(one, {"count": f"{count:,}"} | values, other, count)


def lazy_sentences(*parts: Words) -> Message:
    """The parts as `sentences` joins them, translated whenever they are shown."""
    return Message("", {str(index): part for index, part in enumerate(parts)})


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """The text unchanged: this only marks it for the catalogue."""
    return text


def sentences(parts: Iterable[Words]) -> str:
    """The parts joined as sentences, each ending in a period, in the style of the language."""
    ended = [text if text.endswith(_ENDS) else _("{sentence}.", sentence=text) for text in map(str, parts)]
    return ("" if _("{sentence}.").endswith("。") else " ").join(ended)


def listed(parts: Iterable[Words]) -> str:
    """The parts as a list with commas, translated now."""
    return str(lazy_listed(parts))


def lazy_listed(parts: Iterable[Words]) -> Words:
    """'Conv2d, ReLU, Linear'; empty if there are no parts."""
    return _chained(parts, lambda first, last: lazy("{first}, {last}", first=first, last=last))


def either(parts: Iterable[Words]) -> Words:
    """'this or that'; empty if there are no parts."""
    return _chained(parts, lambda first, last: lazy("{first} or {last}", first=first, last=last))


def both(parts: Iterable[Words]) -> Words:
    """'this and that'; empty if there are no parts."""
    return _chained(parts, lambda first, last: lazy("{first} and {last}", first=first, last=last))


def several(parts: Iterable[Words]) -> Words:
    """A list of parts that contain commas: 'this, that; these'."""
    return _chained(parts, lambda first, last: lazy("{first}; {last}", first=first, last=last))


def _chained(parts: Iterable[Words], joined: Callable[[Words, Words], Words]) -> Words:
    """Join two at a time, from the front; empty if there are no parts."""
    known = list(parts)
    return reduce(joined, known) if known else ""


def language() -> str:
    """The code of the viewer's language: from this context, else this session, else the environment."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    for source in _language_sources:
        if (code := source()) is not None:
            return code
    return first_available(os.environ.get("CNNLAB_LANGUAGE", ""))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use this language for the texts of this context, for the duration of a block."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


def change_before_showing(change: Callable[[str], str]) -> None:
    """Show every text of the lab as this function returns it; the latest such function counts."""
    _before_showing[:] = [change]


def show_unchanged() -> None:
    """Show texts as they are again."""
    _before_showing.clear()


def as_shown(words: Words) -> str:
    """A text as it is shown, also one that an older lab stored as a plain string."""
    text = str(words)
    for change in _before_showing:
        text = change(text)
    return text


def add_language_source(source: Callable[[], str | None]) -> None:
    """Register a function that knows the viewer's language if the context does not: the screen's session."""
    if source not in _language_sources:
        _language_sources.append(source)


def best_of(wanted: str) -> str | None:
    """The best available language for an Accept-Language header, a link or an environment variable."""
    weighted = []
    for position, part in enumerate(wanted.replace("_", "-").split(",")):
        name, _semicolon, weight = part.strip().lower().partition(";q=")
        try:
            weighted.append((-float(weight or 1), position, name.partition("-")[0].partition(".")[0]))
        except ValueError:
            continue
    known = codes()
    return next((code for _weight, _position, code in sorted(weighted) if code in known), None)


def first_available(*wanted: str) -> str:
    """The language of the first header, link or cookie that names an available one, else English."""
    return next(filter(None, map(best_of, wanted)), ENGLISH)


@cache
def _translations(code: str) -> NullTranslations:
    return catalogue(code)


__all__ = [
    "ENGLISH",
    "PSEUDO",
    "Message",
    "N_",
    "Words",
    "_",
    "as_shown",
    "best_of",
    "change_before_showing",
    "first_available",
    "both",
    "from_stored",
    "codes",
    "either",
    "language",
    "lazy",
    "lazy_listed",
    "lazy_plural",
    "lazy_sentences",
    "listed",
    "plural",
    "sentences",
    "several",
    "show_unchanged",
    "speaking",
    "stored",
]
