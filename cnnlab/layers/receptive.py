"""The receptive field: which pixels of the picture one number of a layer depends on.

Sizes are those of a unit in the middle, whose window is inside the picture; a unit at the edge sees less.
With every window the size grows by (kernel − 1) · dilation · step, and the step is multiplied by the stride.
A layer that mixes a whole map (a dense layer, a normalization over the picture, a gate) sees all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnlab.language import _


@dataclass(frozen=True, slots=True)
class Span:
    """One axis: the start and size of the first unit's window, and the step to the next unit, in pixels.

    `start` is negative if it is in the padding. A step of 0 means that all units see the same pixels.
    """

    pixels: int
    start: int
    size: int
    step: int
    count: int  # units

    def slide(self, kernel: int, stride: int, before: int, dilation: int, count: int) -> Span:
        """Return the span after a sliding window with `before` units of padding in front."""
        return replace(
            self,
            start=self.start - before * self.step,
            size=self.size + (kernel - 1) * dilation * self.step,
            step=self.step * stride,
            count=count,
        )

    def whole(self) -> Span:
        """Return the span of a unit that sees everything that any unit sees."""
        low = max(0, self.start)
        high = min(self.pixels, self.start + (self.count - 1) * self.step + self.size)
        return replace(self, start=low, size=high - low, step=0)

    @property
    def seen(self) -> int:
        """The number of pixels that a unit can see, at most those of the picture."""
        return min(self.size, self.pixels)


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The rows and columns of pixels that one number depends on."""

    rows: Span
    columns: Span

    @classmethod
    def of_a_pixel(cls, height: int, width: int) -> ReceptiveField:
        """Return the field before the first layer, where each pixel sees itself."""
        return cls(Span(height, 0, 1, 1, height), Span(width, 0, 1, 1, width))

    def slide(
        self, kernel: int, stride: int, before: int, dilation: int, sides: tuple[int, int]
    ) -> ReceptiveField:
        """Return the field after a square sliding window with output maps of these sides."""
        height, width = sides
        return ReceptiveField(
            self.rows.slide(kernel, stride, before, dilation, height),
            self.columns.slide(kernel, stride, before, dilation, width),
        )

    def whole(self) -> ReceptiveField:
        """Return the field after a layer that mixes all units."""
        return ReceptiveField(self.rows.whole(), self.columns.whole())

    def __str__(self) -> str:
        """Say it in a sentence: 'Each number depends on 10×10 pixels.'."""
        size = f"{self.rows.seen}×{self.columns.seen}"
        if size == "1×1":
            return _("Each number depends on one pixel.")
        if (self.rows.seen, self.columns.seen) == (self.rows.pixels, self.columns.pixels):
            return _("Each number depends on all {size} pixels.", size=size)
        return _("Each number depends on {size} pixels.", size=size)


def union(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """Return the field where branches join: a unit sees what it sees in any of them."""
    return ReceptiveField(
        _union([field.rows for field in fields]), _union([field.columns for field in fields])
    )


def _union(spans: Sequence[Span]) -> Span:
    if any(span.step == 0 for span in spans):
        spans = [span.whole() for span in spans]
    start = min(span.start for span in spans)
    end = max(span.start + span.size for span in spans)
    step, count = max(span.step for span in spans), max(span.count for span in spans)
    return replace(spans[0], start=start, size=end - start, step=step, count=count)
