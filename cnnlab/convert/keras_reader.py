"""From Keras code to a design and a training configuration.

Both styles of `Sequential`, and the functional style as long as it is one chain. Keras' defaults are not
PyTorch's: what is left out in the text is filled in as Keras would.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.keras_layers import LAYERS, take_layer
from cnnlab.convert.keras_shapes import picture_of, sides_of
from cnnlab.convert.keras_training import Training
from cnnlab.convert.script import Script
from cnnlab.convert.source import read_source
from cnnlab.convert.stack import Imported, Picture, Stack, flat, named
from cnnlab.convert.values import Call, Flow, Network, Opaque, added
from cnnlab.data import DATASETS
from cnnlab.errors import DesignError
from cnnlab.layers import Flatten

_DATA = {
    "mnist": "mnist",
    "fashion_mnist": "fashion-mnist",
    "cifar10": "cifar10",
    "kmnist": "kmnist",
    "load_digits": "digits",
}
# Keras 1 and 2 called some arguments otherwise.
_OLD_NAMES = {
    "border_mode": "padding",
    "subsample": "strides",
    "output_dim": "units",
    "nb_filter": "filters",
    "alpha": "negative_slope",
}


class _KerasScript(Script):
    """What calls mean in a script that uses Keras."""

    own = frozenset(("Residual", "Inception", "SqueezeExcitation", "PaddedMaxPooling2D"))

    def __init__(self) -> None:
        super().__init__()
        self.networks: list[Network] = []
        self.data: str | None = None
        self.scaled = False  # by a generator or a layer, outside of the data's own arithmetic
        self.training = Training()

    def on_call(self, call: Call) -> Any:
        meaning: Callable[[Call], Any] | None = getattr(self, f"_call_{call.name}", None)
        if meaning is not None:
            return meaning(call)
        if call.name in LAYERS:
            return _modern(call)
        if isinstance(call.owner, Opaque) and call.owner.part:
            return call.owner  # x_train.reshape(...) and the like
        data = [arg for arg in call.args if isinstance(arg, Opaque) and arg.part]
        return data[0] if data else call

    def on_apply(self, layer: Any, call: Call) -> Any:
        before = call.args[0] if call.args else None
        if isinstance(before, list | tuple) and isinstance(layer, Call):
            return self._join(layer, before, call.line)
        if isinstance(before, Flow) and isinstance(layer, Call | Network):
            return Flow((*before.steps, layer))
        return Opaque(None)

    def on_sum(self, left: Any, right: Any, node: ast.BinOp) -> Any:
        if isinstance(left, Flow) and isinstance(right, Flow):
            return added(left, right, node.lineno)
        return Opaque(node)

    def _join(self, layer: Call, flows: list[Any] | tuple[Any, ...], line: int) -> Flow:
        """Several ways meet: an addition of two is a residual block."""
        two = [flow for flow in flows if isinstance(flow, Flow)]
        if layer.name not in ("Add", "add") or len(flows) != 2 or len(two) != 2:
            raise DesignError(
                f"{layer.name} joins several branches",
                where=f"line {line}",
                allowed="one chain of layers, Add()([x, y]), or the blocks of the lab's own scripts",
            )
        return added(two[0], two[1], line)

    def on_unpack(self, targets: list[ast.expr], value: Any) -> None:
        if isinstance(value, Call) and value.name == "evaluate" and isinstance(value.owner, Network):
            self.training.unpacked(value, len(targets))

    def _call_Sequential(self, call: Call) -> Network:
        layers = call.args[0] if call.args else call.kwargs.get("layers", [])
        if layers is not None and not isinstance(layers, list | tuple):
            raise DesignError(f"the layers are {shown(layers)}", where=f"line {call.line}, Sequential")
        return self._network(call, list(layers or []))

    def _call_Model(self, call: Call) -> Any:
        outputs = call.kwargs.get("outputs", call.args[1] if len(call.args) > 1 else None)
        return self._network(call, [outputs]) if isinstance(outputs, Flow) else call

    def _network(self, call: Call, steps: list[Any]) -> Network:
        network = Network(call.line, steps)
        self.networks.append(network)
        return network

    def _call_Input(self, call: Call) -> Flow:
        return Flow((call,))

    _call_InputLayer = _call_Input

    def _call_add(self, call: Call) -> Any:
        if call.args and isinstance(call.args[0], list | tuple) and not isinstance(call.owner, Network):
            return self._join(call, call.args[0], call.line)
        if isinstance(call.owner, Network) and call.args:
            call.owner.steps.append(call.args[0])
        return Opaque(None, "add")

    def _call_pop(self, call: Call) -> Any:
        if isinstance(call.owner, Network) and call.owner.steps:
            call.owner.steps.pop()
        return Opaque(None, "pop")

    def _order(self, call: Call) -> Any:
        if isinstance(call.owner, Network):
            call.owner.orders[call.name] = call
        return call

    _call_compile = _call_fit = _call_fit_generator = _call_evaluate = _call_build = _order

    def _call_load_data(self, call: Call) -> Any:
        names = [_DATA[word] for word in call.path.split(".") if word in _DATA]
        self.data = names[0] if names else self.data
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

    def _call_to_categorical(self, call: Call) -> Any:
        labels = call.args[0] if call.args else None
        return replace(labels, one_hot=True) if isinstance(labels, Opaque) else Opaque(None, one_hot=True)

    _call_one_hot = _call_to_categorical

    def _call_normalize(self, call: Call) -> Any:
        pictures = call.args[0] if call.args else None
        return replace(pictures, scaled=True) if isinstance(pictures, Opaque) else call

    def _call_train_test_split(self, call: Call) -> Any:
        halves: list[Any] = []
        for value in call.args:
            halves += [value, replace(value, part="train") if isinstance(value, Opaque) else value]
        return tuple(halves)

    def _call_ImageDataGenerator(self, call: Call) -> Any:
        self.scaled |= call.kwargs.get("rescale") is not None
        return call

    def _call_Rescaling(self, call: Call) -> Any:
        self.scaled = True
        return call


def _modern(call: Call) -> Call:
    """The call with today's names of its arguments."""
    call.kwargs = {_OLD_NAMES.get(name, name): value for name, value in call.kwargs.items()}
    return call


