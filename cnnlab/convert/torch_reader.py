"""From PyTorch code to a design: `nn.Sequential`, or an `nn.Module` whose forward is one chain.

Additions of a tensor to an earlier one are residual blocks. The text says how many channels come in, but
not how large the pictures are: the size at which all layers fit is looked for, and said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnlab.convert.script import Script
from cnnlab.convert.source import read_source
from cnnlab.convert.stack import Imported, Picture, Stack, flat, named
from cnnlab.convert.torch_layers import FUNCTIONS, take_layer
from cnnlab.convert.torch_training import Training
from cnnlab.convert.values import Call, Flow, Instance, Network, Opaque, added, method
from cnnlab.data import DATASETS
from cnnlab.errors import DesignError

_DATA = {"MNIST": "mnist", "FashionMNIST": "fashion-mnist", "KMNIST": "kmnist", "CIFAR10": "cifar10"}
_SIDES = (28, 32, 64, 8, 16, 48, 96, 128, 224, 227, 256)
_UNCHANGING = frozenset(("contiguous", "to", "float", "cuda", "cpu", "detach", "clone", "Identity"))


class _TorchScript(Script):
    """What calls mean in a script that uses PyTorch."""

    own = frozenset(
        ("Residual", "Inception", "SqueezeExcitation", "DepthwiseConv2d", "SeparableConv2d", "focal_loss")
    )

    def __init__(self) -> None:
        super().__init__()
        self.networks: list[Network] = []
        self.data: str | None = None
        self.training = Training()

    def on_call(self, call: Call) -> Any:
        if isinstance(call.owner, Instance):
            return self._call_own(call.owner, call)
        if isinstance(call.owner, Flow):
            return self._flow_on(call.owner, call)
        if isinstance(call.owner, Network):
            return call.owner  # model.to(device) and the like
        if call.args and isinstance(call.args[0], Flow):
            return self._flow_on(call.args[0], call, skip=1)
        if call.name in ("cat", "concat") and call.args and _branches(call.args[0]):
            raise DesignError(
                f"{call.name} joins several branches",
                where=f"line {call.line}",
                allowed="one chain of layers, additions of an earlier tensor, or the lab's own blocks",
            )
        meaning: Callable[[Call], Any] | None = getattr(self, f"_call_{call.name}", None)
        if meaning is not None:
            return meaning(call)
        if call.name in _DATA:
            return self._dataset(call)
        self.training.heard(call)
        return call

    def _call_own(self, owner: Instance, call: Call) -> Any:
        if method(owner.definition, call.name) is not None:
            return self.call_method(owner, call.name, call.args)
        if call.name in ("add_module", "register_module") and len(call.args) > 1:
            owner.fields[str(call.args[0])] = call.args[1]
        return owner if call.name in ("to", "cuda", "cpu", "train", "eval") else Opaque(None, call.name)

    def _flow_on(self, flow: Flow, call: Call, skip: int = 0) -> Any:
        """A function of a tensor is a step on its way, where the lab knows it; size and the like are not."""
        if call.name in _UNCHANGING:
            return flow
        if call.name not in FUNCTIONS:
            return Opaque(None, call.name) if call.name in ("size", "dim", "numel") else self._unknown(call)
        step = Call(call.name, call.path, None, call.args[skip:], call.kwargs, call.line)
        return Flow((*flow.steps, step))

    def _unknown(self, call: Call) -> Any:
        raise DesignError(
            f"the forward pass uses {call.name[:60]!r}",
            where=f"line {call.line}",
            allowed=", ".join(sorted(FUNCTIONS)),
        )

    def on_apply(self, layer: Any, call: Call) -> Any:
        before = call.args[0] if call.args else None
        if isinstance(before, Flow) and isinstance(layer, Call | Network):
            return Flow((*before.steps, layer))
        if isinstance(before, Flow) and isinstance(layer, Instance):
            return self.call_method(layer, "forward", call.args)
        return Opaque(None)

    def on_sum(self, left: Any, right: Any, node: Any) -> Any:
        if isinstance(left, Flow) and isinstance(right, Flow):
            return added(left, right, node.lineno)
        return Opaque(node)

    def on_loop(self, target: str, turns: int | None, line: int) -> None:
        if "epoch" in target.lower() and turns:
            self.training.epochs = turns

    def _call_Sequential(self, call: Call) -> Network:
        network = Network(call.line, [_modules(arg) for arg in call.args])
        self.networks.append(network)
        return network

    def _call_ModuleList(self, call: Call) -> list[Any]:
        return list(call.args[0]) if call.args and isinstance(call.args[0], list | tuple) else []

    def _dataset(self, call: Call) -> Any:
        self.data = _DATA[call.name]
        train = call.kwargs.get("train", call.args[1] if len(call.args) > 1 else True)
        return Opaque(None, call.name, "test" if train is False else "train")


def _branches(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Flow) for item in value)


def _modules(value: Any) -> Any:
    """The modules in OrderedDict([("conv", nn.Conv2d(...)), ...]); anything else as it is."""
    if not isinstance(value, Call) or value.name != "OrderedDict":
        return value
    pairs = value.args[0] if value.args else []
    if isinstance(pairs, dict):
        return list(pairs.values())
    pairs = pairs if isinstance(pairs, list | tuple) else []
    return [pair[1] for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2]


def read_torch(text: str) -> Imported:
    """The network in the text, and how it is trained; raises DesignError that names the line."""
    source = read_source(text)
    script = _TorchScript()
    script.follow(source.statements)
    name, network = _chosen(script)
    steps = flat(network.steps, network.line)
    stack = _fitting_stack(steps, network, script)
    stack.notes += source.remarks
    config = script.training.config(script.names, stack)
    design = stack.design(named(script.names, name))
    return Imported(design, config, tuple(stack.warnings), tuple(stack.notes), script.data)


def _chosen(script: _TorchScript) -> tuple[str, Network]:
    """The last network that the script keeps under a name, else the last class or Sequential in it."""
    for value in reversed(list(script.names.values())):
        if isinstance(value, Network) and value.steps:
            return "PyTorch code", value
        if isinstance(value, Instance) and (found := _of_instance(script, value)) is not None:
            return value.definition.name[:60], found
    for name, definition in reversed(script.definitions.items()):
        if name not in script.own and not hasattr(definition, "args") and method(definition, "forward"):
            instance = script.make(definition, Call(name, name, None, (), {}, definition.lineno))
            found = _of_instance(script, instance)
            if found is not None:
                return name[:60], found
    filled = [network for network in script.networks if network.steps]
    if filled:
        return "PyTorch code", filled[-1]
    raise DesignError(
        "no network was found", where="text", allowed="nn.Sequential(...), or a class with a forward method"
    )


def _of_instance(script: _TorchScript, instance: Instance) -> Network | None:
    """What a tensor goes through in the forward method of an object."""
    result = script.call_method(instance, "forward", (Flow(),))
    if not isinstance(result, Flow) or not result.steps:
        return None
    return Network(instance.line, list(result.steps))


# ---- the input


def _fitting_stack(steps: list[Any], network: Network, script: _TorchScript) -> Stack:
    """The rows for the first size of pictures at which all layers fit."""
    said = _said_shape(script)
    if said is not None:
        return _stacked(steps, network, said)
    stacks = [_stacked(steps, network, shape) for shape in _candidates(steps, script)]
    best = min(stacks, key=lambda stack: (stack.misfits > 0, stacks.index(stack)))
    channels, height, width = best.input_shape
    why = f"as {script.data} has it" if script.data and best is stacks[0] else "assumed"
    if best is not stacks[0] or (not script.data and not best.misfits and best.counted):
        why = "the size at which the layers fit"
    best.notes.append(
        f"No input shape stands in the text: {height}×{width} with {channels} channel(s), {why}."
    )
    return best


def _stacked(steps: list[Any], network: Network, shape: Picture) -> Stack:
    stack = Stack(shape, network.line)
    for step in steps:
        take_layer(step, stack, network)
    return stack


def _said_shape(script: _TorchScript) -> Picture | None:
    """INPUT_SHAPE = (1, 28, 28), as our own scripts have it."""
    for name in ("INPUT_SHAPE", "input_shape", "input_size"):
        value = script.names.get(name)
        if isinstance(value, list | tuple) and len(value) == 3:
            sides = [side for side in value if isinstance(side, int) and not isinstance(side, bool)]
            if len(sides) == 3:
                return sides[0], sides[1], sides[2]
    return None


def _candidates(steps: list[Any], script: _TorchScript) -> list[Picture]:
    """Shapes to try: the data set's, then the usual sides with the channels that the first layer wants."""
    first = next((step for step in steps if isinstance(step, Call) and step.name in _FIRST), None)
    size = first.args[0] if first is not None and first.args else None
    known = [DATASETS[script.data].input_shape] if script.data else []
    if isinstance(size, bool) or not isinstance(size, int) or first is None:
        return [*known, (1, 28, 28)]
    if first.name == "Linear":
        return [*known, *_squares(size), (1, 28, 28)]
    return [*known, *((size, side, side) for side in _SIDES)]


_FIRST = ("Conv2d", "DepthwiseConv2d", "SeparableConv2d", "Linear", "BatchNorm2d", "Inception")


def _squares(pixels: int) -> list[Picture]:
    """Square pictures of so many numbers, grey or in colours."""
    found = []
    for channels in (1, 3):
        side = math.isqrt(max(pixels, 0) // channels)
        if side and channels * side * side == pixels:
            found.append((channels, side, side))
    return found
