"""What changes by itself on the Train page, for the page and the route: progress, numbers, curves."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from typing import Any

from cnnlab.charts.run_words import Metric, accuracy_metric, metrics, share_done, state_text
from cnnlab.language import _
from cnnlab.runs.records import Curves, Run
from cnnlab.training.race import MAX_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.live_curves import Charts, charts, live_curves
from cnnlab.ui.train.run_snapshot import ahead_of, trains_instead_of


def signature(runs: list[Run], curves: Curves | None) -> list[tuple[object, ...]]:
    """What the rest of the page shows: when it changes, the whole page is redrawn.

    `curves`: of the watched run, if there is one.
    """
    flags = curves.flags if curves else []
    shown = [
        (run.id, run.name, run.state, run.message, run.notes, run.position, run.progress.device)
        for run in runs
    ]
    return [*shown, (len(flags),)]


def sign(runs: list[Run], curves: Curves) -> str:
    """A hash of the signature and of which runs have curves to show."""
    begun = [each.id for each in runs if each.progress.step]
    whole = repr((signature(runs, curves), begun, bool(curves.steps)))
    return sha256(whole.encode()).hexdigest()[:16]


def state_html(run: Run, runs: list[Run]) -> str:
    """How far the run is, next to its badge, and as a bar while it is active."""
    words = state_text(run, ahead_of(run, runs), trains_instead_of(run, runs))
    return f"<span>{escape(words)}</span>{_progress_bar_html(run)}"


def accuracy_html(run: Run) -> str:
    """The number that counts: the accuracy on pictures that the network does not learn from."""
    number = accuracy_metric(run)
    remark = f" <span>{escape(number.remark)}</span>" if number.remark else ""
    return f"<b>{escape(number.value)}</b><small>{escape(number.name)}{remark}</small>"


def numbers_html(run: Run, curves: Curves) -> str:
    """The other numbers; dashes before the first batch."""
    last = curves.epochs[-1] if curves.epochs else None
    return _metrics_html(metrics(run, live_curves(run.id).smoothed(run, curves), last))


def _metrics_html(numbers: list[Metric]) -> str:
    cells = "".join(
        f"<div><dt>{escape(str(number.name))}</dt>"
        f"<dd>{escape(str(number.value))}<small>{escape(str(number.remark))}</small></dd></div>"
        for number in numbers
    )
    return f'<dl class="run-numbers">{cells}</dl>'


def _progress_bar_html(run: Run) -> str:
    """The progress bar of an active run; empty for others."""
    if not run.active or run.state == "queued":
        return ""
    percent = round(100 * share_done(run), 1)
    label = escape(_("Progress"))
    return f'<progress class="run-progress" max="100" value="{percent}" aria-label="{label}"></progress>'


def race_members(run: Run, runs: list[Run]) -> list[Run]:
    """The runs of this run's race that have something to show, in the order they started."""
    if run.race is None:
        return []
    together = [each for each in reversed(runs) if each.race == run.race]
    return [each for each in together if each.progress.step][:MAX_RACERS]


def charts_of(run: Run, curves: Curves, runs: list[Run], overlay: Run | None) -> Charts:
    """The curves of the run's race, or its own and those of an overlaid run; none before the first batch."""
    many = race_members(run, runs)
    own = [run, *filter(None, [overlay])] if curves.steps else []
    return charts(lab().store, run, curves, many or own, many=bool(many))


def charts_data(run: Run, curves: Curves, runs: list[Run], overlay: Run | None) -> dict[str, Any]:
    """The same for the component, with all lines."""
    return charts_of(run, curves, runs, overlay).data()
