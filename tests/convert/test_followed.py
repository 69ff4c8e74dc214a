"""Following what a PyTorch script does to lists, networks and tensors, or refusing it with its line.

The code is run in PyTorch; its network must have as many parameters as the one that was read.
"""

from __future__ import annotations

import textwrap
from contextlib import suppress

import pytest
import torch

from cnnlab.convert import Imported, read_design
from cnnlab.design.design import summarize
from cnnlab.ground.errors import DesignError
from tests.convert.scripts import run_script

IMPORTS = """import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict
"""
FIRST = "nn.Conv2d(1, 8, 3, padding=1)"
MORE = "nn.Conv2d(8, 8, 3, padding=1)"
HEAD = "nn.Flatten(), nn.Linear(6272, 10)"
END = f"\nmodel = nn.Sequential(*layers, {HEAD})"


def module(fields: str, forward: str, more: str = "") -> str:
    """A class with a convolution, a dense layer and these lines in its methods, and an object of it."""
    return (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.c = {FIRST}\n        self.fc = nn.Linear(6272, 10)\n"
        + textwrap.indent(fields, " " * 8)
        + "\n    def forward(self, x):\n"
        + textwrap.indent(forward, " " * 8)
        + f"\n{textwrap.indent(more, ' ' * 4)}\nmodel = Net()\n"
    )


