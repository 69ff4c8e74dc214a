"""Training settings in words: what each is, and in what a run differs from the usual.

Light: importing this loads no torch. Names, forms and heads of runs say the same of a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnnlab.training.config import CHOICES, TrainConfig

USUAL_CONFIG = TrainConfig()
_SCHEMA: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
# Settings that count only where another one has one of these values.
_ONLY_WITH: dict[str, tuple[str, tuple[str, ...]]] = {
    "momentum": ("optimizer", ("sgd", "nesterov")),
    "beta1": ("optimizer", ("adam", "adamw")),
    "beta2": ("optimizer", ("adam", "adamw")),
    "decay_factor": ("schedule", ("step", "plateau")),
    "decay_epochs": ("schedule", ("step", "plateau")),
    "label_smoothing": ("loss", ("cross-entropy",)),
}
_PHRASES: dict[str, Callable[[Any], str]] = {
    "epochs": lambda value: f"{value:,} epoch{'s' if value > 1 else ''}",
    "optimizer": lambda value: CHOICES["optimizer"][value].title,
    "loss": lambda value: f"{CHOICES['loss'][value].title} loss",
    "schedule": lambda value: f"{CHOICES['schedule'][value].title} schedule",
    "class_weights": lambda value: f"class weights: {CHOICES['class_weights'][value].title}",
    "initialization": lambda value: f"initial weights: {CHOICES['initialization'][value].title}",
    "target_accuracy": lambda value: f"stop at {100 * value:g} % validation accuracy",
    "patience": lambda value: f"stop after {value} epochs without gain",
    "clip_norm": lambda value: f"gradient norm clipped at {value:g}",
    "flip": lambda value: "pictures mirrored" if value else "pictures not mirrored",
    "fast": lambda value: "speed-ups on" if value else "speed-ups off",
    "seed": lambda value: f"seed {value}",
}
_OFF = ("target_accuracy", "patience", "clip_norm")  # 0 switches these off


def title(name: str) -> str:
    """The setting's name on a screen: 'Learning rate'."""
    return str(_SCHEMA[name]["title"]).partition(" (")[0]


def value_text(name: str, value: Any) -> str:
    """The setting's value on a screen: '0.001', 'Adam', 'on', 'off'."""
    if name in CHOICES:
        return CHOICES[name][value].title
    if isinstance(value, bool):
        return "on" if value else "off"
    if name in _OFF and not value:
        return "off"
    return f"{value:,}" if isinstance(value, int) and name != "seed" else f"{value:.6g}"


def phrase(name: str, value: Any) -> str:
    """The setting with its value, within a sentence: 'learning rate 0.01', 'Focal loss'."""
    if name in _PHRASES and (value or name not in _OFF):
        return _PHRASES[name](value)
    words = title(name)
    kept = words if words[:2] in ("L1", "β₁", "β₂") else words[0].lower() + words[1:]
    return f"{kept} {value_text(name, value)}"


def counts(config: TrainConfig, name: str) -> bool:
    """Whether the setting has a part in this run: β₁ has none in one with SGD."""
    other, values = _ONLY_WITH.get(name, ("", ()))
    return not other or getattr(config, other) in values


def differences(config: TrainConfig, usual: TrainConfig = USUAL_CONFIG) -> list[str]:
    """In what a run differs from the usual, or from another one: 'learning rate 0.01', 'seed 3'."""
    return [
        phrase(name, value)
        for name, value in config
        if value != getattr(usual, name) and counts(config, name)
    ]


def all_settings(config: TrainConfig) -> list[tuple[str, str, bool]]:
    """Title, value, and whether that is not the usual one, of every setting that has a part in the run."""
    return [
        (title(name), value_text(name, value), value != getattr(USUAL_CONFIG, name))
        for name, value in config
        if counts(config, name)
    ]


def joined(words: Iterable[str], room: int) -> str:
    """The words with commas between them, as many as fit; an ellipsis stands for the others."""
    words = list(words)
    while words and len(", ".join(words)) > room:
        words = [*words[:-2], "…"] if words[-1] == "…" else [*words[:-1], "…"]
    return ", ".join(words) if words != ["…"] else ""
