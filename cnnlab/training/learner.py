"""The learner: a model with its data, loss and optimizer on one device. One call is one training step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnlab.data.augment import augment
from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design
from cnnlab.language import lazy
from cnnlab.models.build import build, load_weights, logits_part
from cnnlab.models.predict import as_input
from cnnlab.training.bundles import DivergedError
from cnnlab.training.checks import check_batch_size, check_fit
from cnnlab.training.config import TrainConfig
from cnnlab.training.devices import computes_bfloat16, resolve_device
from cnnlab.training.evaluation import Evaluation, evaluate
from cnnlab.training.initialization import initialize
from cnnlab.training.losses import Loss, balanced_weights, make_loss
from cnnlab.training.optimizers import is_recordable, make_optimizer
from cnnlab.training.speed.cuda_graph import Learn, Pace, RecordedStep, use_deterministic_kernels
from cnnlab.training.speed.dropout import QuickDropout, with_quick_dropout
from cnnlab.training.speed.maxpool_relu import pool_before_relu
from cnnlab.training.state import (
    TrainState,
    optimizer_tensors,
    random_tensors,
    restore_optimizer,
    restore_random,
)

_MIN_EVALUATION_BATCH = 100  # pictures at once


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a network answers to some pictures, in evaluation mode. Tensors have an entry for each picture."""

    labels: Tensor
    answers: Tensor
    chances: Tensor  # of the right class
    right: int
    loss: float  # the mean of the loss that is minimized, without penalties for weights


