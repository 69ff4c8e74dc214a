"""A run in words and numbers, as a page shows it: its state, its progress, its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.charts.changes import current_settings
from cnnlab.design.design import Design, summarize
from cnnlab.language import Words, _, lazy, listed, plural
from cnnlab.layers import shape_text
from cnnlab.runs.endings import epochs_text, reason_text
from cnnlab.runs.records import Command, EpochPoint, Flag, Run
from cnnlab.runs.words import number
from cnnlab.training.choice import Choice
from cnnlab.training.config import TrainConfig, changed
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.settings import DEFAULT_CONFIG, differences, phrase

_NONE = "–"  # for a number that is not known yet
COMMAND_WORDS: dict[Command, Words] = {
    "pause": lazy("Pausing…"),
    "resume": lazy("Resuming…"),
    "batch": lazy("Training one batch…"),
    "epoch": lazy("Training to the end of the epoch…"),
    "stop": lazy("Stopping…"),
    "change": lazy("Changing its settings…"),
}


# The speed-ups by code (events.Started.ways).
SPEEDUPS: dict[str, Choice] = {
    "data-on-device": Choice(
        lazy("data on the device"),
        lazy(
            "All pictures are kept in the training device's memory, so none has to be fetched batch by batch."
        ),
    ),
    "channels-last": Choice(
        lazy("channels last"),
        lazy("The channels of a pixel lie side by side in memory, as fast convolutions want them."),
    ),
    "pooling-first": Choice(
        lazy("pooling before ReLU"),
        lazy("Max-pooling first leaves ReLU a quarter of the work, with the same result."),
    ),
    "fused-optimizer": Choice(lazy("fused optimizer"), lazy("All weights take their step in one go.")),
    "quick-dropout": Choice(
        lazy("quick dropout"), lazy("Four random decisions come from one random number.")
    ),
    "cuda-graph": Choice(
        lazy("CUDA graph"),
        lazy("A step's hundred small tasks are recorded once and sent to the GPU with one call."),
    ),
    "bfloat16": Choice(
        lazy("bfloat16"), lazy("Products are computed with 16 bits, sums and weights kept with 32.")
    ),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One number on the screen, with its name and a remark if it needs one."""

    name: str
    value: str
    remark: str = ""


def state_text(run: Run, ahead: str = "", instead: str = "") -> str:
    """The run's progress, shown next to a badge with its state.

    `ahead`: the run a queued one waits for. `instead`: the run that trains while this one is paused.
    """
    if run.command is not None and not (run.command == "change" and run.state != "running"):
        return str(COMMAND_WORDS[run.command])
    if run.state == "queued":
        return _queue_text(run.position, ahead)
    if run.state == "running":
        return _running_text(run)
    if run.state == "finished":
        reason = reason_text(run)
        done = {"epochs": epochs_text(run), "duration": duration(run.progress.seconds)}
        if not reason:
            return _("{epochs} in {duration}", **done)
        return _("{epochs} in {duration}: {reason}", **done, reason=reason)
    place = _position_text(run) or _("Before the first batch")
    if instead:
        return _("{place}; “{run}” has its place and is training", place=place, run=instead)
    reason = reason_text(run) if run.progress.step else ""
    return _("{place}: {reason}", place=place, reason=reason) if reason else place


def _queue_text(position: int, ahead: str) -> str:
    if position <= 1:
        return _("Next in the queue: waiting for “{run}”", run=ahead) if ahead else _("Next in the queue")
    if ahead:
        return _("Number {position} in the queue: waiting for “{run}”", position=position, run=ahead)
    return _("Number {position} in the queue", position=position)


def _running_text(run: Run) -> str:
    progress = run.progress
    if progress.download is not None:
        return _download_text(*progress.download)
    if not progress.batches:
        return _("Getting ready: loading the pictures")
    if progress.epoch >= progress.epochs and progress.batch >= progress.batches:
        return _("Measuring on pictures that it has never seen")
    return _position_text(run)


def _download_text(done: int, total: int) -> str:
    so_far = f"{done / 1e6:,.1f}"
    if not total:
        return _("Downloading the pictures, {done} MB", done=so_far)
    return _("Downloading the pictures, {done} of {total} MB", done=so_far, total=f"{total / 1e6:,.1f}")


def _position_text(run: Run) -> str:
    progress = run.progress
    if not progress.batches:
        return ""
    return _(
        "Epoch {epoch} of {epochs}, batch {batch} of {batches}",
        epoch=progress.epoch,
        epochs=progress.epochs,
        batch=progress.batch,
        batches=progress.batches,
    )


def share_done(run: Run) -> float:
    """How much of the training, or of the download before it, is done, from 0 to 1."""
    progress = run.progress
    if progress.download is not None and progress.download[1]:
        return min(1.0, progress.download[0] / progress.download[1])
    if not progress.batches or not progress.epoch:
        return 0.0
    return min(1.0, progress.epochs_done / progress.epochs)


_ALWAYS_NAMED = ("optimizer", "learning_rate", "batch_size", "seed")


def headline(run: Run, data_title: str, flags: Sequence[Flag] = ()) -> str:
    """Network, data and current settings in one line.

    Some settings are always named, the others if they differ from the defaults.
    """
    now = current_config(run, flags)
    usual = DEFAULT_CONFIG.model_copy(update={name: getattr(now, name) for name in _ALWAYS_NAMED})
    parameters = f"{summarize(run.design).parameters:,}"
    rate = f"{now.learning_rate:g}"
    parts = [
        _("{name} ({parameters} parameters)", name=run.design.name, parameters=parameters),
        data_title,
        _("{optimizer}, learning rate {rate}", optimizer=OPTIMIZERS[now.optimizer].title, rate=rate),
        phrase("batch_size", now.batch_size),
        phrase("seed", now.seed),
        *differences(now, usual),
    ]
    return " · ".join(parts)


