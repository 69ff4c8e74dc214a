"""Following Keras code that builds its network step by step, or refusing it with its line."""

from __future__ import annotations

import os
from typing import Any

import pytest

from cnnlab.convert import Imported, read_design
from cnnlab.design.design import summarize
from cnnlab.ground.errors import DesignError
from tests.convert.scripts import run_script

pytestmark = [
    # Keras on torch uses a deprecated NumPy protocol, and fails if the warning is an error.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
IMPORTS = (
    "import keras; from keras import layers; from keras.models import Sequential, Model; "
    "from keras.layers import *\n"
)
IN, CONV = "Input((28, 28, 1))", "Conv2D(8, 3, padding='same')"
HEAD = "Flatten(), Dense(10)"
START = f"model = Sequential([{IN}, {CONV}"
ENDS = "\nmodel.add(Flatten())\nmodel.add(Dense(10))"
FLOW = f"i = {IN}\nx = {CONV}(i)\n"
OUT = "\nmodel = Model(i, Dense(10)(Flatten()(x)))"
FOLLOWED = {
    "pop": f"{START}, {HEAD}, Dense(5)])\nmodel.pop()",
    "if": f"norm = True\n{START}])\nif norm:\n    model.add(BatchNormalization()){ENDS}",
    "while": f"k = 8\nmodel = Sequential([{IN}])\nwhile k > 2:\n    model.add(Conv2D(k, 3))\n"
    f"    k //= 2{ENDS}",
    "append": f"stack = [{IN}]\nstack.append({CONV})\nstack.extend([Flatten()])\nstack.append(Dense(10))\n"
    "model = Sequential(stack)",
    "append too late": f"stack = [{IN}, {CONV}, {HEAD}]\nmodel = Sequential(stack)\nstack.append(Dense(5))",
    "insert": f"stack = [{IN}, {CONV}, {HEAD}]\nstack.insert(2, ReLU())\nstack[3:3] = [MaxPooling2D()]\n"
    "model = Sequential(stack)",
    "a function that adds": "def block(to, filters):\n    to.add(Conv2D(filters, 3, padding='same'))\n"
    f"model = Sequential([{IN}])\nblock(model, 8)\nblock(model, 4){ENDS}",
    "a function of a tensor": "def block(x, filters):\n    x = Conv2D(filters, 3)(x)\n    return ReLU()(x)\n"
    f"{FLOW}x = block(x, 4){OUT}",
    "lists of one": f"{FLOW}o = Dense(10)(Flatten()(x))\nmodel = Model(inputs=[i], outputs=[o])",
    "keywords": f"model = Sequential()\nmodel.add(layer={IN})\nmodel.add(layer=Flatten())\n"
    "model.add(layer=Dense(units=10))",
    "a builder": f"class Builder:\n    @staticmethod\n    def build(width, classes):\n"
    f"        m = Sequential()\n"
    f"        m.add(Input((width, width, 1)))\n        m.add({CONV})\n        m.add(Flatten())\n"
    "        m.add(Dense(classes))\n        return m\nmodel = Builder.build(width=28, classes=10)",
    "an object that holds it": f"class Owner:\n    def __init__(self):\n"
    f"        self.model = Sequential([{IN}])\n"
    f"    def fill(self):\n        self.model.add({CONV})\n        self.model.add(Flatten())\n"
    "        self.model.add(Dense(10))\nowner = Owner()\nowner.fill()\nmodel = owner.model",
    "a class": f"class Net(Sequential):\n    def __init__(self):\n        super().__init__()\n"
    f"        self.add({IN})\n        self.add({CONV})\n        self.add(Flatten())\n"
    f"        self.add(Dense(10))\n"
    "model = Net()",
    "a layer of one's own": "class Block(layers.Layer):\n    def __init__(self, filters):\n"
    "        super().__init__()\n        self.c = Conv2D(filters, 3, padding='same')\n"
    "    def call(self, x):\n"
    f"        return keras.activations.relu(self.c(x))\nmodel = Sequential([{IN}, Block(8), {HEAD}])",
    "settings": f"c = dict(filters=8, kernel_size=3)\nmodel = Sequential([{IN}, Conv2D(**c), {HEAD}])",
    "division": f"i = {IN}\nx = i / 255.0\nx = {CONV}(x){OUT}",
    "addition": f"{FLOW}y = Conv2D(8, 3, padding='same')(x)\ny = ReLU()(y)\nx = Add()([x, y]){OUT}",
    "a projection": f"i = {IN}\nx = Conv2D(4, 3)(i)\ns = Conv2D(8, 1, use_bias=False)(x)\n"
    f"y = Conv2D(8, 3, padding='same')(x)\nx = layers.add([s, y]){OUT}",
    "frozen": f"{START}, {HEAD}])\nfor layer in model.layers:\n    layer.trainable = True",
}


@pytest.fixture
def _keras(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras on torch, with its settings file in the test's own folder."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    os.environ["KERAS_BACKEND"] = "torch"  # permanently, since Keras reads it only once


@pytest.mark.usefixtures("_keras")
@pytest.mark.parametrize("code", FOLLOWED.values(), ids=FOLLOWED)
def test_the_network_is_the_one_that_keras_creates(code: str) -> None:
    """It has as many parameters, no problems, and no warnings."""
    model = run_script(IMPORTS + code).model
    imported = read_design(IMPORTS + code)
    assert summarize(imported.design).parameters == model.count_params() - _running(model)
    assert not summarize(imported.design).problems
    assert imported.warnings == ()


def _running(model: Any) -> int:
    """The number of running means and variances, which are not parameters."""
    return sum(int(weight.value.numel()) for weight in model.weights if "moving" in weight.path)


CLASS = """class Net(Model):
    def __init__(self, depth=2):
        super().__init__()
        self.stack = []
        for _ in range(depth):
            self.stack.append(Conv2D(8, 3, padding='same'))
        self.end = Dense(units=10)
    def call(self, inputs, training=None):
        x = inputs
        for layer in self.stack:
            x = tf.nn.relu(layer(x))
        x = tf.reshape(x, [-1, 6272])
        return self.end(x)
"""


@pytest.mark.parametrize("use", ["", "model = Net()", "model = Net()\nmodel.build((None, 28, 28, 1))"])
def test_a_class_with_call_is_a_chain(use: str) -> None:
    """Instantiated or not, built or not: (9 + 1)·8 + (72 + 1)·8 + (6272 + 1)·10 parameters."""
    imported = read_design(IMPORTS + CLASS + use)
    assert summarize(imported.design).parameters == 80 + 584 + 62_730
    assert imported.design.name == "Net"
    is_assumed = "The text gives no input shape" in str(imported.notes)
    assert is_assumed is ("build" not in use)


def test_settings_of_a_class_are_read() -> None:
    """From compile and fit of its object."""
    code = "model = Net()\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=3)"
    config = read_design(IMPORTS + CLASS + code).config
    assert config is not None
    assert (config.optimizer, config.epochs) == ("sgd", 3)


def refused(code: str) -> str:
    """The error for this code after one line of imports."""
    with pytest.raises(DesignError) as caught:
        read_design(IMPORTS + code)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{START}])\nif norm:\n    model.add(ReLU()){ENDS}", "line 3: this depends on `norm`"),
        (f"{START}])\nfor _ in range(n):\n    model.add(ReLU()){ENDS}", "line 3: this is in a loop over"),
        (f"{START}, {HEAD}])\nmodel.layers[-1].units = 7", "line 3: `model.layers[-1].units` is set"),
        (f"{START}, {HEAD}])\nmodel.prune(0.5)", "line 3: what prune() does to the network is not followed"),
        (f"{START} if big else Dense(3), {HEAD}])", "line 2: this depends on `big`"),
        (f"c = load()\n{START}, Dense(3, **c)])", "line 3, Dense: its arguments are `load(…)`"),
        (f"{FLOW}x = concatenate([x, x]){OUT}", "line 4: concatenate joins several branches"),
        (f"{FLOW}x = x * 2{OUT}", "line 4: the tensor goes through `x * 2`"),
        (f"{FLOW}x = tf.image.resize(x, 9){OUT}", "line 4: a tensor goes through 'resize'"),
        (f"{FLOW}model = Model(i, [x, x])", "line 4: the model has 2 outputs"),
        (f"{FLOW}model = Model(i, net)", "line 4: the output of the model is `net`"),
        (
            f"x = {CONV}(photo)\nmodel = Model(photo, x)",
            "line 2: a layer gets `photo`, which is not a tensor",
        ),
        (
            "model.add(Dense(10))",
            "line 2: a layer is added to model, which is not a network that the text creates",
        ),
        ("model = Sequentail()\nmodel.add(Dense(10))", "Did you mean Sequential?"),
        (f"{START}, Droput(0.5), {HEAD}])", "line 2: there is no layer 'Droput'. Did you mean Dropout?"),
        (f"{START}, Dense(10, activaton='relu')])", "there is no argument 'activaton'."),
        (f"{START}, Dense(10, activaton='relu')])", "Did you mean activation?"),
        ("model.compile('adam')\nmodel.fit(x, y)", "line 2: these are training settings, not a network."),
        ("model = load_model('x.h5')\nmodel.fit(x, y)", "line 2: the network is `load_model(…)`"),
        ("class Net(Model):\n    pass", "line 2: the class Net has no call method"),
        (CLASS.replace("self.end(x)", "self.other(x)"), "line 14: a tensor goes through 'other'"),
        (CLASS.replace("self.end(x)", "(self.end(x), self.stack[0](x))"), "returns several tensors"),
    ],
)
def test_unsupported_code_is_refused_with_its_line(code: str, expected: str) -> None:
    """It is never skipped, and the error has a reason."""
    assert expected in refused(code)


