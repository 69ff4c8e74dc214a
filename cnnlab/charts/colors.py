"""One color for each meaning, on every screen, with a shade for light and one for dark pages.

Zero has no color of its own: it is the page's background, so that nothing looks like nothing. Blue and
orange can be told apart with color blindness; color is never the only sign (text, icons, markers).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """A color as '#rrggbb', on a light page and on a dark one."""

    light: str
    dark: str


TONES: dict[str, Tone] = {
    "positive": Tone("#d95f02", "#f28e3c"),  # values above zero: weights, activations, evidence for
    "negative": Tone("#2166ac", "#5b9bd5"),  # values below zero
    "training": Tone("#1f77b4", "#5aa9e6"),  # measured in training mode
    "validation": Tone("#e6762b", "#f0914f"),  # measured in evaluation mode
    "run-1": Tone("#0072b2", "#56b4e9"),  # several runs on one chart, each also numbered
    "run-2": Tone("#c25100", "#f28e3c"),
    "run-3": Tone("#007a5a", "#2fc99a"),
    "run-4": Tone("#a8326e", "#e58ac0"),
    "run-5": Tone("#7a5c00", "#e0c040"),
    "run-6": Tone("#4a4a4a", "#c8c8c8"),
    "convolution": Tone("#0b6e99", "#4fb3d9"),  # the families of layers, each also with its icon or name
    "pooling": Tone("#b3541e", "#e8925c"),
    "dense": Tone("#6a3d9a", "#b794e6"),
    "activation": Tone("#2e7d32", "#6cc070"),
    "normalization": Tone("#8a6d00", "#d4b53d"),
    "regularization": Tone("#ad1457", "#ec7fae"),
    "block": Tone("#455a64", "#9fb3bd"),
    "warning": Tone("#8f5a00", "#f2c14e"),  # works, but is unwise; always with an icon and text
    "error": Tone("#c62828", "#ef6b6b"),  # always with an icon and text
    "class-0": Tone(
        "#0b444d", "#00faf6"
    ),  # classes, each also with its sign: apart with color blindness, too
    "class-1": Tone("#ff051d", "#c8ff06"),
    "class-2": Tone("#58028d", "#ee0cfe"),
    "class-3": Tone("#0ba2b7", "#3d9bb0"),
    "class-4": Tone("#750204", "#0ccb06"),
    "class-5": Tone("#b90bb5", "#ea2865"),
    "class-6": Tone("#0e0af8", "#cd9fff"),
    "class-7": Tone("#048b1e", "#057c0e"),
    "class-8": Tone("#835f72", "#fdc99c"),
    "class-9": Tone("#9a7eff", "#8751b1"),
}


def css_variables() -> str:
    """The tones as CSS variables for a component: --positive and so on, darker pages under .dark."""
    light = "".join(f"--{name}:{tone.light};" for name, tone in TONES.items())
    dark = "".join(f"--{name}:{tone.dark};" for name, tone in TONES.items())
    return f".lab{{{light}}}\n.lab.dark{{{dark}}}\n"
