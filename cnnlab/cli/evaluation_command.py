"""evaluate: how good a network is on test pictures."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from cnnlab.cli.arguments import BUNDLED, add_home, add_json, folders_of, model_of, print_json
from cnnlab.data import BUILT_IN, Catalogue, class_words
from cnnlab.language import Words, _, plural
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import columns, for_programs, number, padded, right_padded

if TYPE_CHECKING:
    from cnnlab.evaluation.answers import GradedAnswers
    from cnnlab.evaluation.scores import ClassScores, Scores
    from cnnlab.reader.loaded_model import LoadedModel

_TOP = (2, 3, 5)
_WIDEST_MATRIX = 20  # classes; a wider one fits no terminal


def evaluate_command(options: argparse.Namespace) -> int:
    """Measure on test pictures how good a network is."""
    where = folders_of(options)
    catalogue = Catalogue(where)
    run = None if options.model == BUNDLED else RunStore(where.home).find(options.model)
    name = options.data or (run.data if run else _default_for_bundled(catalogue))
    catalogue.describe(name)  # an unknown one is an error before torch is loaded
    from cnnlab.reader.grading import grade_on

    loaded = model_of(run.id if run else BUNDLED, where)
    graded = grade_on(loaded, catalogue, name)
    if options.json:
        print_json({"model": run.id if run else BUNDLED, **_body(loaded, name, graded)})
    else:
        _print_tables(loaded, catalogue.describe(name).title, graded)
    return 0


def _default_for_bundled(catalogue: Catalogue) -> str:
    """MNIST, from which it learned, where that is on this machine; else the digits that come with the lab."""
    return "mnist" if catalogue.available("mnist") else "digits"


def _body(loaded: LoadedModel, data: str, graded: GradedAnswers) -> dict[str, Any]:
    from cnnlab.evaluation.calibration import (
        brier_score,
        calibration_error,
        negative_log_likelihood,
        reliability,
    )
    from cnnlab.evaluation.scores import scores

    found = scores(graded)
    named = zip(loaded.classes, found.classes, strict=True)
    return {
        "name": for_programs(loaded.title),
        "epoch": loaded.epoch,
        "data": data,
        "split": "test",
        "pictures": len(graded),
        "accuracy": found.accuracy,
        "accuracy_interval": found.accuracy_interval,
        "top_k": {str(k): accuracy for k, accuracy in _top_accuracies(graded)},
        "classes": [{"class": name, **asdict(each)} for name, each in named],
        "macro_average": asdict(found.macro),
        "weighted_average": asdict(found.weighted),
        "confusion": found.confusion.tolist(),
        "calibration_error": calibration_error(graded.confidence, graded.right),
        "negative_log_likelihood": negative_log_likelihood(graded),
        "brier_score": brier_score(graded),
        "reliability": [asdict(row) for row in reliability(graded.confidence, graded.right)],
    }


def _top_accuracies(graded: GradedAnswers) -> list[tuple[int, float]]:
    from cnnlab.evaluation.scores import top_k_accuracy

    classes = graded.probabilities.shape[1]
    return [(k, top_k_accuracy(graded, k)) for k in _TOP if k < classes]


# ---- tables for people


def _print_tables(loaded: LoadedModel, data: Words, graded: GradedAnswers) -> None:
    from cnnlab.evaluation.scores import scores

    found = scores(graded)
    names = [str(class_words(name)) for name in loaded.classes]
    head = plural(
        "{network}, {count} test picture of {data}",
        "{network}, {count} test pictures of {data}",
        len(graded),
        network=loaded.title,
        data=data,
    )
    print(head)
    _print_summary(graded, found)
    print()
    _print_classes(names, found)
    print()
    _print_confusion(names, found)
    print()
    _print_reliability(graded)


def _print_summary(graded: GradedAnswers, found: Scores) -> None:
    from cnnlab.evaluation.calibration import brier_score, calibration_error, negative_log_likelihood
    from cnnlab.evaluation.chance import with_interval

    rows = [(_("accuracy"), with_interval(found.accuracy, len(graded)))]
    for k, accuracy in _top_accuracies(graded):
        rows.append((_("right class among the first {k}", k=k), _percent(accuracy)))
    error = calibration_error(graded.confidence, graded.right)
    rows += [
        (_("expected calibration error"), _percent(error)),
        (_("negative log-likelihood"), number(negative_log_likelihood(graded))),
        (_("Brier score (0 to 2)"), number(brier_score(graded))),
    ]
    for title, value in rows:
        print(f"{padded(title, 32)} {value}")


def _print_classes(names: Sequence[str], found: Scores) -> None:
    averages = (_("macro average"), found.macro), (_("weighted average"), found.weighted)
    rows: list[tuple[str, ClassScores]] = [*zip(names, found.classes, strict=True), *averages]
    _print_row(_("class"), (_("precision P"), _("recall R"), "F1 = 2PR/(P+R)", _("pictures")))
    for title, each in rows:
        _print_row(title, (*map(_percent, (each.precision, each.recall, each.f1)), f"{each.support:,}"))
    if not (found.confusion.any(0) & found.confusion.any(1)).all():
        print(_("A class that is never answered has precision 0, one without pictures has recall 0."))


def _print_confusion(names: Sequence[str], found: Scores) -> None:
    if len(names) > _WIDEST_MATRIX:
        print(_("The confusion matrix is too wide for a table; --json has it."))
        return
    print(_("Confusion matrix: a row for each class of the pictures, a column for each answer"))
    rows = [[f"{count:,}" for count in row] for row in found.confusion.tolist()]
    widest = max(columns(text) for text in (*names, *chain.from_iterable(rows)))
    for name, row in zip(("", *names), (names, *rows), strict=True):
        _print_row(name, row, widest + 1, widest + 1)


def _print_reliability(graded: GradedAnswers) -> None:
    from cnnlab.evaluation.calibration import reliability

    print(_("How often answers of a confidence are right"))
    _print_row(_("confidence"), (_("on average"), _("right"), _("pictures")))
    for row in reliability(graded.confidence, graded.right):
        span = _("{low} to {high} %", low=f"{100 * row.low:.0f}", high=f"{100 * row.high:.0f}")
        _print_row(span, (_percent(row.confidence), _percent(row.right), f"{row.answers:,}"))


def _print_row(title: str, figures: Iterable[str], width: int = 15, first: int = 20) -> None:
    """A line of a table, its columns `width` wide, the first one `first`."""
    print(padded(title, first) + "".join(right_padded(figure, width) for figure in figures))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def evaluate_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    command.add_argument(
        "model", metavar=_("bundled|RUN"), help=_("the model that comes with the lab, or a run")
    )
    learned = _("a data set with the same classes; by default the one that the run learned from")
    names = ", ".join(record.info.name for record in BUILT_IN)
    about = _("{about}: {names}", about=learned, names=names)
    command.add_argument("--data", metavar=_("NAME"), help=about)
    add_home(command)
    add_json(command)
