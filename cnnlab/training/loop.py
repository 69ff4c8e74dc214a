"""The training loop: an iterator of events. To pause, stop pulling; to step, pull once; to stop, drop it.

Between two events the whole state can be taken out (`snapshot`) and put into a new loop. On a CPU that loop
continues bit for bit as if nothing had happened, even in mid-epoch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy
from cnnlab.training.bundles import DivergedError
from cnnlab.training.checks import check_batch_size
from cnnlab.training.config import STEERABLE, TrainConfig, changed
from cnnlab.training.devices import device_name
from cnnlab.training.events import (
    Batch,
    Changed,
    Checkpoint,
    Epoch,
    Event,
    Finished,
    Inspection,
    Started,
)
from cnnlab.training.health import inspect_model, step_sizes
from cnnlab.training.learner import Learner
from cnnlab.training.schedule_kinds import learning_rate_at
from cnnlab.training.single_batch import look_after, look_before
from cnnlab.training.state import Position, TrainState, random_tensors, restore_random


class Training(Iterator[Event]):
    """One run, event by event; `Learner` does the steps. Takes over torch's global random generator."""

    def __init__(
        self,
        design: Design,
        data: ImageDataset,
        config: TrainConfig,
        state: TrainState | None = None,
        weights: dict[str, Tensor] | None = None,
    ) -> None:
        self.config = config
        self.data = data
        self.position = Position()
        self.inspect_next = False  # set it to get an Inspection after the next step
        self.look_next = False  # set it to get a SingleBatch after the next step
        self._starts_from_weights = weights is not None
        self._before_last_step: list[Tensor] = []  # parameters before an epoch's last, uninspected step
        self._best: dict[str, Tensor] = {}
        self._random: dict[str, Tensor] = {}  # while it is set aside
        self._learner = Learner(design, data, config, weights)
        if state is not None:
            self._restore(state)
        self._learner.apply(self.config)
        self._events = self._run()

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def model(self) -> nn.Sequential:
        """The network as it is now; it changes with every step."""
        return self._learner.model

    # ---- several in one process

    def set_aside(self) -> None:
        """Keep the state of the global random generator, which another loop may use from here on."""
        self._random = random_tensors(self._learner.device)

    def take_up(self) -> None:
        """Put the global random generator back to where `set_aside` found it."""
        restore_random(self._learner.device, self._random)

    @property
    def is_on_cpu(self) -> bool:
        """Whether it trains on the CPU."""
        return self._learner.device.type == "cpu"

    # ---- progress

    @property
    def step(self) -> int:
        """Optimizer steps done."""
        return self.position.step

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self.position.epoch

    @property
    def batches(self) -> int:
        """Batches of the current epoch, done and to come.

        A last batch of a single picture is left out: batch normalization has nothing to compare it with.
        """
        count, size = len(self.data.train.labels) - self.position.position, self.config.batch_size
        left = count // size + (count % size > 1)
        return max(1, self.position.batch + left)

    @property
    def images_per_second(self) -> float:
        """Training throughput; evaluation and pauses do not count."""
        return self.position.images / self.position.seconds if self.position.seconds else 0.0

    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        count = len(self.data.train.labels)
        at = (self.position.epoch + self.position.position / count) / self.config.epochs
        return learning_rate_at(self.config, at) * self.position.rate_factor

    def change(self, **settings: float | int) -> Changed:
        """Change settings during the run (config.STEERABLE); raises ConfigError for others and bad values."""
        for name in settings:
            if name not in STEERABLE:
                raise ConfigError(
                    lazy("{setting} cannot change while a run is in progress", setting=repr(name)),
                    allowed=", ".join(STEERABLE),
                )
        config = changed(self.config, **settings)
        check_batch_size(self.model, config)
        self.config = config
        self.position.changes.update(settings)
        self._learner.apply(self.config)
        return Changed(self.position.epoch + 1, self.step, self.batches, settings)

    # ---- events

    def _run(self) -> Iterator[Event]:
        yield self._started()
        if self.step == 0:
            yield Checkpoint(epoch=0, step=0, val_accuracy=self._first_accuracy())
        reason = self.position.reason_to_stop(self.config)
        while reason is None:
            yield from self._epoch()
            reason = self.position.reason_to_stop(self.config)
        if self._before_last_step:  # the final state is inspected, whatever the reason to stop
            yield self._inspection(self._before_last_step)
        yield self._finished(reason)

    def _first_accuracy(self) -> float | None:
        """Validation accuracy of the given weights before this run changes them; None without any."""
        return self._learner.evaluation(self.data.val).accuracy if self._starts_from_weights else None

    def _started(self) -> Started:
        return Started(
            step=self.step,
            epoch=min(self.position.epoch + 1, self.config.epochs),
            batch=self.position.batch,
            epochs=self.config.epochs,
            batches=self.batches,
            batch_size=self.config.batch_size,
            train_images=len(self.data.train.labels),
            val_images=len(self.data.val.labels),
            test_images=len(self.data.test.labels),
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            device=device_name(self._learner.device),
            precision=self._learner.precision,
            ways=self._learner.speedups(),
            best_epoch=self.position.best_epoch or None,
            best_accuracy=self.position.best_accuracy if self.position.best_epoch else None,
        )

    def _epoch(self) -> Iterator[Event]:
        order = self._order()
        self.model.train()
        while self.position.batch < self.batches:
            inspecting, self.inspect_next = self.inspect_next, False
            looking, self.look_next = self.look_next, False
            last = self.position.batch == self.batches - 1
            before = self._learner.parameter_copies() if inspecting or last else []
            rows = order[self.position.position : self.position.position + self.config.batch_size]
            seen = look_before(self._learner, rows) if looking else None
            step = self._step(rows)
            if seen is not None:  # before the step: who sees the step finds what it did
                yield look_after(self._learner, seen, self.position)
            yield step
            self._before_last_step = [] if inspecting else before
            if inspecting:
                yield self._inspection(before)
        measured = self._end_of_epoch()
        yield measured
        yield Checkpoint(measured.epoch, measured.step, measured.val_accuracy)

    def _order(self) -> Tensor:
        """The shuffled picture indices of this epoch: a function of seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.position.epoch)
        return torch.randperm(len(self.data.train.labels), generator=generator).to(self._learner.device)

    def _step(self, rows: Tensor) -> Batch:
        begun = time.perf_counter()
        loss, accuracy = self._learner.learn(rows, self.learning_rate())
        self.position.advance(len(rows), time.perf_counter() - begun)
        return Batch(
            epoch=self.position.epoch + 1,
            batch=self.position.batch,
            step=self.step,
            loss=loss,
            accuracy=accuracy,
            images_per_second=self.images_per_second,
            seconds=self.position.seconds,
        )

    def _end_of_epoch(self) -> Epoch:
        begun = time.perf_counter()
        seen = self.position.position
        train_loss, train_accuracy = self._learner.means(seen)
        self.position.seconds += time.perf_counter() - begun  # only now has a GPU finished its work
        validation = self._learner.evaluation(self.data.val)
        if not math.isfinite(validation.loss):
            values = {"loss": str(validation.loss), "step": self.step}
            problem = lazy("the validation loss became {loss} in batch {step}: training diverged", **values)
            raise DivergedError(problem, self.step)
        self._learner.reset_sums()
        best = self.position.finish_epoch(validation.accuracy, validation.loss)
        if best:
            self._best = self.weights()
        self.position.reduce_on_plateau(self.config)
        return Epoch(
            epoch=self.position.epoch,
            step=self.step,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            val_loss=validation.loss,
            val_accuracy=validation.accuracy,
            confusion=validation.confusion,
            best=best,
            seconds=self.position.seconds,
            images_per_second=self.images_per_second,
        )

    def _finished(self, reason: str) -> Finished:
        last = self.weights()
        self.model.load_state_dict(self._best)
        test = self._learner.evaluation(self.data.test)
        self.model.load_state_dict(last)
        return Finished(
            epochs=self.position.epoch,
            reason=reason,
            best_epoch=self.position.best_epoch,
            val_accuracy=self.position.best_accuracy,
            test_accuracy=test.accuracy,
            test_loss=test.loss,
            seconds=self.position.seconds,
            images_per_second=self.images_per_second,
        )

    # ---- inspection

    def _inspection(self, before: list[Tensor]) -> Inspection:
        self._learner.check_finite_weights(self.step)
        findings = inspect_model(self.model, self.data, self._learner.device)
        epoch = self.position.epoch + (self.position.batch > 0)  # after its last batch an epoch is done
        return Inspection(epoch=epoch, step=self.step, layers=step_sizes(self.model, before), **findings)

    # ---- state

    def weights(self) -> dict[str, Tensor]:
        """A copy of the model's weights and buffers on the CPU, in the usual layout."""
        return self._learner.weights()

    def snapshot(self) -> TrainState:
        """Everything a new loop needs to continue exactly where this one is.

        Raises DivergedError if the weights are not finite: nothing can continue from those.
        """
        self._learner.check_finite_weights(self.step)
        parts = {
            "model": self.weights(),
            "best": self._best,
            **self._learner.extra_state(),
        }
        tensors = {
            f"{part}.{name}": tensor.clone()
            for part, names in parts.items()
            for name, tensor in names.items()
        }
        return TrainState(tensors, self.position.to_numbers())

    def _restore(self, state: TrainState) -> None:
        self.position = Position.from_numbers(state.numbers)
        self.config = changed(self.config, **self.position.changes)
        self._best = state.part("best")
        self._learner.restore(state)


def train(
    design: Design,
    data: ImageDataset,
    config: TrainConfig,
    *,
    state: TrainState | None = None,
    weights: dict[str, Tensor] | None = None,
) -> Training:
    """Train a design on data: iterate over the result for its events, `snapshot()` for its state.

    `state` continues exactly where another loop was; `weights` starts a new run from another run's network.
    """
    return Training(design, data, config, state, weights)
