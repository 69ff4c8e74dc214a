"""Reading a design and a training configuration from Keras code.

Supported are both styles of `Sequential`, the functional style as long as it is one chain, and a class with a
`call` method. Keras' defaults are not PyTorch's: what the text omits gets Keras' defaults.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.containers import unsupported_method
from cnnlab.convert.expressions import through
from cnnlab.convert.keras_layers import activations, keras_layers, own_classes, read_layer, weighted
from cnnlab.convert.keras_old import Dialect, dialect_of, modern, third_number
from cnnlab.convert.keras_shapes import input_shape, note_input
from cnnlab.convert.keras_training import Training
from cnnlab.convert.locations import line_name
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
from cnnlab.convert.stack import Imported, Stack, script_name
from cnnlab.convert.suggestions import suggestion
from cnnlab.convert.title import title_above
from cnnlab.convert.values import (
    Call,
    Flow,
    Instance,
    Items,
    Network,
    Opaque,
    Unresolved,
    added,
    flat,
    is_number,
)
from cnnlab.data import BUILT_IN, CodeNames, DataRecord, DatasetInfo
from cnnlab.ground.errors import DesignError
from cnnlab.language import _, lazy

_ONE_CHAIN = lazy("one chain of layers, Add()([x, y]), or the blocks of the lab's own scripts")
# Prefixes of methods that do not change the layers of a network.
_HARMLESS = [
    "_",
    "add_loss",
    "add_metric",
    "call",
    "compile",
    "count",
    "evaluate",
    "export",
    "fit",
    "get",
    "load",
    "predict",
    "reset",
    "save",
    "score",
    "set_weights",
    "summary",
    "test",
    "to_",
    "train_on",
    "build",
    "compute",
    "__",
]
_METADATA = frozenset(("shape", "dtype", "name", "ndim", "_keras_shape"))


class _KerasScript(Script):
    """What calls mean in a script that uses Keras."""

    forward_method = "call"

    def __init__(self, dialect: Dialect, sets: Sequence[DataRecord]) -> None:
        super().__init__()
        self.own_classes = own_classes()
        self.layers = frozenset(keras_layers())
        self.sets = {name: record.info for record in sets for name in _names(record.code)}
        self.dialect = dialect
        self.data: DatasetInfo | None = None
        self.scaled = False  # by a generator or a layer, apart from arithmetic on the data
        self.training = Training(dialect)
        self.stray_layer: Unresolved | None = None  # a layer that is added to something that is not a network
        self.settings: dict[str, Call] = {}  # compile and fit of something that the text does not create

    # ---- calls

    def on_call(self, call: Call) -> Any:
        meaning: Callable[[Call], Any] | None = getattr(self, f"_means_{call.name}", None)
        if meaning is not None:
            return meaning(call)
        if call.name in self.layers:
            return modern(call, self.dialect)
        of_layer = isinstance(call.owner, Call) and call.owner.name in self.layers
        if of_layer and call.name in ("call", "__call__"):
            return self.on_apply(call.owner, call)
        if isinstance(call.owner, Network):
            return self._of_network(call.owner, call)
        arguments = [*call.args, *call.kwargs.values()]
        if isinstance(call.owner, Flow) or any(
            isinstance(each, Flow) or _branches(each) for each in arguments
        ):
            return self._function(call, arguments)
        if isinstance(call.owner, Opaque) and call.owner.part:
            return call.owner  # x_train.reshape(...) and the like
        data = [arg for arg in arguments if isinstance(arg, Opaque) and arg.part]
        return data[0] if data else call

    def on_external_method(self, owner: Instance, call: Call) -> Any:
        if call.name in ("compile", "fit", "fit_generator", "evaluate", "build"):
            return self._record_training_call(call)
        if any(isinstance(value, Flow) for value in call.args):
            return self._unsupported(call)
        if not call.name.startswith(tuple(_HARMLESS)):
            owner.unresolved = unsupported_method(call, lazy("the {name}", name=owner.definition.name[:60]))
        return Opaque(None, call.name)

    def on_base_init(self, owner: Instance, call: Call) -> None:
        """Follow the __init__ of a Sequential, or of a Model with inputs and outputs."""
        outputs = call.argument(1, "outputs", "output")
        if owner.inner is not None:
            self.branches.change(owner.inner.steps, _layers(call))
        elif outputs is not None:
            owner.inner = Network(call.line, Items([_one(outputs, call)]))

    def _of_network(self, owner: Network, call: Call) -> Any:
        """Evaluate a method of a model that has no meaning of its own here."""
        if any(isinstance(value, Flow) for value in call.args):
            return self._unsupported(call)
        if not call.name.startswith(tuple(_HARMLESS)):
            self.containers.invalidate(owner.steps, unsupported_method(call, lazy("the network")))
        return Opaque(None, call.name)

    def _function(self, call: Call, arguments: list[Any]) -> Any:
        """Evaluate a function of a tensor: an activation, a flattening, or something unsupported."""
        flows = [value for value in (call.owner, *arguments) if isinstance(value, Flow)]
        listed = [value for value in arguments if _branches(value)]
        if listed or len(flows) > 1:
            return _joins(call)
        if call.name in activations():
            return flows[0].through(Call("Activation", "", None, (call.name,), {}, call.line))
        if call.name in ("reshape", "flatten", "batch_flatten"):
            sides = call.argument(1, "shape", "newshape", "target_shape")
            flat_out = isinstance(sides, list | tuple) and len(sides) == 2
            if flat_out or call.name != "reshape":
                return flows[0].through(Call("Flatten", "", None, (), {}, call.line))
        if call.name in ("cast", "convert_to_tensor", "identity", "stop_gradient"):
            return flows[0]
        return self._unsupported(call)

    def _unsupported(self, call: Call) -> Unresolved:
        repair = suggestion(call.name, self.layers)
        return Unresolved(
            None,
            why=lazy("a tensor goes through {name}", name=repr(call.name[:60])),
            line=call.line,
            repair=repair,
            allowed="" if repair else lazy("Keras layers, one after the other"),
        )

    def on_apply(self, layer: Any, call: Call) -> Any:
        before = call.argument(0, "inputs", "x", "input", "input_tensor")
        if isinstance(before, Unresolved):
            return before
        if isinstance(before, list | tuple) and isinstance(layer, Call):
            return self._join(layer, before, call.line)
        if isinstance(before, Flow) and isinstance(layer, Instance):
            return self.apply_object(layer, call)
        if isinstance(before, Flow) and isinstance(layer, Call | Network):
            return before.through(layer)
        if isinstance(layer, Call) and layer.name in self.layers and isinstance(before, Opaque):
            code = before.text or lazy("something")
            why = lazy("a layer gets `{code}`, which is not a tensor that the text creates", code=code)
            allowed = lazy("keras.Input(...), and the outputs of layers")
            return Unresolved(None, why=why, line=call.line, allowed=allowed)
        return Opaque(None)

    def _join(self, layer: Call, flows: list[Any] | tuple[Any, ...], line: int) -> Any:
        """Join branches: an addition of two is a residual block."""
        unresolved = [flow for flow in flows if isinstance(flow, Unresolved)]
        two = [flow for flow in flows if isinstance(flow, Flow)]
        if unresolved:
            return unresolved[0]
        if layer.name not in ("Add", "add") or len(flows) != 2 or len(two) != 2:
            return _joins(replace(layer, line=line))
        return added(two[0], two[1], line)

    # ---- tensors

    def on_arithmetic(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        if isinstance(left, Flow) and isinstance(right, Flow) and isinstance(node.op, ast.Add):
            return added(left, right, node.lineno)
        only_input = isinstance(left, Flow) and all(_is_input(step) for step in left.steps)
        if only_input and isinstance(node.op, ast.Div) and is_number(right):
            self.scaled = True
            return left
        return super().on_arithmetic(left, right, node)

    def on_attribute(self, owner: Any, node: ast.Attribute) -> Any:
        if isinstance(owner, Network):
            if node.attr == "layers":
                return Items(step for step in flat(owner.steps, owner.line) if not _is_input(step))
            ends = {"output": Flow((owner,)), "outputs": Items([Flow((owner,))]), "input": Flow()}
            return ends.get(node.attr, Items([Flow()]) if node.attr == "inputs" else Opaque(node))
        if isinstance(owner, Call) and node.attr == "output":
            return self._output_of(owner)
        if isinstance(owner, Flow) and node.attr not in _METADATA:
            return through(node)
        return Opaque(node)

    def _output_of(self, layer: Call) -> Flow:
        """Return the output of a layer: everything up to it in the network that contains it."""
        for network in self.created:
            steps = flat(network.steps, network.line) if isinstance(network, Network) else []
            if any(step is layer for step in steps):
                at = next(index for index, step in enumerate(steps) if step is layer)
                return Flow(tuple(steps[: at + 1]))
        return Flow((layer,))

    def on_unpack(self, targets: list[ast.expr], value: Any) -> None:
        if (
            isinstance(value, Call)
            and value.name == "evaluate"
            and isinstance(value.owner, Network | Instance)
        ):
            self.training.record_unpacking(value, len(targets))

    # ---- networks

    def _means_Sequential(self, call: Call) -> Network:
        return self._network(call, _layers(call))

    def _means_Model(self, call: Call) -> Any:
        outputs = call.argument(1, "outputs", "output")
        return call if outputs is None else self._network(call, [_one(outputs, call)])

    def _network(self, call: Call, steps: list[Any]) -> Network:
        network = Network(call.line, Items(steps))
        self.created.append(network)
        return network

    def _means_Input(self, call: Call) -> Flow:
        return Flow((call,))

    _means_InputLayer = _means_Input

    def _means_add(self, call: Call) -> Any:
        layer = call.argument(0, "layer", "inputs")
        owner = call.owner
        if isinstance(owner, Network):
            added_one = (
                Unresolved(None, why=lazy("nothing is added"), line=call.line) if layer is None else layer
            )
            self.containers.insert(owner.steps, len(owner.steps), [added_one], call.line)
        elif isinstance(layer, list | tuple) and not isinstance(owner, Call):
            return self._join(call, layer, call.line)
        elif isinstance(layer, Call) and owner is not None and self.stray_layer is None:
            self.stray_layer = _stray_layer_error(owner, call)
        return Opaque(None, "add")

    def _means_pop(self, call: Call) -> Any:
        if isinstance(call.owner, Network):
            steps = call.owner.steps
            whole = [index for index, step in enumerate(steps) if not _is_input(step)]
            self.containers.remove(steps, whole[-1] if whole and not call.args else None, call.line)
        return Opaque(None, "pop")

    def _record_training_call(self, call: Call) -> Any:
        if isinstance(call.owner, Network | Instance):
            call.owner.training_calls[call.name] = call
        elif call.name in ("compile", "fit"):
            self.settings.setdefault(call.name, call)
        return call

    _means_compile = _means_fit = _means_fit_generator = _means_evaluate = _means_build = (
        _record_training_call
    )

    # ---- data

    def _means_load_data(self, call: Call) -> Any:
        found = [self.sets[word] for word in call.path.split(".") if word in self.sets]
        self.data = found[0] if found else self.data
        raw = [
            Opaque(None, name, part, scaled=False, one_hot=False)
            for name, part in (
                ("x_train", "train"),
                ("y_train", "train"),
                ("x_test", "test"),
                ("y_test", "test"),
            )
        ]
        return (raw[0], raw[1]), (raw[2], raw[3])

    def _means_to_categorical(self, call: Call) -> Any:
        labels = call.argument(0, "y", "x", "labels", "indices")
        return replace(labels, one_hot=True) if isinstance(labels, Opaque) else Opaque(None, one_hot=True)

    _means_one_hot = _means_to_categorical

    def _means_normalize(self, call: Call) -> Any:
        pictures = call.argument(0, "x")
        return replace(pictures, scaled=True) if isinstance(pictures, Opaque) else call

    def _means_train_test_split(self, call: Call) -> Any:
        halves: list[Any] = []
        for value in call.args:
            halves += [value, replace(value, part="train") if isinstance(value, Opaque) else value]
        return tuple(halves)

    def _means_ImageDataGenerator(self, call: Call) -> Any:
        self.scaled |= call.kwargs.get("rescale") is not None
        return call

    def _means_Rescaling(self, call: Call) -> Any:
        self.scaled = True
        return call

    def _means_image_data_format(self, call: Call) -> str:
        """Evaluate K.image_data_format(): channels last, Keras' default."""
        return "channels_last"

    def _means_image_dim_ordering(self, call: Call) -> str:
        return "tf"


