"""What a person chooses before a run. Light: importing this loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnlab import limits
from cnnlab.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: its title and one sentence on what it does."""

    title: str
    about: str


OPTIMIZERS: dict[str, Choice] = {
    "sgd": Choice("SGD with momentum", "Steps down the gradient and keeps rolling (momentum)."),
    "adam": Choice("Adam", "Gives every weight its own step size; the articles' choice."),
    "adamw": Choice("AdamW", "Adam with weight decay done apart from the gradient."),
}
SCHEDULES: dict[str, Choice] = {
    "constant": Choice("Constant", "The same learning rate from the first batch to the last."),
    "one-cycle": Choice("One cycle", "Warms up over 30 % of the batches, then cools down to nearly 0."),
}
LOSSES: dict[str, Choice] = {
    "cross-entropy": Choice("Cross-entropy", "−log of the probability given to the right class."),
}
DEVICES: dict[str, Choice] = {
    "auto": Choice("Best there is", "An NVIDIA GPU, else Apple's GPU, else the processor."),
    "cpu": Choice("Processor (CPU)", "Works everywhere."),
    "cuda": Choice("NVIDIA GPU", "Needs an NVIDIA card and its driver."),
    "mps": Choice("Apple GPU", "Needs a Mac with Apple silicon."),
}
PRECISIONS: dict[str, Choice] = {
    "auto": Choice("Fastest that is safe", "bfloat16 where the hardware computes with it, else float32."),
    "float32": Choice("float32", "32 bits for every number."),
    "bfloat16": Choice("bfloat16", "16 bits in the products, 32 in weights and sums."),
}


class TrainConfig(BaseModel):
    """Everything that decides how a run goes, besides design and data. Stored whole with each run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: int = Field(default=5, ge=1, le=limits.MAX_EPOCHS, title="Epochs")
    batch_size: int = Field(default=64, ge=1, le=limits.MAX_BATCH_SIZE, title="Batch size")
    optimizer: Literal["sgd", "adam", "adamw"] = Field(default="adam", title="Optimiser")
    learning_rate: float = Field(default=0.001, gt=0.0, le=100.0, title="Learning rate")
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0, title="Momentum (SGD only)")
    weight_decay: float = Field(default=0.0, ge=0.0, le=1.0, title="Weight decay")
    schedule: Literal["constant", "one-cycle"] = Field(default="constant", title="Schedule")
    loss: Literal["cross-entropy"] = Field(default="cross-entropy", title="Loss")
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0, title="Label smoothing")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title="Seed")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", title="Device")
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", title="Precision")


def make_config(**settings: Any) -> TrainConfig:
    """A checked configuration; raises ConfigError that names the setting, what came and what is allowed."""
    try:
        return TrainConfig(**settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "settings"
        message = str(first["msg"]).removeprefix("Input should be ")
        raise ConfigError(
            f"{first.get('input')!r} came", where=field.replace("_", " "), allowed=message
        ) from None
