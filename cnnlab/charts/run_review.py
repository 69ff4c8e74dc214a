"""What a run's curves say, in words that a pupil understands, with the next thing to try.

Nothing is claimed that the number of pictures cannot carry (chance.py), and no cause is named that was not
measured: gradients, dead units and answers come from the last look at the network (events.Inspection).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from cnnlab.charts.chance import differ, with_interval
from cnnlab.charts.changes import settings_now
from cnnlab.charts.inspection import sole_answer, vanishing
from cnnlab.charts.review_case import Case, Next, RunReview
from cnnlab.charts.run_words import percent
from cnnlab.data import DATASETS, base_name
from cnnlab.design.design import Design, summarize
from cnnlab.design.doctor import advise
from cnnlab.layers import Dropout, Softmax
from cnnlab.runs.endings import early_end, ending, has_learnt, is_blown_up, reason_words
from cnnlab.runs.records import Curves, Run
from cnnlab.runs.words import number
from cnnlab.training.config import USUAL_RATES

_GAP = 0.03  # training accuracy ahead of validation accuracy by more than this is worth a word
_LOW = 0.90  # training accuracy below this means that the network has not even learnt its own pictures
_ALL = 0.99  # training accuracy from which on next to nothing is left to learn
_RISE = 1.3  # a validation loss of so many times its lowest has turned
_FALL = 0.97  # a training loss of less than this share of the epoch before is still falling
_DEAD = 0.9  # share of ReLU units that answer 0 to everything


def review(
    run: Run,
    curves: Curves,
    looked: dict[str, Any] | None = None,
    parent: tuple[Run, Curves] | None = None,
    began_at: float | None = None,
) -> RunReview:
    """The verdict on a run that has ended; sensible also where it ended before its first epoch was over.

    `looked`: the last look at the network (RunStore.inspection). `parent`: what a fork came of;
    `began_at`: what its weights were worth in validation before its first batch, where that was measured.
    """
    result = _result(run)
    failure = _failure(result, run, curves)
    if failure is not None:
        return failure
    if not curves.epochs:
        advice = "Resume it, or start a run with larger batches: an epoch is then over sooner."
        return RunReview(result, "", advice, tone="warning")
    case = Case(run, curves, looked or {}, _pictures(run, "val"))
    found = replace(_finding(case), result=result)
    beside = _beside_parent(case, parent, began_at)
    if beside.tone != "good" and found.tone == "good":
        found = replace(beside, result=result)
        told = [_ended(run), beside.finding]
    else:
        told = [_ended(run), beside.finding, found.finding]
    return replace(found, finding=" ".join(filter(None, told)))


# ---- how well it did


def _pictures(run: Run, part: Literal["val", "test"]) -> int:
    """How many pictures it was measured on; 0 where nobody knows."""
    told = run.progress.val_images if part == "val" else run.progress.test_images
    known = DATASETS.get(run.data)
    sizes = (known.val_size if part == "val" else known.test_size) if known else 0
    return told or sizes


def _result(run: Run) -> str:
    progress = run.progress
    guess = f"Guessing would get {100 / run.design.classes:.0f} %."
    if progress.test_accuracy is not None:
        count = _pictures(run, "test")
        accuracy = f"test accuracy {with_interval(progress.test_accuracy, count)}"
        if not count:
            return f"Its {accuracy}. {guess}"
        right = round(progress.test_accuracy * count)
        return f"Of {count:,} pictures that it has never seen it reads {right:,} right ({accuracy}). {guess}"
    if progress.best_val_accuracy is not None:
        best = with_interval(progress.best_val_accuracy, _pictures(run, "val"))
        return f"Its best validation accuracy was {best}. {guess}"
    return "It ended before its first epoch was over, so there is no validation figure yet."


def _ended(run: Run) -> str:
    """Why it is over, where it is over before its last epoch."""
    if run.state != "finished" or early_end(run) is None:
        return ""
    reason = reason_words(run)
    return f"It ended after {run.progress.epoch} of {run.progress.epochs} epochs: {reason}."


def _beside_parent(case: Case, parent: tuple[Run, Curves] | None, began_at: float | None) -> RunReview:
    """A run that began with learned weights beside what those were worth, and what their own run came to."""
    epoch = case.run.parent_epoch
    own = parent is not None and parent[0].data == case.run.data  # measured on the same pictures
    points = parent[1].epochs if parent is not None and own else []
    at_fork = next((point.val_accuracy for point in points if point.epoch == epoch), None)
    then = at_fork if began_at is None else began_at
    if then is None:
        return RunReview("", "", "")
    now = case.best.val_accuracy
    whose = f"epoch {epoch} of its parent, which" if points else "learned weights, which"
    start = f"It began with {whose} had {percent(then)} in validation"
    best = max((point.val_accuracy for point in points), default=None)
    also = f" The best of its parent was {percent(best)}." if best is not None and best > then else ""
    if not differ(now, then, case.pictures):
        told = f"{start}; its own best, {percent(now)}, differs from that by no more than luck explains."
        return RunReview("", told + also, "")
    if now > then:
        return RunReview("", f"{start}; its own best is better, {percent(now)}.{also}", "")
    advice = "Try a smaller learning rate from where it began, or go on with what it began with."
    told = f"{start}; its own best is worse, {percent(now)}.{also}"
    return RunReview("", told, advice, (_slower(case.run, case.curves, 0),), tone="warning")


# ---- what went wrong at the root


def _failure(result: str, run: Run, curves: Curves) -> RunReview | None:
    """Of a run that did not come to its end by itself or by a person's wish; None for any other."""
    kind = ending(run)
    if kind == "diverged":
        finding = "It diverged: its steps were so large that the numbers grew beyond all bounds."
        advice = "Try a smaller learning rate, or gradient clipping (More settings)."
        return RunReview(result, finding, advice, (_slower(run, curves, None),), tone="bad")
    if kind == "memory":
        finding = "It did not fit into the memory; that says nothing of how well it learns."
        return RunReview(result, finding, "Try smaller batches, or a smaller network.", tone="bad")
    if kind in ("failed", "interrupted"):
        finding = "It did not come to its end; that says nothing of how well it learns."
        return RunReview(result, finding, "Resume it: it goes on from its last checkpoint.", tone="warning")
    if kind == "cancelled":
        return RunReview("It was cancelled before its first batch.", "", "", tone="warning")
    return None