def _layers(call: Call) -> list[Any]:
    """Return the layers in the arguments of Sequential."""
    layers = call.argument(0, "layers")
    if layers is not None and not isinstance(layers, list | tuple):
        unknown = lazy("the layers are {value}", value=shown(layers))
        why = layers.why if isinstance(layers, Unresolved) else unknown
        raise DesignError(why, where=line_name(call.line, "Sequential"))
    return list(layers or [])


def _one(outputs: Any, call: Call) -> Any:
    """Return the only output of a model; Unresolved if there are several, or none that was followed."""
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    if isinstance(outputs, list | tuple) and len(outputs) == 1:
        outputs = outputs[0]
    if isinstance(outputs, Flow | Unresolved):
        return outputs
    if isinstance(outputs, list | tuple):
        why = lazy("the model has {count} outputs", count=len(outputs))
        return Unresolved(None, why=why, line=call.line, allowed=lazy("one output"))
    why = lazy("the output of the model is {value}", value=shown(outputs))
    return Unresolved(None, why=why, line=call.line)


def _joins(call: Call) -> Unresolved:
    why = lazy("{name} joins several branches", name=call.name[:60])
    return Unresolved(None, why=why, line=call.line, allowed=_ONE_CHAIN)


def _stray_layer_error(owner: Any, call: Call) -> Unresolved:
    name = owner.text if isinstance(owner, Opaque) else shown(owner)
    repair = suggestion(owner.name, ("Sequential",)) if isinstance(owner, Call) else ""
    why = lazy("a layer is added to {name}, which is not a network that the text creates", name=name)
    missing = lazy("A line such as model = Sequential() is missing")
    return Unresolved(None, why=why, line=call.line, repair=repair or missing)


