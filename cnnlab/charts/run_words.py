"""A run in words and numbers, as a page shows them: what state it is in, how far it is, how well it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.charts.changes import settings_now
from cnnlab.design.design import Design, summarize
from cnnlab.language import Words, _, lazy, listed, plural
from cnnlab.layers import shape_text
from cnnlab.runs.endings import epochs_words, reason_words
from cnnlab.runs.records import Command, EpochPoint, Flag, Run
from cnnlab.runs.words import number
from cnnlab.training.choice import Choice
from cnnlab.training.config import TrainConfig, changed
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.settings import USUAL_CONFIG, differences, phrase

_COMMANDS: dict[Command, Words] = {
    "pause": lazy("Pausing…"),
    "resume": lazy("Resuming…"),
    "batch": lazy("Training one batch…"),
    "epoch": lazy("Training one epoch…"),
    "stop": lazy("Stopping…"),
    "change": lazy("Changing its settings…"),
}


# What makes training fast, by its code (events.Started.ways).
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
    """One number on the screen, with its name and a remark where it needs one."""

    name: str
    value: str
    remark: str = ""


def state_words(run: Run, ahead: str = "") -> str:
    """Where the run is, beside a badge that names its state. `ahead`: the run that a queued one waits for."""
    if run.command is not None and not (run.command == "change" and run.state != "running"):
        return str(_COMMANDS[run.command])
    if run.state == "queued":
        return _queue_words(run.position, ahead)
    if run.state == "running":
        return _running_words(run)
    if run.state == "finished":
        reason = reason_words(run)
        done = {"epochs": epochs_words(run), "duration": duration(run.progress.seconds)}
        if not reason:
            return _("{epochs} in {duration}", **done)
        return _("{epochs} in {duration}: {reason}", **done, reason=reason)
    place = _place_words(run) or _("Before the first batch")
    reason = reason_words(run) if run.progress.step else ""
    return _("{place}: {reason}", place=place, reason=reason) if reason else place


def _queue_words(position: int, ahead: str) -> str:
    if position <= 1:
        return _("Next in the queue: waiting for “{run}”", run=ahead) if ahead else _("Next in the queue")
    if ahead:
        return _("Number {position} in the queue: waiting for “{run}”", position=position, run=ahead)
    return _("Number {position} in the queue", position=position)


def _running_words(run: Run) -> str:
    progress = run.progress
    if progress.download is not None:
        return _download_words(*progress.download)
    if not progress.batches:
        return _("Getting ready: loading the pictures")
    if progress.epoch >= progress.epochs and progress.batch >= progress.batches:
        return _("Measuring on pictures that it has never seen")
    return _place_words(run)


def _download_words(done: int, total: int) -> str:
    so_far = f"{done / 1e6:,.1f}"
    if not total:
        return _("Downloading the pictures, {done} MB", done=so_far)
    return _("Downloading the pictures, {done} of {total} MB", done=so_far, total=f"{total / 1e6:,.1f}")


def _place_words(run: Run) -> str:
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
    """How much of the training, or of the download before it, is done: from 0 to 1."""
    progress = run.progress
    if progress.download is not None and progress.download[1]:
        return min(1.0, progress.download[0] / progress.download[1])
    if not progress.batches or not progress.epoch:
        return 0.0
    # Not by steps: a change of the batch size makes the epochs before and after it unequal in those.
    return min(1.0, (progress.epoch - 1 + progress.batch / progress.batches) / progress.epochs)


_ALWAYS_SAID = ("optimizer", "learning_rate", "batch_size", "seed")


def headline(run: Run, data_title: str, flags: Sequence[Flag] = ()) -> str:
    """Network, data and settings in one line, as they are after all changes under way.

    Some settings are always named, all others where they differ from the usual.
    """
    now = config_now(run, flags)
    usual = USUAL_CONFIG.model_copy(update={name: getattr(now, name) for name in _ALWAYS_SAID})
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


def config_now(run: Run, flags: Sequence[Flag]) -> TrainConfig:
    """The run's settings after all changes under way."""
    return changed(run.config, **settings_now(run.config, flags))


def unsaid(run: Run) -> str:
    """In what the run differs from the usual, as far as its name does not say it in the viewer's language."""
    return listed(words for words in differences(run.config) if words not in run.name)


