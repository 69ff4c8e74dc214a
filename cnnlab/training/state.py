"""The progress of a run, and everything it needs to continue from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from cnnlab.training.config import TrainConfig
from cnnlab.training.schedule_kinds import SCHEDULES


@dataclass(slots=True)
class Position:
    """The progress of a run: its counters and its best results. All of it is saved with a state."""

    epoch: int = 0  # epochs done
    batch: int = 0  # batches of the current epoch done
    position: int = 0  # pictures of the current epoch done
    step: int = 0
    images: int = 0  # pictures trained on in the whole run
    seconds: float = 0.0
    best_epoch: int = 0
    best_accuracy: float = -1.0
    best_loss: float = float("inf")
    epochs_without_gain: int = 0  # in validation loss
    rate_factor: float = 1.0  # by which 'plateau' has reduced the learning rate
    changes: dict[str, float | int] = field(default_factory=dict)  # settings changed during the run

    def advance(self, count: int, seconds: float) -> None:
        """Count one more batch of `count` pictures."""
        self.batch += 1
        self.position += count
        self.step += 1
        self.images += count
        self.seconds += seconds

    def finish_epoch(self, accuracy: float, loss: float) -> bool:
        """Count one more epoch; return whether its validation accuracy is the best so far."""
        self.epoch, self.batch, self.position = self.epoch + 1, 0, 0
        self.epochs_without_gain = 0 if loss < self.best_loss else self.epochs_without_gain + 1
        self.best_loss = min(loss, self.best_loss)
        best = accuracy > self.best_accuracy
        if best:
            self.best_epoch, self.best_accuracy = self.epoch, accuracy
        return best

    def reduce_on_plateau(self, config: TrainConfig) -> None:
        """Lower the learning rate if it follows the validation loss, and that has stopped improving."""
        stale = self.epochs_without_gain
        if SCHEDULES[config.schedule].measured and stale and stale % config.decay_epochs == 0:
            self.rate_factor *= config.decay_factor

    def reason_to_stop(self, config: TrainConfig) -> str | None:
        """Why the run is over (events.Finished.reason); None if it is not."""
        if self.epoch >= config.epochs:
            return "all epochs"
        if config.target_accuracy and self.best_accuracy >= config.target_accuracy:
            return "target reached"
        if config.patience and self.epochs_without_gain >= config.patience:
            return "early stopping"
        return None

    def to_numbers(self) -> dict[str, Any]:
        """Plain numbers for a file. JSON has no infinity: before the first epoch there is no best loss."""
        return {name: value for name, value in asdict(self).items() if value != float("inf")}

    @classmethod
    def from_numbers(cls, numbers: dict[str, Any]) -> Position:
        """The position that `to_numbers` stored; shares nothing with the argument."""
        return cls(**numbers | {"changes": dict(numbers["changes"])})


@dataclass(frozen=True, slots=True)
class TrainState:
    """Everything a run needs to continue: named tensors (on the CPU) and plain numbers.

    After damage it may be less: weights and numbers, but no optimizer's memory and no random generators.
    """

    tensors: dict[str, Tensor]
    numbers: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_weights(cls, model: dict[str, Tensor], best: dict[str, Tensor], position: Position) -> TrainState:
        """The state that follows from weights alone: the network's at this position, and the best so far."""
        tensors = {
            f"{part}.{name}": tensor
            for part, names in {"model": model, "best": best}.items()
            for name, tensor in names.items()
        }
        return cls(tensors, position.to_numbers())

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names start with 'prefix.', by the rest of their names."""
        start = f"{prefix}."
        return {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """An optimizer's state for each weight: "index of the weight.name" -> tensor on the CPU."""
    # The parameter groups also hold the last step's rate, but it is a function of the step: not saved.
    return {
        f"{index}.{name}": torch.as_tensor(value).detach().cpu().contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimizer(
    optimizer: Optimizer, parameters: Sequence[Parameter], tensors: dict[str, Tensor]
) -> None:
    """Load what `optimizer_tensors` returned into an optimizer of the same parameters."""
    values: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, key = int(name.split(".", 1)[0]), name.split(".", 1)[1]
        like = parameters[index]
        # Fused optimizers walk through memory: a moment needs its weight's memory layout (channels last).
        moved = torch.empty_like(like).copy_(tensor) if tensor.shape == like.shape else tensor
        values.setdefault(index, {})[key] = moved
    optimizer.load_state_dict({"state": values, "param_groups": optimizer.state_dict()["param_groups"]})


def random_tensors(device: torch.device) -> dict[str, Tensor]:
    """The states of the random generators a run draws from: the CPU's and its device's."""
    tensors = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        tensors["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        tensors["mps"] = torch.mps.get_rng_state()
    return tensors


def restore_random(device: torch.device, tensors: dict[str, Tensor]) -> None:
    """Restore what `random_tensors` returned.

    If the run moves to another kind of device, that device's generator starts from the seed.
    """
    torch.set_rng_state(tensors["cpu"])
    if device.type == "cuda" and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"], device)
    if device.type == "mps" and "mps" in tensors:
        torch.mps.set_rng_state(tensors["mps"])
