"""What the pieces of a network's picture are made of: colors, texts, and their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from cnnlab.charts.colors import TONES
from cnnlab.design.design import Row
from cnnlab.language import lazy_listed
from cnnlab.layers import shape_text
from cnnlab.runs.words import columns

TEXT = 12.0  # pixels
LINE = 15.5  # from one line of text to the next
FONT = f'font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif" font-size="{TEXT:g}"'
INDENT = 12  # of what has a square before it
_LONG = 24  # letters of the longest label on one line
_NARROW = 16  # letters from which on a line of settings is broken


@dataclass(frozen=True, slots=True)
class Ink:
    """The colors of a light or a dark page; on a page, not in a file, with the page's paper and letters."""

    dark: bool
    on_page: bool = False

    @property
    def paper(self) -> str:
        """The background, on which everything is drawn."""
        paper = "#0e1117" if self.dark else "#ffffff"
        return f"var(--st-background-color, {paper})" if self.on_page else paper

    @property
    def letter(self) -> float:
        """The average width of a letter in pixels; which font draws a file is not known."""
        return 5.9 if self.on_page else 6.5

    @property
    def text(self) -> str:
        """Names and shapes."""
        return "#fafafa" if self.dark else "#1f2430"

    @property
    def faint(self) -> str:
        """Arrows, the library's names, and the input picture."""
        return "#9aa0ab" if self.dark else "#5f6673"

    def of(self, name: str) -> str:
        """The color of a family of layers."""
        tone = TONES[name]
        return tone.dark if self.dark else tone.light


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of the picture. y = 0 is the axis along which the numbers flow, x = 0 its left end."""

    width: float
    above: float
    below: float
    entry: float  # where the arrow from the left ends
    leave: float  # where the arrow to the right begins
    body: str


Weight = Literal["plain", "faint", "strong"]


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text below a piece: words one after another, and the color of the family that it names."""

    words: tuple[tuple[Weight, str], ...]
    family: str = ""  # empty: a line that continues another, or names no layer

    def width(self, ink: Ink, indent: float = 0) -> float:
        """An estimate in pixels."""
        return indent + ink.letter * columns(" ".join(text for _, text in self.words))


def row_labels(row: Row, *, one_line: bool = False) -> list[Label]:
    """The common name, and after it, or below it, the library's name and the settings, in gray."""
    title, kind = f"{row.index + 1} {row.layer.title}", row.layer.kind
    first, *others = row.layer.settings_parts() or [""]
    parts = [first if kind == str(row.layer.title) else f"{kind} {first}".strip(), *others]
    exact = str(lazy_listed(part for part in parts if part))
    family = row.layer.family
    if exact and one_line and columns(f"{title} {exact}") <= _LONG:
        return [Label((("plain", title), ("faint", exact)), family)]
    return [Label((("plain", title),), family), *(Label((("faint", line),)) for line in _broken(exact))]


def _broken(text: str) -> list[str]:
    """A text in one or two lines, the first of them not too long."""
    head, comma, rest = text.rpartition(", ") if columns(text) > _NARROW else ("", "", text)
    return [line for line in (head + comma.strip(), rest) if line]


def shape_label(shape: tuple[int, ...] | None, otherwise: str) -> Label:
    """The shape, or what stands in its place."""
    return Label((("strong", shape_text(shape) if shape else otherwise),))


def list_of(labels: Sequence[Label], y: float, ink: Ink) -> str:
    """The labels one below the other, layers with a square in their family's color."""
    body = ""
    for number, label in enumerate(labels):
        line = y + number * LINE
        indent = INDENT if label.family or label.words[0][0] == "faint" else 0
        if label.family:
            body += f'<rect x="0" y="{line - 8:.1f}" width="7" height="7" fill="{ink.of(label.family)}"/>'
        body += _text(label, indent, line, "start", ink)
    return body


def column_of(labels: Sequence[Label], x: float, y: float, ink: Ink) -> str:
    """The labels one below the other, centered on x."""
    return "".join(_text(label, x, y + number * LINE, "middle", ink) for number, label in enumerate(labels))


def _text(label: Label, x: float, y: float, anchor: str, ink: Ink) -> str:
    spans = " ".join(
        f'<tspan fill="{ink.faint}">{escape(text)}</tspan>' if weight == "faint" else escape(text)
        for weight, text in label.words
    )
    bold = ' font-weight="600"' if label.words[0][0] == "strong" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink.text}"{bold}>{spans}</text>'
