"""The loop itself: an iterator of events. Pause = do not pull, step = pull once, stop = let go.

The whole state can be taken out between two events (`snapshot`) and put into a new loop: on a CPU that one
then goes on bit by bit as if nothing had happened, in mid-epoch too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.build import build, logits_part
from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design import Design
from cnnlab.errors import ConfigError, LabError, WeightsError
from cnnlab.training.config import TrainConfig
from cnnlab.training.devices import computes_bfloat16, device_name, resolve_device
from cnnlab.training.events import Batch, Checkpoint, Epoch, Event, Finished, Started
from cnnlab.training.optimizers import learning_rate_at, make_optimizer

_EVALUATION_BATCH = 1_000


class DivergedError(LabError):
    """The loss is no number any more; the weights of the last checkpoint still are."""


@dataclass(frozen=True, slots=True)
class TrainState:
    """Everything a run needs to go on: named tensors (on the CPU) and plain numbers."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with 'prefix.', without it."""
        start = f"{prefix}."
        return {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean loss and share of right answers over a split, in evaluation mode and float32."""

    loss: float
    accuracy: float


def as_input(images: Tensor, device: torch.device) -> Tensor:
    """(N, C, H, W) uint8 -> float32 in [0, 1] on the device, channels last (the faster layout)."""
    moved = images.to(device, non_blocking=True)
    return moved.to(torch.float32, memory_format=torch.channels_last).div_(255)


@torch.inference_mode()
def evaluate(model: nn.Sequential, split: Split, device: torch.device) -> Evaluation:
    """Loss and accuracy of the model on a split. The model is left in the mode in which it came."""
    was_training = model.training
    model.eval()
    scores_of = logits_part(model)
    loss = torch.zeros((), device=device, dtype=torch.float64 if device.type != "mps" else torch.float32)
    correct = torch.zeros((), device=device, dtype=torch.int64)
    for start in range(0, len(split.labels), _EVALUATION_BATCH):
        part = slice(start, start + _EVALUATION_BATCH)
        labels = split.labels[part].to(device)
        scores = scores_of(as_input(split.images[part], device))
        loss += functional.cross_entropy(scores, labels, reduction="sum")
        correct += (scores.argmax(1) == labels).sum()
    model.train(was_training)
    count = len(split.labels)
    return Evaluation(float(loss) / count, int(correct) / count)


def pooled_before_cut(model: nn.Sequential) -> nn.Sequential:
    """The same function with each ReLU behind the max-pooling that follows it: it then has a quarter to do.

    max(relu(a), relu(b)) = relu(max(a, b)), and the gradients are the same too. The modules are shared.
    """
    modules = list(model)
    for i in range(len(modules) - 1):
        if isinstance(modules[i], nn.ReLU) and isinstance(modules[i + 1], nn.MaxPool2d):
            modules[i], modules[i + 1] = modules[i + 1], modules[i]
    return nn.Sequential(*modules)


class Training(Iterator[Event]):
    """One run, event by event. Takes over torch's global random generator (dropout draws from it)."""

    def __init__(
        self,
        design: Design,
        data: ImageDataset,
        config: TrainConfig,
        state: TrainState | None = None,
    ) -> None:
        self.config = config
        self.data = data
        self.device = resolve_device(config.device)
        self.precision = self._precision()
        self.epoch = self.batch = self.step = 0  # epochs, batches of the present one, steps: all done
        self.seconds = 0.0
        self.best_epoch, self.best_accuracy = 0, -1.0
        self._check(design)
        self.model = build(design, config.seed).to(self.device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._scores_of = pooled_before_cut(logits_part(self.model))
        self._optimizer = make_optimizer(config, self.model.parameters(), self.device)
        self._images = data.train.images.to(self.device)
        self._labels = data.train.labels.to(self.device)
        self._loss_sum = torch.zeros((), device=self.device)
        self._correct_sum = torch.zeros((), device=self.device)
        self._best: dict[str, Tensor] = {}
        torch.manual_seed(config.seed)
        if state is not None:
            self._restore(state)
        self._events = self._run()

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def batches(self) -> int:
        """Batches of one epoch. A last batch of a single picture is left out: batch norm cannot take it."""
        count, size = len(self._labels), self.config.batch_size
        return max(1, count // size + (count % size > 1))

    def _check(self, design: Design) -> None:
        if design.input_shape != self.data.input_shape or design.classes != len(self.data.classes):
            raise ConfigError(
                f"the design takes {design.input_shape} and {design.classes} classes, the data has "
                f"{self.data.input_shape} and {len(self.data.classes)}",
                where=design.name,
            )
        if self.config.batch_size == 1 and any(row.kind == "BatchNorm1d" for row in design.layers):
            raise ConfigError(
                "batch normalisation of a vector needs at least two pictures to compare",
                where="batch size",
                allowed="2 or more with this design",
            )

    def _precision(self) -> str:
        if self.config.precision == "auto":
            return "bfloat16" if computes_bfloat16(self.device) else "float32"
        return self.config.precision

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    # ---- the events

    def _run(self) -> Iterator[Event]:
        yield self._started()
        if self.step == 0:
            yield Checkpoint(epoch=0, step=0, val_accuracy=None)
        while self.epoch < self.config.epochs:
            yield from self._epoch()
        yield self._finished()

    def _started(self) -> Started:
        return Started(
            step=self.step,
            epochs=self.config.epochs,
            batches=self.batches,
            batch_size=self.config.batch_size,
            train_images=len(self._labels),
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            device=device_name(self.device),
            precision=self.precision,
        )

    def _epoch(self) -> Iterator[Event]:
        order = self._order()
        self.model.train()
        while self.batch < self.batches:
            yield self._step(order)
        measured = self._end_of_epoch()
        yield measured
        yield Checkpoint(measured.epoch, measured.step, measured.val_accuracy)

    def _order(self) -> Tensor:
        """The shuffled picture numbers of this epoch: a function of seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.epoch)
        return torch.randperm(len(self._labels), generator=generator).to(self.device)

    def _step(self, order: Tensor) -> Batch:
        begun = time.perf_counter()
        size = self.config.batch_size
        rows = order[self.batch * size : (self.batch + 1) * size]
        images = as_input(self._images.index_select(0, rows), self.device)
        labels = self._labels.index_select(0, rows)
        self._set_learning_rate()
        with self._autocast():
            scores = self._scores_of(images)
        loss = functional.cross_entropy(scores.float(), labels, label_smoothing=self.config.label_smoothing)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return self._stepped(loss.detach(), (scores.detach().argmax(1) == labels).sum(), len(rows), begun)

    def _set_learning_rate(self) -> None:
        rate = learning_rate_at(self.config, self.step, self.config.epochs * self.batches)
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def _stepped(self, loss: Tensor, correct: Tensor, count: int, begun: float) -> Batch:
        self._loss_sum += loss * count
        self._correct_sum += correct
        self.batch += 1
        self.step += 1
        self.seconds += time.perf_counter() - begun
        return Batch(
            epoch=self.epoch + 1,
            batch=self.batch,
            step=self.step,
            loss=loss,
            accuracy=correct / count,
            images_per_second=self.images_per_second,
        )

    @property
    def images_per_second(self) -> float:
        """Pictures trained on in a second of training; evaluation and pauses do not count."""
        images = self.step / self.batches * len(self._labels)
        return images / self.seconds if self.seconds else 0.0

    def _end_of_epoch(self) -> Epoch:
        begun = time.perf_counter()
        seen = min(self.batches * self.config.batch_size, len(self._labels))
        train_loss, train_accuracy = float(self._loss_sum) / seen, float(self._correct_sum) / seen
        self.seconds += time.perf_counter() - begun  # a GPU has only now done its work
        validation = evaluate(self.model, self.data.val, self.device)
        self.epoch, self.batch = self.epoch + 1, 0
        self._loss_sum.zero_()
        self._correct_sum.zero_()
        best = validation.accuracy > self.best_accuracy
        if best:
            self.best_epoch, self.best_accuracy = self.epoch, validation.accuracy
            self._best = self.weights()
        return Epoch(
            epoch=self.epoch,
            step=self.step,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            val_loss=validation.loss,
            val_accuracy=validation.accuracy,
            best=best,
            seconds=self.seconds,
            images_per_second=self.images_per_second,
        )

    def _finished(self) -> Finished:
        last = self.weights()
        self.model.load_state_dict(self._best)
        test = evaluate(self.model, self.data.test, self.device)
        self.model.load_state_dict(last)
        return Finished(
            epochs=self.epoch,
            best_epoch=self.best_epoch,
            val_accuracy=self.best_accuracy,
            test_accuracy=test.accuracy,
            test_loss=test.loss,
            seconds=self.seconds,
            images_per_second=self.images_per_second,
        )

    # ---- the state

    def weights(self) -> dict[str, Tensor]:
        """A copy of the model's weights and buffers on the CPU, in the usual layout."""
        return {
            name: tensor.detach().to("cpu", copy=True).contiguous()
            for name, tensor in self.model.state_dict().items()
        }

    def snapshot(self) -> TrainState:
        """Everything from which a new loop goes on exactly where this one is."""
        parts = {
            "model": self.weights(),
            "best": self._best,
            "optimizer": self._optimizer_tensors(),
            "random": self._random_tensors(),
            "epoch": {"loss_sum": self._loss_sum.cpu(), "correct_sum": self._correct_sum.cpu()},
        }
        tensors = {
            f"{part}.{name}": tensor.clone()
            for part, names in parts.items()
            for name, tensor in names.items()
        }
        numbers = {
            name: getattr(self, name)
            for name in ("epoch", "batch", "step", "seconds", "best_epoch", "best_accuracy")
        }
        return TrainState(tensors, numbers)

    def _optimizer_tensors(self) -> dict[str, Tensor]:
        # The last step's rate stands in the groups too, but it is a function of the step: not kept.
        return {
            f"{index}.{name}": torch.as_tensor(value).detach().cpu().contiguous()
            for index, values in self._optimizer.state_dict()["state"].items()
            for name, value in values.items()
            if value is not None
        }

    def _random_tensors(self) -> dict[str, Tensor]:
        tensors = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            tensors["cuda"] = torch.cuda.get_rng_state(self.device)
        if self.device.type == "mps":
            tensors["mps"] = torch.mps.get_rng_state()
        return tensors

    def _restore(self, state: TrainState) -> None:
        try:
            self.model.load_state_dict(state.part("model"))
        except RuntimeError as error:
            raise WeightsError("the saved weights belong to another design", where="checkpoint") from error
        for name, value in state.numbers.items():
            setattr(self, name, value)
        self._best = state.part("best")
        sums = state.part("epoch")
        self._loss_sum.copy_(sums["loss_sum"])
        self._correct_sum.copy_(sums["correct_sum"])
        self._restore_optimizer(state.part("optimizer"))
        self._restore_random(state.part("random"))

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        parameters = list(self.model.parameters())
        values: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, key = int(name.split(".", 1)[0]), name.split(".", 1)[1]
            like = parameters[index]
            # Fused optimisers walk through memory: a moment must lie as its weight does (channels last).
            moved = torch.empty_like(like).copy_(tensor) if tensor.shape == like.shape else tensor
            values.setdefault(index, {})[key] = moved
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": values, "param_groups": groups})

    def _restore_random(self, tensors: dict[str, Tensor]) -> None:
        torch.set_rng_state(tensors["cpu"])
        # A run may go on on another kind of device; then that device's generator starts from the seed.
        if self.device.type == "cuda" and "cuda" in tensors:
            torch.cuda.set_rng_state(tensors["cuda"], self.device)
        if self.device.type == "mps" and "mps" in tensors:
            torch.mps.set_rng_state(tensors["mps"])


def train(
    design: Design, data: ImageDataset, config: TrainConfig, *, state: TrainState | None = None
) -> Training:
    """Train a design on data: iterate over the result for its events, `snapshot()` for its state."""
    return Training(design, data, config, state)


def bundle(batches: list[Batch]) -> dict[str, Any]:
    """Several batches as one event, with one wait for the device; raises DivergedError at the first NaN.

    'batch' and 'step' are the first one's; losses and accuracies follow one another.
    """
    first = batches[0]
    losses = torch.stack([torch.as_tensor(batch.loss) for batch in batches]).tolist()
    accuracies = torch.stack([torch.as_tensor(batch.accuracy) for batch in batches]).tolist()
    for place, loss in enumerate(losses):
        if loss != loss or loss in (float("inf"), float("-inf")):
            step = first.step + place
            raise DivergedError(
                f"the loss became {loss} at step {step}: training diverged",
                repair="Try a smaller learning rate; the last checkpoint is kept",
            )
    return {
        "event": "batches",
        "epoch": first.epoch,
        "batch": first.batch,
        "step": first.step,
        "loss": losses,
        "accuracy": accuracies,
        "images_per_second": batches[-1].images_per_second,
    }
