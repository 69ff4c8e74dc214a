"""A review of a run: what its curves show, in words that students understand, and what to try next.

It claims nothing that the number of pictures does not support (chance.py), and names no cause that was not
measured: gradients, dead units and answers come from the last inspection of the network (events.Inspection).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from cnnlab.charts.review_case import Case, RunReview, Suggestion, at_rate, more_epochs, smaller_rate
from cnnlab.charts.review_guessing import guessing_review
from cnnlab.charts.run_words import percent
from cnnlab.design.design import Design, summarize
from cnnlab.design.doctor import advise
from cnnlab.evaluation.chance import differ, with_interval
from cnnlab.language import _, lazy, plural, sentences
from cnnlab.layers import Dropout, Linear, Softmax
from cnnlab.runs.endings import early_end, ending, is_blown_up, reason_text
from cnnlab.runs.events import Inspection
from cnnlab.runs.records import Curves, Run
from cnnlab.runs.words import number

_NOTABLE_GAP = 0.03  # between training and validation accuracy: a larger one is mentioned
_UNDERFIT_BELOW = 0.90  # training accuracy: below, the network has not even learned its training pictures
_MEMORIZED_FROM = 0.99  # training accuracy: above, almost nothing is left to learn
_TURNED_FACTOR = 1.3  # a validation loss of more than this times its lowest has turned upwards
_FALLING_BELOW = 0.97  # a training loss below this share of the previous epoch's is still falling


def review(
    run: Run,
    curves: Curves,
    inspection: Inspection | None = None,
    parent: tuple[Run, Curves] | None = None,
    began_at: float | None = None,
) -> RunReview:
    """The review of a run that has ended, even if it ended during its first epoch.

    `inspection`: the last one (RunStore.inspection). `parent`: the run that a fork came from. `began_at`: the
    validation accuracy before the first batch, if it was measured.
    """
    result = _result(run)
    failure = _failure(result, run, curves)
    if failure is not None:
        return failure
    if not curves.epochs:
        advice = _("Resume it, or start a run with larger batches: an epoch then ends sooner.")
        return RunReview(result, "", advice, tone="warning")
    case = Case(run, curves, inspection, _pictures(run, "val"))
    found = replace(_finding(case), result=result)
    compared = _compared_with_parent(case, parent, began_at)
    findings = [_other_data(run), _ended(run), compared.finding]
    if compared.tone != "good" and found.tone == "good":
        found = replace(compared, result=result)
    else:
        findings.append(found.finding)
    return replace(found, finding=sentences(filter(None, findings)))


# ---- results


def _pictures(run: Run, part: Literal["val", "test"]) -> int:
    """How many pictures the run was measured on; 0 if unknown."""
    count = run.progress.val_images if part == "val" else run.progress.test_images
    known = run.described
    return count or ((known.val_size if part == "val" else known.test_size) if known else 0)


def _result(run: Run) -> str:
    progress = run.progress
    guess = _("Guessing would get {accuracy} %.", accuracy=f"{100 / run.design.classes:.0f}")
    if progress.test_accuracy is not None:
        return sentences([_test_text(progress.test_accuracy, _pictures(run, "test")), guess])
    if progress.best_val_accuracy is not None:
        best = with_interval(progress.best_val_accuracy, _pictures(run, "val"))
        return sentences([_("Its best validation accuracy was {accuracy}.", accuracy=best), guess])
    return _("It ended before its first epoch was over, so there is no validation figure yet.")


def _test_text(test_accuracy: float, count: int) -> str:
    accuracy = with_interval(test_accuracy, count)
    if not count:
        return _("Its test accuracy is {accuracy}.", accuracy=accuracy)
    return plural(
        "It correctly reads {right} of {count} picture that it has never seen (test accuracy {accuracy}).",
        "It correctly reads {right} of {count} pictures that it has never seen (test accuracy {accuracy}).",
        count,
        right=f"{round(test_accuracy * count):,}",
        accuracy=accuracy,
    )


def _other_data(run: Run) -> str:
    if run.described is None or not run.described.changed_to:
        return ""
    return _("It was resumed on different pictures from those it began with.")


def _ended(run: Run) -> str:
    """Why the run ended before its last epoch; empty if it did not."""
    if run.state != "finished" or early_end(run) is None:
        return ""
    return _(
        "It ended after {done} of {epochs} epochs: {reason}.",
        done=run.progress.epoch,
        epochs=run.progress.epochs,
        reason=reason_text(run),
    )


def _compared_with_parent(case: Case, parent: tuple[Run, Curves] | None, began_at: float | None) -> RunReview:
    """A comparison of a run that started from learned weights with those weights and their run."""
    epoch = case.run.parent_epoch
    own = parent is not None and parent[0].data == case.run.data  # measured on the same pictures
    points = parent[1].epochs if parent is not None and own else []
    at_fork = next((point.val_accuracy for point in points if point.epoch == epoch), None)
    then = at_fork if began_at is None else began_at
    if then is None:
        return RunReview("", "", "")
    now = case.best.val_accuracy
    findings = [_comparison(then, now, epoch if points else None, case.pictures)]
    best = max((point.val_accuracy for point in points), default=None)
    if best is not None and best > then:
        findings.append(_("Its parent's best was {accuracy}.", accuracy=percent(best)))
    if now >= then or not differ(now, then, case.pictures):
        return RunReview("", sentences(findings), "")
    advice = _("Try a smaller learning rate from where it began, or continue with what it began with.")
    suggestions = (smaller_rate(case.run, case.curves, 0),)
    return RunReview("", sentences(findings), advice, suggestions, tone="warning")


def _comparison(then: float, now: float, epoch: int | None, pictures: int) -> str:
    """The run's best accuracy compared with its start; `epoch`: the parent's, if known."""
    start = lazy("It began with learned weights, which had {accuracy} in validation", accuracy=percent(then))
    if epoch is not None:
        start = lazy(
            "It began with epoch {epoch} of its parent, which had {accuracy} in validation",
            epoch=epoch,
            accuracy=percent(then),
        )
    best = percent(now)
    if not differ(now, then, pictures):
        return _(
            "{start}; its own best, {accuracy}, differs from that by no more than luck explains.",
            start=start,
            accuracy=best,
        )
    if now > then:
        return _("{start}; its own best is better, {accuracy}.", start=start, accuracy=best)
    return _("{start}; its own best is worse, {accuracy}.", start=start, accuracy=best)


# ---- failures


def _failure(result: str, run: Run, curves: Curves) -> RunReview | None:
    """The review of a run that failed, was interrupted or canceled; None for any other."""
    kind = ending(run)
    if kind == "diverged":
        finding = _("It diverged: its steps were so large that the numbers grew beyond all bounds.")
        advice = _("Try a smaller learning rate, or gradient clipping (More settings).")
        return RunReview(result, finding, advice, (smaller_rate(run, curves, None),), tone="bad")
    if kind == "memory":
        finding = _("It did not fit into the memory; that says nothing about how well it learns.")
        return RunReview(result, finding, _("Try smaller batches, or a smaller network."), tone="bad")
    if kind in ("failed", "interrupted"):
        finding = _("It did not finish; that says nothing about how well it learns.")
        return RunReview(result, finding, _how_to_continue(run), tone="warning")
    if kind == "canceled":
        return RunReview(_("It was canceled before its first batch."), "", "", tone="warning")
    return None


def _how_to_continue(run: Run) -> str:
    """The button to click; nothing if no file is left to continue from, which the run's message says."""
    if run.progress.reason == "damaged":
        return ""
    if run.state == "failed":
        return _("Try again: it continues from its last checkpoint.")
    return _("Resume it: it continues from its last checkpoint.")