LISTS = {
    "append": f"layers = []\nlayers.append({FIRST})\nlayers.append(nn.ReLU()){END}",
    "insert": f"layers = [nn.ReLU()]\nlayers.insert(0, {FIRST}){END}",
    "pop": f"layers = [{FIRST}, nn.Conv2d(8, 8, 3)]\nlayers.pop(){END}",
    "pop a place": f"layers = [nn.Conv2d(1, 1, 3), {FIRST}]\nlayers.pop(0){END}",
    "del": f"layers = [{FIRST}, nn.Conv2d(8, 8, 3)]\ndel layers[-1]{END}",
    "remove": f"a = nn.Conv2d(8, 8, 3)\nlayers = [{FIRST}, a]\nlayers.remove(a){END}",
    "reverse": f"layers = [nn.ReLU(), {FIRST}]\nlayers.reverse(){END}",
    "reversed": f"layers = reversed([nn.ReLU(), {FIRST}]){END}",
    "slice": f"layers = [nn.ReLU(), {FIRST}, nn.Conv2d(1, 2, 3)][1::-1]{END}",
    "item": f"layers = [nn.Conv2d(1, 8, 5), nn.ReLU()]\nlayers[0] = {FIRST}{END}",
    "items": f"layers = [{FIRST}, nn.Conv2d(8, 8, 3)]\nlayers[1:] = [nn.ReLU()]{END}",
    "clear": f"layers = [nn.ReLU()]\nlayers.clear()\nlayers.extend([{FIRST}]){END}",
    "two names": f"layers = []\nother = layers\nother += [{FIRST}]\nlayers.append(nn.ReLU()){END}",
    "a new list": f"layers = [{FIRST}]\nother = layers\nother = other + [nn.Conv2d(8, 8, 3)]{END}",
    "tuple": f"layers = ({FIRST},)\nlayers += (nn.ReLU(),){END}",
    "deque": f"from collections import deque\nlayers = deque()\nlayers.append({FIRST}){END}",
    "a function": f"def add(to, i):\n    to.append(nn.Conv2d(i, 8, 3, padding=1))\n"
    f"layers = []\nadd(layers, 1)\nadd(layers, 8){END}",
    "an inner function": f"def make():\n    layers = []\n    def add(i):\n"
    f"        layers.append(nn.Conv2d(i, 8, 3, padding=1))\n    add(1)\n    add(8)\n    return layers\n"
    f"layers = make(){END}",
    "continue": f"layers, i = [], 1\nfor v in [8, 'M', 8]:\n    if v == 'M':\n"
    f"        layers.append(nn.ReLU())\n        continue\n"
    f"    layers.append(nn.Conv2d(i, v, 3, padding=1))\n    i = v{END}",
    "break": f"layers, i = [], 1\nfor v in [8, 8, 8]:\n    layers.append(nn.Conv2d(i, v, 3, padding=1))\n"
    f"    i = v\n    if len(layers) >= 2:\n        break{END}",
    "while": f"layers, n = [{FIRST}], 0\nwhile n < 3:\n    layers.append({MORE})\n    n += 1{END}",
    "zip": f"sizes, layers = [1, 4, 8], []\nfor i, o in zip(sizes[:-1], sizes[1:]):\n"
    f"    layers += [nn.Conv2d(i, o, 3, padding=1), nn.ReLU()]{END}",
    "a condition": f"norm, layers = True, [{FIRST}]\nif norm:\n    layers.append(nn.BatchNorm2d(8))\n"
    f"else:\n    layers.append({MORE}){END}",
    "raise": f"layers = []\nfor kind in ['conv', 'relu']:\n    if kind == 'conv':\n"
    f"        layers.append({FIRST})\n    elif kind == 'relu':\n        layers.append(nn.ReLU())\n"
    f"    else:\n        raise ValueError(kind){END}",
    "match": f"kind, layers = 'relu', [{FIRST}]\nmatch kind:\n    case 'relu' | 'gelu':\n"
    f"        layers.append(nn.ReLU())\n    case _:\n        layers.append({MORE}){END}",
    "try": f"layers = [{FIRST}]\ntry:\n    layers.append(nn.ReLU())\nexcept ValueError:\n"
    f"    layers.append({MORE}){END}",
    "generator": f"layers = [{FIRST}, *({MORE} for _ in range(3))]{END}",
    "comprehension": f"layers = [{FIRST}, *[nn.Conv2d(8, 8, k, padding=1) for k in (2, 3) if k % 2]]{END}",
    "its name": f"i = 8\nodd = [i for i in (1, 2, 3)]\nlayers = [nn.Conv2d(1, i, 3, padding=1)]{END}",
    "deepcopy": f"import copy\nc = {MORE}\nlayers = [{FIRST}, c, copy.deepcopy(c)]{END}",
    "partial": f"from functools import partial\nconv = partial(nn.Conv2d, kernel_size=3, padding=1)\n"
    f"layers = [conv(1, 8)]{END}",
    "a dictionary of classes": f"kinds = {{'relu': nn.ReLU}}\nlayers = [{FIRST}, kinds['relu']()]{END}",
}
NETWORKS = {
    "append": f"model = nn.Sequential({FIRST})\nmodel.append(nn.Flatten())\n"
    f"model.append(nn.Linear(6272, 10))",
    "extend": f"model = nn.Sequential({FIRST})\nmodel.extend([{HEAD}])",
    "insert": f"model = nn.Sequential({FIRST}, nn.Linear(6272, 10))\nmodel.insert(1, nn.Flatten())",
    "add_module": f"model = nn.Sequential()\nmodel.add_module('c', {FIRST})\n"
    "model.add_module('f', nn.Flatten())\nmodel.add_module('l', nn.Linear(6272, 10))",
    "item": f"model = nn.Sequential(nn.Conv2d(1, 8, 5), {HEAD})\nmodel[0] = {FIRST}",
    "del": f"model = nn.Sequential({FIRST}, {HEAD}, nn.Linear(10, 10))\ndel model[-1]",
    "attribute": f"model = nn.Sequential({FIRST}, {HEAD})\nmodel.norm = nn.BatchNorm1d(10)",
    "dictionary": f"d = OrderedDict()\nd['c'] = {FIRST}\nfor i in range(2):\n    d['x%d' % i] = {MORE}\n"
    f"    d[f'r{{i}}'] = nn.ReLU()\nd.update({{'f': nn.Flatten()}})\nd['l'] = nn.Linear(6272, 10)\n"
    "model = nn.Sequential(d)",
    "class": "class Block(nn.Sequential):\n    def __init__(self, i, o):\n"
    "        layers = [nn.Conv2d(i, o, 3, padding=1)]\n        layers.append(nn.BatchNorm2d(o))\n"
    f"        super(Block, self).__init__(*layers)\nmodel = nn.Sequential(Block(1, 8), Block(8, 8), {HEAD})",
    "children": module("self.f = nn.Flatten()", "return self.fc(self.f(self.c(x)))").replace("model", "net")
    + "model = nn.Sequential(net.c, *list(net.children())[2:], nn.Linear(6272, 10))",
    "a new head": module("self.fc = nn.Linear(6272, 7)", "return self.fc(self.c(x).flatten(1))")
    + "model.fc = nn.Linear(6272, 10)",
    "a piece afterwards": f"body = nn.Sequential({FIRST})\nmodel = nn.Sequential(body, {HEAD})\nlast = body",
    "base class": "class Base(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n"
    "        self.c = nn.Conv2d(1, n, 3, padding=1)\n    def forward(self, x):\n"
    "        return self.fc(self.c(x).flatten(1))\nclass Net(Base):\n    def __init__(self):\n"
    "        super().__init__(8)\n        self.fc = nn.Linear(6272, 10)\nmodel = Net()",
    "a loss after it": module("", "return self.fc(self.c(x).flatten(1))")
    + "class Focal(nn.Module):\n    def forward(self, x, y):\n        return F.cross_entropy(x, y)\n"
    "loss = Focal()",
    "made in main": module("", "return self.fc(self.c(x).flatten(1))").replace("model = Net()", "")
    + "def main():\n    global model\n    model = Net()\n"
    "    torch.optim.SGD(model.parameters(), lr=0.1)\nmain()",
    "a class of values": f"class C:\n    width, kernel = 8, 3\nmodel = nn.Sequential("
    f"nn.Conv2d(1, C.width, C.kernel, padding=C.kernel // 2), {HEAD})",
    "a namespace": "from types import SimpleNamespace\nc = SimpleNamespace(width=8)\nc.kernel = 3\n"
    f"model = nn.Sequential(nn.Conv2d(1, c.width, c.kernel, padding=1), {HEAD})",
    "two stars": f"c = dict(out_channels=8, kernel_size=3)\n"
    f"model = nn.Sequential(nn.Conv2d(1, **c, padding=1), {HEAD})",
}
CLASSES = {
    "ModuleList": module(
        f"self.m = nn.ModuleList()\nfor i in range(3):\n    self.m.append({MORE})",
        "x = self.c(x)\nfor i, layer in enumerate(self.m):\n    x = layer(x)\n"
        "    if i < len(self.m) - 1:\n        x = F.relu(x)\nreturn self.fc(x.flatten(1))",
    ),
    "ModuleDict": module(
        f"self.m = nn.ModuleDict({{'a': {MORE}}})\nself.m['b'] = {MORE}",
        "x = self.c(x)\nfor name in self.m:\n    x = self.m[name](x)\nreturn self.fc(x.flatten(1))",
    ),
    "setattr": module(
        f"for i in range(3):\n    setattr(self, 'c%d' % i, {MORE})",
        "x = self.c(x)\nfor i in range(3):\n    x = getattr(self, f'c{i}')(x)\nreturn self.fc(x.flatten(1))",
    ),
    "add_module": module(
        f"for i in range(2):\n    self.add_module('c{{}}'.format(i), {MORE})",
        "return self.fc(self.c1(self.c0(self.c(x))).flatten(1))",
    ),
    "a list of tensors": module("", "h = [x]\nh.append(self.c(h[-1]))\nreturn self.fc(h[-1].flatten(1))"),
    "in place": module("", "x = self.c(x)\nF.relu_(x)\nreturn self.fc(x.flatten(1))"),
    "training": module(
        "", "x = self.c(x)\nif self.training:\n    x = F.dropout(x)\nreturn self.fc(x.flatten(1))"
    ),
    "None": module(
        "self.d = None",
        "x = self.c(x)\nif self.d is not None:\n    x = self.d(x)\nreturn self.fc(x.flatten(1))",
    ),
    "a check": module(
        "",
        "if x.dim() != 4:\n    raise ValueError\nb, c, h, w = x.shape\nreturn self.fc(self.c(x).view(b, -1))",
    ),
    "keywords": module(
        "", "x = F.relu(input=self.c(input=x))\nreturn self.fc(torch.flatten(input=x, start_dim=1))"
    ),
    "static method": module(
        "self.b = self.block(8, o=8)",
        "return self.fc(self.b(self.c(x)).flatten(1))",
        "@staticmethod\ndef block(i, o=4):\n"
        "    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU())",
    ),
    "forward": module("", "return self.fc.forward(self.c.forward(x).flatten(1))"),
    "scores and probabilities": module(
        "", "x = self.fc(self.c(x).flatten(1))\nreturn x, F.softmax(x, dim=1)"
    ),
    "a projection": module(
        "self.a = nn.Conv2d(1, 8, 3, padding=1)\nself.b = nn.Conv2d(1, 8, 1, bias=False)\n"
        "self.c = nn.Identity()",
        "return self.fc((self.b(x) + self.a(self.c(x))).flatten(1))",
    ),
    "the input as it comes": module("", "x = x.view(-1, 1, 28, 28)\nreturn self.fc(self.c(x).flatten(1))"),
}


