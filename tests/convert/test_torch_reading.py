"""Reading PyTorch code that people paste."""

from __future__ import annotations

from typing import Any

import pytest

from cnnlab.convert import read_design
from cnnlab.design.design import summarize
from cnnlab.ground.errors import DesignError
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Softmax,
)
from cnnlab.training.config import TrainConfig

# PyTorch's own MNIST example.
EXAMPLE = """
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        output = F.log_softmax(x, dim=1)
        return output

def train(args, model, device, train_loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()

def main():
    torch.manual_seed(1)
    dataset1 = datasets.MNIST('../data', train=True, download=True, transform=transform)
    dataset2 = datasets.MNIST('../data', train=False, transform=transform)
    train_loader = torch.utils.data.DataLoader(dataset1, batch_size=64)
    test_loader = torch.utils.data.DataLoader(dataset2, batch_size=1000)
    model = Net().to(device)
    optimizer = optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
    for epoch in range(1, 14 + 1):
        train(args, model, device, train_loader, optimizer, epoch)

if __name__ == '__main__':
    main()
"""
EXAMPLE_LAYERS = (
    Conv2d(out_channels=32),
    ReLU(),
    Conv2d(out_channels=64),
    ReLU(),
    MaxPool2d(),
    Dropout(p=0.25),
    Flatten(),
    Linear(out_features=128),
    ReLU(),
    Dropout(p=0.5),
    Linear(out_features=10),
)
SMALL = (Conv2d(out_channels=4), ReLU(), Flatten(), Linear(out_features=10))


def layers(code: str) -> tuple[Layer, ...]:
    """The rows of a Sequential with these modules."""
    return read_design(f"model = nn.Sequential({code})").design.layers


def refused(code: str) -> str:
    """The error for this code."""
    with pytest.raises(DesignError) as caught:
        read_design(code)
    return str(caught.value)


def forward(*lines: str, fields: str = "") -> str:
    """A module with a convolution, a dense layer and these lines in its forward method."""
    body = "\n        ".join(lines)
    return (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.conv = nn.Conv2d(1, 4, 3)\n        self.fc = nn.Linear(2704, 10)\n        {fields}\n"
        f"    def forward(self, x):\n        {body}\n"
    )


def test_pytorchs_own_example() -> None:
    """The module, functions, data, optimizer, schedule and batch size of the well-known example."""
    imported = read_design(EXAMPLE)
    assert imported.design.layers == EXAMPLE_LAYERS
    assert (imported.design.name, imported.design.input_shape) == ("Net", (1, 28, 28))
    assert summarize(imported.design).parameters == 1_199_882  # as torch counts it
    assert imported.data == "mnist"
    assert imported.config == TrainConfig(
        epochs=14,
        batch_size=64,
        optimizer="adadelta",
        learning_rate=1.0,
        schedule="step",
        decay_epochs=1,
        decay_factor=0.7,
        seed=1,
    )
    assert imported.warnings == ()
    assert "Line 28: log-softmax is left out: it is a part of the loss here." in map(str, imported.notes)


