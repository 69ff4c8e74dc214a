"""Maps and vectors in a network's picture: boxes that show their first map to the front.

The front of a box is a map, to scale within the network; its depth grows with the square root of the number
of maps. A vector is a bar. Whatever belongs to a row is in a group with the row's index: the page paints the
row's first map on its front, and lights it together with the row's card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from cnnlab.charts.network_ink import (
    INDENT,
    LINE,
    Ink,
    Item,
    Label,
    column_of,
    list_of,
    row_labels,
    shape_label,
)
from cnnlab.design.design import Row
from cnnlab.language import _
from cnnlab.layers import Shape

_SLANT = (0.5, 0.36)  # how far the depth goes to the right and up, per pixel of it
_SHEET = 3.0  # the depth of a row that keeps the shape, behind the one before it
_GHOST = 'fill-opacity="0" stroke-width="1.2" stroke-dasharray="3 3"'
_FRONT = 'class="front" fill-opacity="0.72" stroke-width="1"'


@dataclass(frozen=True, slots=True)
class Group:
    """A row that produces a shape, and the rows after it that keep it. lead None: the input picture."""

    lead: Row | None
    shape: Shape | None
    followers: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """How large maps are drawn."""

    pixel: float  # the side of a map's pixel
    largest: float  # the side of the largest map
    fan: float = 1.0  # how much of a map is left to be seen by the sheet in front of it


def column(group: Group, scale: Scale, ink: Ink) -> Item:
    """A single row, or the input, with its labels centered below it."""
    box = _Box.of(group.shape, scale)
    lead = group.lead
    labels = [*(row_labels(lead) if lead else [_input()]), shape_label(group.shape, _("no shape yet"))]
    width = max(box.across, *(label.width(ink) for label in labels), 24)
    x = (width - box.across) / 2
    body = box.drawn(x, _tone(lead, ink), ink, group.shape is None)
    body += column_of(labels, width / 2, box.high / 2 + LINE, ink)
    below = box.high / 2 + LINE * len(labels) + 6
    return Item(width, box.high / 2 + box.up, below, x, x + box.across, of_row(lead, body))


def fan(group: Group, scale: Scale, ink: Ink, *, named: bool = True) -> Item:
    """A row, and in front of it, each further to the right, the rows after it that keep its shape."""
    box = _Box.of(group.shape, scale)
    has_maps = group.shape is not None and len(group.shape) == 3
    sheet = box.with_depth(_SHEET) if has_maps else box
    step = max(7.0, box.wide * scale.fan) if has_maps else box.wide + 2
    body = of_row(group.lead, box.drawn(0, _tone(group.lead, ink), ink, group.shape is None))
    for number, row in enumerate(group.followers, start=1):
        body += of_row(row, sheet.drawn(number * step, _tone(row, ink), ink))
    across = max(box.across, len(group.followers) * step + sheet.across)
    if not named:
        return Item(across, box.high / 2 + box.up, box.high / 2 + 1, 0, across, body)
    labels, width = _listed(group, box.high / 2 + LINE, ink)
    lines = sum(len(row_labels(row, one_line=True)) for row in _rows(group)) + (1 if group.lead else 2)
    below = box.high / 2 + LINE * lines + 6
    return Item(max(across, width, 40), box.high / 2 + box.up, below, 0, across, body + labels)


def of_row(row: Row | None, body: str, kind: str = "slab") -> str:
    """A part of the picture that belongs to a row, or to the input: its slab, or a label of it."""
    index, family = (row.index, row.layer.family) if row else ("input", "")
    return f'<g class="{kind}" data-row="{index}" data-family="{family}">{body}</g>'


def _listed(group: Group, y: float, ink: Ink) -> tuple[str, float]:
    """The labels of all rows, then the shape; with their width."""
    parts: list[tuple[Row | None, Sequence[Label]]] = [
        (row, row_labels(row, one_line=True)) for row in _rows(group)
    ]
    if group.lead is None:
        parts.insert(0, (None, [_input()]))
    body, width = "", 0.0
    for row, labels in parts:
        body += of_row(row, list_of(labels, y, ink), "slab-label")
        y += LINE * len(labels)
        width = max(width, *(label.width(ink, INDENT) for label in labels))
    shape = shape_label(group.shape, _("no shape yet"))
    return body + list_of([shape], y, ink), max(width, shape.width(ink))


def _rows(group: Group) -> list[Row]:
    return [*([group.lead] if group.lead else []), *group.followers]


def _input() -> Label:
    return Label((("plain", _("Input")),))


def _tone(row: Row | None, ink: Ink) -> str:
    return ink.of(row.layer.family) if row else ink.faint


@dataclass(frozen=True, slots=True)
class _Box:
    """A box in pixels: its front, and how far its depth goes to the right and up."""

    wide: float
    high: float
    right: float
    up: float

    @classmethod
    def of(cls, shape: Shape | None, scale: Scale) -> _Box:
        """The box of a map, the bar of a vector, or the outline of something that has no shape yet."""
        if shape is None:
            return cls(scale.largest * 0.25, scale.largest * 0.4, 0, 0)
        if len(shape) == 1:
            return cls(scale.largest * 0.09, scale.largest * min(0.18 + 0.035 * sqrt(shape[0]), 1), 0, 0)
        channels, height, width = shape
        depth = min(2 + 3 * sqrt(channels), 90) * scale.largest / 112
        front = cls(max(width * scale.pixel, 4), max(height * scale.pixel, 4), 0, 0)
        return front.with_depth(depth)

    @property
    def across(self) -> float:
        """The width with the depth."""
        return self.wide + self.right

    def with_depth(self, depth: float) -> _Box:
        """A box with the same front."""
        return _Box(self.wide, self.high, depth * _SLANT[0], depth * _SLANT[1])

    def drawn(self, x: float, tone: str, ink: Ink, ghost: bool = False) -> str:
        """The box with its left edge at x, and its front centered on the axis."""
        top, side = -self.high / 2, x + self.wide
        place = f'x="{x:.1f}" y="{top:.1f}" width="{self.wide:.1f}" height="{self.high:.1f}"'
        front = (
            f'<rect {place} fill="{ink.paper}"/>'
            f'<rect {place} fill="{tone}" stroke="{tone}" {_GHOST if ghost else _FRONT}/>'
        )
        if self.right < 0.5:
            return front
        back, high = (x + self.right, side + self.right), top - self.up
        lid = ((x, top), (back[0], high), (back[1], high), (side, top))
        flank = ((side, top), (back[1], high), (back[1], high + self.high), (side, top + self.high))
        return _face(lid, tone, 0.3) + _face(flank, tone, 0.5) + front


def _face(corners: Sequence[tuple[float, float]], tone: str, light: float) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    color = f'fill="{tone}" fill-opacity="{light}" stroke="{tone}" stroke-width="0.8"'
    return f'<polygon points="{points}" {color}/>'
