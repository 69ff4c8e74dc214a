"""Assignments: which names, attributes and items get which values, and which are deleted."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from cnnlab.convert.calls import Calls
from cnnlab.convert.containers import MAX_ITEMS
from cnnlab.convert.expressions import part_of, unresolved_at
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
from cnnlab.language import Words, lazy

_IRRELEVANT = frozenset(("trainable", "name", "requires_grad", "training", "stop_training", "device"))


class Assignments(Calls):
    """The statements that change values. A framework's reader overrides what unpacking means to it."""

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[Words] = []
        self._global_scope: dict[str, Any] = self.names

    def on_unpack(self, targets: list[ast.expr], value: Any) -> None:
        """Called before one value is unpacked into several targets."""

    # ---- statements

    def _run_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        if isinstance(value, Network) and isinstance(node.value, ast.Subscript) and value not in self.created:
            value.line = node.lineno
            self.created.append(value)  # a slice of another network
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

    # ---- targets

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
            remark = on_line(target.lineno, text)
            self.remarks += [remark] if remark not in self.remarks else []

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
