"""Settings that were changed while a run went on, in words: what each was before, and what it became."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.language import _, listed, sentences
from cnnlab.runs.records import Flag
from cnnlab.training.config import NAMES, STEERABLE, TrainConfig


def settings_now(config: TrainConfig, flags: Sequence[Flag]) -> dict[str, float | int]:
    """The steerable settings as they are after all changes so far."""
    now: dict[str, float | int] = {name: getattr(config, name) for name in STEERABLE}
    for flag in flags:
        now |= flag.settings
    return now


def flag_words(config: TrainConfig, flags: Sequence[Flag]) -> list[str]:
    """One text a flag: 'learning rate 0.001 → 0.0003, batch size 64 → 128'."""
    return [_words(settings_now(config, flags[:place]), flag.settings) for place, flag in enumerate(flags)]


def _words(before: dict[str, float | int], after: dict[str, float | int]) -> str:
    return listed(
        _(
            "{setting} {before} → {value}",
            setting=NAMES[name],
            before=f"{before[name]:g}",
            value=f"{value:g}",
        )
        for name, value in after.items()
    )


def changes_in_words(config: TrainConfig, flags: Sequence[Flag]) -> str:
    """All changes as sentences, for somebody who does not see the flags; empty where there are none."""
    texts = zip(flags, flag_words(config, flags), strict=True)
    return sentences(
        _("After batch {batch} a person changed: {changes}.", batch=f"{flag.step:,}", changes=text)
        for flag, text in texts
    )
