"""What the expressions of a script stand for, as far as a network needs it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, SupportsIndex

from cnnlab.convert.locations import line_name
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy

_MAX_STEPS = 20 * limits.MAX_LAYERS  # looked at in networks inside of networks
_CLOCK = count()


def now() -> int:
    """A number that grows: it tells what was made before a branch of the script began."""
    return next(_CLOCK)


@dataclass(frozen=True)
class Opaque:
    """Something that is not followed. scaled and one_hot are None where it is not known."""

    node: ast.AST | None
    name: str = ""
    part: str = ""  # "train" or "test", where it is data
    scaled: bool | None = None
    one_hot: bool | None = None

    @property
    def text(self) -> str:
        """As it stands in the script, cut to what fits into a sentence."""
        return cut(self.name) if self.name or self.node is None else source_of(self.node)


@dataclass(frozen=True)
class Unresolved(Opaque):
    """Where the way of a tensor, or the making of a network, could not be followed any further, and why."""

    why: Words = ""
    line: int = 0
    allowed: Words = ""
    repair: Words = ""

    def error(self) -> DesignError:
        """The refusal of a network that this is a part of."""
        return DesignError(self.why, where=line_name(self.line), allowed=self.allowed, repair=self.repair)


def source_of(node: ast.AST) -> str:
    """A piece of the script as it stands there, cut to what fits into a sentence."""
    try:
        return cut(ast.unparse(node))
    except (RecursionError, ValueError):
        return "…"


def cut(text: str) -> str:
    """At most 60 characters of a text."""
    return text if len(text) <= 60 else f"{text[:57]}…"


class Items(list[Any]):
    """A list of the script."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__(values)
        self.created = now()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return (Items, (list(self),))


@dataclass(eq=False)
class Call:
    """One call as it stands in the script: a layer, an optimizer, a loss, or anything else.

    lost says what the script does to the layer afterwards that is not followed.
    """

    name: str
    path: str
    owner: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    line: int
    unresolved: Unresolved | None = None

    def argument(self, position: int, *names: str) -> Any:
        """The argument of this place, or under one of these names; None where there is none."""
        for name in names:
            if self.kwargs.get(name) is not None:
                return self.kwargs[name]
        return self.args[position] if 0 <= position < len(self.args) else None


@dataclass(eq=False)
class Network:
    """A stack of layers that the script makes, and what it does with it."""

    line: int
    steps: Items = field(default_factory=Items)
    training_calls: dict[str, Call] = field(default_factory=dict)  # the last compile, fit and evaluate


@dataclass(frozen=True, eq=False)
class Flow:
    """What a tensor has gone through."""

    steps: tuple[Any, ...] = ()

    def through(self, *steps: Any) -> Flow:
        """The same tensor after more steps."""
        return Flow((*self.steps, *steps))


@dataclass(eq=False)
class Instance:
    """An object of a class that the script defines.

    inner holds the layers of a class that is a Sequential itself; lost says what is done to the object that
    is not followed.
    """

    definition: ast.ClassDef
    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    inner: Network | None = None
    training_calls: dict[str, Call] = field(default_factory=dict)
    unresolved: Unresolved | None = None


@dataclass(eq=False)
class Super:
    """super(): an object as the bases of one of its classes see it."""

    instance: Instance
    definition: ast.ClassDef


@dataclass(eq=False)
class Record:
    """Named values: what argparse gives, a Namespace, a dictionary whose keys are attributes."""

    fields: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Closure:
    """A lambda, and the names that it was made among."""

    node: ast.Lambda
    names: dict[str, Any]


@dataclass(eq=False)
class Partial:
    """functools.partial(what, ...): a call of which some arguments are given."""

    path: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def added(left: Flow, right: Flow, line: int) -> Flow:
    """x + f(x): what both ways share came before, and where they part a residual block begins."""
    pairs = zip(left.steps, right.steps, strict=False)
    parted = (index for index, (one, other) in enumerate(pairs) if one is not other)
    shared = next(parted, min(len(left.steps), len(right.steps)))
    ways = [Network(line, Items(way)) for way in (left.steps[shared:], right.steps[shared:])]
    inside, around = sorted(ways, key=lambda way: len(flat(way.steps, line)), reverse=True)
    return Flow(left.steps[:shared]).through(Call("Residual", "", None, (inside, around), {}, line))


def flat(steps: Iterable[Any], line: int) -> list[Any]:
    """The steps of networks inside of networks, one after the other."""
    found: list[Any] = []
    waiting = list(reversed(list(steps)))
    looked = 0
    while waiting:
        step, looked = waiting.pop(), looked + 1
        if looked > _MAX_STEPS:
            raise DesignError(lazy("there are too many layers"), where=line_name(line))
        if isinstance(step, Network | Flow):
            waiting += reversed(step.steps)
        elif isinstance(step, list | tuple):
            waiting += reversed(step)
        else:
            found.append(step)
    return found


def copied(value: Any, depth: int = 5) -> Any:
    """Layers anew, with all that stands in them."""
    if isinstance(value, Call):
        return replace(value)
    if depth and isinstance(value, Network):
        return Network(value.line, Items(copied(step, depth - 1) for step in value.steps))
    if depth and isinstance(value, list):
        return Items(copied(each, depth - 1) for each in value[:_MAX_STEPS])
    return value


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_huge(value: Any) -> bool:
    """Whether a number is too long to be written down."""
    return is_whole(value) and abs(value) > 10**18


def is_number(value: Any) -> bool:
    """Whether it is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
