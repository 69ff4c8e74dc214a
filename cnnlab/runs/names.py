"""Default names of runs: unique, and made from what distinguishes each run.

They are in the language of the person who starts the run, and stay as they are, like typed names.
"""

from __future__ import annotations

from collections.abc import Collection

from cnnlab.data import base_name
from cnnlab.design.design import Design, summarize
from cnnlab.ground import limits
from cnnlab.language import _, listed
from cnnlab.training.config import TrainConfig
from cnnlab.training.settings import differences, joined_within

_SEPARATOR = " · "


def first_name(design: Design, data: str, config: TrainConfig) -> str:
    """'article-1 on digits', followed by whatever differs from the default settings."""
    return with_suffix(_("{design} on {data}", design=design.name, data=base_name(data)), differences(config))


def fork_name(parent: str, epoch: int, before: TrainConfig, after: TrainConfig) -> str:
    """The parent's name, the epoch of the fork, and the settings that differ."""
    return with_suffix(parent, [_("fork at epoch {epoch}", epoch=epoch), *differences(after, before)])


def with_suffix(base: str, phrases: list[str]) -> str:
    """The base followed by the phrases, both shortened at the end to fit into a name."""
    if not phrases:
        return shortened(base, limits.MAX_NAME)
    room = limits.MAX_NAME - len(_SEPARATOR)
    base = shortened(base, room - min(len(listed(phrases)), room // 2))
    room -= len(base)
    return f"{base}{_SEPARATOR}{joined_within(phrases, room) or shortened(phrases[0], room)}"


def shortened(text: str, max_length: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


def unique_name(name: str, taken: Collection[str], design: Design | None = None) -> str:
    """The name, made unique if it is taken: with the network's size, else with a number.

    `design`: the new run's design, if a run of a different network has the name.
    """
    if name in taken and design is not None:
        sized = _("{count} parameters", count=f"{summarize(design).parameters:,}")
        name = with_suffix(name, [sized])
    if name not in taken:
        return name
    number = 2
    while (numbered := f"{shortened(name, limits.MAX_NAME - len(f' ({number})'))} ({number})") in taken:
        number += 1
    return numbered
