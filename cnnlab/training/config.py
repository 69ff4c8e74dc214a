"""What a person chooses before a run. Light: importing this loads no torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from cnnlab.design.forms import FormField, form_field
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError
from cnnlab.language import N_, Words, lazy
from cnnlab.training.choice import Choice
from cnnlab.training.loss_kinds import LOSSES, LossKind
from cnnlab.training.optimizer_kinds import OPTIMIZERS, OptimizerKind
from cnnlab.training.schedule_kinds import SCHEDULES, ScheduleKind

CLASS_WEIGHTS: dict[str, Choice] = {
    "none": Choice(lazy("None"), lazy("Every picture counts the same.")),
    "balanced": Choice(
        lazy("Balanced"), lazy("Pictures of rare classes count more, so that every class counts the same.")
    ),
}
INITIALIZATIONS: dict[str, Choice] = {
    "pytorch": Choice(
        lazy("PyTorch's"), lazy("Uniform, scaled by the number of inputs (Kaiming-uniform with a = √5).")
    ),
    "glorot": Choice(
        lazy("Glorot, as Keras"),
        lazy("Uniform, scaled by inputs and outputs; biases 0. The articles' start."),
    ),
    "he": Choice(lazy("He"), lazy("Normal, scaled for ReLU; biases 0.")),
    "zeros": Choice(
        lazy("Zeros (a lesson)"), lazy("Every weight 0: all filters stay alike, and nothing is learned.")
    ),
}
DEVICES: dict[str, Choice] = {
    "auto": Choice(lazy("Best available"), lazy("An NVIDIA GPU, else Apple's GPU, else the processor.")),
    "cpu": Choice(lazy("Processor (CPU)"), lazy("Works everywhere.")),
    "cuda": Choice(lazy("NVIDIA GPU"), lazy("Needs an NVIDIA card and its driver.")),
    "mps": Choice(lazy("Apple GPU"), lazy("Needs a Mac with Apple silicon.")),
}
PRECISIONS: dict[str, Choice] = {
    "auto": Choice(lazy("Automatic"), lazy("bfloat16 where the hardware computes with it, else float32.")),
    "float32": Choice(lazy("float32"), lazy("32 bits for every number.")),
    "bfloat16": Choice(lazy("bfloat16"), lazy("16 bits in the products, 32 in weights and sums.")),
}
# Settings whose choices are records, each of which names the other settings that apply with it.
KINDS: dict[str, Mapping[str, OptimizerKind | ScheduleKind | LossKind]] = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
}
# Settings with named choices, and what each choice means: menus, help and tests read this.
CHOICES: dict[str, Mapping[str, Choice]] = {
    **KINDS,
    "class_weights": CLASS_WEIGHTS,
    "initialization": INITIALIZATIONS,
    "device": DEVICES,
    "precision": PRECISIONS,
}
# What each setting is called within a sentence.
NAMES: dict[str, Words] = {
    "epochs": lazy("epochs"),
    "batch_size": lazy("batch size"),
    "optimizer": lazy("optimizer"),
    "learning_rate": lazy("learning rate"),
    "momentum": lazy("momentum"),
    "beta1": lazy("β₁"),
    "beta2": lazy("β₂"),
    "weight_decay": lazy("weight decay"),
    "l1": lazy("L1 penalty"),
    "clip_norm": lazy("clip norm"),
    "schedule": lazy("schedule"),
    "decay_factor": lazy("decay factor"),
    "decay_epochs": lazy("decay after epochs"),
    "loss": lazy("loss"),
    "label_smoothing": lazy("label smoothing"),
    "class_weights": lazy("class weights"),
    "augmentation": lazy("augmentation strength"),
    "flip": lazy("mirror pictures"),
    "patience": lazy("patience"),
    "target_accuracy": lazy("target accuracy"),
    "initialization": lazy("initial weights"),
    "seed": lazy("seed"),
    "device": lazy("device"),
    "precision": lazy("precision"),
    "fast": lazy("speed-ups"),
}
# Settings that may change during a run.
STEERABLE = ("learning_rate", "weight_decay", "batch_size", "augmentation")


class TrainConfig(BaseModel):
    """Everything that decides how a run goes besides design and data. Stored whole with each run.

    A field's description is a short remark shown next to its title, where it needs one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: int = Field(default=5, ge=1, le=limits.MAX_EPOCHS, title=N_("Epochs"))
    batch_size: int = Field(default=64, ge=1, le=limits.MAX_BATCH_SIZE, title=N_("Batch size"))
    optimizer: str = Field(default="adam", title=N_("Optimizer"))
    learning_rate: float = Field(default=0.001, gt=0.0, le=1e6, title=N_("Learning rate"))
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0, title=N_("Momentum"))
    beta1: float = Field(
        default=0.9, ge=0.0, lt=1.0, title=N_("β₁"), description=N_("Adam: memory of the gradient")
    )
    beta2: float = Field(
        default=0.999, ge=0.0, lt=1.0, title=N_("β₂"), description=N_("Adam: memory of its size")
    )
    weight_decay: float = Field(default=0.0, ge=0.0, le=1e6, title=N_("Weight decay"), description=N_("L2"))
    l1: float = Field(default=0.0, ge=0.0, le=1e6, title=N_("L1 penalty"))
    clip_norm: float = Field(
        default=0.0, ge=0.0, le=1e6, title=N_("Clip gradient norm at"), description=N_("0: off")
    )
    schedule: str = Field(default="constant", title=N_("Schedule"))
    decay_factor: float = Field(default=0.5, gt=0.0, lt=1.0, title=N_("Decay factor"))
    decay_epochs: int = Field(default=2, ge=1, le=limits.MAX_EPOCHS, title=N_("Decay after epochs"))
    loss: str = Field(default="cross-entropy", title=N_("Loss"))
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0, title=N_("Label smoothing"))
    class_weights: Literal["none", "balanced"] = Field(default="none", title=N_("Class weights"))
    augmentation: float = Field(default=0.0, ge=0.0, le=1.0, title=N_("Augmentation strength"))
    flip: bool = Field(default=False, title=N_("Mirror pictures"), description=N_("not for digits"))
    patience: int = Field(
        default=0, ge=0, le=limits.MAX_EPOCHS, title=N_("Early stopping patience"), description=N_("0: off")
    )
    target_accuracy: float = Field(
        default=0.0, ge=0.0, le=1.0, title=N_("Stop at validation accuracy"), description=N_("0: off")
    )
    initialization: Literal["pytorch", "glorot", "he", "zeros"] = Field(
        default="pytorch", title=N_("Initial weights")
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title=N_("Seed"))
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", title=N_("Device"))
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", title=N_("Precision"))
    fast: bool = Field(
        default=True,
        title=N_("Speed-ups"),
        description=N_("layout, pooling, dropout, fused optimizer, CUDA graph"),
    )

    @field_validator(*KINDS)
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        if name not in KINDS[str(info.field_name)]:
            raise ValueError(name)
        return name


def make_config(**settings: Any) -> TrainConfig:
    """A checked configuration; raises ConfigError naming the setting, its value, and what is allowed."""
    try:
        return TrainConfig(**settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        raise ConfigError(
            lazy("got {value}", value=repr(first.get("input"))),
            where=NAMES.get(name, name.replace("_", " ") or lazy("settings")),
            allowed=_allowed(name),
        ) from None


def _allowed(name: str) -> Words:
    if name in CHOICES:
        *others, last = map(repr, CHOICES[name])
        return lazy("{choices} or {last}", choices=", ".join(others), last=last)
    if name in number_fields():
        return number_fields()[name].allowed
    return lazy("on or off") if name in NAMES else ", ".join(NAMES)


@cache
def number_fields() -> dict[str, FormField]:
    """The numeric settings by name, each with what a form needs to know about it."""
    properties: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
    numbers = {name: each for name, each in properties.items() if each["type"] in ("integer", "number")}
    return {name: form_field(name, schema) for name, schema in numbers.items()}


def changed(config: TrainConfig, **settings: Any) -> TrainConfig:
    """The configuration with some settings changed; raises ConfigError as make_config does."""
    return make_config(**(config.model_dump() | settings))