@pytest.mark.parametrize(
    "text",
    [
        "model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2704, 10))",
        "from torch.nn import *\nnet = Sequential(Conv2d(1, 4, 3), ReLU(), Flatten(), Linear(2704, 10))\n"
        "import torch",
        "net = nn.Sequential(OrderedDict([('conv', nn.Conv2d(1, 4, 3)), ('relu', nn.ReLU(inplace=True)),\n"
        "  ('flat', nn.Flatten()), ('fc', nn.Linear(in_features=2704, out_features=10))]))",
        "body = nn.Sequential(nn.Conv2d(1, 4, kernel_size=(3, 3)), nn.ReLU())\n"
        "model = nn.Sequential(body, nn.Flatten(), nn.Linear(2704, 10)).to('cuda')",
        "blocks = []\nblocks += [nn.Conv2d(1, 4, 3), nn.ReLU()]\n"
        "model = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(2704, 10))",
        "def make(classes=10):\n    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), "
        "nn.Linear(2704, classes))\nmodel = make()",
        forward("x = F.relu(self.conv(x))", "x = x.view(x.size(0), -1)", "return self.fc(x)"),
        forward("return self.fc(torch.flatten(torch.relu(self.conv(x)), 1))"),
        forward("x = self.conv(x).relu()", "x = x.view(-1, 4 * 26 * 26)", "return self.fc(x)"),
        forward("x = self.conv(x)", "x = F.relu(x).flatten(1)", "x = self.fc(x)", "return x"),
        forward("x = self.features(x)", "return self.fc(x.reshape(x.shape[0], -1))").replace(
            "self.conv = nn.Conv2d(1, 4, 3)", "self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())"
        ),
        forward(
            "for layer in self.layers:",
            "    x = layer(x)",
            "return x",
            fields="self.layers = nn.ModuleList([self.conv, nn.ReLU(), nn.Flatten(), self.fc])",
        ),
        forward("x = self.body(x)", "return self.fc(x.flatten(1))")
        + "    def body(self, x):\n        return F.relu(self.conv(x))\n",
    ],
    ids=range(13),
)
def test_every_style_gives_the_same_design(text: str) -> None:
    """Sequential in all its forms, and classes whose forward method is a chain."""
    design = read_design(text).design
    assert design.layers == SMALL
    assert (design.input_shape, design.classes) == ((1, 28, 28), 10)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("nn.Conv2d(1, 8, 5, 2, 2)", Conv2d(out_channels=8, kernel_size=5, stride=2, padding=2)),
        (
            "nn.Conv2d(1, 8, 3, padding='same', bias=False)",
            Conv2d(out_channels=8, padding="same", bias=False),
        ),
        ("nn.Conv2d(1, 8, 3, padding=(1, 1), dilation=2)", Conv2d(out_channels=8, padding=1, dilation=2)),
        ("nn.Conv2d(4, 8, 3, groups=4)", Conv2d(out_channels=8, groups=4)),
        ("nn.MaxPool2d(3)", MaxPool2d(kernel_size=3, stride=3)),
        ("nn.MaxPool2d(3, 2, padding=1)", MaxPool2d(kernel_size=3, stride=2, padding=1)),
        ("nn.AdaptiveAvgPool2d((1, 1))", AdaptiveAvgPool2d(output_size=1)),
        ("nn.LeakyReLU(0.2, inplace=True)", LeakyReLU(negative_slope=0.2)),
        ("nn.BatchNorm2d(1)", BatchNorm2d()),
        ("nn.Dropout()", Dropout(p=0.5)),
        ("torch.nn.Softmax(dim=1)", Softmax()),
    ],
)
def test_a_layer_with_pytorchs_defaults(code: str, expected: Layer) -> None:
    """PyTorch's arguments, positional or named, are converted to the lab's fields."""
    assert layers(code) == (expected,)


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("nn.Conv2d(3, 6, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1176, 10)", (3, 32, 32)),
        ("nn.Conv2d(3, 6, 5), nn.Flatten(), nn.Linear(6, 10)", (3, 32, 32)),
        ("nn.Flatten(), nn.Linear(784, 10)", (1, 28, 28)),
        ("nn.Linear(784, 10)", (1, 28, 28)),
        ("nn.Flatten(), nn.Linear(3072, 10)", (3, 32, 32)),
        ("nn.Conv2d(1, 6, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 10)", (1, 28, 28)),
    ],
)
def test_the_size_of_the_pictures_is_found(code: str, shape: tuple[int, int, int]) -> None:
    """Channels from the first layer, sides from the inputs of the first dense layer, with a note."""
    imported = read_design(f"model = nn.Sequential({code})")
    assert imported.design.input_shape == shape
    assert any("The text gives no input shape" in str(note) for note in imported.notes)


def test_wrong_numbers_of_inputs_are_warnings() -> None:
    """The lab computes the inputs of a layer itself, and warns about a wrong number in the text."""
    imported = read_design("model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(8, 4, 3))")
    (warning,) = imported.warnings
    assert str(warning) == "Line 1: in_channels is 8, but 4 arrive; the lab counts them itself."


def test_the_data_set_determines_the_size() -> None:
    """With CIFAR-10, pictures are 32×32 in color."""
    code = "data = torchvision.datasets.CIFAR10('.', train=True)\nmodel = nn.Sequential(nn.Conv2d(3, 8, 3))"
    imported = read_design(code)
    assert (imported.data, imported.design.input_shape) == ("cifar10", (3, 32, 32))


