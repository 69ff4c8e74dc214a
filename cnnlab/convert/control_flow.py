"""Conditions and loops: followed where the text decides them, else every possibility is followed."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from cnnlab.convert.branches import EarlyExit
from cnnlab.convert.expressions import MAX_ITERATIONS, undecided, unresolved_at
from cnnlab.convert.statements import Statements
from cnnlab.convert.values import Network, Opaque, Unresolved, source_of
from cnnlab.language import lazy


class ControlFlow(Statements):
    """The statements that contain blocks. A framework's reader overrides what loops mean to it."""

    def on_loop(self, hint: str, iterations: int | None) -> None:
        """Called before a loop; `iterations` over a known range; `hint` has the names in its head."""

    # ---- conditions

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
        """Run the first case that matches; if that is not known, follow all that may match."""
        if not cases:
            return None
        matches = self._matches(cases[0].pattern, subject) if cases[0].guard is None else None
        if matches is None:
            alternatives = [partial(self.run, cases[0].body), partial(self._case, node, subject, cases[1:])]
            return self.branches.fork(alternatives, undecided(node.subject, subject))
        return self.run(cases[0].body) if matches else self._case(node, subject, cases[1:])

    def _matches(self, pattern: ast.pattern, subject: Any) -> bool | None:
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return True
        if isinstance(pattern, ast.MatchOr):
            found = [self._matches(each, subject) for each in pattern.patterns]
            return True if True in found else None if None in found else False
        if isinstance(pattern, ast.MatchValue):
            return self.compare(ast.Eq(), subject, self.value(pattern.value))
        return None

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
        """Run a loop iteration by iteration; after a possible early exit, nothing is certain."""
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
        """Run the body of a loop whose number of iterations is not known."""
        early = self.branches.fork([lambda: self.run(body), lambda: None], why)
        return early if early is not None and early.how == "return" else None
