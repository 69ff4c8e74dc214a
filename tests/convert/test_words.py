from __future__ import annotations

import json

import pytest

from cnnlab.convert import read_design, write_design
from cnnlab.convert.files import convert, open_design
from cnnlab.convert.locations import in_cells, line_name, on_line
from cnnlab.design.design import Design
from cnnlab.ground.errors import LabError
from cnnlab.language import lazy, speaking
from cnnlab.layers import Conv2d
from tests.letters import untranslated

SEQUENTIAL = "import torch.nn as nn\nmodel = nn.Sequential({})\n"
KERAS = "from keras import layers\nimport keras\nmodel = keras.Sequential([{}])\n"
MODULE = """import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
    def forward(self, x):
        {}
"""
REFUSED = [
    "",
    "hello",
    "1.AAAA",
    "nn.Linear(1, 2)\n" * 40_000,
    SEQUENTIAL.format("nn.Conv2d(1, 8)"),
    SEQUENTIAL.format("nn.Conv2d(1, 8, 'wide')"),
    SEQUENTIAL.format("nn.Conv2d(1, 8, 3, sides=2)"),
    SEQUENTIAL.format("nn.Conv2d(1, 8, 3, padding_mode='reflect')"),
    SEQUENTIAL.format("nn.Conv2d(1, -8, 3)"),
    SEQUENTIAL.format("nn.Conv2d(1, width, 3)"),
    SEQUENTIAL.format("nn.Convolve2d(1, 8, 3)"),
    SEQUENTIAL.format("nn.LSTM(8, 8)"),
    SEQUENTIAL.format("nn.Flatten(0)"),
    SEQUENTIAL.format("7, nn.ReLU()"),
    SEQUENTIAL.format("nn.ReLU()") + "model.shuffle()\n",
    "import torch\ntorch.optim.Adam(net.parameters())\n",
    "import torch.nn as nn\nclass Net(nn.Module):\n    def foward(self, x):\n        return x\n",
    "model = nn.Sequential(nn.ReLU(),\n",
    MODULE.format("return self.conv(x) * 2"),
    MODULE.format("return self.conv(x)[0]"),
    MODULE.format("return torch.cat([x, self.conv(x)], 1)"),
    MODULE.format("return self.conv(x).topk(2)"),
    MODULE.format("return 7"),
    MODULE.format("pass"),
    MODULE.format("return x + x"),
    MODULE.format("return self.conv(x) if deep else x"),
    MODULE.format("for part in parts:\n            x = self.conv(x)\n        return x"),
    KERAS.format("layers.Dense(10, activation='wild')"),
    KERAS.format("layers.Input((2, 3, 4, 5)), layers.Dense(10)"),
    KERAS.format("layers.Conv2D(8, 3, padding='around')"),
    KERAS.format("layers.ZeroPadding2D(1), layers.Dense(10)"),
    KERAS.format("layers.ReLU(max_value=6)"),
    "import keras\nkeras.Model(1, [2, 3])\n",
    "import keras\nnet.add(keras.layers.Dense(3))\n",
    "import keras\nmodel.compile('adam')\n",
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_is_in_the_viewers_language(text: str) -> None:
    """All its parts are translated, except quotes from the pasted text."""
    with pytest.raises(LabError) as caught:
        read_design(text)
    with speaking("pseudo"):
        assert untranslated(str(caught.value)) == ""


READ = [
    SEQUENTIAL.format("nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(7, 10), nn.LogSoftmax(1)"),
    SEQUENTIAL.format("nn.Linear(784, 10), nn.BatchNorm1d(10, eps=0.1), nn.Softmax(1)")
    + "loss = nn.CrossEntropyLoss()\nopt = torch.optim.SGD(model.parameters(), lr=-1, foo=2, dampening=1)\n",
    MODULE.format("y = self.conv(x)\n        return y, self.conv(y)"),
    SEQUENTIAL.format("nn.ReLU()") + "other = nn.Sequential(nn.Linear(784, 10))\nmodel.trainable = False\n",
    SEQUENTIAL.format("nn.Linear(784, 10)") + "this is prose, nn.Linear and no code\n",
    KERAS.format(
        "layers.Rescaling(1 / 255), layers.Conv2D(8, 3, strides=2, padding='same', kernel_constraint=c,"
        " kernel_regularizer='l2', kernel_initializer='orthogonal'), layers.LayerNormalization(),"
        " layers.RandomFlip(), layers.Flatten(), layers.BatchNormalization(), layers.Dense(10)"
    )
    + "model.compile('nadam', 'binary_crossentropy', metrics=['mae'])\n"
    + "model.fit(x, y, epochs=0, validation_split=0.2, class_weight=w, callbacks=[Board()])\n"
    + "a, b, c = model.evaluate(x, y)\n",
    KERAS.format("layers.Dense(10, input_dim=784)")
    + "(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
    + "model.compile(keras.optimizers.Adagrad(rho=1), 'categorical_crossentropy')\n"
    + "model.fit(x, y, validation_data=(x_test, y_test))\n",
]


@pytest.mark.parametrize("text", READ, ids=range(len(READ)))
def test_remarks_are_in_the_viewers_language(text: str) -> None:
    """Warnings and notes, also for a notebook."""
    cells = [{"cell_type": "code", "source": "\n"}, {"cell_type": "code", "source": text}]
    for pasted in (text, json.dumps({"cells": cells, "nbformat": 4})):
        imported = read_design(pasted)
        assert imported.warnings or imported.notes
        with speaking("pseudo"):
            assert untranslated("".join(map(str, (*imported.warnings, *imported.notes)))) == ""


def test_errors_of_files_are_in_the_viewers_language() -> None:
    """Except for the names of the files."""
    odd = Design(layers=(Conv2d(out_channels=2, kernel_size=3, stride=2, dilation=2),))
    for act in (
        lambda: write_design(odd, None, "keras"),
        lambda: open_design("/"),
        lambda: convert("article-1", "0.0", None),
        lambda: convert("article-1", "/0/0.py", None),
    ):
        with pytest.raises(LabError) as caught:
            act()
        with speaking("pseudo"):
            assert untranslated(str(caught.value)) == ""


def test_lines_inside_a_sentence_become_lines_of_cells() -> None:
    """Wherever they are in it; other numbers do not change."""
    message = on_line(4, lazy("{count} layers, as {place} says", count=4, place=line_name(5, "Net")))
    converted = in_cells(message, lambda line: (2, line - 3))
    assert str(converted) == "Cell 2, line 1: 4 layers, as cell 2, line 2, Net says"
