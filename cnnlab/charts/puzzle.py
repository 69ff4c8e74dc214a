"""The question of a network that is bad on purpose: asked until a run gives the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.charts.run_words import percent
from cnnlab.data import base_name
from cnnlab.design.presets import PRESETS, Preset
from cnnlab.evaluation.chance import differ
from cnnlab.language import _, sentences
from cnnlab.runs.records import Run
from cnnlab.training.config import changed
from cnnlab.training.settings import DEFAULT_CONFIG

_IRRELEVANT = ("epochs", "seed", "device", "precision", "fast")  # these do not mend a network


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A question, and how it was solved; empty while it is not."""

    question: str
    solved: str = ""


def puzzle(run: Run, runs: Sequence[Run]) -> Puzzle | None:
    """The question of the preset that this run's network comes from; None if that is not bad on purpose.

    It is solved by a run of the network, with other layers or settings but on the same data, that reads
    more validation pictures correctly than every run of the preset as it is.
    """
    entry = PRESETS.get(run.design.name)
    if entry is None or entry.family != "bad":
        return None
    data = base_name(run.data)
    family = [each for each in runs if each.design.name == entry.name and base_name(each.data) == data]
    bad = _best([each for each in family if _is_unchanged(each, entry)])
    good = _best([each for each in family if not _is_unchanged(each, entry)])
    question = str(entry.about)
    if bad is None or good is None or _accuracy(good) <= _accuracy(bad):
        return Puzzle(question)
    return Puzzle(question, _solved_words(good, bad))


def _is_unchanged(run: Run, entry: Preset) -> bool:
    """Whether the run is of the preset's own layers, with the settings it is meant for."""
    if run.design.layers != entry.design.layers:
        return False
    meant = {name: value for name, value in entry.training.items() if name not in _IRRELEVANT}
    usual = {name: getattr(DEFAULT_CONFIG, name) for name in _IRRELEVANT}
    return changed(run.config, **usual) == changed(DEFAULT_CONFIG, **meant)


def _best(runs: Sequence[Run]) -> Run | None:
    ended = [run for run in runs if not run.active and run.progress.step]
    return max(ended, key=_accuracy, default=None)


def _accuracy(run: Run) -> float:
    """Of a run that diverged in its first epoch nothing was measured: it can read nothing."""
    return run.progress.best_val_accuracy or 0.0


def _solved_words(good: Run, bad: Run) -> str:
    text = _(
        "Solved: “{good}” reads {better} of the validation pictures correctly, “{bad}” {worse}.",
        good=good.name,
        better=percent(_accuracy(good)),
        bad=bad.name,
        worse=percent(_accuracy(bad)),
    )
    pictures = (good.progress.val_images, bad.progress.val_images)
    if bad.progress.best_val_accuracy is not None and not differ(_accuracy(good), _accuracy(bad), *pictures):
        return sentences([text, _("So few pictures apart, it may also be luck.")])
    return text
