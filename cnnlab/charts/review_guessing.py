"""The review of a run that does no better than guessing, with the measured cause (run_review.py)."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.charts.inspection import sole_answer, vanishing
from cnnlab.charts.review_case import Case, RunReview, at_rate, more_epochs, smaller_rate
from cnnlab.charts.run_words import percent
from cnnlab.data import class_words
from cnnlab.language import _, sentences
from cnnlab.runs.endings import has_learned
from cnnlab.runs.records import Run
from cnnlab.runs.words import number

_DEAD = 0.9  # share of ReLU units that output 0 for everything


def guessing_review(case: Case) -> RunReview:
    """The review of a run at the level of guessing: the measured cause, else the usual candidates."""
    opening = _guessing_text(case)
    # Dead units let no gradient through, so they are checked before vanishing gradients.
    for cause in (_initialized_with_zeros, _only_memorized, _units_died, _gradients_vanish, _imbalanced):
        found = cause(case)
        if found is not None:
            return replace(found, finding=sentences([opening, found.finding]), tone="warning")
    if case.rate > 5 * case.usual_rate:
        advice = _("Its learning rate is unusually high for its optimizer: try a smaller one.")
        return RunReview("", opening, advice, (smaller_rate(case.run, case.curves, 0),), tone="warning")
    if case.rate < case.usual_rate / 5:
        advice = _("Its learning rate is unusually low for its optimizer: try the usual one.")
        return RunReview("", opening, advice, (at_rate(case.usual_rate, 0),), tone="warning")
    advice = _("Try more epochs first; then a learning rate ten times smaller, and one ten times larger.")
    suggestions = (more_epochs(), smaller_rate(case.run, case.curves, 0), at_rate(10 * case.rate, 0))
    return RunReview("", opening, advice, suggestions, tone="warning")


def _guessing_text(case: Case) -> str:
    """That the network guesses, what it answers to everything, and whether it did better before."""
    answer = sole_answer(case.matrix)
    name = _class_name(case.run, answer) if answer is not None else ""
    if case.guessed(case.best):
        if not name:
            return _("It does no better than guessing.")
        return _("It does no better than guessing: it answers {answer} to everything.", answer=name)
    before = {"epoch": case.best.epoch, "accuracy": percent(case.best.val_accuracy)}
    if not name:
        return _(
            "After epoch {epoch} it had {accuracy} in validation; "
            "at its end it does no better than guessing.",
            **before,
        )
    return _(
        "After epoch {epoch} it had {accuracy} in validation; at its end it does no better than guessing: "
        "it answers {answer} to everything.",
        **before,
        answer=name,
    )


def _class_name(run: Run, index: int) -> str:
    known = run.described
    if known and index < len(known.classes):
        return str(class_words(known.classes[index]))
    return _("class {index}", index=index)


def _initialized_with_zeros(case: Case) -> RunReview | None:
    if case.run.config.initialization != "zeros":
        return None
    finding = _("All its weights began as 0, so all filters of a row get the same gradient and stay alike.")
    advice = _("Choose other initial weights (More settings): they have to differ by chance.")
    return RunReview("", finding, advice)


def _imbalanced(case: Case) -> RunReview | None:
    """The review if one class is so common that always answering it pays off."""
    answer, counts = sole_answer(case.matrix), [sum(row) for row in case.matrix]
    if answer is None or counts[answer] < 1.5 * sum(counts) / max(1, sum(map(bool, counts))):
        return None
    share = 100 * counts[answer] / sum(counts)
    finding = _(
        "That alone is right for {share} % of the pictures, because that many belong to that class.",
        share=f"{share:.0f}",
    )
    advice = _(
        "Try class weights (More settings, Balanced), so that a rare class counts as much as a common one."
    )
    return RunReview("", finding, advice)


def _only_memorized(case: Case) -> RunReview | None:
    if sole_answer(case.matrix) is not None:
        return None  # it gives the training pictures that answer too
    if case.last.train_accuracy < 0.5 or not has_learned(case.last.train_accuracy, case.run.design.classes):
        return None
    finding = _(
        "Yet it gets {accuracy} of its training pictures right: it has memorized them "
        "and learned nothing that holds for others.",
        accuracy=percent(case.last.train_accuracy),
    )
    advice = _("Check whether the labels are right; then try more pictures, or fewer parameters.")
    return RunReview("", finding, advice)


def _gradients_vanish(case: Case) -> RunReview | None:
    found = vanishing(case.inspection.layers if case.inspection else [])
    if found is None:
        return None
    first, strongest = found
    finding = _(
        "Its gradients vanish on their way back: {strong} in row {strong_row}, but {weak} in row {row}. "
        "So the first rows hardly learn, and smaller steps would make it slower still.",
        strong=number(strongest.gradient_norm),
        strong_row=strongest.address.row + 1,
        weak=number(first.gradient_norm),
        row=first.address.row + 1,
    )
    advice = _(
        "Try ReLU in place of sigmoid or tanh, batch normalization, residual blocks, or fewer layers; "
        "He's initial weights help as well."
    )
    return RunReview("", finding, advice, rebuild=True)


def _units_died(case: Case) -> RunReview | None:
    worst = max(case.inspection.dead if case.inspection else [], key=lambda units: units.share, default=None)
    if worst is None or worst.share < _DEAD:
        return None
    finding = _(
        "{share} of the ReLU units in row {row} output 0 for every picture: "
        "they are dead, and nothing gets through them anymore. Steps that are too large cause this.",
        share=percent(worst.share),
        row=worst.address.row + 1,
    )
    advice = _("Try a smaller learning rate from the start, or Leaky ReLU.")
    return RunReview("", finding, advice, (smaller_rate(case.run, case.curves, 0),), rebuild=True)
