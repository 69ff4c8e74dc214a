"""The gettext catalogues: one file per language, read with Babel when its first viewer comes."""

from __future__ import annotations

import os
import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages import Catalog

FOLDER = Path(__file__).parents[2] / "assets" / "languages"
TEMPLATE = FOLDER / "cnnlab.pot"  # every text of the lab, and the files it appears in
ENGLISH = "en"  # in the code itself
PSEUDO = "pseudo"  # every text in brackets and a third longer: what cannot be translated stands out

_FIELDS = re.compile(r"(\{[^{}]*\})")


@cache
def codes() -> tuple[str, ...]:
    """The available languages; the pseudo-language only if CNNLAB_PSEUDO is set."""
    own = sorted(file.stem for file in FOLDER.glob("*.po"))
    return (ENGLISH, *own, *((PSEUDO,) if os.environ.get("CNNLAB_PSEUDO") else ()))


def own_name(code: str) -> str:
    """The name of a language in that language."""
    from babel import Locale

    if code == PSEUDO:
        return "[Pseudo]"
    name: str | None = Locale.parse(code).get_display_name(code)
    return (name or code).capitalize()


def catalogue(code: str) -> NullTranslations:
    """The translations into this language; English if the language is unknown."""
    if code == PSEUDO:
        return _Pseudo()
    file = FOLDER / f"{code}.po"
    if code not in codes() or not file.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, _read(file, code))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def table(code: str, suffix: str) -> dict[str, str | list[str]]:
    """The translations of all texts in files with this suffix, by English text; for plurals, all forms."""
    found: dict[str, str | list[str]] = {}
    own = None if code in (ENGLISH, PSEUDO) else _read(FOLDER / f"{code}.po", code)
    for entry in _read(TEMPLATE, None) if code != ENGLISH else ():
        if not entry.id or not any(name.endswith(suffix) for name, _line in entry.locations):
            continue
        one = entry.id if isinstance(entry.id, str) else entry.id[0]
        if own is None:
            found[one] = pseudo(one) if isinstance(entry.id, str) else [pseudo(text) for text in entry.id]
        elif (translated := own.get(entry.id)) and translated.string:
            text = translated.string
            found[one] = text if isinstance(text, str) else list(text)
    return found


def plural_form(code: str) -> str:
    """The index of the plural form for a number `n`, as an expression valid in C and JavaScript."""
    if code in (ENGLISH, PSEUDO):
        return "n != 1"
    return str(_read(FOLDER / f"{code}.po", code).plural_expr)


def pseudo(text: str) -> str:
    """The text in brackets and a third longer; placeholders stay."""
    parts = _FIELDS.split(text)
    length = sum(len(part) for part in parts[::2])
    return f"[{text}{'~' * -(-length // 3)}]"


class _Pseudo(NullTranslations):
    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)


@cache
def _read(file: Path, code: str | None) -> Catalog:
    from babel.messages.pofile import read_po

    with file.open("rb") as opened:
        return read_po(opened, locale=code)
