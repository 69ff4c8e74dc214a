"""Reading a design from PyTorch code: `nn.Sequential`, or an `nn.Module` whose forward is one chain.

Additions of a tensor to an earlier one are residual blocks. The text gives the number of input channels, but
not always the size of the pictures: torch_shapes.py looks for a size at which all layers fit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from cnnlab.convert.containers import unsupported_method
from cnnlab.convert.expressions import through
from cnnlab.convert.locations import line_name, on_line
from cnnlab.convert.roots import (
    choose_network,
    external_network,
    missing_forward,
    shared_weights,
    steps_of,
    unused_layers,
)
from cnnlab.convert.script import Script
from cnnlab.convert.settings import settings_only, unknown_network
from cnnlab.convert.source import Source
from cnnlab.convert.stack import Imported, script_name
from cnnlab.convert.suggestions import suggestion
from cnnlab.convert.title import title_above
from cnnlab.convert.torch_layers import functions, modules, own_classes, weighted
from cnnlab.convert.torch_shapes import Hint, fitting_stack, hint_of
from cnnlab.convert.torch_training import Training
from cnnlab.convert.values import (
    Call,
    Flow,
    Instance,
    Items,
    Network,
    Opaque,
    Unresolved,
    added,
    is_number,
)
from cnnlab.data import BUILT_IN, DataRecord, DatasetInfo
from cnnlab.ground.errors import DesignError
from cnnlab.language import _, lazy
from cnnlab.training.loss_kinds import LOSSES

_UNCHANGING = frozenset(("contiguous", "to", "float", "cuda", "cpu", "detach", "clone", "Identity", "type"))
_QUERIES = frozenset(("size", "dim", "numel", "item", "tolist", "numpy", "is_cuda", "get_device"))
_METADATA = frozenset(("shape", "device", "dtype", "ndim", "requires_grad", "grad", "is_cuda"))
_MODULE_METHODS = frozenset(
    (
        "to",
        "cuda",
        "cpu",
        "train",
        "eval",
        "float",
        "double",
        "half",
        "type",
        "apply",
        "compile",
        "requires_grad_",
        "share_memory",
    )
)
# Prefixes of methods that do not change the layers of a network.
_HARMLESS = [
    "_",
    "add_argparse",
    "configure",
    "count",
    "eval",
    "export",
    "extra",
    "fit",
    "forward",
    "freeze",
    "get",
    "init",
    "load",
    "log",
    "manual_",
    "named_",
    "optimizers",
    "parameters",
    "plot",
    "predict",
    "print",
    "push",
    "register_",
    "reset",
    "save",
    "score",
    "set_",
    "size",
    "state_dict",
    "summary",
    "test",
    "toggle",
    "train",
    "unfreeze",
    "untoggle",
    "validate",
    "zero_grad",
    "modules",
    "children",
    "buffers",
    "__",
]


class _TorchScript(Script):
    """What calls mean in a script that uses PyTorch."""

    def __init__(self, sets: Sequence[DataRecord]) -> None:
        super().__init__()
        self.own_classes = own_classes() | {kind.torch.own for kind in LOSSES.values() if kind.torch.own}
        self.layers = frozenset(modules())
        self.sets = {record.code.torchvision: record.info for record in sets if record.code.torchvision}
        self.data: DatasetInfo | None = None
        self.training = Training()
        self.trained: list[Any] = []  # networks whose parameters() was called, usually for an optimizer
        self.hints: list[Hint] = []
        self.external: Call | None = None  # a trained network that is not in the text

    # ---- calls

    def on_call(self, call: Call) -> Any:
        if isinstance(call.owner, Flow):
            return self._flow_on(call.owner, call)
        if isinstance(call.owner, Network):
            return self._of_network(call.owner, call)
        if isinstance(call.owner, Call) and call.name in ("forward", "__call__"):
            return self.on_apply(call.owner, call)
        if isinstance(call.owner, Call) and call.owner.name in self.layers and call.name in _MODULE_METHODS:
            return call.owner
        arguments = [*call.args, *call.kwargs.values()]
        if any(isinstance(value, Flow) or _branches(value) for value in arguments):
            return self._function(call, arguments)
        if call.name in functions() and arguments and isinstance(arguments[0], Unresolved):
            return arguments[0]
        return self._other_call(call)

    def _other_call(self, call: Call) -> Any:
        """Evaluate a call without a tensor."""
        hint = hint_of(call)
        if hint is not None:
            self.hints.append(hint)
        meaning: Callable[[Call], Any] | None = getattr(self, f"_means_{call.name}", None)
        if meaning is not None:
            return meaning(call)
        if call.name in self.sets:
            return self._dataset(call)
        if call.name == "parameters" and isinstance(call.owner, Call):
            self.external = call.owner
        self.training.record(call)
        return call

    def on_external_method(self, owner: Instance, call: Call) -> Any:
        flows = [value for value in call.args if isinstance(value, Flow)]
        if flows:
            return self._unsupported(call)
        if call.name in ("add_module", "register_module"):
            name, module = call.argument(0, "name"), call.argument(1, "module")
            if isinstance(name, str):
                self.branches.put(owner.fields, name, module)
            else:
                owner.unresolved = Unresolved(
                    None, why=lazy("the name of the module is not known"), line=call.line
                )
        elif call.name in ("children", "named_children"):
            children = {name: each for name, each in owner.fields.items() if _is_module(each)}
            return Items(children.values() if call.name == "children" else children.items())
        elif call.name == "parameters":
            self.trained.append(owner)
        elif call.name in _MODULE_METHODS:
            return owner
        elif not call.name.startswith(tuple(_HARMLESS)):
            owner.unresolved = unsupported_method(call, lazy("the {name}", name=owner.definition.name[:60]))
        return Opaque(None, call.name)

    def on_base_init(self, owner: Instance, call: Call) -> None:
        if owner.inner is not None:
            self.branches.change(owner.inner.steps, [_modules(arg) for arg in call.args])

    def _of_network(self, owner: Network, call: Call) -> Any:
        """Evaluate a method of an nn.Sequential."""
        steps = owner.steps
        if call.name in ("add_module", "register_module"):
            self.containers.insert(steps, len(steps), [call.argument(1, "module")], call.line)
        elif call.name in ("append", "extend", "insert", "pop"):
            result = self.containers.call(steps, call)
            return result if call.name == "pop" else owner
        elif call.name == "children":
            return Items(steps)
        elif call.name in ("forward", "__call__"):
            return self.on_apply(owner, call)
        elif call.name == "parameters":
            self.trained.append(owner)
        elif call.name in _MODULE_METHODS:
            return owner
        elif any(isinstance(value, Flow) for value in call.args):
            return self._unsupported(call)
        elif not call.name.startswith(tuple(_HARMLESS)):
            self.containers.invalidate(steps, unsupported_method(call, lazy("the network")))
        return Opaque(None, call.name)

    def _function(self, call: Call, arguments: list[Any]) -> Any:
        """Evaluate a function of tensors: a single tensor goes through it; joining several is refused."""
        flows = [value for value in arguments if isinstance(value, Flow)]
        listed = [value for value in arguments if _branches(value)]
        if listed:
            return Unresolved(
                None,
                why=lazy("{name} joins several branches", name=call.name[:60]),
                line=call.line,
                allowed=lazy("one chain of layers, additions of an earlier tensor, or the lab's own blocks"),
            )
        if call.name in ("add", "add_") and len(flows) == 2:
            return added(flows[0], flows[1], call.line)
        first = call.argument(0, "input", "x", "self", "tensor")
        if len(flows) > 1 or first is not flows[0]:
            return self._unsupported(call)
        kwargs = {name: value for name, value in call.kwargs.items() if value is not flows[0]}
        args = tuple(value for value in call.args if value is not flows[0])
        return self._flow_on(flows[0], Call(call.name, call.path, None, args, kwargs, call.line))

    def _flow_on(self, flow: Flow, call: Call) -> Any:
        """Evaluate a method of a tensor, which is a step if the lab knows it; size and the like are not."""
        if call.name in _UNCHANGING:
            return flow
        if call.name in _QUERIES:
            return Opaque(None, call.name)
        other = call.argument(0, "other")
        if call.name in ("add", "add_") and isinstance(other, Flow):
            return added(flow, other, call.line)
        name = call.name.rstrip("_")
        if name not in functions():
            return self._unsupported(call)
        return flow.through(Call(name, call.path, None, call.args, call.kwargs, call.line))

    def _unsupported(self, call: Call) -> Unresolved:
        names = ", ".join(sorted(functions()))
        repair = suggestion(call.name, functions())
        why = lazy("the forward pass uses {name}", name=repr(call.name[:60]))
        return Unresolved(None, why=why, line=call.line, allowed="" if repair else names, repair=repair)

    def on_apply(self, layer: Any, call: Call) -> Any:
        before = call.argument(0, "input", "x", "inputs")
        if isinstance(before, Unresolved):
            return before
        if not isinstance(before, Flow):
            return Opaque(None)
        if isinstance(layer, Instance):
            return self.apply_object(layer, call)
        others = [value for value in (*call.args, *call.kwargs.values()) if value is not before]
        if any(isinstance(value, Flow) for value in others):
            return self._unsupported(call)
        if isinstance(layer, Call | Network):
            return before.through(layer)
        name = call.name[:60] or "something"
        return Unresolved(
            None,
            why=lazy("the tensor goes through {name}, which is not a layer", name=repr(name)),
            line=call.line,
        )

    # ---- tensors

    def on_arithmetic(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        if isinstance(left, Flow) and isinstance(right, Flow):
            if isinstance(node.op, ast.Add):
                return added(left, right, node.lineno)
            if isinstance(node.op, ast.Mult) and _is_swish(left, right):
                return min(left, right, key=lambda flow: len(flow.steps)).through(
                    Call("silu", "", None, (), {}, node.lineno)
                )
        if isinstance(left, Flow) and not left.steps and isinstance(node.op, ast.Div) and is_number(right):
            remark = lazy("the division is left out: the lab's pixels go from 0 to 1.")
            self.remarks.append(on_line(node.lineno, remark))
            return left
        return super().on_arithmetic(left, right, node)

    def on_attribute(self, owner: Any, node: ast.Attribute) -> Any:
        if isinstance(owner, Flow) and node.attr == "data":
            return owner
        if isinstance(owner, Flow) and node.attr not in _METADATA:
            return through(node)
        return Opaque(node)

    def on_statement(self, node: ast.Expr, value: Any) -> None:
        """Follow relu_(x), and note a layer whose result is not used."""
        assert isinstance(node.value, ast.Call)
        call = node.value
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        owners = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        tensor = next(
            (
                expression
                for expression in [*call.args, *owners]
                if isinstance(self._value_of(expression), Flow)
            ),
            None,
        )
        if not isinstance(tensor, ast.Name) or not isinstance(value, Flow | Unresolved):
            return
        last = value.steps[-1] if isinstance(value, Flow) and value.steps else None
        in_place = isinstance(last, Call) and last.kwargs.get("inplace") is True
        if in_place or (method.endswith("_") and not method.endswith("__")):
            self.assign(tensor, value)
        elif isinstance(value, Flow) and value is not self._value_of(tensor):
            remark = lazy("nothing uses its output, so it is not part of the network.")
            self.remarks.append(on_line(node.lineno, remark))

    def _value_of(self, expression: ast.expr) -> Any:
        return self.names.get(expression.id) if isinstance(expression, ast.Name) else None

    # ---- training, networks and data

    def on_loop(self, hint: str, iterations: int | None) -> None:
        if "epoch" in hint and iterations:
            self.training.epochs = iterations

    def _means_Sequential(self, call: Call) -> Network:
        network = Network(call.line, Items(_modules(arg) for arg in call.args))
        self.created.append(network)
        return network

    def _means_ModuleList(self, call: Call) -> Items:
        modules = call.argument(0, "modules")
        unknown = [] if modules is None else [modules]
        return Items(modules if isinstance(modules, list | tuple) else unknown)

    def _dataset(self, call: Call) -> Any:
        self.data = self.sets[call.name]
        train = call.argument(1, "train")
        return Opaque(None, call.name, "test" if train is False else "train")


def _branches(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Flow) for item in value)


def _modules(value: Any) -> Any:
    """Return the modules in an OrderedDict; anything else unchanged."""
    return Items(value.values()) if isinstance(value, dict) else value


def _is_module(value: Any) -> bool:
    return isinstance(value, Network | Instance | Items) or (
        isinstance(value, Call) and value.name in modules()
    )


def _is_swish(left: Flow, right: Flow) -> bool:
    """Whether a product is x * sigmoid(x)."""
    short, long = sorted((left.steps, right.steps), key=len)
    more = long[len(short) :]
    shared = all(one is other for one, other in zip(short, long, strict=False))
    return shared and len(more) == 1 and isinstance(more[0], Call) and more[0].name.lower() == "sigmoid"


def read_torch(source: Source, sets: Sequence[DataRecord] = BUILT_IN) -> Imported:
    """Read the network in the text, how it is trained, and on which of these data sets.

    Raises DesignError with the line.
    """
    script = _TorchScript(sets)
    script.follow(source.statements)
    root, several = choose_network(script, script.trained) or (None, [])
    if root is None:
        raise _nothing(script)
    own = None if isinstance(root, Network) else root.definition.name[:60]
    name = own or title_above(source.text, root.line) or _("PyTorch code")
    steps = steps_of(script, root)
    if not steps:
        raise DesignError(lazy("the network has no layers"), where=line_name(root.line))
    stack = fitting_stack(steps, root.line, script.names, script.data, script.hints)
    stack.warnings += shared_weights(steps, weighted())
    unused = unused_layers(root, steps, weighted())
    stack.notes += [*several, *unused, *source.remarks, *script.remarks]
    config = script.training.config(script.names, stack)
    design = stack.design(script_name(script.names, name))
    data = script.data.name if script.data else None
    return Imported(design, config, tuple(stack.warnings), tuple(stack.notes), data)


def _nothing(script: _TorchScript) -> DesignError:
    """Create the error that says why no network was found."""
    unfinished = missing_forward(script)
    if unfinished is not None:
        return unfinished
    if script.external is not None:
        return external_network(script.external)
    if script.training.has_settings:
        return settings_only(script.training.config(script.names, unknown_network()))
    allowed = lazy("nn.Sequential(...), or a class with a forward method")
    return DesignError(lazy("no network was found"), allowed=allowed)
