"""Words in the viewer's language: chosen when they are shown, not when they are written down or raised.

`_("{count} layers", count=7)` is a text now. `lazy("{count} layers", count=7)` is a Message: it becomes a
text each time that somebody looks at it, in that person's language; errors, constants and stored entries
hold these. `plural` and `lazy_plural` have two forms in English, and in each language as many as it needs.
`N_("Kernel size")` only marks a text for the catalogue, where a plain string has to be kept.

English stands in the code and is the key. Each other language is one gettext catalogue, a file
assets/languages/CODE.po; README, "Languages", says how it is made and kept.
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
_askers: list[Callable[[], str | None]] = []


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
        self.text = text  # empty for several sentences in a row, which are its values
        self.values = dict(values or {})
        self.other = other  # the English plural; None for a text that has none
        self.count = count

    def __str__(self) -> str:
        """In the language of whoever looks."""
        if not self.text:
            return sentences(self.values.values())
        words = _translations(language())
        if self.other is None:
            text = words.gettext(self.text)
        else:
            text = words.ngettext(self.text, self.other, self.count or 0)
        return text.format(**self.values) if self.values else text

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash((self.text, self.other, self.count))

    def as_json(self) -> dict[str, Any]:
        """For a data base or an event; values that are messages themselves go with it."""
        values = {
            name: value.as_json() if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        plural = {} if self.other is None else {"other": self.other, "count": self.count}
        return {"text": self.text, "values": values} | plural

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Message:
        """The way back."""
        values = {
            name: cls.from_json(value) if isinstance(value, dict) else value
            for name, value in stored["values"].items()
        }
        return cls(stored["text"], values, stored.get("other"), stored.get("count"))


def stored(words: Words) -> str | dict[str, Any]:
    """As JSON can hold it: a name as it is, a text with its values."""
    return words.as_json() if isinstance(words, Message) else words


def from_stored(kept: str | dict[str, Any]) -> Words:
    """The way back."""
    return Message.from_json(kept) if isinstance(kept, dict) else kept


Words = str | Message  # what is shown to people: a name that they typed, or a text of the lab


def _(text: str, **values: Any) -> str:
    """The text in the viewer's language, now."""
    return str(Message(text, values))


def plural(one: str, other: str, count: int, **values: Any) -> str:
    """The form that the language has for so many, now; `{count}` in it is the number."""
    return str(lazy_plural(one, other, count, **values))


def lazy(text: str, **values: Any) -> Message:
    """The text, for whoever will look at it."""
    return Message(text, values)


def lazy_plural(one: str, other: str, count: int, **values: Any) -> Message:
    """The form for so many, for whoever will look at it; `{count}` in it is the number."""
    return Message(one, {"count": f"{count:,}"} | values, other, count)


def lazy_sentences(*parts: Words) -> Message:
    """One after the other as `sentences` has them, for whoever will look at them."""
    return Message("", {str(place): part for place, part in enumerate(parts)})


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """The text as it is: this only marks it for the catalogue."""
    return text


def sentences(parts: Iterable[Words]) -> str:
    """One after the other, each with its full stop, as the language sets them."""
    ended = [text if text.endswith(_ENDS) else _("{sentence}.", sentence=text) for text in map(str, parts)]
    return ("" if _("{sentence}.").endswith("。") else " ").join(ended)


def listed(parts: Iterable[Words]) -> str:
    """With commas between them, as the language sets them, now."""
    return str(lazy_listed(parts))


def lazy_listed(parts: Iterable[Words]) -> Words:
    """'Conv2d, ReLU, Linear'; empty where there is nothing."""
    return _strung(parts, lambda first, last: lazy("{first}, {last}", first=first, last=last))


def either(parts: Iterable[Words]) -> Words:
    """'this or that'; empty where there is nothing."""
    return _strung(parts, lambda first, last: lazy("{first} or {last}", first=first, last=last))


def both(parts: Iterable[Words]) -> Words:
    """'this and that'; empty where there is nothing."""
    return _strung(parts, lambda first, last: lazy("{first} and {last}", first=first, last=last))


def several(parts: Iterable[Words]) -> Words:
    """What is listed where the parts have commas of their own: 'this, that; these'."""
    return _strung(parts, lambda first, last: lazy("{first}; {last}", first=first, last=last))


def _strung(parts: Iterable[Words], joined: Callable[[Words, Words], Words]) -> Words:
    """Two at a time, from the front; empty where there is nothing."""
    known = list(parts)
    return reduce(joined, known) if known else ""


def language() -> str:
    """The code of the viewer's language: chosen for this context, of this session, of the command line."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    for ask in _askers:
        if (answer := ask()) is not None:
            return answer
    return best_of(os.environ.get("CNNLAB_LANGUAGE", "")) or ENGLISH


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """For the length of a block, the texts of this context are in this language."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


def ask_first(asker: Callable[[], str | None]) -> None:
    """`asker` knows whom a text is for where no context says it: the screen, by its session."""
    if asker not in _askers:
        _askers.append(asker)


def best_of(wanted: str) -> str | None:
    """The language that an Accept-Language header, a link or an environment variable wants most, if any."""
    weighted = []
    for place, part in enumerate(wanted.replace("_", "-").split(",")):
        name, _semicolon, weight = part.strip().lower().partition(";q=")
        try:
            weighted.append((-float(weight or 1), place, name.partition("-")[0].partition(".")[0]))
        except ValueError:
            continue
    known = codes()
    return next((code for _weight, _place, code in sorted(weighted) if code in known), None)


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
    "ask_first",
    "best_of",
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
    "speaking",
    "stored",
]
