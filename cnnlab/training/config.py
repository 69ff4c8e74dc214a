"""What a person chooses before a run. Light: importing this loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnlab.design.forms import FormField, form_field
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: its title and one sentence on what it does."""

    title: str
    about: str


OPTIMIZERS: dict[str, Choice] = {
    "sgd": Choice("SGD with momentum", "Steps down the gradient and keeps rolling; momentum 0 is plain SGD."),
    "nesterov": Choice("Nesterov", "Momentum that looks ahead before it steps."),
    "adam": Choice("Adam", "Gives every weight its own step size; the articles' choice."),
    "adamw": Choice("AdamW", "Adam with weight decay done apart from the gradient."),
    "rmsprop": Choice("RMSprop", "Divides each step by the recent size of its gradient."),
    "adagrad": Choice("Adagrad", "Divides each step by the size of all gradients so far: it slows down."),
    "adadelta": Choice("Adadelta", "Adagrad with a short memory; start with a learning rate of 1."),
}
# What each optimizer usually does well with: their own steps are of different sizes.
USUAL_RATES: dict[str, float] = {
    "sgd": 0.01,
    "nesterov": 0.01,
    "adam": 0.001,
    "adamw": 0.001,
    "rmsprop": 0.001,
    "adagrad": 0.01,
    "adadelta": 1.0,
}
SCHEDULES: dict[str, Choice] = {
    "constant": Choice("Constant", "The same learning rate from the first batch to the last."),
    "step": Choice("Steps", "Multiplied by the decay factor every few epochs."),
    "cosine": Choice("Cosine", "Falls from the learning rate to nearly 0 along half a cosine."),
    "one-cycle": Choice("One cycle", "Warms up over 30 % of the run, then cools down to nearly 0."),
    "warm-up": Choice("Warm-up", "Climbs over the first tenth of the run, then stays."),
    "plateau": Choice("Reduce on plateau", "Multiplied by the decay factor when validation stops improving."),
}
LOSSES: dict[str, Choice] = {
    "cross-entropy": Choice("Cross-entropy", "−log of the probability given to the right class."),
    "focal": Choice("Focal", "Cross-entropy that cares less about what is already easy (γ = 2)."),
    "mean-squared-error": Choice("Mean squared error", "Squared distance of the probabilities to one-hot."),
    "hinge": Choice("Multi-class hinge", "The right score must beat every other by a margin of 1."),
}
CLASS_WEIGHTS: dict[str, Choice] = {
    "none": Choice("None", "Every picture counts the same."),
    "balanced": Choice(
        "Balanced", "Pictures of rare classes count more, so that every class counts the same."
    ),
}
INITIALIZATIONS: dict[str, Choice] = {
    "pytorch": Choice("PyTorch's", "Uniform, scaled by the number of inputs (Kaiming-uniform with a = √5)."),
    "glorot": Choice(
        "Glorot, as Keras", "Uniform, scaled by inputs and outputs; biases 0. The articles' start."
    ),
    "he": Choice("He", "Normal, scaled for ReLU; biases 0."),
    "zeros": Choice("Zeros (a lesson)", "Every weight 0: all filters stay alike, and nothing is learned."),
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
# Settings that are words, and the words with their meaning: menus, help and tests read this.
CHOICES: dict[str, dict[str, Choice]] = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "class_weights": CLASS_WEIGHTS,
    "initialization": INITIALIZATIONS,
    "device": DEVICES,
    "precision": PRECISIONS,
}
# Settings that may change while a run goes on.
STEERABLE = ("learning_rate", "weight_decay", "batch_size", "augmentation")


class TrainConfig(BaseModel):
    """Everything that decides how a run goes, besides design and data. Stored whole with each run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: int = Field(default=5, ge=1, le=limits.MAX_EPOCHS, title="Epochs")
    batch_size: int = Field(default=64, ge=1, le=limits.MAX_BATCH_SIZE, title="Batch size")
    optimizer: Literal["sgd", "nesterov", "adam", "adamw", "rmsprop", "adagrad", "adadelta"] = Field(
        default="adam", title="Optimizer"
    )
    learning_rate: float = Field(default=0.001, gt=0.0, le=1e6, title="Learning rate")
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0, title="Momentum (SGD, Nesterov)")
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0, title="β₁ (Adam: memory of the gradient)")
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0, title="β₂ (Adam: memory of its size)")
    weight_decay: float = Field(default=0.0, ge=0.0, le=1e6, title="Weight decay (L2)")
    l1: float = Field(default=0.0, ge=0.0, le=1e6, title="L1 penalty")
    clip_norm: float = Field(default=0.0, ge=0.0, le=1e6, title="Clip gradient norm at (0: off)")
    schedule: Literal["constant", "step", "cosine", "one-cycle", "warm-up", "plateau"] = Field(
        default="constant", title="Schedule"
    )
    decay_factor: float = Field(default=0.5, gt=0.0, lt=1.0, title="Decay factor (steps, plateau)")
    decay_epochs: int = Field(default=2, ge=1, le=limits.MAX_EPOCHS, title="Decay after epochs")
    loss: Literal["cross-entropy", "focal", "mean-squared-error", "hinge"] = Field(
        default="cross-entropy", title="Loss"
    )
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0, title="Label smoothing (cross-entropy)")
    class_weights: Literal["none", "balanced"] = Field(default="none", title="Class weights")
    augmentation: float = Field(default=0.0, ge=0.0, le=1.0, title="Augmentation strength")
    flip: bool = Field(default=False, title="Mirror pictures (not for digits)")
    patience: int = Field(default=0, ge=0, le=limits.MAX_EPOCHS, title="Early stopping patience (0: off)")
    target_accuracy: float = Field(default=0.0, ge=0.0, le=1.0, title="Stop at validation accuracy (0: off)")
    initialization: Literal["pytorch", "glorot", "he", "zeros"] = Field(
        default="pytorch", title="Initial weights"
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title="Seed")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", title="Device")
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", title="Precision")
    fast: bool = Field(
        default=True, title="Speed-ups (layout, pooling, dropout, fused optimizer, CUDA graph)"
    )


def make_config(**settings: Any) -> TrainConfig:
    """A checked configuration; raises ConfigError that names the setting, what came and what is allowed."""
    try:
        return TrainConfig(**settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        field = number_fields().get(name)
        message = field.allowed if field else str(first["msg"]).removeprefix("Input should be ")
        raise ConfigError(
            f"{first.get('input')!r} came", where=name.replace("_", " "), allowed=message
        ) from None


@cache
def number_fields() -> dict[str, FormField]:
    """The settings that are numbers, by name: what a form needs of each."""
    properties: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
    numbers = {name: each for name, each in properties.items() if each["type"] in ("integer", "number")}
    return {name: form_field(name, schema) for name, schema in numbers.items()}


def changed(config: TrainConfig, **settings: Any) -> TrainConfig:
    """The configuration with some settings changed; raises ConfigError as make_config does."""
    return make_config(**(config.model_dump() | settings))