def test_an_addition_is_a_residual_block() -> None:
    """ResNet's basic block, as torchvision writes it."""
    block = (
        "class Block(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
        "        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)\n"
        "        self.bn1 = nn.BatchNorm2d(c)\n"
        "        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)\n"
        "    def forward(self, x):\n        identity = x\n        out = F.relu(self.bn1(self.conv1(x)))\n"
        "        out = self.conv2(out)\n        out += identity\n        return F.relu(out)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.stem = nn.Conv2d(1, 8, 3)\n        self.block = Block(8)\n"
        "        self.head = nn.Linear(8, 10)\n"
        "    def forward(self, x):\n        x = self.block(self.stem(x))\n"
        "        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))\nmodel = Net()\n"
    )
    convolution = Conv2d(out_channels=8, padding=1, bias=False)
    residual = Residual(layers=(convolution, BatchNorm2d(), ReLU(), convolution))
    assert read_design(block).design.layers == (
        Conv2d(out_channels=8),
        residual,
        ReLU(),
        AdaptiveAvgPool2d(output_size=1),
        Flatten(),
        Linear(out_features=10),
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("optim.SGD(model.parameters(), lr=0.1, momentum=0.9)", {"optimizer": "sgd", "learning_rate": 0.1}),
        ("optim.Adam(model.parameters())", {}),
        ("optim.RMSprop(model.parameters())", {"optimizer": "rmsprop", "learning_rate": 0.01}),
        (
            "optim.AdamW(model.parameters(), 3e-4)",
            {"optimizer": "adamw", "learning_rate": 3e-4, "weight_decay": 0.01},
        ),
        (
            "optim.Adam(params, betas=(0.7, 0.9), weight_decay=1e-4)",
            {"beta1": 0.7, "beta2": 0.9, "weight_decay": 1e-4},
        ),
        ("nn.CrossEntropyLoss(label_smoothing=0.1)", {"label_smoothing": 0.1}),
        ("nn.MultiMarginLoss()", {"loss": "hinge"}),
        ("DataLoader(trainset, batch_size=4)", {"batch_size": 4}),
        ("[DataLoader(testset, 100), DataLoader(trainset, 32)]", {"batch_size": 32}),
        ("DataLoader(trainset)\nepochs = 3", {"batch_size": 1, "epochs": 3}),
    ],
)
def test_training_settings_with_pytorchs_defaults(code: str, expected: dict[str, Any]) -> None:
    """Optimizer, loss, batch size and epochs, as far as the text has them."""
    network = "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
    config = read_design(network + "thing = " + code).config
    assert config is not None
    usual = TrainConfig()
    assert {
        name: value for name, value in config.model_dump().items() if value != getattr(usual, name)
    } == expected


def test_a_softmax_before_cross_entropy_is_a_mistake() -> None:
    """CrossEntropyLoss applies a softmax itself."""
    network = "model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Softmax(dim=1))\n"
    loss = "criterion = nn.CrossEntropyLoss()\nloss = criterion(model(x), y)"
    assert "applies a softmax itself" in str(read_design(network + loss).warnings)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("nn.LSTM(3, 4)", "line 1: there is no layer 'LSTM'. Allowed: Conv2d, "),
        ("nn.Conv2d(1, 8)", "line 1, Conv2d: the argument 'kernel_size' is missing."),
        ("nn.Conv2d(1, 8, 3, pad=1)", "line 1, Conv2d: there is no argument 'pad'. Allowed: in_channels, "),
        ("nn.Conv2d(1, 8, (3, 5))", "kernel_size is (3, 5)"),
        ("nn.Conv2d(1, 8, 3, padding_mode='reflect')", "padding_mode is 'reflect'. Allowed: 'zeros'"),
        ("nn.Conv2d(16, 8, 3)", "the pictures have 16 channels"),
        ("nn.MaxPool2d(2, ceil_mode=True)", "ceil_mode is True. Allowed: False, the lab knows no other."),
        (
            "nn.Conv2d(1, 10**9, 3)",
            "line 1, Conv2d, out_channels: Input should be less than or equal to 4,096",
        ),
        ("nn.Linear(4, n)", "out_features is `n`, whose value is not in the text"),
        ("nn.Flatten(0)", "start_dim is 0. Allowed: 1, the lab knows no other."),
        ("my.Layer", "a layer is `my.Layer`"),
    ],
)
def test_unsupported_modules_and_arguments_are_named(code: str, expected: str) -> None:
    """With the line, the value, and what is supported."""
    assert expected in refused(f"model = nn.Sequential({code}, nn.ReLU())")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("return torch.cat([self.conv(x), self.conv(x)], 1)",), "line 8: cat joins several branches"),
        (("x = x.permute(0, 2, 3, 1)", "return x"), "line 8: the forward pass uses 'permute'"),
        (("return x.view(2, 3, 4)",), "the lab does not know this reshaping"),
        (("pass",), "line 1, Net: its forward pass returns nothing."),
    ],
)
def test_a_forward_that_is_not_a_chain_is_refused(lines: tuple[str, ...], expected: str) -> None:
    """With the first line that the lab cannot follow."""
    assert expected in refused(forward(*lines))