def own(name: str, forward: str, init: str = "pass", made: str = "") -> str:
    """A custom class for one known operation, between a convolution and the dense layer."""
    return (
        f"class {name}(nn.Module):\n    def __init__(self, *args):\n        super().__init__()\n"
        f"        {init}\n"
        f"    def forward(self, x):\n        return {forward}\n"
        f"model = nn.Sequential({FIRST}, {made or name + '()'}, nn.Flatten(), nn.Linear(6272, 10))"
    )


WRAPPERS = {
    "flatten": own("Flatten", "x.view(x.size(0), -1)"),
    "view": own("View", "x.view(x.size(0), *self.shape)", "self.shape = args", "View(-1)"),
    "reshape": own("Reshape", "torch.reshape(x, self.shape)", "self.shape = args[0]", "Reshape((-1, 6272))"),
    "identity": own("Identity", "x"),
    "swish": own("Swish", "x * torch.sigmoid(x)"),
    "relu": own("Relu", "x.clamp(min=0)"),
    "lambda": own("Lambda", "self.f(x)", "self.f = args[0]", "Lambda(lambda x: F.relu(x))"),
}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=f"{group}: {name}")
        for group, cases in (
            ("list", LISTS),
            ("network", NETWORKS),
            ("class", CLASSES),
            ("wrapper", WRAPPERS),
        )
        for name, code in cases.items()
    ],
)
def test_the_network_is_the_one_that_pytorch_creates(code: str) -> None:
    """It has as many parameters, no problems, and no warnings."""
    model = run_script(IMPORTS + code).model
    assert model(torch.zeros(2, 1, 28, 28)) is not None
    imported = read_design(IMPORTS + code)
    assert summarize(imported.design).parameters == sum(each.numel() for each in model.parameters())
    assert not summarize(imported.design).problems
    assert imported.warnings == ()


