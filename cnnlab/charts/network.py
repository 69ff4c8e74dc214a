"""A picture of a whole network as SVG, for the screen, a paper or a slide.

Maps are boxes: height and depth are the sides of the map, to scale within the network; the thickness grows
with the square root of the number of maps. A vector is a bar. A layer that keeps the shape (an activation, a
normalization, dropout) is a thin slab after the box that it is applied to. A block is a frame that shows its
branches and where they meet. Long networks continue on the next line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt

from cnnlab.charts.colors import TONES
from cnnlab.design.design import Design, Row, Summary, summarize
from cnnlab.language import Words, _, lazy_listed
from cnnlab.layers import Branch, Layer, Shape, shape_text
from cnnlab.runs.words import columns

WIDTHS = (320, 2_400)  # smallest and largest width of a picture in pixels
_MARGIN = 16
_GAP = 26  # between two boxes: room for an arrow
_TEXT = 11.5  # pixels
_LETTER = 6.3  # average width of a letter in pixels
_LINE = 15
_LARGEST = 112  # side of the largest map in pixels
_SLANT = (0.34, 0.2)  # how far the depth goes to the right and up, per pixel of the side
_LONG = 21  # letters of the longest label on one line
_TURN = 14  # pixels to the right of a line where the arrow to the next line goes down
_FONT = f'font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif" font-size="{_TEXT}"'
_SIGNS = {"add": "+", "multiply": "×", "concatenate": "⧺"}


@dataclass(frozen=True, slots=True)
class _Ink:
    """The colors of a light or of a dark page."""

    dark: bool

    @property
    def paper(self) -> str:
        return "#191919" if self.dark else "#ffffff"

    @property
    def text(self) -> str:
        return "#fafafa" if self.dark else "#1f2430"

    @property
    def faint(self) -> str:
        return "#9aa0ab" if self.dark else "#5f6673"

    def of(self, name: str) -> str:
        tone = TONES[name]
        return tone.dark if self.dark else tone.light


@dataclass(frozen=True, slots=True)
class _Item:
    """A piece of the picture. y = 0 is the axis along which the numbers flow, x = 0 its left end."""

    width: float
    above: float
    below: float
    entry: float  # where the arrow from the left ends
    leave: float  # where the arrow to the right begins
    body: str


@dataclass(frozen=True, slots=True)
class _Group:
    """A row that produces a shape, and the rows after it that keep it. lead None: the input picture."""

    lead: Row | None
    shape: Shape | None
    followers: tuple[Row, ...]


def network_svg(design: Design, *, width: int = 1_180, dark: bool = False) -> str:
    """The picture of a design, even one that does not work yet: rows without a shape are drawn dashed."""
    summary = summarize(design)
    ink = _Ink(dark)
    sides = [side for shape in _shapes(design, summary) if len(shape) == 3 for side in shape[1:]]
    unit = _LARGEST * (0.75 if width < 600 else 1) / max(sides)
    room = _clamped(width) - 2 * _MARGIN
    items = [_item(group, unit, room, ink) for group in _groups(design, summary)]
    lines = _lines(items, room - _TURN)
    body, height, used = _placed(lines, ink)
    total = max(used + _MARGIN, 240)
    name = escape(design.name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height:.0f}" width="{total:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{name}: {escape(_description(design, summary))}" '
        f"{_FONT}>"
        f'<title>{name}</title><rect width="100%" height="100%" fill="{ink.paper}"/>{body}</svg>'
    )


def block_svg(layer: Layer, shape: Shape, *, width: int = 900, dark: bool = False) -> str:
    """The inside of a block for an input of this shape: its branches, and where they meet."""
    ink = _Ink(dark)
    branches = layer.branches(shape)
    frame = _frame(layer, branches, _clamped(width), 0, ink)
    parts = "; ".join(_branch_text(branch) for branch in branches)
    words = escape(_("{name}: {parts}", name=layer.title, parts=parts))
    across, down = frame.width + 2, frame.above + frame.below
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 {-frame.above:.0f} {across:.0f} {down:.0f}" '
        f'width="{across:.0f}" height="{down:.0f}" role="img" aria-label="{words}" {_FONT}>{frame.body}</svg>'
    )


def _branch_text(branch: Branch) -> str:
    if not branch.layers:
        return _("{name}: unchanged", name=branch.name)
    first, *others = (layer.label() for layer in branch.layers)
    steps: Words = first
    for label in others:
        steps = _("{steps}, then {layer}", steps=steps, layer=label)
    return _("{name}: {parts}", name=branch.name, parts=steps)


def _clamped(width: int) -> int:
    return min(max(width, WIDTHS[0]), WIDTHS[1])


def _shapes(design: Design, summary: Summary) -> list[Shape]:
    return [design.input_shape, *(row.output_shape for row in summary.rows if row.output_shape)]


def _description(design: Design, summary: Summary) -> str:
    """A text alternative to the picture, for screen readers."""
    rows = [
        _("{layer} to {shape}", layer=row.layer.label(), shape=shape_text(row.output_shape))
        if row.output_shape
        else _("{layer} to nothing yet", layer=row.layer.label())
        for row in summary.rows
    ]
    return "; ".join([_("input {shape}", shape=shape_text(design.input_shape)), *rows])


def _groups(design: Design, summary: Summary) -> list[_Group]:
    groups = [_Group(None, design.input_shape, ())]
    for row in summary.rows:
        last = groups[-1]
        if _keeps_shape(row) and not (last.lead and last.lead.layer.family == "block"):
            groups[-1] = _Group(last.lead, last.shape, (*last.followers, row))
        else:
            groups.append(_Group(row, row.output_shape, ()))
    return groups


def _keeps_shape(row: Row) -> bool:
    family = row.layer.family
    quiet = family in ("activation", "normalization", "regularization")
    return quiet and row.output_shape is not None and row.input_shape == row.output_shape


# ---- one piece


def _item(group: _Group, unit: float, room: float, ink: _Ink) -> _Item:
    lead = group.lead
    if lead is not None and lead.layer.join and lead.input_shape and lead.output_shape:
        return _block(lead, lead.layer.branches(lead.input_shape), room, ink)
    return _box(group, unit, ink)


def _box(group: _Group, unit: float, ink: _Ink) -> _Item:
    """A box or a bar with its slabs, and below it the labels of its rows."""
    thick, high, depth = _measures(group.shape, unit)
    right, up = depth * _SLANT[0], depth * _SLANT[1]
    family = group.lead.layer.family if group.lead else None
    slabs = [(family, thick), *((row.layer.family, 4.0) for row in group.followers)]
    across = sum(each for _, each in slabs) + 2.0 * len(group.followers) + right
    labels = _labels(group)
    width = max(across, *(_text_width(text) for _, text in labels), 40)
    x = (width - across) / 2
    body, start = "", x
    for name, each in slabs:
        body += _cuboid(x, high, each, right, up, ink.of(name) if name else ink.faint, group.shape is None)
        x += each + 2
    body += _label_text(labels, high / 2 + _LINE, ink)
    below = high / 2 + _LINE * len(labels) + 8
    return _Item(width, high / 2 + up, below, start, x - 2 + right / 2, body)


def _measures(shape: Shape | None, unit: float) -> tuple[float, float, float]:
    """Thickness, height and depth in pixels."""
    if shape is None:
        return 14, 44, 0
    if len(shape) == 1:
        return 9, min(14 + 3.4 * sqrt(shape[0]), _LARGEST), 0
    channels, height, width = shape
    return min(4 + 3 * sqrt(channels), 90), max(height * unit, 5), max(width * unit, 5)


def _cuboid(x: float, high: float, thick: float, right: float, up: float, tone: str, ghost: bool) -> str:
    top = -high / 2
    front = (
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{thick:.1f}" height="{high:.1f}" fill="{tone}" '
        f'stroke="{tone}" {_GHOST if ghost else _FRONT}/>'
    )
    if right < 0.5:
        return front
    corners = (
        f"{x:.1f},{top:.1f} {x + right:.1f},{top - up:.1f} {x + right + thick:.1f},{top - up:.1f} "
        f"{x + thick:.1f},{top:.1f}"
    )
    side = (
        f"{x + thick:.1f},{top:.1f} {x + thick + right:.1f},{top - up:.1f} "
        f"{x + thick + right:.1f},{top - up + high:.1f} {x + thick:.1f},{top + high:.1f}"
    )
    faces = "".join(
        f'<polygon points="{points}" fill="{tone}" fill-opacity="{light}" stroke="{tone}" {_THIN}/>'
        for points, light in ((corners, 0.22), (side, 0.38))
    )
    return faces + front


_GHOST = 'fill-opacity="0" stroke-width="1.2" stroke-dasharray="3 3"'
_THIN = 'stroke-width="0.8"'
_FRONT = 'fill-opacity="0.72" stroke-width="0.8"'


def _labels(group: _Group) -> list[tuple[str | None, str]]:
    """(family, text) for each row of the group; the shape comes last, without a family.

    The family "" continues the previous line; "text" is the input picture.
    """
    rows = [*([group.lead] if group.lead else []), *group.followers]
    labels = [label for row in rows for label in _row_labels(row)]
    start: list[tuple[str | None, str]] = [] if group.lead else [("text", _("Input"))]
    return [*start, *labels, (None, shape_text(group.shape) if group.shape else _("no shape yet"))]


def _row_labels(row: Row) -> list[tuple[str | None, str]]:
    """'3 Conv2d 32, 3×3'; a label too long for one line is split after a comma."""
    whole = f"{row.index + 1} {row.layer.label()}"
    parts = row.layer.label_parts()
    if len(whole) <= _LONG or len(parts) < 2:
        return [(row.layer.family, whole)]
    cut = 2 if "×" in str(parts[1]) else 1
    head, rest = str(lazy_listed(parts[:cut])), str(lazy_listed(parts[cut:]))
    return [(row.layer.family, f"{row.index + 1} {head}"), *([("", rest)] if rest else [])]


def _label_text(labels: Sequence[tuple[str | None, str]], y: float, ink: _Ink) -> str:
    text = ""
    for number, (family, label) in enumerate(labels):
        line = y + number * _LINE
        if not family or family == "text":
            weight = ' font-weight="600"' if family is None else ""
            x = 11 if family == "" else 0
            text += f'<text x="{x}" y="{line:.1f}" fill="{ink.text}"{weight}>{escape(label)}</text>'
        else:
            text += f'<rect x="0" y="{line - 8:.1f}" width="7" height="7" fill="{ink.of(family)}"/>'
            text += f'<text x="11" y="{line:.1f}" fill="{ink.text}">{escape(label)}</text>'
    return text


def _text_width(text: str) -> float:
    return 13 + _LETTER * columns(text)


# ---- a block: its branches side by side, and where they meet


@dataclass(frozen=True, slots=True)
class _Lane:
    """One branch of a block: pills one after another, in one or more lines."""

    lines: tuple[tuple[Layer, ...], ...]
    name: str

    @property
    def width(self) -> float:
        return max((sum(_pill_width(layer) + 14 for layer in line) for line in self.lines), default=0) + 4

    @property
    def height(self) -> float:
        return _PILL_RISE * max(len(self.lines), 1) + 8


def _block(row: Row, branches: Sequence[Branch], room: float, ink: _Ink) -> _Item:
    """The frame, and below it the label of the row."""
    labels = [*_row_labels(row), (None, shape_text(row.output_shape or ()))]
    min_width = max(_text_width(text) for _, text in labels)
    frame = _frame(row.layer, branches, room, min_width, ink)
    body = frame.body + _label_text(labels, frame.below + _LINE - 2, ink)
    below = frame.below + len(labels) * _LINE + 8
    return _Item(frame.width, frame.above, below, 0, frame.width, body)


def _frame(layer: Layer, branches: Sequence[Branch], room: float, min_width: float, ink: _Ink) -> _Item:
    """A frame at least `min_width` wide: the branches one below the other, and the circle where they meet."""
    lanes = [_lane(branch, room - 80) for branch in branches]
    inner = max(max(lane.width for lane in lanes), 90)
    high = sum(lane.height for lane in lanes)
    width = max(inner + 66, min_width)
    meet = width - 20
    body = (
        f'<rect x="0.5" y="{-high / 2 - 6:.1f}" width="{width - 1:.1f}" height="{high + 12:.1f}" rx="8" '
        f'fill="{ink.of("block")}" fill-opacity="0.07" stroke="{ink.of("block")}"/>'
    )
    y = -high / 2
    for lane in lanes:
        body += _lane_body(lane, y + lane.height / 2, inner, meet, ink)
        y += lane.height
    sign = _SIGNS[layer.join or "add"]
    body += (
        f'<circle cx="{meet:.1f}" cy="0" r="9" fill="{ink.paper}" stroke="{ink.text}"/>'
        f'<text x="{meet:.1f}" y="4" text-anchor="middle" fill="{ink.text}" font-weight="600">{sign}</text>'
    )
    return _Item(width, high / 2 + 8, high / 2 + 8, 0, width, body)


def _lane(branch: Branch, room: float) -> _Lane:
    lines: list[tuple[Layer, ...]] = []
    used = 0.0
    for layer in branch.layers:
        needed = _pill_width(layer) + 14
        if not lines or used + needed > room:
            lines.append(())
            used = 0.0
        lines[-1] += (layer,)
        used += needed
    return _Lane(tuple(lines), str(branch.name))


def _pill_width(layer: Layer) -> float:
    return 12 + _LETTER * 0.92 * columns(_pill_text(layer))


def _pill_text(layer: Layer) -> str:
    return layer.label()


def _lane_body(lane: _Lane, y: float, inner: float, meet: float, ink: _Ink) -> str:
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
            x += _pill_width(layer) + 14
    return body


_PILL_RISE = 30.0  # pixels from one line of pills to the next: room for the line back
_DASH = ' stroke-dasharray="5 3"'


def _pill(layer: Layer, x: float, y: float, ink: _Ink) -> str:
    tone, width = ink.of(layer.family), _pill_width(layer)
    return (
        f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="{width:.1f}" height="20" rx="5" fill="{ink.paper}"/>'
        f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="{width:.1f}" height="20" rx="5" fill="{tone}" '
        f'fill-opacity="0.18" stroke="{tone}"/>'
        f'<text x="{x + width / 2:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="{ink.text}" '
        f'font-size="{_TEXT * 0.92:.1f}">{escape(_pill_text(layer))}</text>'
    )


# ---- the whole


def _lines(items: Sequence[_Item], room: float) -> list[list[_Item]]:
    lines: list[list[_Item]] = [[]]
    used = 0.0
    for item in items:
        if lines[-1] and used + item.width > room:
            lines.append([])
            used = 0.0
        lines[-1].append(item)
        used += item.width + _GAP
    return lines


def _placed(lines: Sequence[Sequence[_Item]], ink: _Ink) -> tuple[str, float, float]:
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
                body += _arrow(x + item.leave, x + item.width + _GAP + following.entry, axis, ink)
            last = (x + item.leave, axis, x + item.width, axis + max(each.below for each in line))
            x += item.width + _GAP
        right = max(right, x - _GAP + _TURN)
        y = axis + max(item.below for item in line) + 22
    return body, y - 22 + _MARGIN, right


def _arrow_head(ink: _Ink) -> str:
    return (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
        f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{ink.faint}"/></marker></defs>'
    )


def _arrow(start: float, end: float, y: float, ink: _Ink) -> str:
    return _path(f"M{start + 2:.1f},{y:.1f} H{end - 2:.1f}", ink)


def _line_break_arrow(last: tuple[float, float, float, float], end: tuple[float, float], ink: _Ink) -> str:
    """The arrow from the end of a line to the beginning of the next."""
    x, y, side, low = last
    between = low + 8
    return _path(
        f"M{x + 2:.1f},{y:.1f} H{side + _TURN - 4:.1f} V{between:.1f} H6 V{end[1]:.1f} H{end[0] - 2:.1f}", ink
    )


def _path(course: str, ink: _Ink) -> str:
    return f'<path d="{course}" fill="none" stroke="{ink.faint}" stroke-width="1.2" marker-end="url(#head)"/>'