# ---- what the curves show


def _finding(case: Case) -> RunReview:
    if is_blown_up(case.run):
        return _blown_up(case)
    if case.guessed(case.last):
        return guessing_review(case)
    for check in (_all_linear, _over_fitting, _past_its_best, _memorized, _still_learning, _under_fitting):
        found = check(case)
        if found is not None:
            return found
    return _leveled_off(case)


def _blown_up(case: Case) -> RunReview:
    loss = max(case.last.train_loss, case.last.val_loss)
    finding = _(
        "It blew up: its loss ended at {loss}, far above that of pure guessing. Its steps were "
        "far too large; what it gets right is luck.",
        loss=number(loss),
    )
    suggestions = (smaller_rate(case.run, case.curves, 0),)
    return RunReview(
        "", finding, _("Try a much smaller learning rate from the start."), suggestions, tone="bad"
    )


def _over_fitting(case: Case) -> RunReview | None:
    """The review if training accuracy is ahead of validation accuracy by more than luck explains.

    Training accuracy is measured during the epoch, before the network is at its best, so the true gap is
    even larger.
    """
    last = case.last
    gap = last.train_accuracy - last.val_accuracy
    lowest = min(case.curves.epochs, key=lambda point: point.val_loss)
    turned = last.val_loss > _TURNED_FACTOR * lowest.val_loss
    certain = differ(last.val_accuracy, last.train_accuracy, case.pictures, case.run.progress.train_images)
    if not certain or not (gap > _NOTABLE_GAP or (gap > _NOTABLE_GAP / 3 and turned)):
        return None
    finding = _(
        "It overfits: while it learned in epoch {epoch} it got {train_accuracy} of its "
        "training pictures right, but of others only {val_accuracy}; "
        "its validation loss was lowest in epoch {lowest}.",
        epoch=last.epoch,
        train_accuracy=percent(last.train_accuracy),
        val_accuracy=with_interval(last.val_accuracy, case.pictures),
        lowest=lowest.epoch,
    )
    advice = _(
        "Try more pictures or augmentation, Dropout before the last layers, weight decay, or fewer epochs."
    )
    decay = Suggestion(_("Weight decay {value}", value="0.001"), 0, {"weight_decay": 0.001})
    suggestions = (decay,) if case.run.config.weight_decay < 0.001 else ()
    dropout = not any(layer.kind.startswith("Dropout") for layer in case.run.design.layers)
    return RunReview("", finding, advice, suggestions, dropout, tone="warning")


