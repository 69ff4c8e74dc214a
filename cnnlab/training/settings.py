"""Training settings as text: the name and value of each, and how a run differs from the defaults.

Light: importing this loads no torch. Run names, forms and headers describe a setting in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnnlab.language import Words, _, lazy, lazy_plural, listed
from cnnlab.training.config import CHOICES, KINDS, NAMES, TrainConfig

DEFAULT_CONFIG = TrainConfig()
_SCHEMA: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
_PHRASES: dict[str, Callable[[Any], Words]] = {
    "epochs": lambda value: lazy_plural("{count} epoch", "{count} epochs", value),
    "optimizer": lambda value: CHOICES["optimizer"][value].title,
    "beta1": lambda value: lazy("β₁ {value}", value=f"{value:.6g}"),
    "beta2": lambda value: lazy("β₂ {value}", value=f"{value:.6g}"),
    "loss": lambda value: lazy("{loss} loss", loss=CHOICES["loss"][value].title),
    "schedule": lambda value: lazy("{schedule} schedule", schedule=CHOICES["schedule"][value].title),
    "class_weights": lambda value: lazy(
        "class weights: {weights}", weights=CHOICES["class_weights"][value].title
    ),
    "initialization": lambda value: lazy(
        "initial weights: {weights}", weights=CHOICES["initialization"][value].title
    ),
    "target_accuracy": lambda value: lazy(
        "stop at {accuracy} % validation accuracy", accuracy=f"{100 * value:g}"
    ),
    "patience": lambda value: lazy_plural(
        "stop after {count} epoch without improvement", "stop after {count} epochs without improvement", value
    ),
    "clip_norm": lambda value: lazy("gradient norm clipped at {norm}", norm=f"{value:g}"),
    "flip": lambda value: lazy("pictures mirrored") if value else lazy("pictures not mirrored"),
    "fast": lambda value: lazy("speed-ups on") if value else lazy("speed-ups off"),
    "device": lambda value: lazy("device {device}", device=CHOICES["device"][value].title),
    "precision": lambda value: lazy("precision {precision}", precision=CHOICES["precision"][value].title),
    "seed": lambda value: lazy("seed {seed}", seed=value),
}
OFF: dict[str, Words] = {  # settings that 0 switches off
    "target_accuracy": lazy("no target accuracy"),
    "patience": lazy("no early stopping"),
    "clip_norm": lazy("no gradient clipping"),
}


def title(name: str) -> str:
    """The setting's name on a screen: 'Learning rate'."""
    return _(_SCHEMA[name]["title"])


def remark(name: str) -> str:
    """The remark next to the setting's name: a short comment, or what it applies to; empty for most."""
    if "description" in _SCHEMA[name]:
        return _(_SCHEMA[name]["description"])
    kinds = [kind for group in KINDS.values() for kind in group.values()]
    return listed(str(kind.title) for kind in kinds if name in kind.settings)


def value_text(name: str, value: Any) -> str:
    """The setting's value on a screen: '0.001', 'Adam', 'on', 'off'."""
    if name in CHOICES:
        return str(CHOICES[name][value].title)
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if name in OFF and not value:
        return _("off")
    return f"{value:,}" if isinstance(value, int) and name != "seed" else f"{value:.6g}"


def phrase(name: str, value: Any) -> str:
    """The setting with its value, within a sentence: 'learning rate 0.01', 'Focal loss'."""
    if name in OFF and not value:
        return str(OFF[name])
    if name in _PHRASES:
        return str(_PHRASES[name](value))
    return _("{setting} {value}", setting=NAMES[name], value=value_text(name, value))


def applies(config: TrainConfig, name: str) -> bool:
    """Whether the setting has an effect in this run: with SGD, β₁ has none."""
    for menu, kinds in KINDS.items():
        if any(name in kind.settings for kind in kinds.values()):
            return name in kinds[getattr(config, menu)].settings
    return True


def differences(config: TrainConfig, usual: TrainConfig = DEFAULT_CONFIG) -> list[str]:
    """How a run differs from the defaults, or from another run: 'learning rate 0.01', 'seed 3'."""
    return [
        phrase(name, value)
        for name, value in config
        if value != getattr(usual, name) and applies(config, name)
    ]


def all_settings(config: TrainConfig) -> list[tuple[str, str, bool]]:
    """Title, value, and whether it differs from the default, for every setting that applies to the run."""
    return [
        (title(name), value_text(name, value), value != getattr(DEFAULT_CONFIG, name))
        for name, value in config
        if applies(config, name)
    ]


def joined_within(phrases: Iterable[str], max_length: int) -> str:
    """The phrases as a list with commas, as many as fit; an ellipsis replaces the rest."""
    phrases = list(phrases)
    while phrases and len(listed(phrases)) > max_length:
        phrases = [*phrases[:-2], "…"] if phrases[-1] == "…" else [*phrases[:-1], "…"]
    return listed(phrases) if phrases != ["…"] else ""