def _slower(run: Run, curves: Curves, epoch: int | None) -> Next:
    """A tenth of the rate, or the optimizer's usual one where that is less still."""
    rate = float(settings_now(run.config, curves.flags)["learning_rate"])
    usual = USUAL_RATES[run.config.optimizer]
    return _at_rate(min(rate / 10, usual) if rate > 10 * usual else rate / 10, epoch)


def _at_rate(rate: float, epoch: int | None) -> Next:
    rounded = float(f"{rate:.3g}")
    return Next(f"Learning rate {rounded:g}", epoch, {"learning_rate": rounded})


def _longer() -> Next:
    return Next("10 more epochs", None, {"epochs": 10})


# ---- what the curves show


def _finding(case: Case) -> RunReview:
    if is_blown_up(case.run):
        return _blown_up(case)
    if case.guessed(case.last):
        return _not_learnt(case)
    for look_for in (_unbent, _over_fitting, _past_its_best, _learnt_all, _still_learning, _under_fitting):
        found = look_for(case)
        if found is not None:
            return found
    return _level(case)


def _blown_up(case: Case) -> RunReview:
    loss = max(case.last.train_loss, case.last.val_loss)
    finding = (
        f"It blew up: its loss ended at {number(loss)}, far above that of pure guessing. Its steps were "
        "far too large; what it reads rightly is left over from luck."
    )
    nexts = (_slower(case.run, case.curves, 0),)
    return RunReview("", finding, "Try a much smaller learning rate from the start.", nexts, tone="bad")


def _not_learnt(case: Case) -> RunReview:
    """At the level of guessing: the cause that was measured, else the candidates in their order."""
    opening = "It does no better than guessing"
    if not case.guessed(case.best):
        had = f"After epoch {case.best.epoch} it had {percent(case.best.val_accuracy)} in validation"
        opening = f"{had}; at its end it does no better than guessing"
    answer = sole_answer(case.matrix)
    opening += f": it answers {_class_name(case.run, answer)} to everything." if answer is not None else "."
    # Units that are dead let no gradient through: they are asked for before gradients that vanish.
    for cause in (_all_alike, _by_heart, _died, _vanished, _one_sided):
        found = cause(case)
        if found is not None:
            return replace(found, finding=f"{opening} {found.finding}", tone="warning")
    if case.rate > 5 * case.usual_rate:
        advice = "Its learning rate is unusually high for its optimizer: try a smaller one."
        return RunReview("", opening, advice, (_slower(case.run, case.curves, 0),), tone="warning")
    if case.rate < case.usual_rate / 5:
        advice = "Its learning rate is unusually low for its optimizer: try the usual one."
        return RunReview("", opening, advice, (_at_rate(case.usual_rate, 0),), tone="warning")
    advice = "Try more epochs first; then a learning rate ten times smaller, and one ten times larger."
    nexts = (_longer(), _slower(case.run, case.curves, 0), _at_rate(10 * case.rate, 0))
    return RunReview("", opening, advice, nexts, tone="warning")


