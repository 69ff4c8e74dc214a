"""Functions, classes and objects of a script: what is called, with what, and what comes back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from cnnlab.convert.branches import Left, either
from cnnlab.convert.containers import builtin
from cnnlab.convert.expressions import Expressions, part_of
from cnnlab.convert.options import Parser, decorated_defaults, defined_flag, field_default, parser_method
from cnnlab.convert.values import (
    Call,
    Closure,
    Flow,
    Instance,
    Lost,
    Network,
    Opaque,
    Partial,
    Record,
    Super,
    cut,
)
from cnnlab.language import Message, lazy

_MOST_CALLS = 20  # functions inside of functions
_MOST_OF_ONE = 3  # of them the same one: blocks inside of blocks
_MOST_BASES = 20
_ANYWHERE = frozenset(
    ("deepcopy", "deque", "OrderedDict", "ModuleDict", "Namespace", "SimpleNamespace", "EasyDict", "AttrDict")
)
Found = tuple[ast.ClassDef, ast.FunctionDef]


class Calls(Expressions):
    """What calls give. A framework's reader overrides what they mean to it."""

    own: frozenset[str] = frozenset()  # classes that our own scripts define, read by their names
    step_method = "forward"  # what an object does to a tensor

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Instance | Network] = []  # in the order in which the script makes them
        self.called: set[ast.AST] = set()
        self._class_fields: dict[ast.ClassDef, dict[str, Any]] = {}
        self.shared: set[str] = set()  # names that the function declares to be global
        self._inside: list[ast.AST] = []
        self._selves: list[tuple[ast.ClassDef, Instance]] = []

    # ---- what a framework's reader overrides

    def on_call(self, call: Call) -> Any:
        """What a call of something that the script does not define gives."""
        return call

    def on_apply(self, layer: Any, call: Call) -> Any:
        """What calling a value gives, such as a layer on a tensor."""
        return call

    def on_own(self, owner: Instance, call: Call) -> Any:
        """A method that an object has from a class outside of the script."""
        return Opaque(None, call.name)

    def on_base(self, owner: Instance, call: Call) -> None:
        """super().__init__(...), where the base stands outside of the script."""

    def run(self, statements: list[ast.stmt]) -> Left | None:
        """Go through statements; how they are left before their end, if they are."""
        raise NotImplementedError

    # ---- calls

    def _see_Call(self, node: ast.Call) -> Any:
        owner, name, path, called = self._callee(node.func)
        args = tuple(self.items(node.args))
        call = Call(name, path, owner, args, self._keywords(node.keywords), node.lineno)
        if isinstance(called, Lost):
            return called
        if isinstance(called, Closure):
            return self._call_lambda(called, call)
        if isinstance(called, Partial):
            name, args, kwargs = (
                called.path.rpartition(".")[2],
                (*called.args, *args),
                called.kwargs | call.kwargs,
            )
            return self._call_plain(Call(name, called.path, None, args, kwargs, node.lineno))
        if called is not None:
            return self.on_apply(called, call)
        if isinstance(owner, Parser):
            return parser_method(owner, call, self.branches)
        if isinstance(owner, list | tuple | dict | str | Record):
            return self.containers.call(owner, call)
        if isinstance(owner, Super):
            return self._call_super(owner, call)
        if isinstance(owner, Instance):
            return self.call_own(owner, call)
        if isinstance(owner, Lost):
            return owner
        return self._call_plain(call)

    def _call_plain(self, call: Call) -> Any:
        """A call of a name, or of something in a module or in a class."""
        definition = self.definitions.get(call.path)
        if definition is not None and call.name not in self.own:
            return self._call_definition(definition, call)
        if isinstance(call.owner, Opaque):
            definition = self.definitions.get(call.owner.name)
            found = self.find(definition, call.name) if isinstance(definition, ast.ClassDef) else None
            if found is not None:
                return self._call_of_class(found, call)
        if call.path == "super" and self._selves:
            return Super(self._selves[-1][1], self._selves[-1][0])
        if call.name == "ArgumentParser":
            return Parser()
        if call.name == "partial" and call.args and isinstance(call.args[0], Opaque):
            return Partial(call.args[0].name, call.args[1:], call.kwargs)
        if call.path in ("getattr", "setattr"):
            return self._attribute(call)
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
        """Whose call it is, its short and its full name, and what is called where that is a value."""
        if isinstance(node, ast.Name):
            value = self.names.get(node.id)
            if isinstance(value, Opaque) and not isinstance(value, Lost):
                path = value.name or node.id
                return None, path.rpartition(".")[2], path, None
            return None, node.id, node.id, value
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            fields = self._fields(owner)
            if node.attr in fields:
                called = fields[node.attr]
                if isinstance(called, Opaque) and not isinstance(called, Lost) and called.name:
                    return None, called.name.rpartition(".")[2], called.name, None
                return owner, node.attr, node.attr, called
            base = owner.name if isinstance(owner, Opaque) else ""
            return owner, node.attr, f"{base}.{node.attr}", None
        value = self.value(node)
        if isinstance(value, Opaque) and not isinstance(value, Lost) and value.name:
            return None, value.name.rpartition(".")[2], value.name, None
        return None, "", "", value

    def _fields(self, owner: Any) -> dict[str, Any]:
        """What an object holds that may be called: its own, then what stands in its class."""
        if isinstance(owner, Record):
            return owner.fields
        if not isinstance(owner, Instance):
            return {}
        bodies = [self.class_fields(each) for each in self._line(owner.definition)]
        return {name: value for body in reversed(bodies) for name, value in body.items()} | owner.fields

    def _attribute(self, call: Call) -> Any:
        """getattr(thing, name) and setattr(thing, name, value)."""
        owner, name = call.given(0), call.given(1)
        known = isinstance(name, str)
        if call.path == "getattr":
            if isinstance(owner, Instance) and known:
                if name in owner.fields or len(call.args) < 3:
                    why = lazy("{name} is not set", name=repr(cut(name)))
                    return owner.fields.get(name, Lost(None, why=why, line=call.line))
                return call.args[2]
            if isinstance(owner, Record) and known:
                return owner.fields.get(name, call.given(2))
            return Opaque(None, f"{owner.name}.{name}" if isinstance(owner, Opaque) and known else "getattr")
        if isinstance(owner, Instance | Record) and known:
            self.branches.put(owner.fields, name, call.given(2))
        elif isinstance(owner, Instance):
            why = lazy("setattr sets an attribute whose name is not known")
            owner.lost = Lost(None, why=why, line=call.line)
        return None

    # ---- functions

    def _call_definition(self, definition: ast.FunctionDef | ast.ClassDef, call: Call) -> Any:
        self.called.add(definition)
        if isinstance(definition, ast.FunctionDef):
            return self.call_function(definition, call.args, call.kwargs, call.line)
        return self.make(definition, call)

    def call_function(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any], line: int
    ) -> Any:
        """What a function of the script gives; Lost where functions call each other without end."""
        self.called.add(function)
        if len(self._inside) >= _MOST_CALLS or self._inside.count(function) >= _MOST_OF_ONE:
            why = lazy("{name} calls itself too often", name=function.name[:60])
            return Lost(None, function.name, why=why, line=line)
        outer, shared = self.names, self.shared
        self.names, self.shared = outer | self._bound(function, args, kwargs), set()
        self._inside.append(function)
        left = self.run(function.body)
        self._inside.pop()
        self.names, self.shared = outer, shared
        if left is None or left.how != "return":
            return None if left is None else Opaque(None, function.name)
        return left.value if left.why is None else either([left.value, None], left.why)

    def _call_lambda(self, closure: Closure, call: Call) -> Any:
        if len(self._inside) >= _MOST_CALLS:
            return Lost(None, why=lazy("functions call each other too often"), line=call.line)
        outer, names = self.names, [each.arg for each in closure.node.args.args]
        self.names = closure.names | dict(zip(names, call.args, strict=False)) | call.kwargs
        self._inside.append(closure.node)
        value = self.value(closure.node.body)
        self._inside.pop()
        self.names = outer
        return value

    def _bound(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """What the parameters of a function stand for in one call."""
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

    def find(self, definition: ast.ClassDef, name: str, beyond: bool = False) -> Found | None:
        """A method of a class or of its bases, and the class that has it; beyond leaves out the class."""
        for each in list(self._line(definition))[beyond:]:
            for statement in each.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == name:
                    return each, statement
        return None

    def _line(self, definition: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """The class, and those of its bases that stand in the script."""
        waiting, seen = [definition], set[ast.ClassDef]()
        while waiting and len(seen) < _MOST_BASES:
            each = waiting.pop(0)
            if each not in seen:
                seen.add(each)
                yield each
            bases = [self.definitions.get(base.id) for base in each.bases if isinstance(base, ast.Name)]
            waiting += [base for base in bases if isinstance(base, ast.ClassDef) and base not in seen]

    def base_names(self, definition: ast.ClassDef) -> set[str]:
        """The short names of the classes that a class is made from, near or far."""
        bases = [base for each in self._line(definition) for base in each.bases]
        values = [self.value(base) for base in bases]
        return {value.name.rpartition(".")[2] for value in values if isinstance(value, Opaque)}

    def of_class(self, definition: ast.ClassDef, name: str, node: ast.expr) -> Any:
        for each in self._line(definition):
            if name in self.class_fields(each):
                return self._default(self._class_fields[each][name])
        return Opaque(node, f"{definition.name}.{name}")

    def _default(self, value: Any) -> Any:
        """A value of a class, or what its field() has where nobody says otherwise."""
        found = field_default(value)
        made = found is not value and isinstance(found, Closure)
        return self._call_lambda(found, value) if made else found

    def class_fields(self, definition: ast.ClassDef) -> dict[str, Any]:
        """What stands in the body of a class, apart from its methods."""
        if definition not in self._class_fields:
            self._class_fields[definition] = {}  # for a class that speaks of itself
            plain = [each for each in definition.body if isinstance(each, ast.Assign | ast.AnnAssign)]
            names = _targets(plain)
            if names:
                outer = self.names
                self.names = {name: value for name, value in outer.items() if name not in names}
                self.run(list(plain))
                inside, self.names = self.names, outer
                self._class_fields[definition] = {name: inside[name] for name in names if name in inside}
        return self._class_fields[definition]

    def of_instance(self, owner: Instance, name: str, node: ast.expr) -> Any:
        if name in owner.fields:
            return owner.fields[name]
        if name == "training":
            return True
        found = self.find(owner.definition, name)
        if found is not None:
            decorators = {part.id for part in found[1].decorator_list if isinstance(part, ast.Name)}
            if decorators & {"property", "cached_property"}:
                return self.run_method(owner, found, (), {})
        return self.of_class(owner.definition, name, node)

    # ---- objects

    def make(self, definition: ast.ClassDef, call: Call) -> Instance:
        """An object of a class of the script, after its __init__."""
        instance = Instance(definition, definition.lineno)
        self.made.append(instance)
        if "Sequential" in self.base_names(definition):
            instance.inner = Network(definition.lineno)
        begin = self.find(definition, "__init__")
        if begin is not None:
            self.run_method(instance, begin, call.args, call.kwargs)
        elif instance.inner is not None:
            self.on_base(instance, call)
        else:
            annotated = [part for each in self._line(definition) for part in each.body]
            names = [
                part.target.id
                for part in annotated
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ]
            instance.fields |= dict(zip(names, call.args, strict=False)) | call.kwargs
        return instance

    def is_module(self, instance: Instance) -> bool:
        """Whether a tensor can go through an object."""
        return instance.inner is not None or self.find(instance.definition, self.step_method) is not None

    def run_method(
        self, instance: Instance, found: Found, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What a method of the script gives."""
        definition, function = found
        bound = () if _is_static(function) else (instance,)
        self._selves.append((definition, instance))
        value = self.call_function(function, (*bound, *args), kwargs, function.lineno)
        self._selves.pop()
        return value

    def call_method(self, instance: Instance, name: str, args: tuple[Any, ...]) -> Any:
        """What a method of the script gives; Opaque where there is none."""
        found = self.find(instance.definition, name)
        return Opaque(None, name) if found is None else self.run_method(instance, found, args, {})

    def step_through(self, instance: Instance, call: Call) -> Any:
        """What an object makes of a tensor."""
        found = self.find(instance.definition, self.step_method)
        if instance.lost is not None:
            return instance.lost
        if found is not None:
            return self.run_method(instance, found, call.args, call.kwargs)
        before = call.given(0, "x", "input", "inputs")
        if instance.inner is not None and isinstance(before, Flow):
            return before.through(instance.inner)
        why = without_method(instance.definition, self.step_method)
        return Lost(None, why=why, line=instance.line)

    def call_own(self, owner: Instance, call: Call) -> Any:
        """A method of an object: the script's own, one of a Sequential, or one from elsewhere."""
        found = self.find(owner.definition, call.name)
        if found is not None:
            return self.run_method(owner, found, call.args, call.kwargs)
        if owner.inner is not None:
            call.owner = owner.inner
            result = self.on_call(call)
            return owner if result is owner.inner else result
        return self.on_own(owner, call)

    def _call_super(self, owner: Super, call: Call) -> Any:
        found = self.find(owner.definition, call.name, beyond=True)
        if found is not None:
            return self.run_method(owner.instance, found, call.args, call.kwargs)
        if call.name == "__init__":
            self.on_base(owner.instance, call)
            return None
        if owner.instance.inner is not None:
            call.owner = owner.instance.inner
            return self.on_call(call)
        if any(isinstance(value, Flow) for value in call.args):
            why = lazy("{name} of a class that is not in the text is used", name=call.name[:60])
            return Lost(None, why=why, line=call.line)
        return self.on_own(owner.instance, call)

    def _call_of_class(self, found: Found, call: Call) -> Any:
        """Class.method(...): a static or class method, or one that is given its object."""
        definition, function = found
        self.called.add(definition)
        first = call.args[0] if call.args else None
        if isinstance(first, Instance):
            return self.run_method(first, found, call.args[1:], call.kwargs)
        named = () if _is_static(function) else (Opaque(None, definition.name),)
        return self.call_function(function, (*named, *call.args), call.kwargs, call.line)


def without_method(definition: ast.ClassDef, method: str) -> Message:
    """A class that should have a method and has not."""
    return lazy("the class {name} has no {method} method", name=definition.name[:60], method=method)


def _is_static(function: ast.FunctionDef) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "staticmethod" for part in function.decorator_list)


def _targets(statements: list[ast.Assign | ast.AnnAssign]) -> list[str]:
    """The names that get a value."""
    places = [each.targets if isinstance(each, ast.Assign) else [each.target] for each in statements]
    parts = [part for targets in places for target in targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]
