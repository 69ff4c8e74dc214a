"""The loop itself: an iterator of events. Pause = do not pull, step = pull once, stop = let go.

The whole state can be taken out between two events (`snapshot`) and put into a new loop: on a CPU that one
then goes on bit by bit as if nothing had happened, in mid-epoch too.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from cnnlab.data.augment import augment
from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy
from cnnlab.models.build import build, load_weights, logits_part
from cnnlab.training.bundles import DivergedError
from cnnlab.training.checks import check_batch_size, check_fit
from cnnlab.training.config import STEERABLE, TrainConfig, changed
from cnnlab.training.devices import computes_bfloat16, device_name, resolve_device
from cnnlab.training.evaluation import Evaluation, as_input, evaluate
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
from cnnlab.training.health import look_at, step_sizes
from cnnlab.training.initialization import initialize
from cnnlab.training.losses import Loss, balanced_weights, make_loss
from cnnlab.training.optimizers import is_recordable, learning_rate_at, make_optimizer
from cnnlab.training.speed.cuda_graph import Learn, Pace, RecordedStep, sum_in_one_order
from cnnlab.training.speed.dropout import QuickDropout, quickly_dropped
from cnnlab.training.speed.maxpool_relu import pooled_before_cut
from cnnlab.training.state import (
    Position,
    TrainState,
    optimizer_tensors,
    random_tensors,
    restore_optimizer,
    restore_random,
)

_LEAST_EVALUATED = 100  # pictures at once


class Training(Iterator[Event]):
    """One run, event by event. Takes over torch's global random generator (dropout draws from it)."""

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
        self.device = resolve_device(config.device)
        if self.device.type == "cuda":
            sum_in_one_order()
        self.precision = self._precision()
        self.position = Position()
        self.inspect_next = False  # set it, and the next step is followed by an Inspection
        self._begins_with_learned = weights is not None
        self._before_last: list[Tensor] = []  # parameters before the last step of an epoch, not looked at
        check_fit(design, data)
        torch.manual_seed(config.seed)
        self.model = self._first_model(design, weights)
        check_batch_size(self.model, config)
        self._scores_of = self._arranged()
        self._parameters = list(self.model.parameters())
        self._optimizer = make_optimizer(config, self._parameters, self.device)
        self._images = data.train.images.to(self.device)
        self._labels = data.train.labels.to(self.device)
        self._loss, self._plain_loss = self._losses()
        self._loss_sum = torch.zeros((), device=self.device)
        self._correct_sum = torch.zeros((), device=self.device)
        self._best: dict[str, Tensor] = {}
        if state is not None:
            self._restore(state)
        self._gradients_of: Learn
        self._learn_from: Learn
        self._arrange_steps()
        self._pace = Pace() if self.device.type == "cuda" else None
        self._events = self._run()

    def __next__(self) -> Event:
        return next(self._events)

    # ---- what it consists of

    def _precision(self) -> str:
        if self.config.precision == "auto":
            return "bfloat16" if self.config.fast and computes_bfloat16(self.device) else "float32"
        return self.config.precision

    def _first_model(self, design: Design, weights: dict[str, Tensor] | None) -> nn.Sequential:
        model = build(design, self.config.seed)
        initialize(model, self.config.initialization, self.config.seed)
        if weights is not None:
            load_weights(model, weights)
        model.to(self.device)
        if self.config.fast:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return model

    def _arranged(self) -> nn.Sequential:
        scores_of = logits_part(self.model)
        return quickly_dropped(pooled_before_cut(scores_of)) if self.config.fast else scores_of

    def _losses(self) -> tuple[Loss, Loss]:
        """The loss that is made small, and the same without class weights, for validation and test."""
        weight = None
        if self.config.class_weights == "balanced":
            weight = balanced_weights(self.data.train.labels, len(self.data.classes)).to(self.device)
        return make_loss(self.config, weight), make_loss(self.config)

    def _speedups(self) -> tuple[str, ...]:
        fast = ("data-on-device", "channels-last", "pooling-first", "fused-optimizer")
        ways = fast if self.config.fast else fast[:1]
        if self.device.type == "cpu" and any(isinstance(row, QuickDropout) for row in self._scores_of):
            ways = (*ways, "quick-dropout")
        if self._records:
            ways = (*ways, "cuda-graph")
        return (*ways, "bfloat16") if self.precision == "bfloat16" else ways

    @property
    def _records(self) -> bool:
        return self.config.fast and self.device.type == "cuda"

    def _arrange_steps(self) -> None:
        """How a batch is learned from, under the settings as they are now."""
        self._gradients_of, self._learn_from = self._gradients, self._learn
        if not self._records:
            return
        size = self.config.batch_size
        if is_recordable(self.config.optimizer):
            self._learn_from = RecordedStep(self._learn, self._parameters, size, self.device)
        else:
            self._gradients_of = RecordedStep(self._gradients, self._parameters, size, self.device)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    # ---- where it is

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
        """Batches of the present epoch, done and to come. A last one of a single picture is left out:
        batch normalization has nothing to compare it with."""
        count, size = len(self._labels) - self.position.position, self.config.batch_size
        left = count // size + (count % size > 1)
        return max(1, self.position.batch + left)

    @property
    def images_per_second(self) -> float:
        """Pictures trained on in a second of training; evaluation and pauses do not count."""
        return self.position.images / self.position.seconds if self.position.seconds else 0.0

    def learning_rate(self) -> float:
        """The rate of the next step."""
        count = len(self._labels)
        at = (self.position.epoch + self.position.position / count) / self.config.epochs
        return learning_rate_at(self.config, at) * self.position.rate_factor

    def change(self, **settings: float | int) -> Changed:
        """Change settings under way (config.STEERABLE); raises ConfigError for others and for bad values."""
        for name in settings:
            if name not in STEERABLE:
                raise ConfigError(
                    lazy("{setting} cannot change while a run goes on", setting=repr(name)),
                    allowed=", ".join(STEERABLE),
                )
        self.config = changed(self.config, **settings)
        check_batch_size(self.model, self.config)
        self.position.changes.update(settings)
        self._arrange_steps()
        return Changed(self.position.epoch + 1, self.step, self.batches, settings)

    # ---- the events

    def _run(self) -> Iterator[Event]:
        yield self._started()
        if self.step == 0:
            yield Checkpoint(epoch=0, step=0, val_accuracy=self._first_accuracy())
        reason = self.position.reason_to_stop(self.config)
        while reason is None:
            yield from self._epoch()
            reason = self.position.reason_to_stop(self.config)
        if self._before_last:  # how it ended is looked at, whatever the reason
            yield self._inspection(self._before_last)
        yield self._finished(reason)

    def _first_accuracy(self) -> float | None:
        """What the weights of another run are worth before this one changes them."""
        return self._evaluation(self.data.val).accuracy if self._begins_with_learned else None

    def _started(self) -> Started:
        return Started(
            step=self.step,
            epoch=min(self.position.epoch + 1, self.config.epochs),
            batch=self.position.batch,
            epochs=self.config.epochs,
            batches=self.batches,
            batch_size=self.config.batch_size,
            train_images=len(self._labels),
            val_images=len(self.data.val.labels),
            test_images=len(self.data.test.labels),
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            device=device_name(self.device),
            precision=self.precision,
            ways=self._speedups(),
        )

    def _epoch(self) -> Iterator[Event]:
        order = self._order()
        self.model.train()
        while self.position.batch < self.batches:
            inspecting, self.inspect_next = self.inspect_next, False
            last = self.position.batch == self.batches - 1
            before = self._parameter_copies() if inspecting or last else []
            yield self._step(order)
            self._before_last = [] if inspecting else before
            if inspecting:
                yield self._inspection(before)
        measured = self._end_of_epoch()
        yield measured
        yield Checkpoint(measured.epoch, measured.step, measured.val_accuracy)

    def _order(self) -> Tensor:
        """The shuffled picture numbers of this epoch: a function of seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.position.epoch)
        return torch.randperm(len(self._labels), generator=generator).to(self.device)

    def _step(self, order: Tensor) -> Batch:
        begun = time.perf_counter()
        rows = order[self.position.position : self.position.position + self.config.batch_size]
        self._set_rates()
        loss, accuracy = self._learn_from(rows)
        if self._pace:
            self._pace.keep()
        self.position.advance(len(rows), time.perf_counter() - begun)
        return Batch(
            epoch=self.position.epoch + 1,
            batch=self.position.batch,
            step=self.step,
            loss=loss,
            accuracy=accuracy,
            images_per_second=self.images_per_second,
        )

    def _learn(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """One step on these rows of the data; loss and accuracy of them before it.

        May be recorded: nothing in it may wait for the device, or depend on what changes from step to step
        but the rows and what the device itself holds.
        """
        results = self._gradients_of(rows)
        self._optimizer.step()
        return results

    def _gradients(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Leaves gradients in the parameters and adds to the epoch's sums. May be recorded as well."""
        labels = self._labels.index_select(0, rows)
        images = self._inputs(rows)
        with self._autocast():
            scores = self._scores_of(images)
        loss = self._loss(scores, labels)
        for parameter in self._parameters:
            parameter.grad = None  # what zero_grad does, without its profiler's mark
        total = loss + self._l1() if self.config.l1 else loss
        total.backward()  # type: ignore[no-untyped-call]
        if self.config.clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self.config.clip_norm)
        correct = (scores.detach().argmax(1) == labels).sum()
        self._loss_sum += loss.detach() * len(rows)
        self._correct_sum += correct
        return loss.detach(), correct / len(rows)

    def _inputs(self, rows: Tensor) -> Tensor:
        images = as_input(self._images.index_select(0, rows), self.device, last=self.config.fast)
        if self.config.augmentation or self.config.flip:
            images = augment(images, self.config.augmentation, flip=self.config.flip)
        return images

    def _set_rates(self) -> None:
        rate = self.learning_rate()
        for group in self._optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
            group["weight_decay"] = self.config.weight_decay

    def _l1(self) -> Tensor:
        weights = [parameter.abs().sum() for parameter in self.model.parameters() if parameter.dim() > 1]
        return self.config.l1 * torch.stack(weights).sum()

    def _end_of_epoch(self) -> Epoch:
        begun = time.perf_counter()
        seen = self.position.position
        train_loss, train_accuracy = float(self._loss_sum) / seen, float(self._correct_sum) / seen
        self.position.seconds += time.perf_counter() - begun  # a GPU has only now done its work
        validation = self._evaluation(self.data.val)
        if not math.isfinite(validation.loss):
            values = {"loss": str(validation.loss), "step": self.step}
            problem = lazy("the validation loss became {loss} at step {step}: training diverged", **values)
            raise DivergedError(problem, self.step)
        self._loss_sum.zero_()
        self._correct_sum.zero_()
        best = self.position.finish_epoch(validation.accuracy, validation.loss)
        if best:
            self._best = self.weights()
        self._reduce_on_plateau()
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

    def _evaluation(self, split: Split) -> Evaluation:
        """Of no more pictures at once than in a batch: a network that can be trained fits then, too."""
        size = max(_LEAST_EVALUATED, self.config.batch_size)
        return evaluate(self.model, split, self.device, self._plain_loss, size)

    def _reduce_on_plateau(self) -> None:
        stale = self.position.epochs_without_gain
        if self.config.schedule == "plateau" and stale and stale % self.config.decay_epochs == 0:
            self.position.rate_factor *= self.config.decay_factor

    def _finished(self, reason: str) -> Finished:
        last = self.weights()
        self.model.load_state_dict(self._best)
        test = self._evaluation(self.data.test)
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

    # ---- a look at how it is

    def _parameter_copies(self) -> list[Tensor]:
        return [parameter.detach().clone() for parameter in self.model.parameters()]

    def _inspection(self, before: list[Tensor]) -> Inspection:
        self._refuse_broken_weights()
        seen = look_at(self.model, self.data, self.device)
        epoch = self.position.epoch + (self.position.batch > 0)  # behind its last batch an epoch is done
        return Inspection(epoch=epoch, step=self.step, layers=step_sizes(self.model, before), **seen)

    # ---- the state

    def weights(self) -> dict[str, Tensor]:
        """A copy of the model's weights and buffers on the CPU, in the usual layout."""
        return {
            name: tensor.detach().to("cpu", copy=True).contiguous()
            for name, tensor in self.model.state_dict().items()
        }

    def _refuse_broken_weights(self) -> None:
        """The loss is measured before the step: that one may still be a number and the weights none."""
        if not all(bool(parameter.isfinite().all()) for parameter in self.model.parameters()):
            problem = lazy("a weight became infinite at step {step}: training diverged", step=self.step)
            raise DivergedError(problem, self.step)

    def snapshot(self) -> TrainState:
        """Everything from which a new loop goes on exactly where this one is.

        Raises DivergedError where the weights are no numbers: nothing can go on from those.
        """
        self._refuse_broken_weights()
        parts = {
            "model": self.weights(),
            "best": self._best,
            "optimizer": optimizer_tensors(self._optimizer),
            "random": random_tensors(self.device),
            "epoch": {"loss_sum": self._loss_sum.cpu(), "correct_sum": self._correct_sum.cpu()},
        }
        tensors = {
            f"{part}.{name}": tensor.clone()
            for part, names in parts.items()
            for name, tensor in names.items()
        }
        return TrainState(tensors, self.position.to_numbers())

    def _restore(self, state: TrainState) -> None:
        load_weights(self.model, state.part("model"))
        self.position = Position.of_numbers(state.numbers)
        self.config = changed(self.config, **self.position.changes)
        self._best = state.part("best")
        sums = state.part("epoch")
        self._loss_sum.copy_(sums["loss_sum"])
        self._correct_sum.copy_(sums["correct_sum"])
        restore_optimizer(self._optimizer, self._parameters, state.part("optimizer"))
        restore_random(self.device, state.part("random"))


def train(
    design: Design,
    data: ImageDataset,
    config: TrainConfig,
    *,
    state: TrainState | None = None,
    weights: dict[str, Tensor] | None = None,
) -> Training:
    """Train a design on data: iterate over the result for its events, `snapshot()` for its state.

    `state` goes on exactly where another loop was; `weights` begins a new run from another one's network.
    """
    return Training(design, data, config, state, weights)