def _branches(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Flow) for item in value)


def _is_input(step: Any) -> bool:
    if isinstance(step, Flow):
        return all(map(_is_input, step.steps))
    return isinstance(step, Call) and step.name in ("Input", "InputLayer")


def _names(code: CodeNames) -> tuple[str, ...]:
    return (code.keras, *code.also) if code.keras else code.also


def read_keras(source: Source, sets: Sequence[DataRecord] = BUILT_IN) -> Imported:
    """Read the last network in the text, how it is trained, and on which of these data sets.

    Raises DesignError with the line.
    """
    dialect = dialect_of(source.statements)
    script = _KerasScript(dialect, sets)
    script.follow(source.statements)
    root, several = choose_network(script, [each for each in script.created if each.training_calls]) or (
        None,
        [],
    )
    if root is None:
        raise _nothing(script)
    steps = steps_of(script, root)
    network = Network(root.line, Items(steps), root.training_calls)
    stack = Stack(input_shape(steps, network, script.data), root.line)
    stack.warnings += shared_weights(steps, weighted())
    unused = unused_layers(root, steps, weighted())
    stack.notes += [*several, *unused, *source.remarks, *script.remarks]
    note_input(stack, steps, network, script.data)
    for step in steps:
        note = third_number(step, dialect) if isinstance(step, Call) else ""
        if note:
            stack.note(step, note)
        read_layer(step, stack)
    config = script.training.config(root, steps, stack, script.scaled)
    own = None if isinstance(root, Network) else root.definition.name[:60]
    name = own or title_above(source.text, root.line) or _("Keras code")
    design = stack.design(script_name(script.names, name))
    data = script.data.name if script.data else None
    return Imported(design, config, tuple(stack.warnings), tuple(stack.notes), data)


def _nothing(script: _KerasScript) -> DesignError:
    """Create the error that says why no network was found."""
    if script.stray_layer is not None:
        return script.stray_layer.error()
    unfinished = missing_forward(script)
    if unfinished is not None:
        return unfinished
    if script.settings:
        return _settings_only(script, next(iter(script.settings.values())))
    return DesignError(
        lazy("no network was found"),
        allowed=lazy(
            "keras.Sequential([...]), model.add(...), keras.Model(inputs, outputs), or a class with call"
        ),
    )


def _settings_only(script: _KerasScript, first: Call) -> DesignError:
    """Create the error for compile and fit, the first of them here, without a network."""
    if isinstance(first.owner, Call):
        return external_network(first.owner)
    network = Network(first.line, Items([]), script.settings)
    return settings_only(script.training.config(network, [], unknown_network(), script.scaled), first.line)