def test_a_data_class_has_its_fields() -> None:
    """From its defaults and arguments, positional or named; a default list is created each time."""
    code = (
        "@dataclass\nclass C:\n    width: int = 4\n"
        "    kernels: list = field(default_factory=lambda: [3, 3])\n"
        f"c = C(width=8)\nmodel = nn.Sequential(nn.Conv2d(1, c.width, c.kernels[0], padding=1), {HEAD})"
    )
    assert summarize(read(code).design).parameters == 62_810
    assert summarize(read(code.replace("width=8", "8")).design).parameters == 62_810


def refused(code: str) -> str:
    """The error for this code after the imports, which count as one line."""
    with pytest.raises(DesignError) as caught:
        read_design(IMPORTS.replace("\n", "; ") + "\n" + code)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            f"layers = [{FIRST}]\nlayers.sort(key=id){END}",
            "line 3: what sort() does to a list is not followed",
        ),
        (
            f"layers = [{FIRST}]\nif flag:\n    layers.append({MORE}){END}",
            "line 3: this depends on `flag`, whose value is not in the text",
        ),
        (
            f"layers = [{FIRST}]\nfor i in range(n):\n    layers.append({MORE}){END}",
            "line 3: this is in a loop over `range(n)`",
        ),
        (
            f"layers = [{FIRST}]\nwhile more():\n    layers.append({MORE}){END}",
            "line 3: this depends on `more()`",
        ),
        (
            f"layers = []\nfor v in [8, 8]:\n    if stop:\n        break\n    layers.append({FIRST}){END}",
            "line 4: this depends on `stop`",
        ),
        (f"layers = [{FIRST}]\nlayers[n] = {MORE}{END}", "line 3: `layers[n]` is set"),
        (f"layers = [{FIRST}, {MORE}]\ndel layers[n]{END}", "line 3: it is not known what is taken out"),
        (f"layers = [{FIRST} if big else {MORE}]{END}", "line 2: this depends on `big`"),
        (f"c = {FIRST}\nc.stride = 2\nlayers = [c]{END}", "line 3: `c.stride` is set, which is not followed"),
        (
            f"layers = [{FIRST}]\n{END}\nmodel.prune()",
            "line 5: what prune() does to the network is not followed",
        ),
        (
            module("self.shrink()", "return self.fc(self.c(x).flatten(1))"),
            "line 7: what shrink() does to the Net",
        ),
        (
            module("setattr(self, name, nn.ReLU())", "return self.fc(self.c(x).flatten(1))"),
            "line 7: setattr sets an attribute whose name is not known",
        ),
        (
            module("", "for name, m in self._modules.items():\n    x = m(x)\nreturn x"),
            "line 10: the forward pass uses 'm'",
        ),
        (
            module("", "x = self.c(x)\nif big:\n    x = self.c(x)\nreturn self.fc(x.flatten(1))"),
            "line 10: this depends on `big`",
        ),
        (
            module("", "if feature:\n    return self.c(x)\nreturn self.fc(self.c(x).flatten(1))"),
            "line 9: this depends on `feature`",
        ),
        (
            module("", "return self.fc((self.c(x) * 2).flatten(1))"),
            "line 9: the tensor goes through `self.c(x) * 2`",
        ),
        (module("", "return self.fc(self.c(x)[:, :4].flatten(1))"), "line 9: the tensor is cut"),
        (module("", "x = self.c(x)\nx = self.lstm(x)\nreturn x"), "line 10: the forward pass uses 'lstm'"),
        (
            module("", "return self.c(x), self.fc(x.flatten(1))"),
            "line 2, Net: its forward pass returns several tensors",
        ),
        (module("", "return {'out': self.c(x)}"), "line 2, Net: its forward pass returns a dictionary"),
        (module("", "return self.c(x).mean(dim=1)"), "line 9, mean: dim is 1"),
        (
            module(
                f"self.d = {FIRST.replace('3, padding=1', '5, padding=2')}", "return self.c(x) + self.d(x)"
            ),
            "line 9: both paths into the addition have layers",
        ),
        (f"c = dict(load())\nlayers = [nn.Conv2d(1, 8, 3, **c)]{END}", "line 3, Conv2d: its arguments are"),
        (
            own("Mish", "x * torch.tanh(F.softplus(x))"),
            "line 7: the forward pass uses 'softplus' (in the class Mish)",
        ),
        (
            f"class Odd(nn.Module):\n    pass\nmodel = nn.Sequential({FIRST}, Odd())",
            "line 2: the class Odd has no forward method",
        ),
        (
            "class Net(nn.Module):\n    def foward(self, x):\n        return x",
            "line 2: the class Net has no forward",
        ),
        (
            "from net import Net\nmodel = Net()\noptim.SGD(model.parameters())",
            "line 3: the network is `Net(…)`",
        ),
        ("optimizer = optim.Adam(lr=0.1)", "these are training settings, not a network"),
        (
            f"model = nn.Sequential({FIRST}, nn.Dropot())",
            "line 2: there is no layer 'Dropot'. Did you mean Dropout?",
        ),
        (module("", "return F.rleu(self.c(x))"), "line 9: the forward pass uses 'rleu'. Did you mean relu?"),
        (f"model = nn.Sequential({FIRST}, nn.PReLU())", "there is no layer 'PReLU'. Allowed: "),
        (f"model = nn.Sequential(\n    {FIRST},\n    nn.MaxPool2d(2,\n    {HEAD})", "not complete Python"),
    ],
)
def test_unsupported_code_is_refused_with_its_line(code: str, expected: str) -> None:
    """It is never skipped, since the rest would not be the network."""
    assert expected in refused(code)


