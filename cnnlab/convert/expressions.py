"""The values of a script's expressions, which are never executed.

Constants, containers and plain arithmetic have values. Calls of a framework become `Call`s, networks become
`Network`s, and a tensor that goes through layers is a `Flow`. Everything else is `Opaque`: only its name, and
what is known about it as data, are kept. If a tensor cannot be followed, the value is `Unresolved`, with the
reason.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnnlab.convert.branches import Branches, EarlyExit
from cnnlab.convert.containers import MAX_ITEMS, Containers
from cnnlab.convert.locations import line_name
from cnnlab.convert.values import (
    Call,
    Closure,
    Flow,
    Instance,
    Items,
    Network,
    Opaque,
    Record,
    Unresolved,
    is_number,
    is_whole,
    source_of,
)
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy

MAX_ITERATIONS = 64  # of a loop that is followed
_MAX_STEPS = 50_000  # evaluated expressions, counting each iteration of a loop
_MAX_NUMBER = 10**9
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_ORDERS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Expressions:
    """Evaluates each kind of expression. A framework's reader overrides what its values mean."""

    layers: frozenset[str] = frozenset()  # names of a framework's layers

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.definitions: dict[str, ast.FunctionDef | ast.ClassDef] = {}
        self.branches = Branches()
        self.containers = Containers(self.branches)
        self.flags = Record()  # of absl and of TensorFlow 1
        self._steps = 0

    # ---- what a framework's reader overrides

    def on_arithmetic(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        """Evaluate an arithmetic operation on two values of which at least one is a tensor."""
        unresolved = next((value for value in (left, right) if isinstance(value, Unresolved)), None)
        return unresolved or through(node)

    def on_attribute(self, owner: Any, node: ast.Attribute) -> Any:
        """Evaluate owner.name for a tensor, a layer or a network."""
        return Opaque(node)

    def instance_attribute(self, owner: Instance, name: str, node: ast.expr) -> Any:
        """Evaluate owner.name for an object of a class of the script."""
        return owner.fields.get(name, Opaque(node))

    def class_attribute(self, definition: ast.ClassDef, name: str, node: ast.expr) -> Any:
        """Evaluate Class.name for a class of the script."""
        return Opaque(node, f"{definition.name}.{name}")

    def assign(self, target: ast.expr, value: Any) -> None:
        """Assign a value to a target."""
        raise NotImplementedError

    # ---- values

    def value(self, node: ast.expr) -> Any:
        """Evaluate an expression."""
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise DesignError(
                lazy("the script is too long to follow"),
                where=line_name(getattr(node, "lineno", 1)),
                repair=lazy("Paste only the part that defines the network"),
            )
        evaluate: Callable[[Any], Any] | None = getattr(self, f"_evaluate_{type(node).__name__}", None)
        return Opaque(node) if evaluate is None else evaluate(node)

    def _evaluate_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _evaluate_JoinedStr(self, node: ast.JoinedStr) -> Any:
        parts = [self._text_of(part) for part in node.values]
        known = [part for part in parts if part is not None]
        whole = len(known) == len(parts) and sum(map(len, known)) <= MAX_ITEMS
        return "".join(known) if whole else Opaque(node)

    def _text_of(self, node: ast.expr) -> str | None:
        """Return a part of an f-string; None if it is not known."""
        if isinstance(node, ast.FormattedValue) and (node.format_spec or node.conversion > 0):
            return None
        value = self.value(node.value if isinstance(node, ast.FormattedValue) else node)
        small = is_whole(value) and abs(value) < _MAX_NUMBER
        return str(value) if small or isinstance(value, str | float | bool) else None

    def _evaluate_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        return Opaque(node, node.id, part_of(node.id))

    def _evaluate_Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self.items(node.elts))

    def _evaluate_List(self, node: ast.List) -> Any:
        return Items(self.items(node.elts))

    def items(self, nodes: list[ast.expr]) -> list[Any]:
        """Evaluate the items of a list or the arguments of a call, with starred ones unpacked."""
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inside = self.value(node.value)
                if isinstance(inside, dict):
                    inside = list(inside)
                items += list(inside) if isinstance(inside, list | tuple) else [_unknown(inside, node)]
            else:
                items.append(self.value(node))
        return items

    def _evaluate_Dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key_node, each in zip(node.keys, node.values, strict=True):
            value = self.value(each)
            if key_node is None:
                found |= value if isinstance(value, dict) else {Opaque(each): _unknown(value, each)}
            else:
                key = self.value(key_node)
                found[key if isinstance(key, int | float | str | bool | None) else Opaque(key_node)] = value
        return found

    def _evaluate_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    # ---- conditions

    def _evaluate_IfExp(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        decided = self.truth(test)
        if decided is not None:
            return self.value(node.body if decided else node.orelse)
        alternatives = [
            lambda: EarlyExit("value", self.value(node.body)),
            lambda: EarlyExit("value", self.value(node.orelse)),
        ]
        end = self.branches.fork(list(alternatives), undecided(node.test, test))
        return end.value if end is not None else None

    def _evaluate_BoolOp(self, node: ast.BoolOp) -> Any:
        """Return the operand that decides; Opaque if one before it is not known."""
        ends = isinstance(node.op, ast.Or)
        known = True
        value: Any = None
        for operand in node.values:
            value = self.value(operand)
            decided = self.truth(value)
            if decided is ends:
                return value if known else ends
            known = known and decided is not None
        return value if known else Opaque(node)

    def truth(self, value: Any) -> bool | None:
        """Return the truth of a value; None if it is not known."""
        if isinstance(value, Opaque) or (isinstance(value, Call) and value.name not in self.layers):
            return None
        if isinstance(value, Network):
            return bool(value.steps)
        if isinstance(value, bool | int | float | str | list | tuple | dict | range | None):
            return bool(value)
        return True

    def _evaluate_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(value, Unresolved):
            return value
        if isinstance(node.op, ast.USub) and is_number(value):
            return -value
        if isinstance(node.op, ast.Not) and self.truth(value) is not None:
            return not self.truth(value)
        return through(node) if isinstance(value, Flow) else Opaque(node)

    def _evaluate_Compare(self, node: ast.Compare) -> Any:
        left, result = self.value(node.left), True
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            found = self.compare(op, left, right)
            if found is None:
                return Opaque(node)
            left, result = right, result and found
        return result

    def compare(self, op: ast.cmpop, left: Any, right: Any) -> bool | None:
        """Evaluate one comparison; None if it is not known."""
        if isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and (left is None or right is None):
            other = left if right is None else right
            unknown = other is not None and self.truth(other) is None
            return None if unknown else (other is None) is isinstance(op, ast.Is | ast.Eq)
        if isinstance(op, ast.In | ast.NotIn):
            found = _within(left, right)
            return None if found is None else found is isinstance(op, ast.In)
        simple = isinstance(left, str | int | float) and isinstance(right, str | int | float)
        if isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
            names = [value.name for value in (left, right) if isinstance(value, Opaque)]
            if len(names) == 2 and set(names) <= set(self.definitions):
                left, right, simple = names[0], names[1], True
            return (left == right) is isinstance(op, ast.Eq | ast.Is) if simple else None
        comparable = simple and isinstance(left, str) == isinstance(right, str)
        return _ORDERS[type(op)](left, right) if comparable else None

    # ---- arithmetic

    def _evaluate_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if is_number(left) and is_number(right):
            return _computed(node, left, right)
        if any(isinstance(value, Flow | Unresolved) for value in (left, right)):
            return self.on_arithmetic(left, right, node)
        if isinstance(left, str) and isinstance(node.op, ast.Mod):
            return _percent_formatted(left, right) or Opaque(node)
        if isinstance(node.op, ast.Add) and isinstance(left, list | tuple | str):
            same_type = isinstance(right, list if isinstance(left, list) else type(left))
            if same_type and len(left) + len(right) <= MAX_ITEMS:
                return Items([*left, *right]) if isinstance(left, list) else left + right
            return Opaque(node)
        if isinstance(left, list | tuple) and isinstance(right, int) and isinstance(node.op, ast.Mult):
            many = 0 <= len(left) * right <= MAX_ITEMS
            return (Items(left * right) if isinstance(left, list) else left * right) if many else Opaque(node)
        if isinstance(left, Opaque) and isinstance(node.op, ast.Div | ast.Mult):
            return replace(left, scaled=_is_scaling(node.op, right) or left.scaled)
        return left if isinstance(left, Opaque) and isinstance(node.op, ast.Sub) else Opaque(node)

    # ---- parts of values

    def _evaluate_Subscript(self, node: ast.Subscript) -> Any:
        value, key = self.value(node.value), self.value(node.slice)
        if isinstance(value, Flow):
            return unresolved_at(node, lazy("the tensor is cut: `{code}`", code=source_of(node)))
        if isinstance(value, Network):
            part = _part(list(value.steps), key)
            return Network(value.line, Items(part)) if isinstance(part, list) else _or(part, node)
        if isinstance(value, list | tuple | str):
            part = _part(value, key)
            return Items(part) if isinstance(part, list) and isinstance(key, slice) else _or(part, node)
        mapping = value.fields if isinstance(value, Record) else value
        if isinstance(mapping, dict) and isinstance(key, str | int | float | bool | None):
            return mapping.get(key, Opaque(node))
        return replace(value, node=node) if isinstance(value, Opaque) else Opaque(node)

    def _evaluate_Slice(self, node: ast.Slice) -> Any:
        ends = [self.value(end) if end else None for end in (node.lower, node.upper, node.step)]
        known = all(end is None or is_whole(end) for end in ends) and ends[2] != 0
        return slice(*ends) if known else Opaque(node)

    def _evaluate_Attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if isinstance(owner, Instance):
            return self.instance_attribute(owner, node.attr, node)
        if isinstance(owner, Record):
            return owner.fields.get(node.attr, Opaque(node))
        if isinstance(owner, Unresolved):
            return owner
        if isinstance(owner, Opaque):
            return self._of_opaque(owner, node)
        return self.on_attribute(owner, node)

    def _of_opaque(self, owner: Opaque, node: ast.Attribute) -> Any:
        definition = self.definitions.get(owner.name)
        if isinstance(definition, ast.ClassDef):
            return self.class_attribute(definition, node.attr, node)
        if owner.name.endswith("FLAGS") and node.attr in self.flags.fields:
            return self.flags.fields[node.attr]
        return replace(owner, name=f"{owner.name}.{node.attr}" if owner.name else node.attr)

    def _evaluate_Lambda(self, node: ast.Lambda) -> Any:
        return Closure(node, self.names)

    # ---- comprehensions

    def _evaluate_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Any:
        """Evaluate [layer for n in (32, 64)], if the values are known."""
        made = self._comprehended(node.generators, lambda: self.value(node.elt))
        return Opaque(node) if made is None else Items(made)

    _evaluate_GeneratorExp = _evaluate_ListComp

    def _evaluate_DictComp(self, node: ast.DictComp) -> Any:
        made = self._comprehended(node.generators, lambda: (self.value(node.key), self.value(node.value)))
        if made is None or not all(isinstance(key, int | str) for key, _ in made):
            return Opaque(node)
        return dict(made)

    def _comprehended(self, loops: list[ast.comprehension], make: Callable[[], Any]) -> list[Any] | None:
        """Return the results of all iterations; None if they are not known."""
        names = {part.id for loop in loops for part in ast.walk(loop.target) if isinstance(part, ast.Name)}
        before = {name: self.names[name] for name in names if name in self.names}
        made: list[Any] = []
        known = self._iterate(loops, make, made)
        for name in names:
            self.names.pop(name, None)
        self.names |= before
        return made if known else None

    def _iterate(self, loops: list[ast.comprehension], make: Callable[[], Any], made: list[Any]) -> bool:
        if not loops:
            made.append(make())
            return len(made) <= MAX_ITEMS
        values = self.value(loops[0].iter)
        values = list(values) if isinstance(values, dict) else values
        if not isinstance(values, list | tuple | range) or len(values) > MAX_ITERATIONS:
            return False
        for value in values:
            self.assign(loops[0].target, value)
            kept = [self.truth(self.value(test)) for test in loops[0].ifs]
            if None in kept or (all(kept) and not self._iterate(loops[1:], make, made)):
                return False
        return True


def part_of(name: str) -> str:
    """Return the part of the data that a name refers to: "train", "test" or ""."""
    lowered = name.lower()
    return "test" if "test" in lowered else "train" if "train" in lowered else ""


def unresolved_at(node: ast.expr | ast.stmt, why: Words) -> Unresolved:
    """Create an Unresolved at this position in the script."""
    return Unresolved(None, why=why, line=node.lineno)


def through(node: ast.expr) -> Unresolved:
    """Create the value of a tensor that goes through an unsupported expression."""
    return unresolved_at(node, lazy("the tensor goes through `{code}`", code=source_of(node)))


def undecided(test: ast.expr, value: Any = None) -> Unresolved:
    """Create the value of what depends on a condition that is not known."""
    if isinstance(value, Unresolved):
        return value
    code = source_of(test)
    return unresolved_at(test, lazy("this depends on `{code}`, whose value is not in the text", code=code))


def _unknown(value: Any, node: ast.expr) -> Any:
    """Return the value of something that cannot be unpacked."""
    return value if isinstance(value, Unresolved) else Opaque(node)


def _within(left: Any, right: Any) -> bool | None:
    """Whether one is in the other; None if that is not known."""
    if isinstance(right, str):
        return left in right if isinstance(left, str) else None
    if not isinstance(left, int | float | str | bool | None) or not isinstance(right, list | tuple | dict):
        return None
    simple = [each for each in right if isinstance(each, int | float | str | bool | None)]
    return True if left in simple else False if len(simple) == len(right) else None


def _part(values: Any, key: Any) -> Any:
    """Return an item or a slice; None if the index is not known."""
    if isinstance(key, slice):
        return values[key]
    known = is_whole(key) and -len(values) <= key < len(values)
    return values[key] if known else None


def _or(value: Any, node: ast.expr) -> Any:
    return Opaque(node) if value is None else value


def _percent_formatted(text: str, values: Any) -> str | None:
    """Evaluate 'conv%d' % 1 with no formats but %s and %d; None for any other."""
    arguments = values if isinstance(values, tuple) else (values,)
    parts = text.replace("%d", "%s").split("%s")
    known = sum(len(str(value)) for value in arguments if isinstance(value, str)) < MAX_ITEMS and all(
        isinstance(value, str | float | bool) or (is_whole(value) and abs(value) < _MAX_NUMBER)
        for value in arguments
    )
    if "%" in "".join(parts) or len(parts) != len(arguments) + 1 or not known:
        return None
    return parts[0] + "".join(f"{value}{part}" for value, part in zip(arguments, parts[1:], strict=True))


def _is_scaling(op: ast.operator, by: Any) -> bool:
    """Whether an operation on pixels scales them down, such as a division by 255."""
    if not is_number(by):
        return isinstance(op, ast.Div)
    return bool(by > 1 if isinstance(op, ast.Div) else by < 1)


def _computed(node: ast.BinOp, left: Any, right: Any) -> Any:
    """Compute the arithmetic of known numbers; Opaque if that is impossible or the result too large."""
    compute = _OPERATORS.get(type(node.op))
    tame = abs(left) <= _MAX_NUMBER and abs(right) <= (64 if isinstance(node.op, ast.Pow) else _MAX_NUMBER)
    if compute is None or not tame:
        return Opaque(node)
    try:
        result = compute(left, right)
    except (ArithmeticError, ValueError):
        return Opaque(node)
    return Opaque(node) if isinstance(result, complex) or abs(result) > _MAX_NUMBER**2 else result
