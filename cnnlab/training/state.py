"""Where a run is, and everything it needs to go on from there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor


@dataclass(slots=True)
class Place:
    """Where a run is: everything that counts up, and what it has reached. All of it is kept with a state."""

    epoch: int = 0  # epochs done
    batch: int = 0  # batches of the present epoch done
    position: int = 0  # pictures of the present epoch done
    step: int = 0
    images: int = 0  # pictures of the run done
    seconds: float = 0.0
    best_epoch: int = 0
    best_accuracy: float = -1.0
    best_loss: float = float("inf")
    epochs_without_gain: int = 0  # in validation loss
    rate_factor: float = 1.0  # what 'plateau' has taken off the learning rate
    changes: dict[str, float | int] = field(default_factory=dict)  # settings changed under way

    def advance(self, count: int, seconds: float) -> None:
        """One more batch of `count` pictures."""
        self.batch += 1
        self.position += count
        self.step += 1
        self.images += count
        self.seconds += seconds

    def finish_epoch(self, accuracy: float, loss: float) -> bool:
        """One more epoch; whether its validation accuracy is the best so far."""
        self.epoch, self.batch, self.position = self.epoch + 1, 0, 0
        self.epochs_without_gain = 0 if loss < self.best_loss else self.epochs_without_gain + 1
        self.best_loss = min(loss, self.best_loss)
        best = accuracy > self.best_accuracy
        if best:
            self.best_epoch, self.best_accuracy = self.epoch, accuracy
        return best

    def to_numbers(self) -> dict[str, Any]:
        """Plain numbers for a file. JSON has no infinity: before the first epoch there is no best loss."""
        return {name: value for name, value in asdict(self).items() if value != float("inf")}

    @classmethod
    def of_numbers(cls, numbers: dict[str, Any]) -> Place:
        """The way back; nothing is shared with the numbers."""
        return cls(**numbers | {"changes": dict(numbers["changes"])})


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
