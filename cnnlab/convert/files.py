"""Reading and writing designs in files and standard streams, for the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cnnlab.convert import KINDS, Kind, link, read_design, write_design
from cnnlab.convert.notebook import is_notebook
from cnnlab.convert.stack import Imported
from cnnlab.data import BUILT_IN, DataRecord
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.language import Words, lazy

_SUFFIXES: dict[str, Kind] = {".py": "pytorch", ".json": "json", ".txt": "link", ".link": "link"}


def convert(source: str, target: str, wanted: str | None) -> tuple[Words, ...]:
    """Convert a file; return what a person should know before the result is used."""
    kind = kind_of(target, wanted)
    imported = open_design(source)
    save_design(imported, target, kind)
    return remarks(imported, kind)


def open_design(source: str) -> Imported:
    """Read a preset, a file of any supported kind, a link, or - for standard input."""
    if source in PRESETS:
        return Imported(PRESETS[source].design)
    if link.from_address(source) is not None:
        return read_design(source)
    try:
        if source == "-":
            content = sys.stdin.buffer.read(limits.MAX_NOTEBOOK_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(limits.MAX_NOTEBOOK_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        presets = ", ".join(PRESETS)
        allowed = lazy("a file, a link, - for standard input, or one of {presets}", presets=presets)
        problem = lazy("it cannot be read ({reason})", reason=reason)
        raise DesignError(problem, where=source[:80], allowed=allowed) from None
    return read_file(content)


def read_file(content: bytes, sets: Sequence[DataRecord] = BUILT_IN) -> Imported:
    """Read the content of a file: a design, a notebook, a link, or code that loads one of `sets`."""
    text = _text(content)
    if text.lstrip("\ufeff \t\r\n").startswith("{") and not is_notebook(text):
        return Imported(Design.from_json(text))
    return read_design(text, sets)


def design_in(path: Path) -> tuple[Design, tuple[Words, ...]]:
    """Read only the design from a file of any kind; also return what a person should know about it."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.MAX_NOTEBOOK_BYTES + 1)
    except OSError as error:
        problem = lazy("the file cannot be read ({reason})", reason=error.strerror)
        raise DesignError(problem, where=str(path)) from None
    if path.suffix.lower() == ".json":
        return Design.from_json(content), ()
    imported = read_file(content)
    omitted = (lazy("Its training settings are left out."),) if imported.config is not None else ()
    return imported.design, (*imported.warnings, *imported.notes, *omitted)


def _text(content: bytes) -> str:
    """Decode UTF-8, or UTF-16, which some editors write."""
    coding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return content.decode(coding, errors="replace")


def kind_of(target: str, wanted: str | None) -> Kind:
    """Return the kind to write: the requested one, else the one of the file's suffix."""
    for kind in KINDS:
        if kind == wanted:
            return kind
    found = _SUFFIXES.get(Path(target).suffix.lower())
    if found is None:
        raise DesignError(
            lazy("what to write is not clear from the name of the file"),
            where=target[:80],
            allowed=lazy(
                "a name that ends in {suffixes}, or --to {kinds}",
                suffixes=", ".join(_SUFFIXES),
                kinds=", --to ".join(KINDS),
            ),
        )
    return found


def remarks(imported: Imported, kind: Kind) -> tuple[Words, ...]:
    """Return what a person should know before the result is used."""
    omitted = imported.config is not None and kind == "json"
    note = lazy("Epochs, optimizer and the like are left out: a design file holds no training settings.")
    return (*imported.warnings, *imported.notes, *((note,) if omitted else ()))


def save_design(imported: Imported, target: str, kind: Kind) -> None:
    """Write the design into a file, or to standard output for -."""
    text = write_design(imported.design, imported.config, kind, imported.data).rstrip("\n") + "\n"
    if target == "-":
        print(text, end="")
        return
    try:
        Path(target).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        problem = lazy("the file cannot be written ({reason})", reason=error.strerror)
        raise LabError(problem, where=target[:80]) from None