def _class_name(run: Run, index: int) -> str:
    known = DATASETS.get(base_name(run.data))
    return known.classes[index] if known and index < len(known.classes) else f"class {index}"


def _all_alike(case: Case) -> RunReview | None:
    if case.run.config.initialization != "zeros":
        return None
    finding = "All its weights began as 0, so all filters of a row get the same gradient and stay alike."
    return RunReview(
        "", finding, "Choose other initial weights (More settings): they have to differ by chance."
    )


def _one_sided(case: Case) -> RunReview | None:
    """Where one class is much more common than the others, to answer it to everything pays."""
    answer, counts = sole_answer(case.matrix), [sum(row) for row in case.matrix]
    if answer is None or counts[answer] < 1.5 * sum(counts) / max(1, sum(map(bool, counts))):
        return None
    share = 100 * counts[answer] / sum(counts)
    finding = f"That alone is right for {share:.0f} % of the pictures, since so many are of that class."
    advice = (
        "Try class weights (More settings, Balanced), so that a rare class counts as much as a common one."
    )
    return RunReview("", finding, advice)


def _by_heart(case: Case) -> RunReview | None:
    if sole_answer(case.matrix) is not None:
        return None  # what it says of its own pictures it says of all
    if case.last.train_accuracy < 0.5 or not has_learnt(case.last.train_accuracy, case.run.design.classes):
        return None
    finding = (
        f"Yet it knows {percent(case.last.train_accuracy)} of its training pictures: it has learnt them by "
        "heart, and nothing that holds for others."
    )
    return RunReview(
        "", finding, "Look whether the labels are right; then try more pictures, or fewer parameters."
    )


def _vanished(case: Case) -> RunReview | None:
    found = vanishing(case.looked.get("layers", []))
    if found is None:
        return None
    (row, weak), (strong_row, strong) = found
    finding = (
        f"Its gradients vanish on their way back: {number(strong)} in row {strong_row + 1}, but "
        f"{number(weak)} in row {row + 1}. So the first rows hardly learn, and smaller steps would make "
        "it slower still."
    )
    advice = (
        "Try ReLU in place of sigmoid or tanh, batch normalization, residual blocks, or fewer layers; "
        "He's initial weights help as well."
    )
    return RunReview("", finding, advice, rebuild=True)


def _died(case: Case) -> RunReview | None:
    worst = max(case.looked.get("dead", []), key=lambda unit: unit["share"], default=None)
    if worst is None or worst["share"] < _DEAD:
        return None
    finding = (
        f"{percent(worst['share'])} of the ReLU units in row {worst['row'] + 1} answer 0 to every picture: "
        "they are dead, and nothing comes through them any more. Steps that are too large do that."
    )
    advice = "Try a smaller learning rate from the start, or Leaky ReLU."
    return RunReview("", finding, advice, (_slower(case.run, case.curves, 0),), rebuild=True)


def _over_fitting(case: Case) -> RunReview | None:
    """Ahead on its own pictures by more than luck explains. While learning it knows them less well than it
    does at the end of the epoch, so the true gap is larger still."""
    last = case.last
    gap = last.train_accuracy - last.val_accuracy
    lowest = min(case.curves.epochs, key=lambda point: point.val_loss)
    turned = last.val_loss > _RISE * lowest.val_loss
    certain = differ(last.val_accuracy, last.train_accuracy, case.pictures, case.run.progress.train_images)
    if not certain or not (gap > _GAP or (gap > _GAP / 3 and turned)):
        return None
    finding = (
        f"It over-fits: while it learned in epoch {last.epoch} it got {percent(last.train_accuracy)} of its "
        f"training pictures right, but of others only {with_interval(last.val_accuracy, case.pictures)}; "
        f"its validation loss was lowest in epoch {lowest.epoch}."
    )
    advice = (
        "Try more pictures or augmentation, Dropout before the last layers, weight decay, or fewer epochs."
    )
    decay = Next("Weight decay 0.001", 0, {"weight_decay": 0.001})
    nexts = (decay,) if case.run.config.weight_decay < 0.001 else ()
    dropout = not any(layer.kind.startswith("Dropout") for layer in case.run.design.layers)
    return RunReview("", finding, advice, nexts, dropout, tone="warning")


