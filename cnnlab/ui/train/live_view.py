"""What changes by itself on the Train page, for the page and for the route: words, numbers, curves."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from typing import Any

from cnnlab.charts.run_words import Metric, metrics, share_done, state_text
from cnnlab.language import _
from cnnlab.runs.records import Curves, Run
from cnnlab.training.race import MAX_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.live_curves import curves_data, live_curves
from cnnlab.ui.train.run_snapshot import ahead_of


def signature(runs: list[Run], curves: Curves | None) -> list[tuple[object, ...]]:
    """What the page's slow part shows: when it changes, the whole page is drawn anew.

    `curves`: of the run that is watched, if there is one.
    """
    flags = curves.flags if curves else []
    shown = [(run.id, run.name, run.state, run.message, run.position, run.progress.device) for run in runs]
    return [*shown, (len(flags),)]


def sign(runs: list[Run], curves: Curves) -> str:
    """Short for the signature, and for which runs have curves to show."""
    begun = [each.id for each in runs if each.progress.step]
    whole = repr((signature(runs, curves), begun, bool(curves.steps)))
    return sha256(whole.encode()).hexdigest()[:16]


def words(run: Run, runs: list[Run]) -> str:
    """Where the run is, beside its badge."""
    return state_text(run, ahead_of(run, runs))


def words_html(run: Run, runs: list[Run]) -> str:
    """The same as an element that the page's script finds."""
    return f'<span data-live="words">{escape(words(run, runs))}</span>'


def numbers_html(run: Run, curves: Curves) -> str:
    """How far it is, and its figures; empty before the first batch."""
    last = curves.epochs[-1] if curves.epochs else None
    shown = metrics(run, live_curves(run.id).smoothed(run, curves), last)
    return _progress_html(run) + _figures_html(shown)


def _figures_html(numbers: list[Metric]) -> str:
    cells = "".join(
        f"<div><dt>{escape(str(number.name))}</dt>"
        f"<dd>{escape(str(number.value))}<small>{escape(str(number.remark))}</small></dd></div>"
        for number in numbers
    )
    return f'<dl class="run-numbers">{cells}</dl>'


def _progress_html(run: Run) -> str:
    """How far an active run is; an ended one needs no bar."""
    if not run.active or run.state == "queued":
        return ""
    percent = round(100 * share_done(run), 1)
    label = escape(_("Progress"))
    return f'<progress class="run-progress" max="100" value="{percent}" aria-label="{label}"></progress>'


def raced(run: Run, runs: list[Run]) -> list[Run]:
    """The runs of its race that have something to show, in the order of their start."""
    if run.race is None:
        return []
    together = [each for each in reversed(runs) if each.race == run.race]
    return [each for each in together if each.progress.step][:MAX_RACERS]


def drawn(run: Run, curves: Curves, runs: list[Run], over: Run | None) -> dict[str, Any]:
    """The curves of its race, or its own and those of one laid over it; none before the first batch."""
    many = raced(run, runs)
    if not many and not curves.steps:
        return {"runs": []}
    shown = many or [run, *filter(None, [over])]
    return curves_data(lab().store, run, curves, shown, many=bool(many))
