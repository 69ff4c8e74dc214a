"""How a race stands: a row for each of its runs, the best first, and who is ahead, in words.

Validation accuracy decides; the test pictures are only reported. A difference that luck explains is a tie
(chance.py). How fast a run learns is counted in batches: until it answers most of the last training pictures
correctly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf

from cnnlab.charts.run_words import percent
from cnnlab.evaluation.chance import differ, interval
from cnnlab.ground.cache import LruCache
from cnnlab.language import _, both, listed, plural, sentences
from cnnlab.runs.endings import has_learned
from cnnlab.runs.records import Curves, Run
from cnnlab.training.config import TrainConfig
from cnnlab.training.settings import phrase

GOALS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)  # the first that a run of the race has reached counts
WINDOW = 640  # training pictures over which accuracy is averaged for the goal


@dataclass(frozen=True, slots=True)
class Standing:
    """One run of a race. What has not been measured or reached yet is None."""

    run: Run
    what: str  # differs from the other runs: 'Adam, learning rate 0.001'
    name: str  # as much of it as tells it from them: 'Adam'
    number: int  # of its line on the chart, from 1; 0 before its first batch
    ahead: bool  # no run is better than it by more than luck explains
    goal_batches: int | None
    goal_seconds: float | None
    best: float | None  # validation accuracy
    give_or_take: float | None  # half of the 95 % interval of `best`


@dataclass(frozen=True, slots=True)
class RaceResult:
    """The standings, the best first, and what they show."""

    rows: Sequence[Standing]
    goal: float  # the accuracy that counts as reached
    outcome: str  # who won or is ahead, in sentences
    fastest: str  # who reached the goal first; empty if nobody has


def race_result(runs: Sequence[Run], curves: Mapping[str, Curves]) -> RaceResult:
    """The result of a race so far, from all its runs in the order in which they were queued."""
    goal = next(
        (each for each in GOALS if any(_reached(run, curves[run.id], each) for run in runs)), GOALS[0]
    )
    best = max((own for run in runs if (own := _best(run)) is not None), default=None)
    differing = _differing(runs)
    begun = [run.id for run in runs if run.progress.step]
    numbers = {run_id: number for number, run_id in enumerate(begun, 1)}
    rows = [_standing(run, curves[run.id], differing, numbers.get(run.id, 0), goal, best) for run in runs]
    rows.sort(key=lambda row: (row.best is None, -(row.best or 0.0), row.goal_batches or inf))
    return RaceResult(rows, goal, sentences([_outcome(rows)]), _fastest(rows, goal))


def _best(run: Run) -> float | None:
    return run.progress.best_val_accuracy


def _standing(
    run: Run, curves: Curves, differing: Sequence[str], number: int, goal: float, leader: float | None
) -> Standing:
    own, pictures = _best(run), run.progress.val_images
    batches = _reached(run, curves, goal)
    low, high = interval(own, pictures) if own is not None and pictures else (0.0, 0.0)
    return Standing(
        run=run,
        what=_what_differs(run, curves, differing),
        name=_phrases(run, differing[:1]),
        number=number,
        ahead=own is not None and leader is not None and (own == leader or not differ(leader, own, pictures)),
        goal_batches=batches,
        goal_seconds=None if batches is None else _seconds_at(run, curves, batches),
        best=own,
        give_or_take=(high - low) / 2 if high else None,
    )


def _differing(runs: Sequence[Run]) -> list[str]:
    """The settings in which the runs differ; one that tells all of them apart comes first."""
    values = {name: {getattr(run.config, name) for run in runs} for name in TrainConfig.model_fields}
    names = [name for name in values if len(values[name]) > 1]
    return sorted(names, key=lambda name: len(values[name]) < len(runs))


def _what_differs(run: Run, curves: Curves, differing: Sequence[str]) -> str:
    what = _phrases(run, differing)
    return _("{run}, changed on the way", run=what) if curves.flags else what


def _phrases(run: Run, settings: Sequence[str]) -> str:
    return listed(phrase(name, getattr(run.config, name)) for name in settings) or run.name


# ---- speed


_goals: LruCache[tuple[str, float], tuple[int, int | None]] = LruCache(256)  # batches looked at, and reached


def _reached(run: Run, curves: Curves, goal: float) -> int | None:
    """After how many batches the accuracy over the last pictures was at the goal; None if it never was.

    Most runs get there early, and then it stays: only what is new is looked at. A run that went back to a
    checkpoint has fewer batches than before, and is looked at from the start.
    """
    window = max(1, ceil(WINDOW / run.config.batch_size))
    count = len(curves.accuracy)
    seen, found = _goals.get((run.id, goal)) or (0, None)
    if count < seen:
        seen, found = 0, None
    if found is None and count >= max(window, seen + 1):
        first = max(0, seen - window + 1)
        found = _first_above(curves.accuracy[first:count], window, goal)
        found = None if found is None else first + found
    _goals.put((run.id, goal), (count, found))
    return found


def _first_above(values: Sequence[float], window: int, goal: float) -> int | None:
    """The number of values after which the mean of the last `window` ones first is at the goal."""
    total = sum(values[: window - 1])
    for end in range(window, len(values) + 1):
        total += values[end - 1]
        if total >= goal * window - 1e-9:
            return end
        total -= values[end - window]
    return None


def _seconds_at(run: Run, curves: Curves, batches: int) -> float | None:
    """The training time of the first batches: in proportion between the ends of two epochs."""
    marks = [(0, 0.0), *((point.step, point.seconds) for point in curves.epochs)]
    for (step, seconds), (next_step, next_seconds) in pairwise(marks):
        if batches <= next_step:
            return seconds + (next_seconds - seconds) * (batches - step) / (next_step - step)
    rate = run.progress.images_per_second
    step, seconds = marks[-1]
    return seconds + (batches - step) * run.config.batch_size / rate if rate else None


# ---- in words


def _outcome(rows: Sequence[Standing]) -> str:
    """Who won, or who is ahead; a tie is called one."""
    over = not any(row.run.active for row in rows)
    ahead, others = [row for row in rows if row.ahead], [row for row in rows if not row.ahead]
    if not ahead:
        return _("No run has finished an epoch yet")
    first = ahead[0]
    if over and not has_learned(first.best, first.run.design.classes):
        return _("No run is better than guessing")
    if len(ahead) > 1:
        return _tie(ahead, others, over=over)
    accuracy, rest = percent(first.best or 0.0), [row for row in others if row.best is not None]
    values = {"first": first.name, "accuracy": accuracy}
    if not rest:
        return _("Only {first} has finished an epoch so far: {accuracy}", **values)
    behind = {"second": rest[0].name, "other": percent(rest[0].best or 0.0)}
    if over:
        return _(
            "{first} won: {accuracy} validation accuracy, ahead of {second} ({other})", **values, **behind
        )
    return _("{first} is ahead: {accuracy} validation accuracy so far, {second} {other}", **values, **behind)


def _tie(ahead: Sequence[Standing], others: Sequence[Standing], *, over: bool) -> str:
    accuracies = [row.best or 0.0 for row in ahead]
    low, high = percent(min(accuracies)), percent(max(accuracies))
    span = high if low == high else _("{low} to {high}", low=low, high=high)
    values = {"names": _names(ahead), "span": span}
    pictures = ahead[0].run.progress.val_images
    luck = plural(
        "on {count} validation picture, such a difference may be luck",
        "on {count} validation pictures, such a difference may be luck",
        pictures,
    )
    text = _("A tie between {names}: {span}", **values) if over else _("So far {names} tie: {span}", **values)
    parts = [text] if low == high or not pictures else [_("{tie}; {luck}", tie=text, luck=luck)]
    if others and over:
        parts.append(_("Behind them: {names}", names=_names(others)))
    return sentences(parts)


def _fastest(rows: Sequence[Standing], goal: float) -> str:
    """Who reached the goal after the fewest batches; empty if nobody has."""
    reached = [row.goal_batches for row in rows if row.goal_batches is not None]
    if not reached:
        return ""
    first = [row for row in rows if row.goal_batches == min(reached)]
    text = plural(
        "The first to reach {goal} %: {names}, after {count} batch",
        "The first to reach {goal} %: {names}, after {count} batches",
        min(reached),
        goal=f"{100 * goal:.0f}",
        names=_names(first),
    )
    return sentences([text])


def _names(rows: Sequence[Standing]) -> str:
    """'Adam', 'Adam and SGD', 'Adam, SGD and RMSprop'."""
    names = [row.name for row in rows]
    return str(both([listed(names[:-1]), names[-1]])) if len(names) > 1 else names[0]
