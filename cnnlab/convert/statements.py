"""Statements one after the other: imports, definitions, expressions, and what leaves a block early."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cnnlab.convert.assignments import Assignments
from cnnlab.convert.branches import EarlyExit, joined
from cnnlab.convert.values import Opaque, Unresolved

_EXITS = frozenset(("exit", "quit", "sys.exit", "os._exit"))


class Statements(Assignments):
    """Runs blocks of statements symbolically. A framework's reader overrides what bare calls mean to it."""

    def on_statement(self, node: ast.Expr, value: Any) -> None:
        """Called after a call whose value is not used."""

    def run(self, statements: list[ast.stmt]) -> EarlyExit | None:
        for index, statement in enumerate(statements):
            early = self._run_statement(statement)
            if early is not None:
                return (
                    early if early.why is None else self._run_rest(statements[index + 1 :], early, early.why)
                )
        return None

    def _run_rest(self, statements: list[ast.stmt], early: EarlyExit, why: Unresolved) -> EarlyExit:
        """Run the statements after one that may or may not have left the block."""
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

    def _run_Try(self, node: ast.Try) -> EarlyExit | None:
        return self.run([*node.body, *node.orelse, *node.finalbody])

    _run_TryStar = _run_Try
