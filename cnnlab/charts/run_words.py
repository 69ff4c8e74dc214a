"""A run in words and numbers, as a page shows them: what state it is in, how far it is, how well it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.charts.changes import settings_now
from cnnlab.design.design import Design, summarize
from cnnlab.layers import shape_text
from cnnlab.runs.endings import epochs_words, reason_words
from cnnlab.runs.records import EpochPoint, Flag, Run
from cnnlab.runs.words import number
from cnnlab.training.config import OPTIMIZERS, TrainConfig, changed
from cnnlab.training.settings import USUAL_CONFIG, differences

_COMMANDS = {
    "pause": "Pausing…",
    "resume": "Going on…",
    "batch": "Training one batch…",
    "epoch": "Training one epoch…",
    "stop": "Stopping…",
    "change": "Changing its settings…",
}


# What makes training fast (events.Started.ways), each in a sentence.
# The names are stored with each run: their spelling stays as it is.
SPEEDUPS = {
    "data on the device": "All pictures lie in the memory of what trains, so none is fetched batch by batch.",
    "channels last": "The channels of a pixel lie side by side in memory, as fast convolutions want them.",
    "pooling before ReLU": "Max-pooling first leaves ReLU a quarter of the work, with the same result.",
    "fused optimiser": "All weights take their step in one go.",
    "quick dropout": "Four random decisions come from one random number.",
    "CUDA graph": "A step's hundred small tasks are recorded once and sent to the GPU with one call.",
    "bfloat16": "Products are computed with 16 bits, sums and weights kept with 32.",
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
        return _COMMANDS[run.command]
    if run.state == "queued":
        place = "Next in the queue" if run.position <= 1 else f"Number {run.position} in the queue"
        return f"{place}: waits for “{ahead}”" if ahead else place
    if run.state == "running":
        return _running_words(run)
    if run.state == "finished":
        reason = reason_words(run)
        done = f"{epochs_words(run)} in {duration(run.progress.seconds)}"
        return f"{done}: {reason}" if reason else done
    place = _place_words(run) or "Before the first batch"
    return ": ".join(filter(None, [place, reason_words(run)])) if run.progress.step else place


def _running_words(run: Run) -> str:
    progress = run.progress
    if progress.download is not None:
        return f"Downloading the pictures, {_download_words(*progress.download)}"
    if not progress.batches:
        return "Getting ready: loading the pictures"
    if progress.epoch >= progress.epochs and progress.batch >= progress.batches:
        return "Measuring on pictures that it has never seen"
    return _place_words(run)


def _download_words(done: int, total: int) -> str:
    so_far = f"{done / 1e6:,.1f}"
    return f"{so_far} of {total / 1e6:,.1f} MB" if total else f"{so_far} MB"


def _place_words(run: Run) -> str:
    progress = run.progress
    if not progress.batches:
        return ""
    return f"Epoch {progress.epoch} of {progress.epochs}, batch {progress.batch} of {progress.batches}"


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
    parts = [
        f"{run.design.name} ({summarize(run.design).parameters:,} parameters)",
        data_title,
        f"{OPTIMIZERS[now.optimizer].title}, learning rate {now.learning_rate:g}",
        f"batch size {now.batch_size}",
        f"seed {now.seed}",
        *differences(now, usual),
    ]
    return " · ".join(parts)


def config_now(run: Run, flags: Sequence[Flag]) -> TrainConfig:
    """The run's settings after all changes under way."""
    return changed(run.config, **settings_now(run.config, flags))


def unsaid(run: Run) -> str:
    """In what the run differs from the usual, as far as its name does not say it."""
    return ", ".join(words for words in differences(run.config) if words not in run.name)


def metrics(
    run: Run, smoothed: tuple[float | None, float | None], last: EpochPoint | None = None
) -> list[Metric]:
    """The numbers beside the curves. `smoothed`: training loss and accuracy (percent), averaged over the
    last batches; of a run that has ended those of its `last` epoch count, of which its summary speaks.
    """
    progress = run.progress
    if not progress.batches:
        return []
    (loss, accuracy), over = smoothed, "while learning"
    if last is not None and not run.active:
        loss, accuracy = last.train_loss, 100 * last.train_accuracy
        over = f"while learning in epoch {last.epoch}"
    on = f"of {progress.val_images:,} pictures" if progress.val_images else "in evaluation mode"
    best = f"epoch {progress.best_epoch}" if progress.best_epoch is not None else ""
    found = [
        Metric("Training loss", _loss(loss), over),
        Metric("Training accuracy", _percent(accuracy), over),
        Metric("Validation loss", _loss(progress.val_loss), on),
        Metric("Validation accuracy", _fraction(progress.val_accuracy), on),
        Metric("Best so far" if run.active else "Best", _fraction(progress.best_val_accuracy), best),
    ]
    if progress.test_accuracy is not None:
        never = f"{progress.test_images:,} pictures" if progress.test_images else "pictures"
        found.append(Metric("Test accuracy", _fraction(progress.test_accuracy), f"{never} never seen"))
    if progress.images_per_second is not None:
        found.append(Metric("Speed", f"{progress.images_per_second:,.0f}", "pictures a second"))
    ways = ", ".join(filter(None, (progress.precision, _ways(progress.ways))))
    return [*found, _time_figure(run), Metric("Device", progress.device or "–", ways)]


def _ways(ways: Sequence[str]) -> str:
    """How many speed-ups are on, beside the precision, which is named."""
    count = sum(way in SPEEDUPS for way in ways)
    return f"{count} speed-up{'s' if count > 1 else ''}" if count else ""


def _time_figure(run: Run) -> Metric:
    left = run.progress.seconds_left
    if run.active and left is not None:
        words = f"{round(left)} s" if left < 60 else duration(left)  # tenths of it would only flicker
        return Metric("Time left", words, "at this speed")
    return Metric("Training took", duration(run.progress.seconds))


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
        return f"{seconds:.1f} s" if seconds >= 0.05 else "under 0.1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def in_and_out(design: Design) -> str:
    """Shape in and classes out: '1×28×28 → 10 classes'."""
    return f"{shape_text(design.input_shape)} → {design.classes} classes"


def epoch_title(epoch: int, val_accuracy: float | None, best: int | None, last: int) -> str:
    """A kept epoch by its name: '0 (untrained)', '3 (best, validation 98.40 %)'.

    Epoch 0 has a figure where the run began with learned weights.
    """
    if epoch == 0:
        return "0 (untrained)" if val_accuracy is None else f"0 (as it began, {percent(val_accuracy)})"
    names = {"best": best, "last": last}
    words = [name for name, place in names.items() if place == epoch]
    words += [f"validation {percent(val_accuracy)}"] if val_accuracy is not None else []
    return f"{epoch} ({', '.join(words)})" if words else str(epoch)