def read(code: str) -> Imported:
    """The result for this code after one line of imports."""
    return read_design(IMPORTS + code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{FLOW}c = Conv2D(8, 3)\nx = c(c(x)){OUT}", "Line 4: Conv2D is used 2 times with the same weights"),
        (f"{START}, {HEAD}])\nmodel.trainable = False", "Line 3: trainable = False is left out"),
        (
            f"{START}, {HEAD}])\npart = Model(model.inputs, model.layers[0].output)",
            "The text defines 2 networks",
        ),
        (
            f"model = Sequential([{IN}, Conv2D(8, 3, 3), {HEAD}])",
            "Line 2: the third number, 3, is the stride",
        ),
    ],
)
def test_what_may_be_meant_differently_is_noted(code: str, expected: str) -> None:
    """With its line."""
    imported = read(code)
    assert expected in "\n".join(map(str, (*imported.warnings, *imported.notes)))


def test_the_compiled_model_is_the_network() -> None:
    """Even if it is the beginning of another."""
    code = f"{START}, {HEAD}, Dense(7)])\nhead = Model(model.inputs, model.layers[-2].output)\n"
    assert summarize(read(code).design).parameters == 80 + 62_730 + 77
    assert summarize(read(code + "head.compile('adam', 'mse')").design).parameters == 80 + 62_730


