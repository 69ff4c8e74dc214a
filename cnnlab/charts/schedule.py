"""A small picture of the learning rate over a run, before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cnnlab.language import _, plural

_WIDTH, _HEIGHT = 320, 90
_LEFT, _TOP, _BOTTOM = 56, 8, 22  # margins for the numbers


def schedule_svg(rates: Sequence[float], epochs: int) -> str:
    """An SVG in the page's own text color; `rates` are spread evenly from the run's start to its end."""
    top = max(rates)
    floor = _HEIGHT - _BOTTOM
    width = _WIDTH - _LEFT - 8
    points = " ".join(
        f"{_LEFT + width * index / (len(rates) - 1):.1f},{floor - (floor - _TOP) * rate / top:.1f}"
        for index, rate in enumerate(rates)
    )
    axis = f"M{_LEFT} {_TOP}V{floor}H{_LEFT + width}"
    label = f'font-size="11" fill="currentColor" text-anchor="end" x="{_LEFT - 6}"'
    start, end = escape(_("start")), escape(plural("after {count} epoch", "after {count} epochs", epochs))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" style="max-width:100%" '
        f'role="img" aria-label="{escape(schedule_text(rates))}">'
        f'<path d="{axis}" fill="none" stroke="currentColor" opacity="0.4"></path>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"></polyline>'
        f'<text {label} y="{_TOP + 4}">{top:g}</text><text {label} y="{floor}">0</text>'
        f'<text font-size="11" fill="currentColor" x="{_LEFT}" y="{_HEIGHT - 6}">{start}</text>'
        f'<text font-size="11" fill="currentColor" text-anchor="end" x="{_LEFT + width}" y="{_HEIGHT - 6}">'
        f"{end}</text></svg>"
    )


def schedule_text(rates: Sequence[float]) -> str:
    """A text alternative to the picture, for screen readers."""
    return _(
        "Learning rate over the run: from {first}, at most {most}, to {last}",
        first=f"{rates[0]:.3g}",
        most=f"{max(rates):.3g}",
        last=f"{rates[-1]:.3g}",
    )
