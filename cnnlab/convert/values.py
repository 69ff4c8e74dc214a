"""What the expressions of a script stand for, as far as a network needs it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any


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
        text = self.name
        if not text and self.node is not None:
            try:
                text = ast.unparse(self.node)
            except (RecursionError, ValueError):
                text = "an expression"
        return text if len(text) <= 60 else f"{text[:57]}…"


@dataclass(eq=False)
class Call:
    """One call as it stands in the script: a layer, an optimiser, a loss, or anything else."""

    name: str
    path: str
    owner: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    line: int


@dataclass(eq=False)
class Network:
    """A stack of layers that the script makes, and what it does with it."""

    line: int
    steps: list[Any] = field(default_factory=list)
    orders: dict[str, Call] = field(default_factory=dict)  # the last compile, fit and evaluate


@dataclass(frozen=True, eq=False)
class Flow:
    """What a tensor has gone through."""

    steps: tuple[Any, ...] = ()


@dataclass(eq=False)
class Instance:
    """An object of a class that the script defines."""

    definition: ast.ClassDef
    line: int
    fields: dict[str, Any] = field(default_factory=dict)


def added(left: Flow, right: Flow, line: int) -> Flow:
    """x + f(x): what both ways share came before, and where they part a residual block begins."""
    pairs = zip(left.steps, right.steps, strict=False)
    parted = (index for index, (one, other) in enumerate(pairs) if one is not other)
    shared = next(parted, min(len(left.steps), len(right.steps)))
    ways = sorted((left.steps[shared:], right.steps[shared:]), key=len, reverse=True)
    inside, around = (Network(line, list(way)) for way in ways)
    block = Call("Residual", "", None, (inside, around), {}, line)
    return Flow((*left.steps[:shared], block))


def method(definition: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """A method that the class itself defines."""
    for statement in definition.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            return statement
    return None
