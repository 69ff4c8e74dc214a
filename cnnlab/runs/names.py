"""How runs are called when they are born: no two alike, and each by what is particular about it.

In the language of whoever starts them; a name stays as it is, as one that was typed.
"""

from __future__ import annotations

from collections.abc import Collection

from cnnlab.data import base_name
from cnnlab.design.design import Design, summarize
from cnnlab.ground import limits
from cnnlab.language import _, listed
from cnnlab.training.config import TrainConfig
from cnnlab.training.settings import differences, joined_within

_BETWEEN = " · "


def first_name(design: Design, data: str, config: TrainConfig) -> str:
    """'article-1 on digits', with whatever differs from the usual settings behind it."""
    return with_tail(_("{design} on {data}", design=design.name, data=base_name(data)), differences(config))


def fork_name(parent: str, epoch: int, before: TrainConfig, after: TrainConfig) -> str:
    """The parent's name, from which epoch on, and what is otherwise from there on."""
    return with_tail(parent, [_("fork at epoch {epoch}", epoch=epoch), *differences(after, before)])


def with_tail(base: str, words: list[str]) -> str:
    """The base with what is particular behind it, short enough for a name: of both, the first words stay."""
    if not words:
        return shortened(base, limits.MAX_NAME)
    room = limits.MAX_NAME - len(_BETWEEN)
    base = shortened(base, room - min(len(listed(words)), room // 2))
    return (
        f"{base}{_BETWEEN}{joined_within(words, room - len(base)) or shortened(words[0], room - len(base))}"
    )


def shortened(text: str, room: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def unused(name: str, taken: Collection[str], design: Design | None = None) -> str:
    """The name, or one like it that no other run has: with the network's size, else with a number.

    `design`: of the new run, where one of another size has its name.
    """
    if name in taken and design is not None:
        sized = _("{count} parameters", count=f"{summarize(design).parameters:,}")
        name = with_tail(name, [sized])
    if name not in taken:
        return name
    number = 2
    while (numbered := f"{shortened(name, limits.MAX_NAME - len(f' ({number})'))} ({number})") in taken:
        number += 1
    return numbered
