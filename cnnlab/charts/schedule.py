"""A small picture of the learning rate over a run, before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil

from cnnlab.language import _
from cnnlab.runs.words import number

_WIDTH, _HEIGHT = 420, 130
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 12, 14, 38  # margins for the numbers
_MOST_TICKS = 6  # on the axis of the epochs


def schedule_svg(rates: Sequence[float], epochs: int) -> str:
    """An SVG in the page's own text color; `rates` are spread evenly from the run's start to its end."""
    top, floor, end = max(rates), _HEIGHT - _BOTTOM, _WIDTH - _RIGHT

    def across(share: float) -> float:
        return _LEFT + (end - _LEFT) * share

    def down(rate: float) -> float:
        return floor - (floor - _TOP) * rate / top

    points = " ".join(
        f"{across(index / (len(rates) - 1)):.1f},{down(rate):.1f}" for index, rate in enumerate(rates)
    )
    numbers = [_label(_LEFT - 8, floor + 4, "0", "end"), _label(_LEFT - 8, _TOP + 4, rate_text(top), "end")]
    if floor - down(rates[0]) > 16 and down(rates[0]) - _TOP > 16:  # else it is one of these two
        numbers.append(_label(_LEFT - 8, down(rates[0]) + 4, rate_text(rates[0]), "end"))
    ticks = [(each, across(each / epochs)) for each in _ticks(epochs)]
    axes = f"M{_LEFT} {_TOP}V{floor}H{end}" + "".join(f"M{x:.1f} {floor}v4" for _epoch, x in ticks)
    numbers += [_label(x, floor + 17, f"{epoch:,}", "middle") for epoch, x in ticks]
    numbers.append(_label(across(0.5), floor + 33, _("epochs done"), "middle"))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" style="max-width:100%" '
        f'role="img" aria-label="{escape(schedule_text(rates))}">'
        f'<path d="{axes}" fill="none" stroke="currentColor" opacity="0.5"></path>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"></polyline>'
        f"{''.join(numbers)}</svg>"
    )


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text font-size="12" fill="currentColor" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">'
        f"{escape(text)}</text>"
    )


def _ticks(epochs: int) -> list[int]:
    """Whole epochs from 0 to the last one, evenly spaced but for that."""
    step = ceil(epochs / (_MOST_TICKS - 1))
    inner = [each for each in range(0, epochs, step) if epochs - each >= step / 2]
    return [*inner, epochs]


def schedule_text(rates: Sequence[float]) -> str:
    """The picture as a sentence."""
    first, most, last = rates[0], max(rates), rates[-1]
    figures = {"first": rate_text(first), "most": rate_text(most), "last": rate_text(last)}
    if first < most and last < most:
        return _("The learning rate starts at {first}, rises to {most}, and ends at {last}.", **figures)
    if first == most and last == most:
        return _("The learning rate stays at {first}.", **figures)
    if first < most:
        return _("The learning rate rises from {first} to {last}.", **figures)
    return _("The learning rate falls from {first} to {last}.", **figures)


def rate_text(rate: float) -> str:
    """A learning rate with up to three digits, never as '1e-05'."""
    if 0 < rate < 1e-5:
        return number(rate)
    return f"{float(f'{rate:.3g}'):.8f}".rstrip("0").rstrip(".")