def _all_linear(case: Case) -> RunReview | None:
    design = case.run.design
    weighted = sum(1 for row in summarize(design).rows if row.macs)
    if weighted < 2 or any(layer.nonlinear for layer in design.layers if not isinstance(layer, Softmax)):
        return None
    finding = _(
        "No row of it is nonlinear: its {number} layers of weights together can do no more "
        "than a single one, however long it is trained.",
        number=weighted,
    )
    advice = _("Put an activation after each but the last.")
    return RunReview("", finding, advice, rebuild=True, tone="warning")


def _memorized(case: Case) -> RunReview | None:
    """The review if nearly all training pictures are memorized and validation no longer improves."""
    last = case.last
    lowest = min(case.curves.epochs, key=lambda point: point.val_loss)
    if last.train_accuracy < _MEMORIZED_FROM or last is lowest or early_end(case.run):
        return None
    weights = summarize(case.run.design).parameters
    finding = _(
        "It has memorized nearly all its training pictures ({accuracy} right while "
        "learning in epoch {epoch}; {weights} weights for {pictures} "
        "pictures), and its validation loss was lowest in epoch {lowest}: more epochs can teach it little.",
        accuracy=percent(last.train_accuracy),
        epoch=last.epoch,
        weights=f"{weights:,}",
        pictures=f"{case.run.progress.train_images:,}",
        lowest=lowest.epoch,
    )
    advice = _("Try augmentation, which makes new pictures from the old ones, or draw with it.")
    offered = Suggestion(_("Augmentation {value}", value="0.3"), 0, {"augmentation": 0.3})
    return RunReview("", finding, advice, () if case.run.config.augmentation else (offered,))


