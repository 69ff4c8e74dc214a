"""Settings that were changed during a run, as text: old and new value of each."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.language import _, listed, sentences
from cnnlab.runs.records import Flag
from cnnlab.training.config import NAMES, STEERABLE, TrainConfig


def current_settings(config: TrainConfig, flags: Sequence[Flag]) -> dict[str, float | int]:
    """The steerable settings as they are after all changes so far."""
    now: dict[str, float | int] = {name: getattr(config, name) for name in STEERABLE}
    for flag in flags:
        now |= flag.settings
    return now


def flag_texts(config: TrainConfig, flags: Sequence[Flag]) -> list[str]:
    """One text per flag: 'learning rate 0.001 → 0.0003, batch size 64 → 128'."""
    return [change_text(current_settings(config, flags[:n]), flag.settings) for n, flag in enumerate(flags)]


def change_text(before: dict[str, float | int], after: dict[str, float | int]) -> str:
    """The old and the new value of each setting in `after`."""
    return listed(
        _(
            "{setting} {before} → {value}",
            setting=NAMES[name],
            before=f"{before[name]:g}",
            value=f"{value:g}",
        )
        for name, value in after.items()
    )


def changes_text(config: TrainConfig, flags: Sequence[Flag]) -> str:
    """All changes as sentences, for screen readers; empty if there are none."""
    texts = zip(flags, flag_texts(config, flags), strict=True)
    return sentences(
        _("After batch {batch} a person changed: {changes}.", batch=f"{flag.step:,}", changes=text)
        for flag, text in texts
    )
