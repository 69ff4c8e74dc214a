"""Follows a script through its syntax tree, as far as a network needs it. Nothing of it is ever executed.

Constants, containers and plain arithmetic have values. Calls of a framework become `Call`s, networks become
`Network`s, and a tensor on its way through layers is a `Flow`. Everything else is `Opaque`: only its name,
and what is known of it as data, go on.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnnlab.convert.values import Call, Instance, Opaque, method
from cnnlab.errors import DesignError

_MOST_STEPS = 50_000  # expressions looked at: what a loop repeats counts again
_MOST_TURNS = 64  # of a loop that is followed turn by turn
_MOST_CALLS = 20  # functions inside of functions
_MOST_OF_ONE = 3  # of them the same one: blocks inside of blocks
_LARGEST = 10**9


class _Nothing:
    """What a statement gives that returns nothing."""


_NOTHING = _Nothing()
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class Script:
    """The state of a script that is followed. A framework's reader overrides what its calls mean."""

    own: frozenset[str] = frozenset()  # classes that our own scripts define, read by their names

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.definitions: dict[str, ast.FunctionDef | ast.ClassDef] = {}
        self.called: set[str] = set()
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self._steps = 0
        self._inside: list[ast.FunctionDef] = []

    # ---- what a framework's reader overrides

    def on_call(self, call: Call) -> Any:
        """What a call of something that the script does not define gives."""
        return call

    def on_apply(self, layer: Any, call: Call) -> Any:
        """What calling a value gives, such as a layer on a tensor."""
        return call

    def on_unpack(self, targets: list[ast.expr], value: Any) -> None:
        """Several names take what one value holds."""

    def on_sum(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        """Two values of which one is no number are added."""
        return Opaque(node)

    def on_loop(self, target: str, turns: int | None, line: int) -> None:
        """A loop over so many numbers begins."""

    # ---- statements

    def follow(self, statements: tuple[ast.stmt, ...]) -> None:
        """Go through the script from its first statement to its last."""
        try:
            self._run(list(statements))
            for name in [name for name in self.definitions if name not in self.called | self.own]:
                self.run_definition(name)
        except RecursionError:
            raise DesignError(
                "an expression is nested too deeply", where="text", repair="Paste only the network"
            ) from None

    def run_definition(self, name: str) -> None:
        """Look into a definition that the script itself never uses: its caller is not in the text."""
        definition = self.definitions[name]
        if isinstance(definition, ast.FunctionDef):
            self._call_function(definition, (), {}, definition.lineno)

    def _run(self, statements: list[ast.stmt]) -> Any:
        for statement in statements:
            result = self._execute(statement)
            if result is not _NOTHING:
                return result
        return _NOTHING

    def _execute(self, statement: ast.stmt) -> Any:
        name = type(statement).__name__
        way: Callable[[Any], Any] | None = getattr(self, f"_do_{name}", None)
        return _NOTHING if way is None else way(statement)

    def _do_Import(self, node: ast.Import) -> Any:
        for alias in node.names:
            if alias.asname:
                self.names[alias.asname] = Opaque(None, alias.name)
        return _NOTHING

    def _do_ImportFrom(self, node: ast.ImportFrom) -> Any:
        for alias in node.names:
            path = f"{node.module}.{alias.name}" if node.module else alias.name
            self.names[alias.asname or alias.name] = Opaque(None, path)
        return _NOTHING

    def _do_Expr(self, node: ast.Expr) -> Any:
        self.value(node.value)
        return _NOTHING

    def _do_Return(self, node: ast.Return) -> Any:
        return self.value(node.value) if node.value else None

    def _do_Assign(self, node: ast.Assign) -> Any:
        value = self.value(node.value)
        for target in node.targets:
            self._assign(target, value)
        return _NOTHING

    def _do_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value:
            self._assign(node.target, self.value(node.value))
        return _NOTHING

    def _do_AugAssign(self, node: ast.AugAssign) -> Any:
        combined = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        self._assign(node.target, self.value(combined))
        return _NOTHING

    def _do_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.definitions[node.name] = node
        return _NOTHING

    def _do_ClassDef(self, node: ast.ClassDef) -> Any:
        self.definitions[node.name] = node
        return _NOTHING

    def _do_With(self, node: ast.With) -> Any:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars:
                self._assign(item.optional_vars, value)
        return self._run(node.body)

    def _do_If(self, node: ast.If) -> Any:
        test = self.value(node.test)
        if isinstance(test, bool):
            return self._run(node.body if test else node.orelse)
        result = self._run(node.body)  # what decides is not known: both ways are looked at
        other = self._run(node.orelse)
        return result if other is _NOTHING else other

    def _do_Try(self, node: ast.Try) -> Any:
        return self._run([*node.body, *node.orelse, *node.finalbody])

    def _do_While(self, node: ast.While) -> Any:
        return self._run(node.body)

    def _do_For(self, node: ast.For) -> Any:
        values = self.value(node.iter)
        target = node.target.id if isinstance(node.target, ast.Name) else ""
        self.on_loop(target, len(values) if isinstance(values, range) else None, node.lineno)
        followed = isinstance(values, list | tuple | range) and len(values) <= _MOST_TURNS
        if not followed or "epoch" in target.lower():
            values = [Opaque(node.iter)]
        for value in values:
            self._assign(node.target, value)
            result = self._run(node.body)
            if result is not _NOTHING:
                return result
        return _NOTHING

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if isinstance(value, Opaque) and not value.name and not value.part:
                value = replace(value, name=target.id, part=_part(target.id))
            self.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            if isinstance(owner, Instance):
                owner.fields[target.attr] = value
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value)

    def _unpack(self, targets: list[ast.expr], value: Any) -> None:
        self.on_unpack(targets, value)
        values = list(value) if isinstance(value, list | tuple) else []
        for index, target in enumerate(targets):
            known = values[index] if len(values) == len(targets) else Opaque(None)
            self._assign(target, known)

    # ---- expressions

    def value(self, node: ast.expr) -> Any:
        """What an expression stands for."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise DesignError(
                "the script is too long to follow",
                where=f"line {getattr(node, 'lineno', 1)}",
                repair="Paste only the part that defines the network",
            )
        way: Callable[[Any], Any] | None = getattr(self, f"_see_{type(node).__name__}", None)
        return Opaque(node) if way is None else way(node)

    def _see_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _see_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        return Opaque(node, node.id, _part(node.id))

    def _see_Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._items(node.elts))

    def _see_List(self, node: ast.List) -> Any:
        return self._items(node.elts)

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inside = self.value(node.value)
                items += list(inside) if isinstance(inside, list | tuple) else [Opaque(node)]
            else:
                items.append(self.value(node))
        return items

    def _see_Dict(self, node: ast.Dict) -> Any:
        keys = [self.value(key) if key else None for key in node.keys]
        values = [self.value(value) for value in node.values]
        return {key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str)}

    def _see_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.value(node.value)
        self._assign(node.target, value)
        return value

    def _see_IfExp(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        return self.value(node.body if test is not False else node.orelse)

    def _see_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.USub) and _is_number(value):
            return -value
        if isinstance(node.op, ast.Not) and isinstance(value, bool):
            return not value
        return Opaque(node)

    def _see_Compare(self, node: ast.Compare) -> Any:
        left, right = self.value(node.left), self.value(node.comparators[0])
        simple = len(node.ops) == 1 and isinstance(left, str | int) and isinstance(right, str | int)
        if simple and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            return (left == right) is isinstance(node.ops[0], ast.Eq)
        return Opaque(node)

    def _see_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if _is_number(left) and _is_number(right):
            return _computed(node, left, right)
        if (
            isinstance(node.op, ast.Add)
            and type(left) is type(right)
            and isinstance(left, list | tuple | str)
        ):
            return left + right if len(left) + len(right) <= 1_000 else Opaque(node)
        if isinstance(left, list | tuple) and isinstance(right, int) and isinstance(node.op, ast.Mult):
            return left * right if 0 <= len(left) * right <= 1_000 else Opaque(node)
        if isinstance(left, Opaque) and isinstance(node.op, ast.Div | ast.Mult):
            return replace(left, scaled=_is_scaling(node.op, right) or left.scaled)
        if isinstance(left, Opaque) and isinstance(node.op, ast.Sub):
            return left
        return self.on_sum(left, right, node) if isinstance(node.op, ast.Add) else Opaque(node)

    def _see_Subscript(self, node: ast.Subscript) -> Any:
        value, key = self.value(node.value), self.value(node.slice)
        if isinstance(value, list | tuple) and isinstance(key, int) and -len(value) <= key < len(value):
            return value[key]
        if isinstance(value, dict) and isinstance(key, str):
            return value.get(key, Opaque(node))
        return replace(value, node=node) if isinstance(value, Opaque) else Opaque(node)

    def _see_Slice(self, node: ast.Slice) -> Any:
        return Opaque(node)

    def _see_Attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if isinstance(owner, Instance):
            return owner.fields.get(node.attr, Opaque(node))
        if isinstance(owner, Opaque):
            return replace(owner, name=f"{owner.name}.{node.attr}" if owner.name else node.attr)
        return Opaque(node)

    def _see_Lambda(self, node: ast.Lambda) -> Any:
        return Opaque(node)

    def _see_ListComp(self, node: ast.ListComp) -> Any:
        """[layer for n in (32, 64)], one loop without conditions; anything else is not followed."""
        loop = node.generators[0]
        values = self.value(loop.iter)
        simple = len(node.generators) == 1 and not loop.ifs and isinstance(values, list | tuple | range)
        if not simple or len(values) > _MOST_TURNS:
            return Opaque(node)
        made = []
        for value in values:
            self._assign(loop.target, value)
            made.append(self.value(node.elt))
        return made

    # ---- calls

    def _see_Call(self, node: ast.Call) -> Any:
        owner, name, path, called = self._callee(node.func)
        args = tuple(self._items(node.args))
        kwargs = self._keywords(node.keywords)
        call = Call(name, path, owner, args, kwargs, node.lineno)
        if called is not None:
            return self.on_apply(called, call)
        if name in self.definitions and path == name and name not in self.own:
            return self._call_definition(self.definitions[name], call)
        if name == "range" and path == name and args and all(isinstance(arg, int) for arg in args):
            return range(*args[:2]) if len(args) < 3 else Opaque(node)
        return self.on_call(call)

    def _keywords(self, keywords: list[ast.keyword]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for keyword in keywords:
            value = self.value(keyword.value)
            if keyword.arg:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found |= value
        return found

    def _callee(self, node: ast.expr) -> tuple[Any, str, str, Any]:
        """Whose call it is, its short and its full name, and what is called where that is a value."""
        if isinstance(node, ast.Name):
            value = self.names.get(node.id)
            if isinstance(value, Opaque):
                path = value.name or node.id
                return None, path.rpartition(".")[2], path, None
            return None, node.id, node.id, value
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            if isinstance(owner, Instance) and node.attr in owner.fields:
                return owner, node.attr, node.attr, owner.fields[node.attr]
            base = owner.name if isinstance(owner, Opaque) else ""
            return owner, node.attr, f"{base}.{node.attr}", None
        value = self.value(node)
        return None, "", "", value

    def _call_definition(self, definition: ast.FunctionDef | ast.ClassDef, call: Call) -> Any:
        self.called.add(definition.name)
        if isinstance(definition, ast.FunctionDef):
            return self._call_function(definition, call.args, call.kwargs, call.line)
        return self.make(definition, call)

    def make(self, definition: ast.ClassDef, call: Call) -> Instance:
        """An object of a class of the script, after its __init__."""
        instance = Instance(definition, definition.lineno)
        begin = method(definition, "__init__")
        if begin:
            self._call_function(begin, (instance, *call.args), call.kwargs, call.line)
        return instance

    def call_method(self, instance: Instance, name: str, args: tuple[Any, ...]) -> Any:
        """What a method of the script gives; Opaque where there is none."""
        found = method(instance.definition, name)
        if found is None:
            return Opaque(None, name)
        return self._call_function(found, (instance, *args), {}, found.lineno)

    def _call_function(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any], line: int
    ) -> Any:
        if len(self._inside) >= _MOST_CALLS or self._inside.count(function) >= _MOST_OF_ONE:
            return Opaque(None, function.name)
        outer = self.names
        self.names = outer | self._bound(function, args, kwargs)
        self._inside.append(function)
        result = self._run(function.body)
        self._inside.pop()
        self.names = outer
        return Opaque(None, function.name) if result is _NOTHING else result

    def _bound(
        self, function: ast.FunctionDef, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        only = [argument.arg for argument in function.args.kwonlyargs]
        bound: dict[str, Any] = {name: Opaque(None, name, _part(name)) for name in [*names, *only]}
        if function.args.vararg:
            bound[function.args.vararg.arg] = args[len(names) :]
        defaults = function.args.defaults
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            bound[name] = self.value(default)
        for name, given in zip(only, function.args.kw_defaults, strict=True):
            if given is not None:
                bound[name] = self.value(given)
        bound |= dict(zip(names, args, strict=False))
        return bound | {name: value for name, value in kwargs.items() if name in bound}


def _part(name: str) -> str:
    """Which part of the data a name speaks of."""
    lowered = name.lower()
    return "test" if "test" in lowered else "train" if "train" in lowered else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scaling(op: ast.operator, by: Any) -> bool:
    """Whether pixels are divided by 255, or by anything else that brings them down."""
    if not _is_number(by):
        return isinstance(op, ast.Div)
    return bool(by > 1 if isinstance(op, ast.Div) else by < 1)


def _computed(node: ast.BinOp, left: Any, right: Any) -> Any:
    """The arithmetic of literals; Opaque where it leads nowhere."""
    compute = _OPERATORS.get(type(node.op))
    tame = abs(left) <= _LARGEST and abs(right) <= (64 if isinstance(node.op, ast.Pow) else _LARGEST)
    if compute is None or not tame:
        return Opaque(node)
    try:
        result = compute(left, right)
    except (ArithmeticError, ValueError):
        return Opaque(node)
    return Opaque(node) if isinstance(result, complex) or abs(result) > _LARGEST**2 else result