def _past_its_best(case: Case) -> RunReview | None:
    best, last = case.best, case.last
    if last is best or not differ(best.val_accuracy, last.val_accuracy, case.pictures):
        return None
    finding = _(
        "It was best after epoch {epoch} ({best}); at the end it is worse by "
        "more than luck explains ({last}).",
        epoch=best.epoch,
        best=percent(best.val_accuracy),
        last=percent(last.val_accuracy),
    )
    advice = _("Try smaller steps from its best epoch, or draw with it: the pad uses the best epoch.")
    return RunReview("", finding, advice, (smaller_rate(case.run, case.curves, best.epoch),), tone="warning")


def _still_learning(case: Case) -> RunReview | None:
    epochs = case.curves.epochs
    if early_end(case.run) == "target":
        return RunReview("", "", _("Draw with it, or ask for more than that."))
    if early_end(case.run) == "patience":
        return None
    if len(epochs) == 1:
        finding = _("It has seen each picture once; that is too little to judge.")
        return RunReview("", finding, _("Try a few more epochs."), (more_epochs(),))
    before, last = epochs[-2:]
    if last.train_loss >= _FALLING_BELOW * before.train_loss:
        return None
    finding = _(
        "It was still learning when it ended: its training loss fell from {before} to {last} "
        "in the last epoch.",
        before=number(before.train_loss),
        last=number(last.train_loss),
    )
    return RunReview("", finding, _("Try a few more epochs."), (more_epochs(),))


def _under_fitting(case: Case) -> RunReview | None:
    if case.last.train_accuracy >= _UNDERFIT_BELOW:
        return None
    config = case.run.config
    dropout = any(layer.kind.startswith("Dropout") for layer in case.run.design.layers)
    finding = lazy(
        "It has leveled off without learning its own pictures: while learning it gets only "
        "{accuracy} of them right.",
        accuracy=percent(case.last.train_accuracy),
    )
    if dropout or config.augmentation:
        finding = lazy(
            "It has leveled off without learning its own pictures: while learning it gets only "
            "{accuracy} of them right; Dropout or augmentation makes that harder than reading them.",
            accuracy=percent(case.last.train_accuracy),
        )
    warned = _warning(case.run.design)
    advice = warned or _("Try a larger learning rate, or a larger network.")
    suggestions = () if warned else (at_rate(3 * case.rate, case.last.epoch),)
    return RunReview("", str(finding), advice, suggestions, rebuild=True, tone="warning")


def _warning(design: Design) -> str:
    """The first warning on Build about this design; empty if there is none."""
    warnings = [each.text for each in advise(design, summarize(design)) if each.level == "warning"]
    return _("Build warns: {warning}", warning=warnings[0]) if warnings else ""


def _leveled_off(case: Case) -> RunReview:
    finding = lazy(
        "It has leveled off: its last epochs differ by less than so few validation pictures can show."
    )
    if case.pictures:
        finding = lazy(
            "It has leveled off: its last epochs differ by less than {count} validation pictures can show.",
            count=f"{case.pictures:,}",
        )
    advice = _("Try smaller steps from its best epoch, another network, or draw with this one.")
    return RunReview("", str(finding), advice, (smaller_rate(case.run, case.curves, case.best.epoch),))


def with_dropout(design: Design) -> Design | None:
    """The design with Dropout before its last dense layer; None if nothing comes before that layer."""
    rows = [row for row, layer in enumerate(design.layers) if isinstance(layer, Linear)]
    if not rows or not rows[-1]:
        return None
    layers = list(design.layers)
    return design.with_layers((*layers[: rows[-1]], Dropout(p=0.5), *layers[rows[-1] :]))