def read_keras(text: str) -> Imported:
    """The last network in the text, and how it is trained; raises DesignError that names the line."""
    source = read_source(text)
    script = _KerasScript()
    script.follow(source.statements)
    network = _chosen(script.networks)
    steps = flat(network.steps, network.line)
    stack = Stack(_input_shape(steps, network, script), network.line)
    if len(script.networks) > 1:
        stack.notes.append(
            f"The text makes {len(script.networks)} networks; the one of line {network.line} was read."
        )
    stack.notes += source.remarks
    _note_input(stack, steps, network, script)
    for step in steps:
        take_layer(step, stack, network)
    config = script.training.config(network, steps, stack, script.scaled)
    design = stack.design(named(script.names, "Keras code"))
    return Imported(design, config, tuple(stack.warnings), tuple(stack.notes), script.data)


def _chosen(networks: list[Network]) -> Network:
    filled = [network for network in networks if network.steps]
    if not filled:
        raise DesignError(
            "no network was found",
            where="text",
            allowed="keras.Sequential([...]), model.add(...), or keras.Model(inputs, outputs)",
        )
    compiled = [network for network in filled if network.orders]
    return (compiled or filled)[-1]


# ---- the input


def _input_shape(steps: list[Any], network: Network, script: _KerasScript) -> Picture:
    said = _said_shape(steps, network)
    if said is not None:
        return said
    if script.data:
        return DATASETS[script.data].input_shape
    return (1, 28, 28)


def _said_shape(steps: list[Any], network: Network) -> Picture | None:
    """The shape that the text gives, as a picture with channels first; None where it gives none."""
    first = next((step for step in steps if isinstance(step, Call)), None)
    candidates: list[tuple[Any, bool]] = []
    if first is not None:
        given = first.kwargs
        if first.name in ("Input", "InputLayer"):
            candidates.append((given.get("shape", first.args[0] if first.args else None), False))
        candidates += [(given.get("input_shape"), False), (given.get("batch_input_shape"), True)]
        candidates += [(given.get("batch_shape"), True), (given.get("input_dim"), False)]
    build = network.orders.get("build")
    if build is not None:
        candidates.append((build.kwargs.get("input_shape", build.args[0] if build.args else None), True))
    for value, batch in candidates:
        sides = sides_of(value, batch)
        if sides is not None:
            line = first.line if first is not None else network.line
            return picture_of(sides, line, steps)
    return None


def _note_input(stack: Stack, steps: list[Any], network: Network, script: _KerasScript) -> None:
    said = _said_shape(steps, network)
    channels, height, width = stack.input_shape
    if said is None:
        why = f"as {script.data} has it" if script.data else "assumed"
        stack.notes.append(
            f"No input shape stands in the text: {height}×{width} with {channels} channel(s), {why}."
        )
    first = next((step for step in steps if isinstance(step, Call)), None)
    flat_input = first is not None and _is_flat(first)
    if flat_input and not any(isinstance(step, Call) and step.name == "Reshape" for step in steps):
        stack.put(Call("Flatten", "", None, (), {}, network.line), Flatten)
        stack.notes.append(
            f"The input is a vector in the text: here it is the picture {height}×{width}, and a Flatten."
        )


def _is_flat(first: Call) -> bool:
    given = first.kwargs
    shape = given.get("input_shape", given.get("shape", first.args[0] if first.args else None))
    is_input = first.name in ("Input", "InputLayer") or "input_shape" in given
    alone = isinstance(shape, list | tuple) and len(shape) == 1
    return "input_dim" in given or (is_input and (alone or isinstance(shape, int)))
