"""A whole script, followed through its syntax tree as far as a network needs it. Nothing is ever executed.

Everything that is done to an object that may become a part of a network is followed, or marks it as
`Unresolved`: the network is then refused with the line, instead of being read without it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from cnnlab.convert.control_flow import ControlFlow
from cnnlab.convert.values import Call, Instance
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy


class Script(ControlFlow):
    """The state of a script that is followed. A framework's reader overrides what its calls mean."""

    def __init__(self) -> None:
        super().__init__()
        # How many objects the statements create, and how many together with definitions that nobody uses.
        self.creation_counts = [0, 0]

    def follow(self, statements: tuple[ast.stmt, ...]) -> None:
        """Follow the script from its first statement to its last, then the definitions that it never uses."""
        try:
            for statement in statements:
                self._run_statement(statement)
            self.creation_counts = [len(self.created)] * 2
            names = set(_names_in(self.definitions))
            for mentioned in (False, True):  # first the definitions that nothing mentions, then the others
                for name in [name for name in self.definitions if (name in names) is mentioned]:
                    if name not in self.own_classes and self.definitions[name] not in self.called:
                        self._explore(self.definitions[name])
                self.creation_counts[1] = self.creation_counts[1] if mentioned else len(self.created)
            for instance in [each for each in self.created if isinstance(each, Instance)]:
                self._explore_methods(instance)
        except RecursionError:
            problem, repair = lazy("an expression is nested too deeply"), lazy("Paste only the network")
            raise DesignError(problem, repair=repair) from None

    def _explore(self, definition: ast.FunctionDef | ast.ClassDef) -> None:
        """Follow a definition that the script itself never uses, since its caller is not in the text."""
        call = Call(definition.name, definition.name, None, (), {}, definition.lineno)
        if isinstance(definition, ast.FunctionDef):
            self.call_function(definition, (), {}, definition.lineno)
        elif self.find_method(definition, self.forward_method) or "Sequential" in self.base_names(definition):
            self.instantiate(definition, call)
        else:
            self._explore_methods(self.instantiate(definition, call))

    def _explore_methods(self, instance: Instance) -> None:
        """Follow the methods that nothing calls; their changes to a network itself are reverted."""
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


def _names_in(definitions: dict[str, Any]) -> Iterator[str]:
    """Yield every name that a definition mentions, except its own."""
    for name, definition in definitions.items():
        for part in ast.walk(definition):
            if isinstance(part, ast.Name) and part.id != name:
                yield part.id
