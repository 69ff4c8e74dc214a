"""Functions, classes and objects of a script: what is called, with what arguments, and what it returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from cnnlab.convert.branches import EarlyExit, either
from cnnlab.convert.containers import builtin
from cnnlab.convert.expressions import Expressions, part_of
from cnnlab.convert.options import Parser, decorated_defaults, defined_flag, field_default, parser_method
from cnnlab.convert.values import (
    Call,
    Closure,
    Flow,
    Instance,
    Network,
    Opaque,
    Partial,
    Record,
    Super,
    Unresolved,
    cut,
)
from cnnlab.language import Message, lazy

_MAX_CALLS = 20  # nested function calls
_MAX_RECURSION = 3  # nested calls of the same function, such as blocks inside blocks
_MAX_BASES = 20
_ANYWHERE = frozenset(
    ("deepcopy", "deque", "OrderedDict", "ModuleDict", "Namespace", "SimpleNamespace", "EasyDict", "AttrDict")
)
Method = tuple[ast.ClassDef, ast.FunctionDef]


class Calls(Expressions):
    """Evaluates calls. A framework's reader overrides what they mean to it."""

    own_classes: frozenset[str] = frozenset()  # classes that exported scripts define, recognized by name
    forward_method = "forward"  # the method of an object that takes a tensor

    def __init__(self) -> None:
        super().__init__()
        self.created: list[Instance | Network] = []  # in the order of creation
        self.called: set[ast.AST] = set()
        self._class_fields: dict[ast.ClassDef, dict[str, Any]] = {}
        self.global_names: set[str] = set()  # names that the current function declares as global
        self._call_stack: list[ast.AST] = []
        self._self_stack: list[tuple[ast.ClassDef, Instance]] = []

    # ---- what a framework's reader overrides

    def on_call(self, call: Call) -> Any:
        """Evaluate a call of something that the script does not define."""
        return call

    def on_apply(self, layer: Any, call: Call) -> Any:
        """Evaluate a call of a value, such as a layer applied to a tensor."""
        return call

    def on_external_method(self, owner: Instance, call: Call) -> Any:
        """Evaluate a method that an object inherits from a class outside the script."""
        return Opaque(None, call.name)

    def on_base_init(self, owner: Instance, call: Call) -> None:
        """Follow super().__init__(...) of a base class outside the script."""

    def run(self, statements: list[ast.stmt]) -> EarlyExit | None:
        """Run statements; return how they are left before their end, if they are."""
        raise NotImplementedError

    # ---- calls

    def _evaluate_Call(self, node: ast.Call) -> Any:
        owner, name, path, called = self._callee(node.func)
        args = tuple(self.items(node.args))
        call = Call(name, path, owner, args, self._keywords(node.keywords), node.lineno)
        if isinstance(called, Unresolved):
            return called
        if isinstance(called, Closure):
            return self._call_lambda(called, call)
        if isinstance(called, Partial):
            name, args, kwargs = (
                called.path.rpartition(".")[2],
                (*called.args, *args),
                called.kwargs | call.kwargs,
            )
            return self._call_named(Call(name, called.path, None, args, kwargs, node.lineno))
        if called is not None:
            return self.on_apply(called, call)
        if isinstance(owner, Parser):
            return parser_method(owner, call, self.branches)
        if isinstance(owner, list | tuple | dict | str | Record):
            return self.containers.call(owner, call)
        if isinstance(owner, Super):
            return self._call_super(owner, call)
        if isinstance(owner, Instance):
            return self.call_object_method(owner, call)
        if isinstance(owner, Unresolved):
            return owner
        return self._call_named(call)

    def _call_named(self, call: Call) -> Any:
        """Evaluate a call of a name, or of something in a module or in a class."""
        definition = self.definitions.get(call.path)
        if definition is not None and call.name not in self.own_classes:
            return self._call_definition(definition, call)
        if isinstance(call.owner, Opaque):
            definition = self.definitions.get(call.owner.name)
            found = self.find_method(definition, call.name) if isinstance(definition, ast.ClassDef) else None
            if found is not None:
                return self._call_of_class(found, call)
        if call.path == "super" and self._self_stack:
            return Super(self._self_stack[-1][1], self._self_stack[-1][0])
        if call.name == "ArgumentParser":
            return Parser()
        if call.name == "partial" and call.args and isinstance(call.args[0], Opaque):
            return Partial(call.args[0].name, call.args[1:], call.kwargs)
        if call.path in ("getattr", "setattr"):
            return self._getattr_or_setattr(call)
        known = builtin(call) if call.path == call.name or call.name in _ANYWHERE else None
        if known is not None or defined_flag(call, self.flags, self.branches):
            return known
        return None if call.path == "print" else self.on_call(call)

    def _keywords(self, keywords: list[ast.keyword]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for keyword in keywords:
            value = self.value(keyword.value)
            if keyword.arg:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found |= {key: each for key, each in value.items() if isinstance(key, str)}
            elif isinstance(value, Record):
                found |= value.fields
            else:
                found["**"] = value
        return found

    def _callee(self, node: ast.expr) -> tuple[Any, str, str, Any]:
        """Return the owner, the short and the full name of what is called, and its value if it has one."""
        if isinstance(node, ast.Name):
            value = self.names.get(node.id)
            if isinstance(value, Opaque) and not isinstance(value, Unresolved):
                path = value.name or node.id
                return None, path.rpartition(".")[2], path, None
            return None, node.id, node.id, value
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            fields = self._fields(owner)
            if node.attr in fields:
                called = fields[node.attr]
                if isinstance(called, Opaque) and not isinstance(called, Unresolved) and called.name:
                    return None, called.name.rpartition(".")[2], called.name, None
                return owner, node.attr, node.attr, called
            base = owner.name if isinstance(owner, Opaque) else ""
            return owner, node.attr, f"{base}.{node.attr}", None
        value = self.value(node)
        if isinstance(value, Opaque) and not isinstance(value, Unresolved) and value.name:
            return None, value.name.rpartition(".")[2], value.name, None
        return None, "", "", value

    def _fields(self, owner: Any) -> dict[str, Any]:
        """Return the fields of an object, including those of its class."""
        if isinstance(owner, Record):
            return owner.fields
        if not isinstance(owner, Instance):
            return {}
        bodies = [self.class_fields(each) for each in self._ancestry(owner.definition)]
        return {name: value for body in reversed(bodies) for name, value in body.items()} | owner.fields

    def _getattr_or_setattr(self, call: Call) -> Any:
        """Evaluate getattr(object, name) and setattr(object, name, value)."""
        owner, name = call.argument(0), call.argument(1)
        known = isinstance(name, str)
        if call.path == "getattr":
            if isinstance(owner, Instance) and known:
                if name in owner.fields or len(call.args) < 3:
                    why = lazy("{name} is not set", name=repr(cut(name)))
                    return owner.fields.get(name, Unresolved(None, why=why, line=call.line))
                return call.args[2]
            if isinstance(owner, Record) and known:
                return owner.fields.get(name, call.argument(2))
            return Opaque(None, f"{owner.name}.{name}" if isinstance(owner, Opaque) and known else "getattr")
        if isinstance(owner, Instance | Record) and known:
            self.branches.put(owner.fields, name, call.argument(2))
        elif isinstance(owner, Instance):
            why = lazy("setattr sets an attribute whose name is not known")
            owner.unresolved = Unresolved(None, why=why, line=call.line)
        return None

    # ---- functions

    def _call_definition(self, definition: ast.FunctionDef | ast.ClassDef, call: Call) -> Any:
        self.called.add(definition)
        if isinstance(definition, ast.FunctionDef):
            return self.call_function(definition, call.args, call.kwargs, call.line)
        return self.instantiate(definition, call)

    def call_function(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any], line: int
    ) -> Any:
        """Evaluate a call of the script's own function; Unresolved if the recursion is too deep."""
        self.called.add(function)
        if len(self._call_stack) >= _MAX_CALLS or self._call_stack.count(function) >= _MAX_RECURSION:
            why = lazy("{name} calls itself too often", name=function.name[:60])
            return Unresolved(None, function.name, why=why, line=line)
        outer, shared = self.names, self.global_names
        self.names, self.global_names = outer | self._bound(function, args, kwargs), set()
        self._call_stack.append(function)
        early = self.run(function.body)
        self._call_stack.pop()
        self.names, self.global_names = outer, shared
        if early is None or early.how != "return":
            return None if early is None else Opaque(None, function.name)
        return early.value if early.why is None else either([early.value, None], early.why)

    def _call_lambda(self, closure: Closure, call: Call) -> Any:
        if len(self._call_stack) >= _MAX_CALLS:
            return Unresolved(None, why=lazy("functions call each other too often"), line=call.line)
        outer, names = self.names, [each.arg for each in closure.node.args.args]
        self.names = closure.names | dict(zip(names, call.args, strict=False)) | call.kwargs
        self._call_stack.append(closure.node)
        value = self.value(closure.node.body)
        self._call_stack.pop()
        self.names = outer
        return value

    def _bound(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """Bind the parameters of a function to the arguments of a call."""
        arguments = function.args
        names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        only = [argument.arg for argument in arguments.kwonlyargs]
        bound: dict[str, Any] = {name: Opaque(None, name, part_of(name)) for name in [*names, *only]}
        defaults = zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True)
        for name, default in [*defaults, *zip(only, arguments.kw_defaults, strict=True)]:
            if default is not None:
                bound[name] = field_default(self.value(default))
        bound |= decorated_defaults(function, self.value) if function.decorator_list else {}
        if "**" in kwargs:
            bound = dict.fromkeys(bound, kwargs["**"])
        bound |= dict(zip(names, args, strict=False))
        if arguments.vararg:
            bound[arguments.vararg.arg] = args[len(names) :]
        if arguments.kwarg:
            bound[arguments.kwarg.arg] = {key: each for key, each in kwargs.items() if key not in bound}
        return bound | {name: value for name, value in kwargs.items() if name in bound}

    # ---- classes

    def find_method(self, definition: ast.ClassDef, name: str, beyond: bool = False) -> Method | None:
        """Find a method of a class or its bases, with the class that has it; `beyond` skips the class."""
        for each in list(self._ancestry(definition))[beyond:]:
            for statement in each.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == name:
                    return each, statement
        return None

    def _ancestry(self, definition: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """Yield the class, and those of its bases that the script defines."""
        pending, seen = [definition], set[ast.ClassDef]()
        while pending and len(seen) < _MAX_BASES:
            each = pending.pop(0)
            if each not in seen:
                seen.add(each)
                yield each
            bases = [self.definitions.get(base.id) for base in each.bases if isinstance(base, ast.Name)]
            pending += [base for base in bases if isinstance(base, ast.ClassDef) and base not in seen]

    def base_names(self, definition: ast.ClassDef) -> set[str]:
        """Return the short names of all bases of a class, direct or indirect."""
        bases = [base for each in self._ancestry(definition) for base in each.bases]
        values = [self.value(base) for base in bases]
        return {value.name.rpartition(".")[2] for value in values if isinstance(value, Opaque)}

    def class_attribute(self, definition: ast.ClassDef, name: str, node: ast.expr) -> Any:
        for each in self._ancestry(definition):
            if name in self.class_fields(each):
                return self._default(self._class_fields[each][name])
        return Opaque(node, f"{definition.name}.{name}")

    def _default(self, value: Any) -> Any:
        """Return a value of a class, or the default of its field()."""
        found = field_default(value)
        made = found is not value and isinstance(found, Closure)
        return self._call_lambda(found, value) if made else found

    def class_fields(self, definition: ast.ClassDef) -> dict[str, Any]:
        """Return what the body of a class defines, except its methods."""
        if definition not in self._class_fields:
            self._class_fields[definition] = {}  # for a class that refers to itself
            plain = [each for each in definition.body if isinstance(each, ast.Assign | ast.AnnAssign)]
            names = _assigned_names(plain)
            if names:
                outer = self.names
                self.names = {name: value for name, value in outer.items() if name not in names}
                self.run(list(plain))
                inside, self.names = self.names, outer
                self._class_fields[definition] = {name: inside[name] for name in names if name in inside}
        return self._class_fields[definition]

    def instance_attribute(self, owner: Instance, name: str, node: ast.expr) -> Any:
        if name in owner.fields:
            return owner.fields[name]
        if name == "training":
            return True
        found = self.find_method(owner.definition, name)
        if found is not None:
            decorators = {part.id for part in found[1].decorator_list if isinstance(part, ast.Name)}
            if decorators & {"property", "cached_property"}:
                return self.run_method(owner, found, (), {})
        return self.class_attribute(owner.definition, name, node)

    # ---- objects

    def instantiate(self, definition: ast.ClassDef, call: Call) -> Instance:
        """Create an object of a class of the script and run its __init__."""
        instance = Instance(definition, definition.lineno)
        self.created.append(instance)
        if "Sequential" in self.base_names(definition):
            instance.inner = Network(definition.lineno)
        begin = self.find_method(definition, "__init__")
        if begin is not None:
            self.run_method(instance, begin, call.args, call.kwargs)
        elif instance.inner is not None:
            self.on_base_init(instance, call)
        else:
            annotated = [part for each in self._ancestry(definition) for part in each.body]
            names = [
                part.target.id
                for part in annotated
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ]
            instance.fields |= dict(zip(names, call.args, strict=False)) | call.kwargs
        return instance

    def is_module(self, instance: Instance) -> bool:
        """Whether a tensor can go through an object."""
        return (
            instance.inner is not None
            or self.find_method(instance.definition, self.forward_method) is not None
        )

    def run_method(
        self, instance: Instance, found: Method, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Evaluate a call of the script's own method."""
        definition, function = found
        bound = () if _is_static(function) else (instance,)
        self._self_stack.append((definition, instance))
        value = self.call_function(function, (*bound, *args), kwargs, function.lineno)
        self._self_stack.pop()
        return value

    def call_method(self, instance: Instance, name: str, args: tuple[Any, ...]) -> Any:
        """Evaluate a call of the script's own method by name; Opaque if there is none."""
        found = self.find_method(instance.definition, name)
        return Opaque(None, name) if found is None else self.run_method(instance, found, args, {})

    def apply_object(self, instance: Instance, call: Call) -> Any:
        """Apply an object to a tensor."""
        found = self.find_method(instance.definition, self.forward_method)
        if instance.unresolved is not None:
            return instance.unresolved
        if found is not None:
            return self.run_method(instance, found, call.args, call.kwargs)
        before = call.argument(0, "x", "input", "inputs")
        if instance.inner is not None and isinstance(before, Flow):
            return before.through(instance.inner)
        why = missing_method(instance.definition, self.forward_method)
        return Unresolved(None, why=why, line=instance.line)

    def call_object_method(self, owner: Instance, call: Call) -> Any:
        """Evaluate a method of an object: the script's own, one of a Sequential, or an external one."""
        found = self.find_method(owner.definition, call.name)
        if found is not None:
            return self.run_method(owner, found, call.args, call.kwargs)
        if owner.inner is not None:
            call.owner = owner.inner
            result = self.on_call(call)
            return owner if result is owner.inner else result
        return self.on_external_method(owner, call)

    def _call_super(self, owner: Super, call: Call) -> Any:
        found = self.find_method(owner.definition, call.name, beyond=True)
        if found is not None:
            return self.run_method(owner.instance, found, call.args, call.kwargs)
        if call.name == "__init__":
            self.on_base_init(owner.instance, call)
            return None
        if owner.instance.inner is not None:
            call.owner = owner.instance.inner
            return self.on_call(call)
        if any(isinstance(value, Flow) for value in call.args):
            why = lazy("{name} of a class that is not in the text is used", name=call.name[:60])
            return Unresolved(None, why=why, line=call.line)
        return self.on_external_method(owner.instance, call)

    def _call_of_class(self, found: Method, call: Call) -> Any:
        """Evaluate Class.method(...): a static or class method, or one whose object is an argument."""
        definition, function = found
        self.called.add(definition)
        first = call.args[0] if call.args else None
        if isinstance(first, Instance):
            return self.run_method(first, found, call.args[1:], call.kwargs)
        named = () if _is_static(function) else (Opaque(None, definition.name),)
        return self.call_function(function, (*named, *call.args), call.kwargs, call.line)


def missing_method(definition: ast.ClassDef, method: str) -> Message:
    """Say that a class lacks a required method."""
    return lazy("the class {name} has no {method} method", name=definition.name[:60], method=method)


def _is_static(function: ast.FunctionDef) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "staticmethod" for part in function.decorator_list)


def _assigned_names(statements: list[ast.Assign | ast.AnnAssign]) -> list[str]:
    """Return the names that the statements assign."""
    groups = [each.targets if isinstance(each, ast.Assign) else [each.target] for each in statements]
    parts = [part for targets in groups for target in targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]
