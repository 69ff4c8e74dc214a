"""Where a run continues: at its newest sound state, else with the weights of an epoch, else nowhere.

A note says what the damage has cost. A run that has begun is started over only on request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from cnnlab.engine.history import PastEpoch
from cnnlab.engine.job import Job
from cnnlab.ground.errors import WeightsError
from cnnlab.language import Message, Words, lazy, lazy_listed, lazy_plural, lazy_sentences
from cnnlab.models.weights import read_tensors
from cnnlab.training.config import NAMES, TrainConfig
from cnnlab.training.schedule_kinds import SCHEDULES
from cnnlab.training.state import Position, TrainState


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """The state to continue from, None before the first batch, and what damage has cost, if there was any."""

    state: TrainState | None = None
    note: Message | None = None


class NothingSoundError(WeightsError):
    """A run that has begun has no file left that it could continue from."""


def starting_point(job: Job) -> StartingPoint:
    """Where this run continues; raises NothingSoundError if it has begun and no file of it is sound."""
    damaged: list[Message] = []
    for path, sha256 in job.states:
        try:
            state = TrainState(*read_tensors(path, sha256))
        except WeightsError as error:
            damaged.append(error.as_message())
        else:
            return _from_state(job, state, damaged) if damaged else StartingPoint(state)
    return _from_weights(job, damaged) if job.history.step else StartingPoint()


# ---- from an older state


def _from_state(job: Job, state: TrainState, damaged: list[Message]) -> StartingPoint:
    """The state, with the settings as they were at its step, and a note of what comes after it."""
    step = state.numbers["step"]
    changes = state.numbers["changes"] | job.history.settings_at(step)
    state = replace(state, numbers=state.numbers | {"changes": changes})
    again = job.history.step - step
    where = lazy_plural(
        "It continues from an earlier checkpoint, after batch {step}: {count} batch is trained again.",
        "It continues from an earlier checkpoint, after batch {step}: {count} batches are trained again.",
        again,
        step=f"{step:,}",
    )
    if again <= 0:
        where = lazy("It continues from an earlier checkpoint of the same batch: nothing is lost.")
    epochs = sum(each.step > step for each in job.history.epochs)
    among = lazy_plural(
        "{count} finished epoch is among them.", "{count} finished epochs are among them.", epochs
    )
    lost = [among] if epochs else []
    return StartingPoint(state, lazy_sentences(*damaged, where, *lost, *_lost_changes(job, step)))


def _lost_changes(job: Job, step: int) -> list[Message]:
    """A sentence on the settings that were changed after this step; none if there were none."""
    lost: dict[str, float | int] = {}
    for at, settings in job.history.changes:
        if at > step:
            lost |= settings
    texts = [
        lazy("{setting} {value}", setting=NAMES[name], value=f"{value:g}") for name, value in lost.items()
    ]
    if not texts:
        return []
    return [
        lazy(
            "Changes made after that are lost and can be made again: {settings}.", settings=lazy_listed(texts)
        )
    ]


# ---- from weights


def _from_weights(job: Job, damaged: list[Message]) -> StartingPoint:
    """The last sound weights of an epoch, with everything that the record says about that moment."""
    kept = [each for each in job.history.epochs if each.file]
    spoiled: list[PastEpoch] = []
    for last in reversed(kept):
        weights = _sound(job, last)
        if weights is not None:
            break
        spoiled.append(last)
    else:
        raise _nothing_sound(job, damaged, kept)
    known = [each for each in job.history.epochs if each.epoch <= last.epoch]
    position, complete = _position(job, known)
    best, best_weights = _best(job, known, position.best_epoch, last, weights)
    remarks = _losses(job, last, spoiled, damaged)
    if best.epoch != position.best_epoch:
        remarks.append(_another_best(position.best_epoch, best.epoch))
        _count_as_best(position, best)
    if not complete and _counts_epochs(job.config):
        remarks.append(
            lazy("How many epochs it had gone without improvement is not known; the count starts at 0.")
        )
    remarks += _lost_changes(job, last.step)
    return StartingPoint(TrainState.of_weights(weights, best_weights, position), lazy_sentences(*remarks))


def _sound(job: Job, epoch: PastEpoch) -> dict[str, Tensor] | None:
    """The weights of an epoch; None if their file is missing or damaged."""
    try:
        return read_tensors(job.folder / epoch.file, epoch.sha256)[0]
    except WeightsError:
        return None


def _position(job: Job, known: Sequence[PastEpoch]) -> tuple[Position, bool]:
    """Counters and best results after these epochs, and whether the figures of all of them are known."""
    last = known[-1]
    position = Position(changes=job.history.settings_at(last.step))
    for each in known:
        if each.val_accuracy is not None and each.val_loss is not None:
            position.epoch = each.epoch - 1
            position.finish_epoch(each.val_accuracy, each.val_loss)
            position.reduce_on_plateau(job.config)
    complete = len(known) == last.epoch and all(each.val_loss is not None for each in known)
    if not complete:
        position.epochs_without_gain = 0
    _count_as_best(position, max(known, key=lambda each: (_accuracy(each), -each.epoch)))
    position.epoch, position.step = last.epoch, last.step
    position.images = last.epoch * job.history.train_images
    position.seconds = max((each.seconds or 0.0 for each in known), default=0.0)
    return position, complete


def _count_as_best(position: Position, best: PastEpoch) -> None:
    position.best_epoch, position.best_accuracy = best.epoch, _accuracy(best)


def _best(
    job: Job, known: Sequence[PastEpoch], best_epoch: int, last: PastEpoch, weights: dict[str, Tensor]
) -> tuple[PastEpoch, dict[str, Tensor]]:
    """The best of these epochs whose weights are sound, with them; `weights` are those of the last one."""
    order = sorted(known, key=lambda each: (each.epoch != best_epoch, -_accuracy(each), each.epoch))
    for each in order:
        found = weights if each is last else _sound(job, each) if each.file else None
        if found is not None:
            return each, found
    return last, weights


def _accuracy(epoch: PastEpoch) -> float:
    return -1.0 if epoch.val_accuracy is None else epoch.val_accuracy


def _counts_epochs(config: TrainConfig) -> bool:
    """Whether the number of epochs without improvement decides anything."""
    return bool(config.patience) or SCHEDULES[config.schedule].measured


# ---- in words


def _losses(job: Job, last: PastEpoch, spoiled: list[PastEpoch], damaged: list[Message]) -> list[Message]:
    """What is damaged, where the run continues, and what it has lost."""
    lost = job.history.step - last.step
    where = lazy_plural(
        "It continues with the weights of epoch {epoch}; the {count} batch after that is trained again.",
        "It continues with the weights of epoch {epoch}; the {count} batches after that are trained again.",
        lost,
        epoch=last.epoch,
    )
    if lost <= 0:
        where = lazy("It continues with the weights of epoch {epoch}.", epoch=last.epoch)
    return [
        *_damaged_states(damaged),
        *([_damaged_epochs(spoiled)] if spoiled else []),
        where,
        lazy(
            "The memory of the optimizer and the state of the random generators are lost: "
            "it will not end exactly as it would have."
        ),
    ]


def _damaged_states(damaged: list[Message]) -> list[Message]:
    return damaged or [lazy("There is no checkpoint on record from which it could continue exactly.")]


def _damaged_epochs(spoiled: Sequence[PastEpoch]) -> Message:
    numbers = ", ".join(str(each.epoch) for each in sorted(spoiled, key=lambda each: each.epoch))
    return lazy_plural(
        "The weights of epoch {epochs} are damaged or missing too.",
        "The weights of epochs {epochs} are damaged or missing too.",
        len(spoiled),
        epochs=numbers,
    )


def _another_best(before: int, now: int) -> Message:
    return lazy(
        "The weights of epoch {before}, the best so far, are lost too; epoch {now} is now the best.",
        before=before,
        now=now,
    )


def _nothing_sound(job: Job, damaged: list[Message], kept: Sequence[PastEpoch]) -> NothingSoundError:
    """Nothing was changed; what a person can do."""
    none = lazy("No epoch was finished, so there are no weights to continue with either.")
    what: list[Words] = [*_damaged_states(damaged), _damaged_epochs(kept) if kept else none]
    return NothingSoundError(
        lazy_sentences(*what, lazy("It cannot continue. Nothing was changed.")),
        repair=lazy(
            "Put copies of these files back into {folder} and try again, "
            "or start it over from the first batch",
            folder=str(job.folder),
        ),
    )