def test_a_larger_model_on_top_of_another() -> None:
    """The network continues from base.output; the base alone is not the network."""
    code = (
        f"base = {START[8:]}])\nx = Dense(10)(Flatten()(base.output))\nmodel = Model(base.input, x)\nb = base"
    )
    assert summarize(read(code).design).parameters == 62_810


OLD = (
    "model = Sequential()\nmodel.add(Convolution2D(8, 3, 3, input_shape=(28, 28, 1)))\nmodel.add(Flatten())\n"
)


@pytest.mark.parametrize(
    ("end", "stride"),
    [
        ("model.add(Dense(output_dim=10))", 1),
        ("model.add(Dense(10, init='uniform'))", 1),
        ("model.add(Dense(10))\nmodel.fit(x, y, nb_epoch=3)", 1),
        ("model.add(Dense(10, W_regularizer=l2(0.1)))", 1),
        ("model.add(Dense(10))\nK.set_image_dim_ordering('tf')", 1),
        ("model.add(Dense(10))", 3),
        ("model.add(Dense(10, kernel_initializer='he_normal'))\nKMeans(init='random')", 3),
    ],
)
def test_any_argument_of_keras_1_makes_the_third_number_a_side(end: str, stride: int) -> None:
    """Wherever it is in the text, but only in calls of Keras."""
    assert read(OLD + end).design.layers[0].model_dump()["stride"] == stride


@pytest.mark.parametrize(
    ("optimizer", "end", "rate"),
    [
        ("adadelta", "nb_epoch=3", 1.0),
        ("adagrad", "nb_epoch=3", 0.01),
        ("sgd", "nb_epoch=3", 0.01),
        ("adam", "nb_epoch=3", 0.001),
        ("rmsprop", "nb_epoch=3", 0.001),
        ("adadelta", "epochs=3", 0.001),
        ("adagrad", "epochs=3", 0.001),
    ],
)
def test_old_rates_of_the_optimizers(optimizer: str, end: str, rate: float) -> None:
    """Keras 1's if its arguments are used, else the current ones."""
    code = f"{START}, {HEAD}])\nmodel.compile('{optimizer}', 'mse')\nmodel.fit(x, y, {end})"
    config = read(code).config
    assert config is not None
    assert (config.learning_rate, config.epochs) == (rate, 3)


def test_imports_of_keras_2_select_its_rates() -> None:
    """np_utils belongs to Keras 2; `tensorflow.keras` is current."""
    code = f"{START}, {HEAD}])\nmodel.compile('adadelta', 'mse')"
    second = read_design(f"from keras.utils import np_utils\n{code}")
    today = read_design(f"from tensorflow import keras\n{code}")
    assert second.config is not None
    assert today.config is not None
    assert (second.config.learning_rate, today.config.learning_rate) == (1.0, 0.001)
    assert not any("In Keras 1" in str(note) for note in (*second.notes, *today.notes))