def _unbent(case: Case) -> RunReview | None:
    design = case.run.design
    weighing = sum(1 for row in summarize(design).rows if row.macs)
    if weighing < 2 or any(layer.nonlinear for layer in design.layers if not isinstance(layer, Softmax)):
        return None
    finding = (
        f"No row of it is nonlinear: its {weighing} layers of weights together can do no more "
        "than a single one, however long it is trained."
    )
    return RunReview("", finding, "Put an activation behind each but the last.", rebuild=True, tone="warning")


def _learnt_all(case: Case) -> RunReview | None:
    """Hardly a training picture is left to learn from, and validation gains no more."""
    last = case.last
    lowest = min(case.curves.epochs, key=lambda point: point.val_loss)
    if last.train_accuracy < _ALL or last is lowest or early_end(case.run):
        return None
    weights = summarize(case.run.design).parameters
    finding = (
        f"It has next to all its training pictures by heart ({percent(last.train_accuracy)} right while "
        f"learning in epoch {last.epoch}; {weights:,} weights for {case.run.progress.train_images:,} "
        f"pictures), and its validation loss was lowest in epoch {lowest.epoch}: more epochs can teach it "
        "little."
    )
    advice = "Try augmentation, which makes new pictures of the old ones, or draw with it."
    offered = Next("Augmentation 0.3", 0, {"augmentation": 0.3})
    return RunReview("", finding, advice, () if case.run.config.augmentation else (offered,))


def _past_its_best(case: Case) -> RunReview | None:
    best, last = case.best, case.last
    if last is best or not differ(best.val_accuracy, last.val_accuracy, case.pictures):
        return None
    finding = (
        f"It was best after epoch {best.epoch} ({percent(best.val_accuracy)}); at the end it is worse by "
        f"more than luck explains ({percent(last.val_accuracy)})."
    )
    advice = "Try smaller steps from its best epoch, or draw with it: it is the best epoch that reads."
    return RunReview("", finding, advice, (_slower(case.run, case.curves, best.epoch),), tone="warning")


def _still_learning(case: Case) -> RunReview | None:
    epochs = case.curves.epochs
    if early_end(case.run) == "target":
        return RunReview("", "", "Draw with it, or ask for more than that.")
    if early_end(case.run) == "patience":
        return None
    if len(epochs) == 1:
        finding = "It has seen each picture once; that is too little to judge."
        return RunReview("", finding, "Try a few epochs more.", (_longer(),))
    before, last = epochs[-2:]
    if last.train_loss >= _FALL * before.train_loss:
        return None
    finding = (
        f"It was still learning when it ended: its training loss fell from {number(before.train_loss)} to "
        f"{number(last.train_loss)} in the last epoch."
    )
    return RunReview("", finding, "Try a few epochs more.", (_longer(),))


def _under_fitting(case: Case) -> RunReview | None:
    if case.last.train_accuracy >= _LOW:
        return None
    config = case.run.config
    dropout = any(layer.kind.startswith("Dropout") for layer in case.run.design.layers)
    harder = (
        "; Dropout or augmentation makes that harder than reading them"
        if dropout or config.augmentation
        else ""
    )
    finding = (
        f"It has levelled off without learning its own pictures: while learning it gets only "
        f"{percent(case.last.train_accuracy)} of them right{harder}."
    )
    warned = _warning(case.run.design)
    advice = warned or "Try a larger learning rate, or a larger network."
    nexts = () if warned else (_at_rate(3 * case.rate, case.last.epoch),)
    return RunReview("", finding, advice, nexts, rebuild=True, tone="warning")


def _warning(design: Design) -> str:
    """What Build warns of in this design; empty where it warns of nothing."""
    warnings = [each.text for each in advise(design, summarize(design)) if each.level == "warning"]
    return f"Build says of it: {warnings[0]}" if warnings else ""


def _level(case: Case) -> RunReview:
    of = f" {case.pictures:,}" if case.pictures else " so few"
    finding = f"It has levelled off: its last epochs differ by less than{of} validation pictures can tell."
    advice = "Try smaller steps from its best epoch, another network, or draw with this one."
    return RunReview("", finding, advice, (_slower(case.run, case.curves, case.best.epoch),))


def with_dropout(design: Design) -> Design | None:
    """The design with Dropout before its last dense layer; None where nothing comes before one."""
    rows = [row for row, layer in enumerate(design.layers) if layer.kind == "Linear"]
    if not rows or not rows[-1]:
        return None
    layers = list(design.layers)
    return design.with_layers((*layers[: rows[-1]], Dropout(p=0.5), *layers[rows[-1] :]))
