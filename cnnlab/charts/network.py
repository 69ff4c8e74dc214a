"""A picture of a whole network as SVG, for the screen, a paper or a slide.

Each row is a box or a bar (network_boxes.py), with its name and shape below it. Where they do not all fit on
one line, a row that keeps the shape (an activation, a normalization, dropout) moves in front of the one that
it follows, and a network that is longer still continues on the next line. A block is a frame that shows its
branches and where they meet (network_blocks.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from cnnlab.charts.network_blocks import SIGNS, block, frame
from cnnlab.charts.network_boxes import Group, Scale, column, fan
from cnnlab.charts.network_ink import FONT, TEXT, Ink, Item
from cnnlab.design.design import Design, Row, Summary, summarize
from cnnlab.language import Words, _
from cnnlab.layers import Branch, Layer, Shape, shape_text

WIDTHS = (320, 2_400)  # smallest and largest width of a picture in pixels
THUMBNAIL = (460, 84)  # width and height
_MARGIN = 12
_TURN = 14  # pixels to the right of a line where the arrow to the next line goes down


@dataclass(frozen=True, slots=True)
class _Layout:
    """One way to draw a network."""

    largest: float  # the side of the largest map in pixels
    fan: float  # how much of a map is left to be seen by the sheet in front of it; 0: all rows side by side
    gap: float  # between two boxes: room for an arrow


# The first that fits on one line, else the one with the fewest lines. `_NARROW`: on a phone.
_LAYOUTS = (
    _Layout(112, 0, 18),
    _Layout(96, 0, 12),
    _Layout(112, 0.5, 18),
    _Layout(88, 0.4, 14),
    _Layout(64, 0.35, 14),
)
_NARROW = (_Layout(84, 0.4, 20),)
_SMALL = _Layout(52, 0.3, 9)


def network_svg(
    design: Design,
    *,
    width: int = 1_180,
    dark: bool = False,
    on_page: bool = False,
    background: bool = True,
) -> str:
    """The picture of a design, even one that does not work yet: rows without a shape are drawn dashed.

    `on_page`: as a part of a page, with its letters and on its background.
    """
    summary = summarize(design)
    ink = Ink(dark, on_page)
    room = _clamped(width) - 2 * _MARGIN - _TURN
    layout, lines = _fitting(design, summary, room, ink)
    body, height, used = _placed(lines, layout.gap, ink)
    total = max(used + _MARGIN, 240)
    name = escape(design.name)
    paper = "" if on_page or not background else f'<rect width="100%" height="100%" fill="{ink.paper}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height:.0f}" width="{total:.0f}" '
        f'height="{height:.0f}" data-lines="{len(lines)}" role="img" '
        f'aria-label="{name}: {escape(_description(design, summary))}" {FONT}>'
        f"<title>{name}</title>{paper}{body}</svg>"
    )


def network_thumbnail(design: Design, *, dark: bool = False) -> str:
    """The boxes alone, on one line; all thumbnails have the same size."""
    summary = summarize(design)
    ink = Ink(dark)
    scale = _scale(design, summary, _SMALL)
    items = [
        fan(group, scale, ink, named=False) if not _is_block(group.lead) else _small_block(group, scale, ink)
        for group in _groups(design, summary, apart=False)
    ]
    body, height, used = _placed([items], _SMALL.gap, ink)
    width, high = THUMBNAIL
    zoom = min(1.0, width / (used - _TURN - _MARGIN + 2), high / height)
    moved = f"translate({1 - _MARGIN * zoom:.1f} {(high - height * zoom) / 2:.1f})"
    name = escape(design.name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {high}" width="{width}" '
        f'height="{high}" role="img" aria-label="{name}"><title>{name}</title>'
        f'<g transform="{moved} scale({zoom:.3f})">{body}</g></svg>'
    )


def block_svg(layer: Layer, shape: Shape, *, width: int = 900, dark: bool = False) -> str:
    """The inside of a block for an input of this shape: its branches, and where they meet."""
    ink = Ink(dark, on_page=True)
    branches = layer.branches(shape)
    drawn = frame(layer, branches, _clamped(width), 0, ink)
    parts = "; ".join(_branch_text(branch) for branch in branches)
    words = escape(_("{name}: {parts}", name=layer.title, parts=parts))
    across, down = drawn.width + 2, drawn.above + drawn.below
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 {-drawn.above:.0f} {across:.0f} {down:.0f}" '
        f'width="{across:.0f}" height="{down:.0f}" role="img" aria-label="{words}" {FONT}>{drawn.body}</svg>'
    )


def _branch_text(branch: Branch) -> str:
    if not branch.layers:
        return _("{name}: unchanged", name=branch.name)
    first, *others = (layer.titled() for layer in branch.layers)
    steps: Words = first
    for label in others:
        steps = _("{steps}, then {layer}", steps=steps, layer=label)
    return _("{name}: {parts}", name=branch.name, parts=steps)


def _clamped(width: int) -> int:
    return min(max(width, WIDTHS[0]), WIDTHS[1])


def _description(design: Design, summary: Summary) -> str:
    """A text alternative to the picture, for screen readers."""
    rows = [
        _("{layer} to {shape}", layer=row.layer.titled(), shape=shape_text(row.output_shape))
        if row.output_shape
        else _("{layer} to nothing yet", layer=row.layer.titled())
        for row in summary.rows
    ]
    return "; ".join([_("input {shape}", shape=shape_text(design.input_shape)), *rows])


# ---- which rows form a piece, and how large it is


def _fitting(design: Design, summary: Summary, room: float, ink: Ink) -> tuple[_Layout, list[list[Item]]]:
    """The layout that fits best, and its lines."""
    best: tuple[_Layout, list[list[Item]]] | None = None
    for layout in _LAYOUTS if room > 600 else _NARROW:
        lines = _lines(_items(design, summary, layout, room, ink), layout.gap, room)
        if len(lines) == 1:
            return layout, lines
        if layout.fan and (best is None or len(lines) < len(best[1])):
            best = layout, lines
    assert best is not None  # some layouts may have any number of lines
    return best


def _items(design: Design, summary: Summary, layout: _Layout, room: float, ink: Ink) -> list[Item]:
    scale = _scale(design, summary, layout)
    return [_item(group, scale, room, ink) for group in _groups(design, summary, apart=not layout.fan)]


def _item(group: Group, scale: Scale, room: float, ink: Ink) -> Item:
    lead = group.lead
    if lead is not None and lead.input_shape and _is_block(lead):
        return block(lead, lead.layer.branches(lead.input_shape), room, ink)
    return fan(group, scale, ink) if scale.fan else column(group, scale, ink)


def _scale(design: Design, summary: Summary, layout: _Layout) -> Scale:
    shapes = [design.input_shape, *(row.output_shape for row in summary.rows if row.output_shape)]
    sides = [side for shape in shapes if len(shape) == 3 for side in shape[1:]]
    return Scale(layout.largest / max(sides), layout.largest, layout.fan)


def _groups(design: Design, summary: Summary, *, apart: bool) -> list[Group]:
    groups = [Group(None, design.input_shape)]
    for row in summary.rows:
        last = groups[-1]
        if not apart and _keeps_shape(row) and not _is_block(last.lead):
            groups[-1] = replace(last, followers=(*last.followers, row))
        else:
            groups.append(Group(row, row.output_shape))
    return groups


def _keeps_shape(row: Row) -> bool:
    quiet = row.layer.family in ("activation", "normalization", "regularization")
    return quiet and row.output_shape is not None and row.input_shape == row.output_shape


def _is_block(row: Row | None) -> bool:
    """Whether the row is drawn as a frame with branches."""
    return row is not None and row.layer.join is not None and row.output_shape is not None


def _small_block(group: Group, scale: Scale, ink: Ink) -> Item:
    """A block as a box, with the sign that says how its branches meet."""
    box = fan(group, scale, ink, named=False)
    sign = SIGNS[(group.lead and group.lead.layer.join) or "add"]
    x = box.width + 9
    place = f'x="{x:.1f}" y="5" text-anchor="middle" font-size="{TEXT + 4:g}"'
    mark = f'<text {place} fill="{ink.text}">{sign}</text>'
    return Item(box.width + 18, box.above, box.below, 0, box.width + 18, box.body + mark)


# ---- the whole


def _lines(items: Sequence[Item], gap: float, room: float) -> list[list[Item]]:
    lines: list[list[Item]] = [[]]
    used = 0.0
    for item in items:
        if lines[-1] and used + item.width > room:
            lines.append([])
            used = 0.0
        lines[-1].append(item)
        used += item.width + gap
    return lines


def _placed(lines: Sequence[Sequence[Item]], gap: float, ink: Ink) -> tuple[str, float, float]:
    """All items in position, with arrows; then the height and the right edge."""
    body, y, right = _arrow_head(ink), float(_MARGIN), 0.0
    last: tuple[float, float, float, float] | None = (
        None  # where the previous line ends, and how low it reaches
    )
    for line in lines:
        axis = y + max(item.above for item in line)
        x = float(_MARGIN)
        if last is not None:
            body += _line_break_arrow(last, (x + line[0].entry, axis), ink)
        for item, following in zip(line, [*line[1:], None], strict=True):
            body += f'<g transform="translate({x:.1f} {axis:.1f})">{item.body}</g>'
            if following is not None:
                body += _arrow(x + item.leave, x + item.width + gap + following.entry, axis, ink)
            last = (x + item.leave, axis, x + item.width, axis + max(each.below for each in line))
            x += item.width + gap
        right = max(right, x - gap + _TURN)
        y = axis + max(item.below for item in line) + 20
    return body, y - 20 + _MARGIN, right


def _arrow_head(ink: Ink) -> str:
    return (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
        f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{ink.faint}"/></marker></defs>'
    )


def _arrow(start: float, end: float, y: float, ink: Ink) -> str:
    return _path(f"M{start + 2:.1f},{y:.1f} H{end - 2:.1f}", ink)


def _line_break_arrow(last: tuple[float, float, float, float], end: tuple[float, float], ink: Ink) -> str:
    """The arrow from the end of a line to the beginning of the next."""
    x, y, side, low = last
    between = low + 8
    return _path(
        f"M{x + 2:.1f},{y:.1f} H{side + _TURN - 4:.1f} V{between:.1f} H6 V{end[1]:.1f} H{end[0] - 2:.1f}", ink
    )


def _path(course: str, ink: Ink) -> str:
    return f'<path d="{course}" fill="none" stroke="{ink.faint}" stroke-width="1.2" marker-end="url(#head)"/>'
