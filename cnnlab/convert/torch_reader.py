"""From PyTorch code to a design: `nn.Sequential`, or an `nn.Module` whose forward is one chain.

Additions of a tensor to an earlier one are residual blocks. The text says how many channels come in, but
not how large the pictures are: the size at which all layers fit is looked for, and said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnlab.convert.arguments import Arguments, shown
from cnnlab.convert.script import Call, Flow, Instance, Network, Opaque, Script, added, method
from cnnlab.convert.source import read_source
from cnnlab.convert.stack import Imported, Picture, Stack, flat, named, row_layers
from cnnlab.convert.torch_training import Training
from cnnlab.data import DATASETS
from cnnlab.errors import DesignError
from cnnlab.layers import (
    ELU,
    GELU,
    SELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Dropout2d,
    Flatten,
    GroupNorm,
    Inception,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Sigmoid,
    SiLU,
    Softmax,
    SqueezeExcitation,
    Tanh,
)

_DATA = {"MNIST": "mnist", "FashionMNIST": "fashion-mnist", "KMNIST": "kmnist", "CIFAR10": "cifar10"}
_SIDES = (28, 32, 64, 8, 16, 48, 96, 128, 224, 227, 256)
_IGNORED = "device dtype inplace"
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
        _take(step, stack, network)
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


# ---- the layers


def _take(step: Any, stack: Stack, network: Network) -> None:
    """Put what one module or function is on the stack."""
    if not isinstance(step, Call):
        raise DesignError(f"a layer is {shown(step)}", where=f"network of line {network.line}")
    way = FUNCTIONS.get(step.name) or MODULES.get(step.name)
    if way is None:
        raise DesignError(
            f"there is no layer {step.name[:60]!r}", where=f"line {step.line}", allowed=", ".join(MODULES)
        )
    way(step, stack)


def _check(arguments: Arguments, stack: Stack, name: str, axis: int = 0) -> None:
    """Whether what a layer expects is what arrives."""
    if stack.shape is None or not arguments.has(name):
        return
    said, comes = arguments.get(name), stack.shape[axis]
    stack.counted = True
    if isinstance(said, int) and said != comes:
        stack.misfits += 1
        stack.warn(arguments.call, f"{name} is {said}, but {comes} arrive; the lab counts them itself.")


def _conv(arguments: Arguments) -> dict[str, Any]:
    """The window of a convolution."""
    arguments.only("padding_mode", "zeros")
    padding = arguments.get("padding", 0)
    if padding == "valid":
        padding = 0
    return {
        "kernel_size": arguments.side("kernel_size"),
        "stride": arguments.side("stride", 1),
        "padding": padding if padding == "same" else arguments.side("padding", 0) if padding else 0,
        "dilation": arguments.side("dilation", 1),
        "bias": arguments.flag("bias", True),
    }


def _conv2d(call: Call, stack: Stack) -> None:
    names = "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode"
    arguments = Arguments(call, names, _IGNORED)
    _check(arguments, stack, "in_channels")
    filters, groups = arguments.integer("out_channels"), arguments.integer("groups", 1)
    stack.put(call, Conv2d, out_channels=filters, groups=groups, **_conv(arguments))


def _depthwise(call: Call, stack: Stack) -> None:
    names = "channels kernel_size multiplier stride padding dilation bias padding_mode"
    arguments = Arguments(call, names)
    stack.put(call, DepthwiseConv2d, multiplier=arguments.integer("multiplier", 1), **_conv(arguments))


def _separable(call: Call, stack: Stack) -> None:
    names = "in_channels out_channels kernel_size bias stride padding dilation padding_mode"
    arguments = Arguments(call, names)
    stack.put(call, SeparableConv2d, out_channels=arguments.integer("out_channels"), **_conv(arguments))


def _pool(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        extra = "dilation return_indices ceil_mode" if kind is MaxPool2d else "ceil_mode count_include_pad"
        arguments = Arguments(call, f"kernel_size stride padding {extra}", "divisor_override")
        arguments.only("dilation", 1)
        arguments.only("ceil_mode", False)
        arguments.only("count_include_pad", True)
        window = arguments.side("kernel_size")
        stride, padding = arguments.side("stride", window), arguments.side("padding", 0)
        stack.put(call, kind, kernel_size=window, stride=stride, padding=padding)

    return take


def _adaptive(call: Call, stack: Stack) -> None:
    side = Arguments(call, "output_size").side("output_size")
    stack.put(call, AdaptiveAvgPool2d, output_size=side)


def _mean(call: Call, stack: Stack) -> None:
    """x.mean([2, 3]) is global average pooling."""
    Arguments(call, "dim keepdim", "axis")
    stack.put(call, AdaptiveAvgPool2d, output_size=1)
    stack.put(call, Flatten)


def _flatten(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "start_dim end_dim")
    arguments.only("start_dim", 1)
    arguments.only("end_dim", -1)
    stack.put(call, Flatten)


def _view(call: Call, stack: Stack) -> None:
    """x.view(x.size(0), -1) and its relatives; on a vector it does nothing."""
    sizes = call.args[0] if len(call.args) == 1 and isinstance(call.args[0], list | tuple) else call.args
    said = [size for size in sizes if isinstance(size, int)]
    if len(sizes) != 2 or not said:
        raise DesignError(
            "this reshaping is none that the lab knows",
            where=f"line {call.line}",
            allowed="x.view(x.size(0), -1), torch.flatten(x, 1)",
        )
    if stack.shape is None or len(stack.shape) != 1:
        stack.put(call, Flatten)
    if said[-1] > 0 and stack.shape is not None and said[-1] != stack.shape[0]:
        stack.misfits += 1
    stack.counted |= said[-1] > 0


def _linear(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "in_features out_features bias", _IGNORED)
    if stack.shape is not None and len(stack.shape) == 3 and not stack.rows:
        stack.put(call, Flatten)
        stack.note(call, "a Flatten stands before it, for pictures come in.")
    _check(arguments, stack, "in_features", axis=-1)
    stack.put(call, Linear, out_features=arguments.integer("out_features"), bias=arguments.flag("bias", True))


def _plain(kind: type[Layer], names: str = "", **usual: Any) -> Callable[[Call, Stack], None]:
    """A layer without fields here, whose arguments may only have their usual values."""

    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, names, _IGNORED)
        for name, value in usual.items():
            arguments.only(name, value)
        stack.put(call, kind)

    return take


def _softmax(call: Call, stack: Stack) -> None:
    Arguments(call, "dim", _IGNORED)
    stack.put(call, Softmax)


def _log_softmax(call: Call, stack: Stack) -> None:
    """Its logarithm belongs to the loss: the scores before it are what the lab computes cross-entropy on."""
    Arguments(call, "dim", _IGNORED)
    stack.note(call, "log-softmax is left out: it is a part of the loss here.")


def _leaky_relu(call: Call, stack: Stack) -> None:
    slope = Arguments(call, "negative_slope inplace", _IGNORED).number("negative_slope", 0.01)
    stack.put(call, LeakyReLU, negative_slope=slope)


def _batch_norm(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "num_features eps momentum affine track_running_stats", _IGNORED)
        _check(arguments, stack, "num_features")
        arguments.only("affine", True)
        arguments.only("track_running_stats", True)
        if arguments.number("eps", 1e-5) != 1e-5 or arguments.number("momentum", 0.1) != 0.1:
            stack.note(call, "batch norm here has ε 1e-5 and momentum 0.1.")
        stack.put(call, kind)

    return take


def _group_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "num_groups num_channels eps affine", _IGNORED)
    _check(arguments, stack, "num_channels")
    arguments.only("affine", True)
    stack.put(call, GroupNorm, num_groups=arguments.integer("num_groups"))


def _layer_norm(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "normalized_shape eps elementwise_affine bias", _IGNORED)
    arguments.only("elementwise_affine", True)
    arguments.only("bias", True)
    stack.put(call, LayerNorm)


def _dropout(kind: type[Layer]) -> Callable[[Call, Stack], None]:
    def take(call: Call, stack: Stack) -> None:
        arguments = Arguments(call, "p training inplace", _IGNORED)
        stack.put(call, kind, p=arguments.number("p", 0.5))

    return take


def _nothing(call: Call, stack: Stack) -> None:
    """What hands on its input."""


# ---- blocks, as our own scripts write them and as x + f(x) gives them


def _residual(call: Call, stack: Stack) -> None:
    inside = _inside(call.args[0] if call.args else None, call, stack)
    around = _inside(call.args[1] if len(call.args) > 1 else None, call, stack)
    stack.put(call, Residual, layers=inside)
    simple = all(isinstance(layer, Conv2d | Linear) for layer in around) and len(around) < 2
    if not simple:
        stack.warn(
            call,
            "the way around has layers of its own; here it is a projection without bias where the shapes "
            "differ, and nothing elsewhere.",
        )


def _inside(value: Any, call: Call, stack: Stack) -> tuple[Layer, ...]:
    """The layers of one way through a block."""
    steps = flat([value], call.line) if value is not None else []
    inner = Stack(stack.input_shape, call.line)
    inner.shape = stack.shape
    for step in steps:
        _take(step, inner, Network(call.line))
    stack.warnings += inner.warnings
    stack.misfits += inner.misfits
    return row_layers(inner, call)


def _inception(call: Call, stack: Stack) -> None:
    names = "in_channels filters_1x1 reduce_3x3 filters_3x3 reduce_5x5 filters_5x5 filters_pool"
    arguments = Arguments(call, names)
    _check(arguments, stack, "in_channels")
    stack.put(call, Inception, **{name: arguments.integer(name) for name in names.split()[1:]})


def _squeeze(call: Call, stack: Stack) -> None:
    arguments = Arguments(call, "channels reduction")
    _check(arguments, stack, "channels")
    stack.put(call, SqueezeExcitation, reduction=arguments.integer("reduction"))


MODULES: dict[str, Callable[[Call, Stack], None]] = {
    "Conv2d": _conv2d,
    "DepthwiseConv2d": _depthwise,
    "SeparableConv2d": _separable,
    "MaxPool2d": _pool(MaxPool2d),
    "AvgPool2d": _pool(AvgPool2d),
    "AdaptiveAvgPool2d": _adaptive,
    "Flatten": _flatten,
    "Linear": _linear,
    "ReLU": _plain(ReLU, "inplace"),
    "LeakyReLU": _leaky_relu,
    "ELU": _plain(ELU, "alpha inplace", alpha=1.0),
    "SELU": _plain(SELU, "inplace"),
    "GELU": _plain(GELU, "approximate", approximate="none"),
    "SiLU": _plain(SiLU, "inplace"),
    "Sigmoid": _plain(Sigmoid),
    "Tanh": _plain(Tanh),
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "BatchNorm2d": _batch_norm(BatchNorm2d),
    "BatchNorm1d": _batch_norm(BatchNorm1d),
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "Dropout": _dropout(Dropout),
    "Dropout2d": _dropout(Dropout2d),
    "Residual": _residual,
    "Inception": _inception,
    "SqueezeExcitation": _squeeze,
    "Identity": _nothing,
}
# Functions of torch, torch.nn.functional and of a tensor, without the tensor itself.
FUNCTIONS: dict[str, Callable[[Call, Stack], None]] = {
    "relu": _plain(ReLU, "inplace"),
    "leaky_relu": _leaky_relu,
    "elu": _plain(ELU, "alpha inplace", alpha=1.0),
    "selu": _plain(SELU, "inplace"),
    "gelu": _plain(GELU, "approximate", approximate="none"),
    "silu": _plain(SiLU, "inplace"),
    "sigmoid": _plain(Sigmoid),
    "tanh": _plain(Tanh),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "max_pool2d": _pool(MaxPool2d),
    "avg_pool2d": _pool(AvgPool2d),
    "adaptive_avg_pool2d": _adaptive,
    "dropout": _dropout(Dropout),
    "dropout2d": _dropout(Dropout2d),
    "flatten": _flatten,
    "view": _view,
    "reshape": _view,
    "mean": _mean,
}