def current_config(run: Run, flags: Sequence[Flag]) -> TrainConfig:
    """The run's settings after all changes so far."""
    return changed(run.config, **current_settings(run.config, flags))


def settings_not_in_name(run: Run) -> str:
    """How the run differs from the defaults, without what its name says in the viewer's language."""
    return listed(text for text in differences(run.config) if text not in run.name)


def accuracy_metric(run: Run) -> Metric:
    """The accuracy on the validation pictures, measured after each epoch."""
    count = run.progress.val_images
    remark = _of_pictures(count) if count else ""
    return Metric(_("Validation accuracy"), _fraction(run.progress.val_accuracy), remark)


def metrics(
    run: Run, smoothed: tuple[float | None, float | None], last: EpochPoint | None = None
) -> list[Metric]:
    """The numbers below the curves: the same ones from the first moment on, with dashes for unknown ones.

    `smoothed`: training loss and accuracy (percent), averaged over the last batches. For a run that has
    ended, those of its `last` epoch are used, as in its summary.
    """
    progress = run.progress
    (loss, accuracy), over = smoothed, _("while learning")
    if last is not None and not run.active:
        loss, accuracy = last.train_loss, 100 * last.train_accuracy
        over = _("while learning in epoch {epoch}", epoch=last.epoch)
    on = _of_pictures(progress.val_images) if progress.val_images else _("after each epoch")
    best = _("epoch {epoch}", epoch=progress.best_epoch) if progress.best_epoch is not None else ""
    best_title = _("Best so far") if run.active else _("Best")
    found = [
        Metric(_("Training loss"), _loss(loss), over),
        Metric(_("Training accuracy"), _percent(accuracy), over),
        Metric(_("Validation loss"), _loss(progress.val_loss), on),
        Metric(best_title, _fraction(progress.best_val_accuracy), best),
    ]
    return [*found, *_whole_run_metrics(run)]


def _whole_run_metrics(run: Run) -> list[Metric]:
    """Numbers of the whole run: test accuracy, speed, time, and device."""
    progress = run.progress
    never = _never_seen(progress.test_images) if progress.test_images else _("pictures never seen")
    speed = _NONE if progress.images_per_second is None else f"{progress.images_per_second:,.0f}"
    remark = listed(filter(None, (progress.precision, _speedup_count(progress.ways))))
    return [
        Metric(_("Test accuracy"), _fraction(progress.test_accuracy), never),
        Metric(_("Speed"), speed, _("pictures per second")),
        _time_metric(run),
        Metric(_("Device"), str(progress.device) or _NONE, remark),
    ]


def _of_pictures(count: int) -> str:
    return plural("of {count} picture", "of {count} pictures", count)


def _never_seen(count: int) -> str:
    return plural("{count} picture never seen", "{count} pictures never seen", count)


def _speedup_count(codes: Sequence[str]) -> str:
    """How many speed-ups are active, not counting the precision."""
    count = sum(code in SPEEDUPS for code in codes)
    return plural("{count} speed-up", "{count} speed-ups", count) if count else ""


def _time_metric(run: Run) -> Metric:
    left = run.progress.seconds_left
    if run.active:
        return Metric(_("Time left"), _NONE if left is None else _whole(left), _("at this speed"))
    return Metric(_("Training took"), duration(run.progress.seconds))


def _whole(seconds: float) -> str:
    """A duration that counts down: tenths of a second would only flicker."""
    return _("{seconds} s", seconds=round(seconds)) if seconds < 60 else duration(seconds)


def percent(fraction: float) -> str:
    """A fraction to two decimals: 0.984 -> '98.40 %'."""
    return f"{100 * fraction:.2f} %"


def _loss(value: float | None) -> str:
    return _NONE if value is None else number(value)


def _percent(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f} %"


def _fraction(value: float | None) -> str:
    return _NONE if value is None else percent(value)


def duration(seconds: float) -> str:
    """A duration for people: '0.4 s', '12 s', '2 min 5 s', '1 h 20 min'."""
    if seconds < 9.95:
        return _("{seconds} s", seconds=f"{seconds:.1f}") if seconds >= 0.05 else _("under 0.1 s")
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s", seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def shapes_text(design: Design) -> str:
    """Input shape and number of classes: '1×28×28 → 10 classes'."""
    return _("{shape} → {classes} classes", shape=shape_text(design.input_shape), classes=design.classes)


def epoch_title(epoch: int, val_accuracy: float | None, best: int | None, last: int) -> str:
    """The title of a kept epoch: '0 (untrained)', '3 (best, validation 98.40 %)'.

    Epoch 0 has an accuracy if the run started from learned weights.
    """
    if epoch == 0:
        if val_accuracy is None:
            return _("0 (untrained)")
        return _("0 (as it began, {accuracy})", accuracy=percent(val_accuracy))
    remarks = [_("best")] if epoch == best else []
    remarks += [_("last")] if epoch == last else []
    if val_accuracy is not None:
        remarks += [_("validation {accuracy}", accuracy=percent(val_accuracy))]
    return _("{epoch} ({remarks})", epoch=epoch, remarks=listed(remarks)) if remarks else str(epoch)