def read(code: str) -> Imported:
    """The result for this code after the imports, which count as one line."""
    return read_design(IMPORTS.replace("\n", "; ") + "\n" + code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            module(f"self.d = {MORE}", "return self.fc(self.d(self.d(self.c(x))).flatten(1))"),
            "Line 7: Conv2d is used 2 times with the same weights",
        ),
        (
            module(f"self.d = {MORE}", "return self.fc(self.c(x).flatten(1))"),
            "A layer is created in line 7 that no tensor goes through",
        ),
        (
            module("", "x = self.c(x)\nF.relu(x)\nreturn self.fc(x.flatten(1))"),
            "Line 10: nothing uses its output, so it is not part of the network.",
        ),
        (
            f"model = nn.Sequential({FIRST}, {HEAD})\nbody = model[:-1]",
            "The text defines 2 networks; the one from line 2 was read.",
        ),
        (
            f"model = nn.Sequential({FIRST}, {HEAD})\nmodel[0].weight.requires_grad = False\n"
            "model.requires_grad = False",
            "Line 4: requires_grad = False is left out",
        ),
    ],
)
def test_what_is_read_differently_is_noted(code: str, expected: str) -> None:
    """With its line."""
    imported = read(code)
    assert expected in "\n".join(map(str, (*imported.warnings, *imported.notes)))


