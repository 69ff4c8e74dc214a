"""The values of a script's expressions, as far as a network needs them."""

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

_MAX_STEPS = 20 * limits.MAX_LAYERS  # visited in nested networks
_CLOCK = count()


def now() -> int:
    """Return an increasing number, which tells whether something was created before a branch began."""
    return next(_CLOCK)


@dataclass(frozen=True)
class Opaque:
    """A value that is not known and not needed. scaled and one_hot are None if that is not known."""

    node: ast.AST | None
    name: str = ""
    part: str = ""  # "train" or "test", if it is data
    scaled: bool | None = None
    one_hot: bool | None = None

    @property
    def text(self) -> str:
        """Its source code, shortened to fit into a sentence."""
        return cut(self.name) if self.name or self.node is None else source_of(self.node)


@dataclass(frozen=True)
class Unresolved(Opaque):
    """A value for which a tensor or the construction of a network cannot be followed any further, and why."""

    why: Words = ""
    line: int = 0
    allowed: Words = ""
    repair: Words = ""

    def error(self) -> DesignError:
        """Create the error for a network that contains this value."""
        return DesignError(self.why, where=line_name(self.line), allowed=self.allowed, repair=self.repair)


def source_of(node: ast.AST) -> str:
    """Return a node's source code, shortened to fit into a sentence."""
    try:
        return cut(ast.unparse(node))
    except (RecursionError, ValueError):
        return "…"


def cut(text: str) -> str:
    """Shorten a text to at most 60 characters."""
    return text if len(text) <= 60 else f"{text[:57]}…"


class Items(list[Any]):
    """A list in the script."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__(values)
        self.created = now()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return (Items, (list(self),))


@dataclass(eq=False)
class Call:
    """One call in the script: a layer, an optimizer, a loss, or anything else.

    `unresolved` says what the script does to the layer afterwards that cannot be followed.
    """

    name: str
    path: str
    owner: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    line: int
    unresolved: Unresolved | None = None

    def argument(self, position: int, *names: str) -> Any:
        """Return the argument at this position, or with one of these names; None if there is none."""
        for name in names:
            if self.kwargs.get(name) is not None:
                return self.kwargs[name]
        return self.args[position] if 0 <= position < len(self.args) else None


@dataclass(eq=False)
class Network:
    """A stack of layers that the script creates, and the calls that train it."""

    line: int
    steps: Items = field(default_factory=Items)
    training_calls: dict[str, Call] = field(default_factory=dict)  # the last compile, fit and evaluate


@dataclass(frozen=True, eq=False)
class Flow:
    """A tensor, as the steps that it has gone through."""

    steps: tuple[Any, ...] = ()

    def through(self, *steps: Any) -> Flow:
        """Return the tensor after more steps."""
        return Flow((*self.steps, *steps))


@dataclass(eq=False)
class Instance:
    """An object of a class that the script defines.

    `inner` has the layers if the class is a Sequential itself; `unresolved` says what is done to the object
    that cannot be followed.
    """

    definition: ast.ClassDef
    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    inner: Network | None = None
    training_calls: dict[str, Call] = field(default_factory=dict)
    unresolved: Unresolved | None = None


@dataclass(eq=False)
class Super:
    """super(): an object, seen from the bases of one of its classes."""

    instance: Instance
    definition: ast.ClassDef


@dataclass(eq=False)
class Record:
    """Named values: the result of argparse, a Namespace, a dictionary with attribute access."""

    fields: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Closure:
    """A lambda, and the names in its scope."""

    node: ast.Lambda
    names: dict[str, Any]


@dataclass(eq=False)
class Partial:
    """functools.partial(...): a call with some of its arguments."""

    path: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def added(left: Flow, right: Flow, line: int) -> Flow:
    """Add two tensors, x + f(x): a residual block begins after the steps that both share."""
    pairs = zip(left.steps, right.steps, strict=False)
    differing = (index for index, (one, other) in enumerate(pairs) if one is not other)
    shared = next(differing, min(len(left.steps), len(right.steps)))
    branches = [Network(line, Items(steps)) for steps in (left.steps[shared:], right.steps[shared:])]
    inside, shortcut = sorted(branches, key=lambda each: len(flat(each.steps, line)), reverse=True)
    return Flow(left.steps[:shared]).through(Call("Residual", "", None, (inside, shortcut), {}, line))


def flat(steps: Iterable[Any], line: int) -> list[Any]:
    """Return the steps of nested networks as a flat list."""
    found: list[Any] = []
    pending = list(reversed(list(steps)))
    visited = 0
    while pending:
        step, visited = pending.pop(), visited + 1
        if visited > _MAX_STEPS:
            raise DesignError(lazy("there are too many layers"), where=line_name(line))
        if isinstance(step, Network | Flow):
            pending += reversed(step.steps)
        elif isinstance(step, list | tuple):
            pending += reversed(step)
        else:
            found.append(step)
    return found


def copied(value: Any, depth: int = 5) -> Any:
    """Copy layers, including everything in them."""
    if isinstance(value, Call):
        return replace(value)
    if depth and isinstance(value, Network):
        return Network(value.line, Items(copied(step, depth - 1) for step in value.steps))
    if depth and isinstance(value, list):
        return Items(copied(each, depth - 1) for each in value[:_MAX_STEPS])
    return value


def is_whole(value: Any) -> bool:
    """Whether it is an integer; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_huge(value: Any) -> bool:
    """Whether an integer is too long to be shown."""
    return is_whole(value) and abs(value) > 10**18


def is_number(value: Any) -> bool:
    """Whether it is a number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
