"""Follows a script through its syntax tree, as far as a network needs it. Nothing of it is ever executed.

Whatever is done to a thing that may become a part of a network is followed, or leaves a `Unresolved` in it: the
network is then refused with the line, instead of read without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cnnlab.convert.branches import EarlyExit, joined
from cnnlab.convert.calls import Calls
from cnnlab.convert.containers import MAX_ITEMS
from cnnlab.convert.expressions import MAX_ITERATIONS, part_of, undecided, unresolved_at
from cnnlab.convert.locations import on_line
from cnnlab.convert.values import (
    Call,
    Instance,
    Items,
    Network,
    Opaque,
    Record,
    Unresolved,
    is_whole,
    source_of,
)
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy

_EXITS = frozenset(("exit", "quit", "sys.exit", "os._exit"))
_IRRELEVANT = frozenset(("trainable", "name", "requires_grad", "training", "stop_training", "device"))


class Script(Calls):
    """The state of a script that is followed. A framework's reader overrides what its calls mean."""

    def __init__(self) -> None:
        super().__init__()
        self.creation_counts = [
            0,
            0,
        ]  # how many things statements make, and those with definitions that nobody uses
        self.remarks: list[Words] = []
        self._global_scope: dict[str, Any] = self.names

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
                self._run_statement(statement)
            self.creation_counts = [len(self.created)] * 2
            used = set(_names_in(self.definitions))
            for wanted in (False, True):  # those that nobody names, then those that others name and never use
                for name in [name for name in self.definitions if (name in used) is wanted]:
                    if name not in self.own_classes and self.definitions[name] not in self.called:
                        self._explore(self.definitions[name])
                self.creation_counts[1] = self.creation_counts[1] if wanted else len(self.created)
            for instance in [each for each in self.created if isinstance(each, Instance)]:
                self._explore_methods(instance)
        except RecursionError:
            problem, repair = lazy("an expression is nested too deeply"), lazy("Paste only the network")
            raise DesignError(problem, repair=repair) from None

    def _explore(self, definition: ast.FunctionDef | ast.ClassDef) -> None:
        """Look into a definition that the script itself never uses: its caller is not in the text."""
        call = Call(definition.name, definition.name, None, (), {}, definition.lineno)
        if isinstance(definition, ast.FunctionDef):
            self.call_function(definition, (), {}, definition.lineno)
        elif self.find_method(definition, self.forward_method) or "Sequential" in self.base_names(definition):
            self.instantiate(definition, call)
        else:
            self._explore_methods(self.instantiate(definition, call))

    def _explore_methods(self, instance: Instance) -> None:
        """Look into the methods that nobody calls; what they would do to a network itself does not count."""
        is_network = self.find_method(instance.definition, self.forward_method) is not None
        for statement in instance.definition.body:
            if not isinstance(statement, ast.FunctionDef) or statement in self.called:
                continue
            if statement.name.startswith("__") or statement.name == self.forward_method:
                continue
            if is_network:
                self.branches.dry_run(partial(self._explore_method, instance, statement))
            else:
                self._explore_method(instance, statement)

    def _explore_method(self, instance: Instance, function: ast.FunctionDef) -> None:
        self.run_method(instance, (instance.definition, function), (), {})

    # ---- statements

    def run(self, statements: list[ast.stmt]) -> EarlyExit | None:
        for index, statement in enumerate(statements):
            early = self._run_statement(statement)
            if early is not None:
                return (
                    early if early.why is None else self._run_rest(statements[index + 1 :], early, early.why)
                )
        return None

    def _run_rest(self, statements: list[ast.stmt], early: EarlyExit, why: Unresolved) -> EarlyExit:
        """What stands behind a statement that perhaps leaves the block."""
        if early.how == "return":
            end = self.run(statements)
            return early if end is None else joined(early, end, why)
        end = self.branches.fork([lambda: self.run(statements), lambda: None], why)
        return early if end is None else end

    def _run_statement(self, statement: ast.stmt) -> EarlyExit | None:
        run: Callable[[Any], EarlyExit | None] | None = getattr(
            self, f"_run_{type(statement).__name__}", None
        )
        return None if run is None else run(statement)

    def _run_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.branches.put(self.names, alias.asname, Opaque(None, alias.name))

    def _run_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            path = f"{node.module}.{alias.name}" if node.module else alias.name
            if alias.name not in self.definitions:
                self.branches.put(self.names, alias.asname or alias.name, Opaque(None, path))

    def _run_Expr(self, node: ast.Expr) -> EarlyExit | None:
        value = self.value(node.value)
        if isinstance(node.value, ast.Call):
            if ast.unparse(node.value.func)[:20] in _EXITS:
                return EarlyExit("raise")
            self.on_statement(node, value)
        return None

    def _run_Return(self, node: ast.Return) -> EarlyExit:
        return EarlyExit("return", self.value(node.value) if node.value else None)

    def _run_Raise(self, node: ast.Raise) -> EarlyExit:
        return EarlyExit("raise")

    def _run_Break(self, node: ast.Break) -> EarlyExit:
        return EarlyExit("break")

    def _run_Continue(self, node: ast.Continue) -> EarlyExit:
        return EarlyExit("continue")

    def _run_Global(self, node: ast.Global) -> None:
        self.global_names |= set(node.names)

    def _run_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        if isinstance(value, Network) and isinstance(node.value, ast.Subscript) and value not in self.created:
            value.line = node.lineno
            self.created.append(value)  # a piece that is cut out of another
        for target in node.targets:
            self.assign(target, value)

    def _run_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.assign(node.target, self.value(node.value))

    def _run_AugAssign(self, node: ast.AugAssign) -> None:
        before = self.value(node.target)
        if isinstance(before, Items) and isinstance(node.op, ast.Add):
            call = Call("+=", "", before, (), {}, node.lineno)
            self.containers.extend(before, self.value(node.value), call)
            return
        combined = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        self.assign(node.target, self.value(combined))

    def _run_Delete(self, node: ast.Delete) -> None:
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

    def _run_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.definitions[node.name] = node
        self.names.pop(node.name, None)

    def _run_ClassDef(self, node: ast.ClassDef) -> None:
        self.definitions[node.name] = node
        self.names.pop(node.name, None)

    def _run_With(self, node: ast.With) -> EarlyExit | None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars:
                self.assign(item.optional_vars, value)
        return self.run(node.body)

    def _run_If(self, node: ast.If) -> EarlyExit | None:
        test = self.value(node.test)
        decided = self.truth(test)
        if decided is not None:
            return self.run(node.body if decided else node.orelse)
        alternatives = [lambda: self.run(node.body), lambda: self.run(node.orelse)]
        return self.branches.fork(alternatives, undecided(node.test, test))

    def _run_Match(self, node: ast.Match) -> EarlyExit | None:
        return self._case(node, self.value(node.subject), node.cases)

    def _case(self, node: ast.Match, subject: Any, cases: list[ast.match_case]) -> EarlyExit | None:
        """The first of the cases that fits; where that is not known, all that may fit."""
        if not cases:
            return None
        fits = self._matches(cases[0].pattern, subject) if cases[0].guard is None else None
        if fits is None:
            alternatives = [partial(self.run, cases[0].body), partial(self._case, node, subject, cases[1:])]
            return self.branches.fork(alternatives, undecided(node.subject, subject))
        return self.run(cases[0].body) if fits else self._case(node, subject, cases[1:])

    def _matches(self, pattern: ast.pattern, subject: Any) -> bool | None:
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return True
        if isinstance(pattern, ast.MatchOr):
            found = [self._matches(each, subject) for each in pattern.patterns]
            return True if True in found else None if None in found else False
        if isinstance(pattern, ast.MatchValue):
            return self.compare(ast.Eq(), subject, self.value(pattern.value))
        return None

    def _run_Try(self, node: ast.Try) -> EarlyExit | None:
        return self.run([*node.body, *node.orelse, *node.finalbody])

    _run_TryStar = _run_Try

    # ---- loops

    def _run_While(self, node: ast.While) -> EarlyExit | None:
        for _ in range(MAX_ITERATIONS):
            decided = None if isinstance(node.test, ast.Constant) else self.truth(self.value(node.test))
            if decided is None:
                break
            early = self.run(node.body) if decided else self.run(node.orelse)
            if not decided or (early is not None and early.how not in ("continue", "break")):
                return early
            if early is not None and (early.how == "break" or early.why is not None):
                return None if early.why is None else self._run_uncertain_loop(node.body, early.why)
        return self._run_uncertain_loop(node.body, undecided(node.test))

    def _run_For(self, node: ast.For) -> EarlyExit | None:
        values = self.value(node.iter)
        if isinstance(values, dict | Network):
            values = list(values.steps if isinstance(values, Network) else values)
        hint = f"{source_of(node.target)} {source_of(node.iter)}".lower()
        counted = isinstance(values, range)
        self.on_loop(hint, len(values) if counted else None)
        known = isinstance(values, list | tuple | range | str) and len(values) <= MAX_ITERATIONS
        if not known or (counted and "epoch" in hint):
            self.assign(node.target, Opaque(node.iter))
            code = source_of(node.iter)
            why = unresolved_at(
                node.iter,
                lazy("this is in a loop over `{code}`, which the text does not contain", code=code),
            )
            return self._run_uncertain_loop(node.body, values if isinstance(values, Unresolved) else why)
        return self._run_iterations(node, list(values))

    def _run_iterations(self, node: ast.For, values: list[Any]) -> EarlyExit | None:
        """The loop, turn by turn; from a turn on that is perhaps not made, nothing is certain."""
        for index, value in enumerate(values):
            self.assign(node.target, value)
            early = self.run(node.body)
            if early is None or (early.how == "continue" and early.why is None):
                continue
            if early.why is None:
                return None if early.how == "break" else early
            if early.how != "continue":
                later = partial(self._run_iterations, node, values[index + 1 :])
                self.branches.fork([later, lambda: None], early.why)
                return early if early.how == "return" else None
        return self.run(node.orelse)

    def _run_uncertain_loop(self, body: list[ast.stmt], why: Unresolved) -> EarlyExit | None:
        """A loop that turns nobody knows how often."""
        early = self.branches.fork([lambda: self.run(body), lambda: None], why)
        return early if early is not None and early.how == "return" else None

    # ---- what gets a value

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if isinstance(value, Opaque) and not value.name and not value.part:
                value = replace(value, name=target.id, part=part_of(target.id))
            self.branches.put(self.names, target.id, value)
            if target.id in self.global_names:
                self.branches.put(self._global_scope, target.id, value)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value)

    def _assign_attribute(self, target: ast.Attribute, value: Any) -> None:
        owner = self.value(target.value)
        why = unresolved_at(target, lazy("`{code}` is set, which is not followed", code=source_of(target)))
        if isinstance(owner, Instance | Record):
            self.branches.put(owner.fields, target.attr, value)
        elif target.attr in _IRRELEVANT:
            self._note_frozen(target, value)
        elif isinstance(owner, Call):
            owner.unresolved = why
        elif isinstance(owner, Network):
            added = value if isinstance(value, Call | Network | Instance) else why
            self.branches.change(owner.steps, [*owner.steps, added])
        elif isinstance(owner, Opaque):
            definition = self.definitions.get(owner.name)
            if isinstance(definition, ast.ClassDef):
                self.branches.put(self.class_fields(definition), target.attr, value)

    def _note_frozen(self, target: ast.Attribute, value: Any) -> None:
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
            if (one or several) and len(items) < MAX_ITEMS:
                changed = list(items)
                changed[key] = value
                self.branches.change(items, changed)
            else:
                code = source_of(target)
                why = lazy("`{code}` is set, and it is not known which that is", code=code)
                self.containers.invalidate(items, unresolved_at(target, why))
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
            unknown = value if isinstance(value, Unresolved) else Opaque(None)
            known = values[index] if len(values) == len(targets) else unknown
            self.assign(target.value if isinstance(target, ast.Starred) else target, known)


def _names_in(definitions: dict[str, Any]) -> Iterator[str]:
    """Every name that stands inside of a definition, apart from its own."""
    for name, definition in definitions.items():
        for part in ast.walk(definition):
            if isinstance(part, ast.Name) and part.id != name:
                yield part.id