@pytest.mark.parametrize(
    "use",
    [
        "z = torch.randn(64, 3, 64, 64)",
        "z = torch.zeros((1, 3, 64, 64))",
        "z = torch.rand(size=(2, 3, 64, 64))",
        "summary(model, (3, 64, 64))",
        "summary(model, input_size=(16, 3, 64, 64))",
    ],
)
def test_the_size_of_a_test_input_is_used(use: str) -> None:
    """If the layers themselves would accept any size."""
    code = (
        "model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))\n"
    )
    assert read(code + use).design.input_shape == (3, 64, 64)
    assert "as line 3 tries it" in str(read(code + use).notes[0])
    assert read(code).design.input_shape == (3, 32, 32)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("args = {'lr': 0.5, 'epochs': 9}\nrate, turns = args['lr'], args['epochs']", (0.5, 9)),
        ("class C:\n    lr, epochs = 0.5, 9\nrate, turns = C.lr, C().epochs", (0.5, 9)),
        ("args = argparse.Namespace(lr=0.5, epochs=9)\nrate, turns = args.lr, args.epochs", (0.5, 9)),
        (
            "p = ArgumentParser()\np.add_argument('-l', '--l-r', default='0.5', type=float)\n"
            "p.add_argument('--epochs', type=int)\np.set_defaults(epochs=9)\nargs, _ = p.parse_known_args()\n"
            "rate, turns = args.l_r, vars(args)['epochs']",
            (0.5, 9),
        ),
        (
            "p = ArgumentParser()\np.add_argument('--lr', default=0.1)\n"
            "p.add_argument('--epochs', default=1)\n"
            "args = p.parse_args(['--lr', '0.5', '--epochs', '9'])\nrate, turns = args.lr, args.epochs",
            (0.5, 9),
        ),
        ("flags.DEFINE_float('lr', 0.5, '')\nrate, turns = flags.FLAGS.lr, 9", (0.5, 9)),
    ],
)
def test_settings_one_step_away(start: str, expected: tuple[float, int]) -> None:
    """In options with defaults, dictionaries and classes."""
    config = read(
        f"model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n{start}\n"
        "optim.SGD(model.parameters(), lr=rate)\nfor e in range(1, turns + 1):\n    pass\n"
        "epochs = turns"
    ).config
    assert config is not None
    assert (config.learning_rate, config.epochs) == expected


def test_options_of_click_are_its_functions_parameters() -> None:
    """As in `@click.option` above the function that trains."""
    config = read(
        "@click.command()\n@click.option('--lr', '-l', default=0.5)\n@click.option('--epochs', default=9)\n"
        "def main(lr, epochs):\n    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
        "    optim.SGD(model.parameters(), lr)\n    for epoch in range(epochs):\n        pass\nmain()"
    ).config
    assert config is not None
    assert (config.learning_rate, config.epochs) == (0.5, 9)


def test_an_option_without_a_default_is_a_warning() -> None:
    """Its value is only known on the command line."""
    imported = read(
        "p = ArgumentParser()\np.add_argument('--lr', type=float)\nargs = p.parse_args()\n"
        "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\noptim.SGD(model.parameters(), lr=args.lr)"
    )
    assert "learning rate is `args.lr`, whose value is not in the text" in str(imported.warnings[0])


@pytest.mark.parametrize(
    "text",
    [
        "x = 'a'\n" + "x = f'{x}{x}'\n" * 60,
        "x = 'a%s'\n" + "x = x % x\n" * 60,
        "x = '{}a'\nfor i in range(60):\n    x = x.format(x + x)",
        "a = []\n" + "a.append(a)\n" * 60,
        "a = [1]\n" + "a.extend(a)\n" * 60,
        "while 1:\n    a = 1\n    while a:\n        b = 1\n        while b:\n            c = 1",
        "".join(f"{' ' * depth}if u:\n" for depth in range(60)) + " " * 60 + "a = 1",
        "class A(B):\n    pass\nclass B(A):\n    pass\nA().f()",
        "f = lambda g: g(g)\nf(f)",
        "d = {}\nd['d'] = d\nd.update(d)",
        "def f():\n    return f\nf()()()",
        "x = nn.ReLU()\nmodel = nn.Sequential(x)\nmodel.append(model)",
        "m = nn.Sequential(nn.ReLU())\n" + "m = nn.Sequential(m, nn.ReLU())\n" * 900,
        "a = [1]\na[:] = a * 900\na[0:0] = a\na[0:0] = a\n" * 9,
        "plain = super = definition = of_class = 1\nplain()\nsuper()()\ndefinition(1)\nx.of_class()",
    ],
)
def test_hostile_scripts_are_refused_or_read_and_never_hang(text: str) -> None:
    """Doubling strings and lists, endless loops, classes that are their own bases."""
    with suppress(DesignError):
        assert isinstance(read(f"{text}\nnet = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))"), Imported)