class Learner:
    """A model with its data, loss and optimizer on one device.

    Takes over torch's global random generator: initial weights, dropout and augmentation draw from it.
    """

    def __init__(
        self,
        design: Design,
        data: ImageDataset,
        config: TrainConfig,
        weights: dict[str, Tensor] | None = None,
    ) -> None:
        self.config = config
        self.data = data
        self.device = resolve_device(config.device)
        if self.device.type == "cuda":
            use_deterministic_kernels()
        self.precision = self._precision()
        check_fit(design, data)
        torch.manual_seed(config.seed)
        self.model = self._initial_model(design, weights)
        check_batch_size(self.model, config)
        self._scores_of = self._with_speedups()
        self._parameters = list(self.model.parameters())
        self._optimizer = make_optimizer(config, self._parameters, self.device)
        self._images = data.train.images.to(self.device)
        self._labels = data.train.labels.to(self.device)
        self._loss, self._plain_loss = self._losses()
        self._loss_sum = torch.zeros((), device=self.device)
        self._correct_sum = torch.zeros((), device=self.device)
        self._pace = Pace() if self.device.type == "cuda" else None
        self._gradients_of: Learn
        self._learn_from: Learn

    # ---- one batch

    def learn(self, rows: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        """Take one optimizer step on these rows of the training data; their loss and accuracy before it."""
        self._set_rates(rate)
        results = self._learn_from(rows)
        if self._pace:
            self._pace.keep()
        return results

    def _learn(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the gradients, then take the optimizer step.

        May be recorded, so nothing in it may wait for the device, or depend on anything that changes from
        step to step except the rows and what the device itself holds.
        """
        results = self._gradients_of(rows)
        self._optimizer.step()
        return results

    def _gradients(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Forward pass, loss, backward pass; leaves the gradients in the parameters. May be recorded too."""
        labels = self._labels.index_select(0, rows)
        images = self._inputs(rows)
        with self._autocast():
            scores = self._scores_of(images)
        loss = self._loss(scores, labels)
        for parameter in self._parameters:
            parameter.grad = None  # what zero_grad does, without its profiler hook
        total = loss + self._l1() if self.config.l1 else loss
        total.backward()  # type: ignore[no-untyped-call]
        if self.config.clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self.config.clip_norm)
        correct = (scores.detach().argmax(1) == labels).sum()
        self._loss_sum += loss.detach() * len(rows)
        self._correct_sum += correct
        return loss.detach(), correct / len(rows)

    def _inputs(self, rows: Tensor) -> Tensor:
        images = as_input(self._images.index_select(0, rows), self.device, channels_last=self.config.fast)
        if self.config.augmentation or self.config.flip:
            images = augment(images, self.config.augmentation, flip=self.config.flip)
        return images

    def coming_inputs(self, rows: Tensor) -> Tensor:
        """The pictures in these rows exactly as the next step on them will get them, augmented or not."""
        random = random_tensors(self.device)
        images = self._inputs(rows)
        restore_random(self.device, random)
        return images

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _l1(self) -> Tensor:
        weights = [parameter.abs().sum() for parameter in self.model.parameters() if parameter.dim() > 1]
        return self.config.l1 * torch.stack(weights).sum()

    def _set_rates(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
            group["weight_decay"] = self.config.weight_decay

    # ---- setup

    def apply(self, config: TrainConfig) -> None:
        """Use these settings from the next step on; also called once before the first batch."""
        self.config = config
        self._gradients_of, self._learn_from = self._gradients, self._learn
        if not self._records_steps:
            return
        size = config.batch_size
        if is_recordable(config.optimizer):
            self._learn_from = RecordedStep(self._learn, self._parameters, size, self.device)
        else:
            self._gradients_of = RecordedStep(self._gradients, self._parameters, size, self.device)

    def _precision(self) -> str:
        if self.config.precision == "auto":
            return "bfloat16" if self.config.fast and computes_bfloat16(self.device) else "float32"
        return self.config.precision

    def _initial_model(self, design: Design, weights: dict[str, Tensor] | None) -> nn.Sequential:
        model = build(design, self.config.seed)
        initialize(model, self.config.initialization, self.config.seed)
        if weights is not None:
            load_weights(model, weights)
        model.to(self.device)
        if self.config.fast:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return model

    def _with_speedups(self) -> nn.Sequential:
        scores_of = logits_part(self.model)
        return with_quick_dropout(pool_before_relu(scores_of)) if self.config.fast else scores_of

    def _losses(self) -> tuple[Loss, Loss]:
        """The loss to minimize, and the same one without class weights, for validation and test."""
        weight = None
        if self.config.class_weights == "balanced":
            weight = balanced_weights(self.data.train.labels, len(self.data.classes)).to(self.device)
        return make_loss(self.config, weight), make_loss(self.config)

    @property
    def _records_steps(self) -> bool:
        return self.config.fast and self.device.type == "cuda"

    def speedups(self) -> tuple[str, ...]:
        """The codes of the active speed-ups."""
        fast = ("data-on-device", "channels-last", "pooling-first", "fused-optimizer")
        active = fast if self.config.fast else fast[:1]
        if self.device.type == "cpu" and any(isinstance(row, QuickDropout) for row in self._scores_of):
            active = (*active, "quick-dropout")
        if self._records_steps:
            active = (*active, "cuda-graph")
        return (*active, "bfloat16") if self.precision == "bfloat16" else active

    # ---- measurements

    def means(self, count: int) -> tuple[float, float]:
        """Mean loss and accuracy over the `count` pictures since `reset_sums`; waits for the device."""
        return float(self._loss_sum) / count, float(self._correct_sum) / count

    def reset_sums(self) -> None:
        """Start a new epoch: from here on `means` covers only what follows."""
        self._loss_sum.zero_()
        self._correct_sum.zero_()

    def evaluation(self, split: Split) -> Evaluation:
        """Evaluate on a split.

        At most a training batch of pictures at a time (or 100), so a network that can be trained also fits.
        """
        size = max(_MIN_EVALUATION_BATCH, self.config.batch_size)
        return evaluate(self.model, split, self.device, self._plain_loss, size)

    @torch.inference_mode()
    def judge(self, images: Tensor, rows: Tensor) -> Judgment:
        """Judge these pictures of the training data in evaluation mode; changes nothing, draws nothing."""
        labels = self._labels.index_select(0, rows)
        was_training = self.model.training
        self.model.eval()
        scores = logits_part(self.model)(images)
        self.model.train(was_training)
        answers = scores.argmax(1)
        chances = scores.softmax(1).gather(1, labels[:, None])[:, 0]
        loss, right = float(self._loss(scores, labels)), int((answers == labels).sum())
        return Judgment(labels.cpu(), answers.cpu(), chances.cpu(), right, loss)

    def parameter_copies(self) -> list[Tensor]:
        """Copies of all parameters, on their device."""
        return [parameter.detach().clone() for parameter in self.model.parameters()]

    def weights(self) -> dict[str, Tensor]:
        """A copy of the model's weights and buffers on the CPU, in the usual layout."""
        return {
            name: tensor.detach().to("cpu", copy=True).contiguous()
            for name, tensor in self.model.state_dict().items()
        }

    def check_finite_weights(self, step: int) -> None:
        """Raise DivergedError if a weight is not finite.

        The loss is measured before the step: it may still be finite when the weights no longer are.
        """
        if not all(bool(parameter.isfinite().all()) for parameter in self.model.parameters()):
            problem = lazy("a weight became infinite in batch {step}: training diverged", step=step)
            raise DivergedError(problem, step)

    # ---- state

    def extra_state(self) -> dict[str, dict[str, Tensor]]:
        """What a state holds besides the weights: optimizer, random generators, the epoch's sums."""
        return {
            "optimizer": optimizer_tensors(self._optimizer),
            "random": random_tensors(self.device),
            "epoch": {"loss_sum": self._loss_sum.cpu(), "correct_sum": self._correct_sum.cpu()},
        }

    def restore(self, state: TrainState) -> None:
        """Restore the weights and `extra_state` from a snapshot, or from what damage has left of one.

        Without the rest the optimizer has no memory, and the random generators start from the seed.
        """
        load_weights(self.model, state.part("model"))
        sums = state.part("epoch")
        if not sums:
            return
        self._loss_sum.copy_(sums["loss_sum"])
        self._correct_sum.copy_(sums["correct_sum"])
        restore_optimizer(self._optimizer, self._parameters, state.part("optimizer"))
        restore_random(self.device, state.part("random"))