def metrics(
    run: Run, smoothed: tuple[float | None, float | None], last: EpochPoint | None = None
) -> list[Metric]:
    """The numbers beside the curves. `smoothed`: training loss and accuracy (percent), averaged over the
    last batches; of a run that has ended those of its `last` epoch count, of which its summary speaks.
    """
    progress = run.progress
    if not progress.batches:
        return []
    (loss, accuracy), over = smoothed, _("while learning")
    if last is not None and not run.active:
        loss, accuracy = last.train_loss, 100 * last.train_accuracy
        over = _("while learning in epoch {epoch}", epoch=last.epoch)
    on = _of_pictures(progress.val_images) if progress.val_images else _("in evaluation mode")
    best = _("epoch {epoch}", epoch=progress.best_epoch) if progress.best_epoch is not None else ""
    best_title = _("Best so far") if run.active else _("Best")
    found = [
        Metric(_("Training loss"), _loss(loss), over),
        Metric(_("Training accuracy"), _percent(accuracy), over),
        Metric(_("Validation loss"), _loss(progress.val_loss), on),
        Metric(_("Validation accuracy"), _fraction(progress.val_accuracy), on),
        Metric(best_title, _fraction(progress.best_val_accuracy), best),
    ]
    return [*found, *_last_metrics(run)]


def _last_metrics(run: Run) -> list[Metric]:
    """Of the whole run: its test, its speed, its time, and what it runs on."""
    progress, found = run.progress, []
    if progress.test_accuracy is not None:
        never = _never_seen(progress.test_images) if progress.test_images else _("pictures never seen")
        found.append(Metric(_("Test accuracy"), _fraction(progress.test_accuracy), never))
    if progress.images_per_second is not None:
        found.append(Metric(_("Speed"), f"{progress.images_per_second:,.0f}", _("pictures per second")))
    ways = listed(filter(None, (progress.precision, _ways(progress.ways))))
    return [*found, _time_figure(run), Metric(_("Device"), str(progress.device) or "–", ways)]


def _of_pictures(count: int) -> str:
    return plural("of {count} picture", "of {count} pictures", count)


def _never_seen(count: int) -> str:
    return plural("{count} picture never seen", "{count} pictures never seen", count)


def _ways(ways: Sequence[str]) -> str:
    """How many speed-ups are on, beside the precision, which is named."""
    count = sum(way in SPEEDUPS for way in ways)
    return plural("{count} speed-up", "{count} speed-ups", count) if count else ""


def _time_figure(run: Run) -> Metric:
    left = run.progress.seconds_left
    if run.active and left is not None:
        # Tenths of a second would only flicker.
        words = _("{seconds} s", seconds=round(left)) if left < 60 else duration(left)
        return Metric(_("Time left"), words, _("at this speed"))
    return Metric(_("Training took"), duration(run.progress.seconds))


def percent(fraction: float) -> str:
    """A fraction to two decimals: 0.984 -> '98.40 %'."""
    return f"{100 * fraction:.2f} %"


def _loss(value: float | None) -> str:
    return "–" if value is None else number(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} %"


def _fraction(value: float | None) -> str:
    return "–" if value is None else percent(value)


def duration(seconds: float) -> str:
    """Seconds as a person says it: '0.4 s', '12 s', '2 min 5 s', '1 h 20 min'."""
    if seconds < 9.95:
        return _("{seconds} s", seconds=f"{seconds:.1f}") if seconds >= 0.05 else _("under 0.1 s")
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s", seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def in_and_out(design: Design) -> str:
    """Shape in and classes out: '1×28×28 → 10 classes'."""
    return _("{shape} → {classes} classes", shape=shape_text(design.input_shape), classes=design.classes)


def epoch_title(epoch: int, val_accuracy: float | None, best: int | None, last: int) -> str:
    """A kept epoch by its name: '0 (untrained)', '3 (best, validation 98.40 %)'.

    Epoch 0 has a figure where the run began with learned weights.
    """
    if epoch == 0:
        if val_accuracy is None:
            return _("0 (untrained)")
        return _("0 (as it began, {accuracy})", accuracy=percent(val_accuracy))
    words = [_("best")] if epoch == best else []
    words += [_("last")] if epoch == last else []
    words += [_("validation {accuracy}", accuracy=percent(val_accuracy))] if val_accuracy is not None else []
    return _("{epoch} ({remarks})", epoch=epoch, remarks=listed(words)) if words else str(epoch)
