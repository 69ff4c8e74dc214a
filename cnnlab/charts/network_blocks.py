"""Blocks in a network's picture: a frame that shows the branches and where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cnnlab.charts.network_boxes import of_row
from cnnlab.charts.network_ink import INDENT, LINE, TEXT, Ink, Item, list_of, row_labels, shape_label
from cnnlab.design.design import Row
from cnnlab.layers import Branch, Layer
from cnnlab.runs.words import columns

SIGNS = {"add": "+", "multiply": "×", "concatenate": "⧺"}
_PILL_RISE = 30.0  # pixels from one line of pills to the next: room for the line back
_DASH = ' stroke-dasharray="5 3"'


@dataclass(frozen=True, slots=True)
class _Lane:
    """One branch of a block: pills one after another, in one or more lines."""

    lines: tuple[tuple[Layer, ...], ...]
    name: str
    width: float

    @property
    def height(self) -> float:
        return _PILL_RISE * max(len(self.lines), 1) + 8


def block(row: Row, branches: Sequence[Branch], room: float, ink: Ink) -> Item:
    """The frame, and below it the label of the row."""
    labels = [*row_labels(row), shape_label(row.output_shape, "")]
    drawn = frame(row.layer, branches, room, max(label.width(ink, INDENT) for label in labels), ink)
    body = drawn.body + list_of(labels, drawn.below + LINE - 2, ink)
    below = drawn.below + len(labels) * LINE + 6
    return Item(drawn.width, drawn.above, below, 0, drawn.width, of_row(row, body))


def frame(layer: Layer, branches: Sequence[Branch], room: float, min_width: float, ink: Ink) -> Item:
    """A frame at least `min_width` wide: the branches one below the other, and the circle where they meet."""
    lanes = [_lane(branch, room - 80, ink) for branch in branches]
    inner = max(max(lane.width for lane in lanes), 90)
    high = sum(lane.height for lane in lanes)
    width = max(inner + 66, min_width)
    meet, tone = width - 20, ink.of("block")
    body = (
        f'<rect class="frame" x="0.5" y="{-high / 2 - 6:.1f}" width="{width - 1:.1f}" '
        f'height="{high + 12:.1f}" rx="8" fill="{tone}" fill-opacity="0.07" stroke="{tone}"/>'
    )
    y = -high / 2
    for lane in lanes:
        body += _lane_body(lane, y + lane.height / 2, inner, meet, ink)
        y += lane.height
    sign = SIGNS[layer.join or "add"]
    body += (
        f'<circle cx="{meet:.1f}" cy="0" r="9" fill="{ink.paper}" stroke="{ink.text}"/>'
        f'<text x="{meet:.1f}" y="4" text-anchor="middle" fill="{ink.text}" font-weight="600">{sign}</text>'
    )
    return Item(width, high / 2 + 8, high / 2 + 8, 0, width, body)


def _lane(branch: Branch, room: float, ink: Ink) -> _Lane:
    lines: list[tuple[Layer, ...]] = []
    used = 0.0
    for layer in branch.layers:
        needed = _pill_width(layer, ink) + 14
        if not lines or used + needed > room:
            lines.append(())
            used = 0.0
        lines[-1] += (layer,)
        used += needed
    width = max((sum(_pill_width(layer, ink) + 14 for layer in line) for line in lines), default=0) + 4
    return _Lane(tuple(lines), str(branch.name), width)


def _pill_width(layer: Layer, ink: Ink) -> float:
    return 12 + ink.letter * 0.92 * columns(layer.titled())


def _lane_body(lane: _Lane, y: float, inner: float, meet: float, ink: Ink) -> str:
    """A line from the block's left edge through the pills of this branch to where the branches meet."""
    top = y - _PILL_RISE / 2 * (max(len(lane.lines), 1) - 1)
    low = 2 * y - top
    end = inner + 24
    turns = "".join(
        f" V{top + _PILL_RISE * (number + 0.5):.1f} H24 V{top + _PILL_RISE * (number + 1):.1f} H{end:.1f}"
        for number in range(len(lane.lines) - 1)
    )
    body = (
        f'<path d="M0,0 H8 C16,0 12,{top:.1f} 24,{top:.1f} H{end:.1f}{turns} '
        f'C{meet - 6:.1f},{low:.1f} {meet - 20:.1f},0 {meet - 9:.1f},0" fill="none" stroke="{ink.text}" '
        f'stroke-width="1.2"{_DASH if not lane.lines else ""}/>'
    )
    if not lane.lines:
        note = f'<text x="{24 + inner / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle" fill="{ink.faint}">'
        return body + f"{note}{escape(lane.name)}</text>"
    for number, line in enumerate(lane.lines):
        x = 30.0
        for layer in line:
            body += _pill(layer, x, top + _PILL_RISE * number, ink)
            x += _pill_width(layer, ink) + 14
    return body


def _pill(layer: Layer, x: float, y: float, ink: Ink) -> str:
    tone, width = ink.of(layer.family), _pill_width(layer, ink)
    return (
        f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="{width:.1f}" height="20" rx="5" fill="{ink.paper}"/>'
        f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="{width:.1f}" height="20" rx="5" fill="{tone}" '
        f'fill-opacity="0.18" stroke="{tone}"/>'
        f'<text x="{x + width / 2:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="{ink.text}" '
        f'font-size="{TEXT * 0.92:.1f}">{escape(layer.titled())}</text>'
    )
