"""Follows a script through its syntax tree, as far as a network needs it. Nothing of it is ever executed.

Whatever is done to a thing that may become a part of a network is followed, or leaves a `Lost` in it: the
network is then refused with the line, instead of read without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cnnlab.convert.branches import Left, joined
from cnnlab.convert.calls import Calls
from cnnlab.convert.containers import MOST_ITEMS
from cnnlab.convert.expressions import MOST_TURNS, lost_at, part_of, undecided
from cnnlab.convert.places import on_line
from cnnlab.convert.values import (
    Call,
    Instance,
    Items,
    Lost,
    Network,
    Opaque,
    Record,
    is_whole,
    source_of,
)
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy

_EXITS = frozenset(("exit", "quit", "sys.exit", "os._exit"))
_NO_MATTER = frozenset(("trainable", "name", "requires_grad", "training", "stop_training", "device"))


class Script(Calls):
    """The state of a script that is followed. A framework's reader overrides what its calls mean."""

    def __init__(self) -> None:
        super().__init__()
        self.ranks = [0, 0]  # how many things statements make, and those with definitions that nobody uses
        self.remarks: list[Words] = []
        self._everywhere: dict[str, Any] = self.names

    # ---- what a framework's reader overrides

    def on_unpack(self, targets: list[ast.expr], value: Any) -> None:
        """Several names take what one value holds."""

    def on_loop(self, hint: str, turns: int | None) -> None:
        """A loop over so many numbers begins; hint holds the names in its head."""

    def on_statement(self, node: ast.Expr, value: Any) -> None:
        """A value that nobody takes."""

    # ---- the whole script

    def follow(self, statements: tuple[ast.stmt, ...]) -> None:
        """Go through the script from its first statement to its last."""
        try:
            for statement in statements:
                self._execute(statement)
            self.ranks = [len(self.made)] * 2
            used = set(_names_in(self.definitions))
            for wanted in (False, True):  # those that nobody names, then those that others name and never use
                for name in [name for name in self.definitions if (name in used) is wanted]:
                    if name not in self.own and self.definitions[name] not in self.called:
                        self._try(self.definitions[name])
                self.ranks[1] = self.ranks[1] if wanted else len(self.made)
            for instance in [each for each in self.made if isinstance(each, Instance)]:
                self._try_methods(instance)
        except RecursionError:
            problem, repair = lazy("an expression is nested too deeply"), lazy("Paste only the network")
            raise DesignError(problem, repair=repair) from None

    def _try(self, definition: ast.FunctionDef | ast.ClassDef) -> None:
        """Look into a definition that the script itself never uses: its caller is not in the text."""
        call = Call(definition.name, definition.name, None, (), {}, definition.lineno)
        if isinstance(definition, ast.FunctionDef):
            self.call_function(definition, (), {}, definition.lineno)
        elif self.find(definition, self.step_method) or "Sequential" in self.base_names(definition):
            self.make(definition, call)
        else:
            self._try_methods(self.make(definition, call))

    def _try_methods(self, instance: Instance) -> None:
        """Look into the methods that nobody calls; what they would do to a network itself does not count."""
        is_network = self.find(instance.definition, self.step_method) is not None
        for statement in instance.definition.body:
            if not isinstance(statement, ast.FunctionDef) or statement in self.called:
                continue
            if statement.name.startswith("__") or statement.name == self.step_method:
                continue
            if is_network:
                self.branches.rehearse(partial(self._try_method, instance, statement))
            else:
                self._try_method(instance, statement)

    def _try_method(self, instance: Instance, function: ast.FunctionDef) -> None:
        self.run_method(instance, (instance.definition, function), (), {})

    # ---- statements

    def run(self, statements: list[ast.stmt]) -> Left | None:
        for index, statement in enumerate(statements):
            left = self._execute(statement)
            if left is not None:
                return left if left.why is None else self._rest(statements[index + 1 :], left, left.why)
        return None

    def _rest(self, statements: list[ast.stmt], left: Left, why: Lost) -> Left:
        """What stands behind a statement that perhaps leaves the block."""
        if left.how == "return":
            end = self.run(statements)
            return left if end is None else joined(left, end, why)
        end = self.branches.fork([lambda: self.run(statements), lambda: None], why)
        return left if end is None else end

    def _execute(self, statement: ast.stmt) -> Left | None:
        way: Callable[[Any], Left | None] | None = getattr(self, f"_do_{type(statement).__name__}", None)
        return None if way is None else way(statement)

    def _do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.branches.put(self.names, alias.asname, Opaque(None, alias.name))

    def _do_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            path = f"{node.module}.{alias.name}" if node.module else alias.name
            if alias.name not in self.definitions:
                self.branches.put(self.names, alias.asname or alias.name, Opaque(None, path))

    def _do_Expr(self, node: ast.Expr) -> Left | None:
        value = self.value(node.value)
        if isinstance(node.value, ast.Call):
            if ast.unparse(node.value.func)[:20] in _EXITS:
                return Left("raise")
            self.on_statement(node, value)
        return None

    def _do_Return(self, node: ast.Return) -> Left:
        return Left("return", self.value(node.value) if node.value else None)

    def _do_Raise(self, node: ast.Raise) -> Left:
        return Left("raise")

    def _do_Break(self, node: ast.Break) -> Left:
        return Left("break")

    def _do_Continue(self, node: ast.Continue) -> Left:
        return Left("continue")

    def _do_Global(self, node: ast.Global) -> None:
        self.shared |= set(node.names)

    def _do_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        if isinstance(value, Network) and isinstance(node.value, ast.Subscript) and value not in self.made:
            value.line = node.lineno
            self.made.append(value)  # a piece that is cut out of another
        for target in node.targets:
            self.assign(target, value)

    def _do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.assign(node.target, self.value(node.value))

    def _do_AugAssign(self, node: ast.AugAssign) -> None:
        before = self.value(node.target)
        if isinstance(before, Items) and isinstance(node.op, ast.Add):
            call = Call("+=", "", before, (), {}, node.lineno)
            self.containers.extend(before, self.value(node.value), call)
            return
        combined = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        self.assign(node.target, self.value(combined))

    def _do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                owner, key = self.value(target.value), self.value(target.slice)
                owner = owner.steps if isinstance(owner, Network) else owner
                if isinstance(owner, Items) and isinstance(key, slice):
                    rest = list(owner)
                    del rest[key]
                    self.branches.change(owner, rest)
                elif isinstance(owner, Items):
                    self.containers.remove(owner, key, node.lineno)
                elif isinstance(owner, dict):
                    self.branches.drop(owner, key)
            elif isinstance(target, ast.Attribute):
                owner = self.value(target.value)
                if isinstance(owner, Instance | Record):
                    self.branches.drop(owner.fields, target.attr)

    def _do_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.definitions[node.name] = node
        self.names.pop(node.name, None)

    def _do_ClassDef(self, node: ast.ClassDef) -> None:
        self.definitions[node.name] = node
        self.names.pop(node.name, None)

    def _do_With(self, node: ast.With) -> Left | None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars:
                self.assign(item.optional_vars, value)
        return self.run(node.body)

    def _do_If(self, node: ast.If) -> Left | None:
        test = self.value(node.test)
        decided = self.truth(test)
        if decided is not None:
            return self.run(node.body if decided else node.orelse)
        ways = [lambda: self.run(node.body), lambda: self.run(node.orelse)]
        return self.branches.fork(ways, undecided(node.test, test))

    def _do_Match(self, node: ast.Match) -> Left | None:
        return self._case(node, self.value(node.subject), node.cases)

    def _case(self, node: ast.Match, subject: Any, cases: list[ast.match_case]) -> Left | None:
        """The first of the cases that fits; where that is not known, all that may fit."""
        if not cases:
            return None
        fits = self._fits(cases[0].pattern, subject) if cases[0].guard is None else None
        if fits is None:
            ways = [partial(self.run, cases[0].body), partial(self._case, node, subject, cases[1:])]
            return self.branches.fork(ways, undecided(node.subject, subject))
        return self.run(cases[0].body) if fits else self._case(node, subject, cases[1:])

    def _fits(self, pattern: ast.pattern, subject: Any) -> bool | None:
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return True
        if isinstance(pattern, ast.MatchOr):
            found = [self._fits(each, subject) for each in pattern.patterns]
            return True if True in found else None if None in found else False
        if isinstance(pattern, ast.MatchValue):
            return self.compared(ast.Eq(), subject, self.value(pattern.value))
        return None

    def _do_Try(self, node: ast.Try) -> Left | None:
        return self.run([*node.body, *node.orelse, *node.finalbody])

    _do_TryStar = _do_Try

    # ---- loops

    def _do_While(self, node: ast.While) -> Left | None:
        for _ in range(MOST_TURNS):
            decided = None if isinstance(node.test, ast.Constant) else self.truth(self.value(node.test))
            if decided is None:
                break
            left = self.run(node.body) if decided else self.run(node.orelse)
            if not decided or (left is not None and left.how not in ("continue", "break")):
                return left
            if left is not None and (left.how == "break" or left.why is not None):
                return None if left.why is None else self._perhaps(node.body, left.why)
        return self._perhaps(node.body, undecided(node.test))

    def _do_For(self, node: ast.For) -> Left | None:
        values = self.value(node.iter)
        if isinstance(values, dict | Network):
            values = list(values.steps if isinstance(values, Network) else values)
        hint = f"{source_of(node.target)} {source_of(node.iter)}".lower()
        counted = isinstance(values, range)
        self.on_loop(hint, len(values) if counted else None)
        known = isinstance(values, list | tuple | range | str) and len(values) <= MOST_TURNS
        if not known or (counted and "epoch" in hint):
            self.assign(node.target, Opaque(node.iter))
            code = source_of(node.iter)
            why = lost_at(
                node.iter,
                lazy("this is in a loop over `{code}`, which the text does not contain", code=code),
            )
            return self._perhaps(node.body, values if isinstance(values, Lost) else why)
        return self._turns(node, list(values))

    def _turns(self, node: ast.For, values: list[Any]) -> Left | None:
        """The loop, turn by turn; from a turn on that is perhaps not made, nothing is certain."""
        for index, value in enumerate(values):
            self.assign(node.target, value)
            left = self.run(node.body)
            if left is None or (left.how == "continue" and left.why is None):
                continue
            if left.why is None:
                return None if left.how == "break" else left
            if left.how != "continue":
                later = partial(self._turns, node, values[index + 1 :])
                self.branches.fork([later, lambda: None], left.why)
                return left if left.how == "return" else None
        return self.run(node.orelse)

    def _perhaps(self, body: list[ast.stmt], why: Lost) -> Left | None:
        """A loop that turns nobody knows how often."""
        left = self.branches.fork([lambda: self.run(body), lambda: None], why)
        return left if left is not None and left.how == "return" else None

    # ---- what gets a value

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if isinstance(value, Opaque) and not value.name and not value.part:
                value = replace(value, name=target.id, part=part_of(target.id))
            self.branches.put(self.names, target.id, value)
            if target.id in self.shared:
                self.branches.put(self._everywhere, target.id, value)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value)

    def _assign_attribute(self, target: ast.Attribute, value: Any) -> None:
        owner = self.value(target.value)
        why = lost_at(target, lazy("`{code}` is set, which is not followed", code=source_of(target)))
        if isinstance(owner, Instance | Record):
            self.branches.put(owner.fields, target.attr, value)
        elif target.attr in _NO_MATTER:
            self._say_frozen(target, value)
        elif isinstance(owner, Call):
            owner.lost = why
        elif isinstance(owner, Network):
            added = value if isinstance(value, Call | Network | Instance) else why
            self.branches.change(owner.steps, [*owner.steps, added])
        elif isinstance(owner, Opaque):
            definition = self.definitions.get(owner.name)
            if isinstance(definition, ast.ClassDef):
                self.branches.put(self.class_fields(definition), target.attr, value)

    def _say_frozen(self, target: ast.Attribute, value: Any) -> None:
        if value is False and target.attr in ("trainable", "requires_grad"):
            text = lazy("{name} = False is left out: the lab trains all layers.", name=target.attr)
            said = on_line(target.lineno, text)
            self.remarks += [said] if said not in self.remarks else []

    def _assign_item(self, target: ast.Subscript, value: Any) -> None:
        owner, key = self.value(target.value), self.value(target.slice)
        items = owner.steps if isinstance(owner, Network) else owner
        if isinstance(items, Items):
            one = is_whole(key) and -len(items) <= key < len(items)
            several = isinstance(key, slice) and key.step is None and isinstance(value, list | tuple)
            if (one or several) and len(items) < MOST_ITEMS:
                changed = list(items)
                changed[key] = value
                self.branches.change(items, changed)
            else:
                code = source_of(target)
                why = lazy("`{code}` is set, and it is not known which that is", code=code)
                self.containers.spoil(items, lost_at(target, why))
            return
        mapping = owner.fields if isinstance(owner, Record) else owner
        if isinstance(mapping, dict):
            simple = isinstance(key, int | float | str | bool | None)
            self.branches.put(mapping, key if simple else Opaque(target.slice), value)

    def _unpack(self, targets: list[ast.expr], value: Any) -> None:
        self.on_unpack(targets, value)
        values = list(value) if isinstance(value, list | tuple) else []
        stars = [index for index, target in enumerate(targets) if isinstance(target, ast.Starred)]
        if len(stars) == 1 and len(values) >= len(targets) - 1:
            begin, end = stars[0], len(values) - (len(targets) - stars[0] - 1)
            values = [*values[:begin], Items(values[begin:end]), *values[end:]]
        for index, target in enumerate(targets):
            unknown = value if isinstance(value, Lost) else Opaque(None)
            known = values[index] if len(values) == len(targets) else unknown
            self.assign(target.value if isinstance(target, ast.Starred) else target, known)


def _names_in(definitions: dict[str, Any]) -> Iterator[str]:
    """Every name that stands inside of a definition, apart from its own."""
    for name, definition in definitions.items():
        for part in ast.walk(definition):
            if isinstance(part, ast.Name) and part.id != name:
                yield part.id
