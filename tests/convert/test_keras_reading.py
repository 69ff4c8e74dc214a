"""Reading Keras code that people paste."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cnnlab.convert import Imported, read_design
from cnnlab.design.design import summarize
from cnnlab.design.presets import preset
from cnnlab.ground.errors import DesignError
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
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
    SiLU,
    Softmax,
)
from cnnlab.training.config import TrainConfig
from tests.convert import articles

NETWORK = """
model = Sequential([
    Input((28, 28, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(10, activation="softmax")])
"""
SMALL = (Conv2d(out_channels=4), ReLU(), Flatten(), Linear(out_features=10), Softmax())


def layers(code: str, shape: str = "(28, 28, 1)") -> tuple[Layer, ...]:
    """The rows of a Sequential with these layers."""
    text = f"model = keras.Sequential([keras.Input({shape}), {code}])"
    return read_design(text).design.layers


def trained(code: str, network: str = NETWORK) -> tuple[dict[str, Any], str]:
    """The settings that differ from the lab's own, and the warnings, for a network followed by this code."""
    imported = read_design(network + code)
    assert imported.config is not None
    usual = TrainConfig(initialization="glorot")
    settings = {
        name: value for name, value in imported.config.model_dump().items() if value != getattr(usual, name)
    }
    return settings, "\n".join(map(str, imported.warnings))


def refused(code: str) -> str:
    """The error for this code."""
    with pytest.raises(DesignError) as caught:
        read_design(code)
    return str(caught.value)


# --- the articles ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "parameters", "settings", "mistakes"),
    [
        (articles.ARTICLE_0, "article-1", 121_930, (10, 128), ["test data"]),
        (articles.ARTICLE_1, "article-2", 93_322, (10, 64), ["never divided by 255", "test data"]),
        (articles.ARTICLE_2, "article-3", 121_930, (10, 32), ["test data"]),
        (articles.ARTICLE_2_DEEP, "article-3-deep", 241_546, (5, 64), []),
        (articles.ARTICLE_3, "article-4", 225_034, (5, 64), []),
        (articles.ARTICLE_4, "article-5", 693_962, (10, 128), ["evaluate gives 2 values", "test data"]),
    ],
    ids=["000", "001", "002", "002 deep", "003", "004"],
)
def test_an_article_becomes_its_preset(
    text: str, name: str, parameters: int, settings: tuple[int, int], mistakes: list[str]
) -> None:
    """With the layers, parameters, epochs and batch size of the article, and warnings about its mistakes."""
    imported = read_design(text)
    assert imported.design.layers == preset(name).design.layers
    assert imported.design.input_shape == (1, 28, 28)
    assert summarize(imported.design).parameters == parameters
    assert imported.config is not None
    assert (imported.config.epochs, imported.config.batch_size) == settings
    assert (imported.config.optimizer, imported.config.learning_rate) == ("adam", 0.001)
    assert len(imported.warnings) == len(mistakes)
    for mistake in mistakes:
        assert any(mistake in str(warning) for warning in imported.warnings)


def test_the_data_set_of_an_article_is_found() -> None:
    """So that the lab can offer the data that the code was written for."""
    assert read_design(articles.ARTICLE_4).data == "mnist"
    assert read_design(articles.ARTICLE_3).data is None


def test_two_articles_in_one_text() -> None:
    """The last compiled network is read, with a note that there are two."""
    imported = read_design(articles.ARTICLE_2 + articles.ARTICLE_2_DEEP)
    assert imported.design.layers == preset("article-3-deep").design.layers
    assert "The text defines 2 networks" in str(imported.notes[0])


def test_one_hot_labels_and_the_sparse_loss_do_not_go_together() -> None:
    """The mistake of combining two parts of an article, and its reverse."""
    mixed = articles.ARTICLE_2_DEEP.replace("loss='cat", "loss='sparse_cat")
    assert "wants the number of the class, but the labels are one-hot" in str(read_design(mixed).warnings)
    numbers = articles.ARTICLE_2_DEEP.replace("tf.keras.utils.to_categorical(y_train, 10)", "y_train")
    assert "wants one-hot labels, but these are numbers" in str(read_design(numbers).warnings)


# --- surrounding text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        NETWORK,
        NETWORK.replace("\n", "\r\n"),
        "\ufeff" + NETWORK,
        "\n".join(
            f">>> {line}" if "model" in line else f"... {line}" for line in NETWORK.strip().split("\n")
        ),
        "\n".join(
            f"{number:3} {line}" for number, line in enumerate(NETWORK.strip().split("\n") + ["x=1"], 1)
        ),
        "\n".join(f"    {line}" for line in NETWORK.split("\n")),
        f"%matplotlib inline\n!pip install keras\n{NETWORK}",
        f"Here's what we'll do (first:\n```python\n{NETWORK}```\nThat's all.",
        NETWORK.replace('"', "“", 1).replace('"', "”", 1).replace(",", "，").replace("(", "（", 1),
        f"def build():\n    {NETWORK.strip()}\n    return model\n\nnet = build()\nnet.summary()",
        f"def build():\n    {NETWORK.strip()}\n    return model",
        f"if __name__ == '__main__':\n    {NETWORK.strip()}",
        f"try:\n    import keras\nexcept ImportError:\n    pass\n{NETWORK}",
        f"with strategy.scope():\n    {NETWORK.strip()}",
        f"class Config:\n    x = 1\n{NETWORK}\nfor epoch in range(3): print(epoch)\nlambda: 0\nx[1:2] += 3",
        f"{NETWORK}\nmodel.summary()\nplt.plot(history.history['loss'], label='损失')\nprint(f'{{1}}')",
    ],
    ids=range(16),
)
def test_the_code_is_found_in_any_surroundings(text: str) -> None:
    """Line ends, prompts, numbers, indents, magics, fences, typeset quotes, functions, other statements."""
    assert read_design(text).design.layers == SMALL


@pytest.mark.parametrize(
    "text",
    [
        "model = Sequential()\nmodel.add(Conv2D(4, 3, activation='relu', input_shape=(28, 28, 1)))\n"
        "model.add(Flatten())\nmodel.add(Dense(10))\nmodel.add(Activation('softmax'))",
        "import tensorflow as tf\nfrom tensorflow.keras import layers as L\nm = tf.keras.Sequential()\n"
        "m.add(L.InputLayer(input_shape=(28, 28, 1)))\nm.add(L.Conv2D(filters=4, kernel_size=[3, 3]))\n"
        "m.add(L.ReLU())\nm.add(L.Flatten())\nm.add(L.Dense(units=10))\nm.add(L.Softmax())",
        "from keras.layers import Conv2D as C\nN = 10\nk = 3\ninput_shape = (28, 28, 1)\n"
        "stack = [C(2 ** 2, (k, k), input_shape=input_shape, activation=tf.nn.relu), Flatten()]\n"
        "stack += [Dense(N, activation=keras.activations.softmax)]\nmodel = Sequential(stack)",
        "inputs = keras.Input(shape=(28, 28, 1))\nx = layers.Conv2D(4, 3)(inputs)\nx = layers.ReLU()(x)\n"
        "x = layers.Flatten()(x)\noutputs = layers.Dense(10, activation='softmax')(x)\n"
        "model = keras.Model(inputs=inputs, outputs=outputs)",
        "convolutions = Sequential([Conv2D(4, 3, activation='relu')])\nhead = Dense(10, 'softmax')\n"
        "model = Sequential([Input(shape=(28, 28, 1)), convolutions, Flatten(), head])",
        "model = Sequential()\nfor filters in (4,):\n  model.add(Conv2D(filters, 3, activation='relu'))\n"
        "model.add(Flatten())\nmodel.add(Dense(10, activation='softmax'))\nmodel.build((None, 28, 28, 1))",
        "settings = dict_of = {'activation': 'relu'}\nmodel = Sequential([Input((28, 28, 1)), "
        "Conv2D(4, 3, **settings), Flatten(), *[Dense(10), Softmax()]])",
        "def conv(filters, size=3):\n  return Conv2D(filters, size, activation='relu')\n"
        "model = Sequential([Input((28, 28, 1)), conv(4), Flatten(), Dense(10, activation='softmax')])",
        "if K.image_data_format() == 'channels_first':\n  shape = (1, 28, 28)\nelse:\n  shape = (28, 28, 1)\n"
        "model = Sequential()\nmodel.add(Conv2D(4, 3, activation='relu', input_shape=shape))\n"
        "model.add(Flatten())\nmodel.add(Dense(10, activation='softmax'))",
    ],
    ids=["add", "imports", "constants", "functional", "nested", "loop", "unpacking", "function", "if"],
)
def test_every_style_gives_the_same_design(text: str) -> None:
    """Sequential in both styles, the functional one, positional and named arguments, names and loops."""
    design = read_design(text).design
    assert design.layers == SMALL
    assert (design.input_shape, design.classes) == ((1, 28, 28), 10)


def test_nothing_is_ever_executed(tmp_path: Path) -> None:
    """Code that would create a file does not."""
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w').write('x')\n__import__('os').system('touch {trace}')\n"
    nested = f"model.add(Dense(open({str(trace)!r}, 'w') and 10))"
    read_design(code + NETWORK)
    refused(NETWORK + nested)
    assert not trace.exists()


def test_a_truncated_line_is_noted() -> None:
    """If the end of a page cuts off a call, the rest is read, with a note on the line."""
    imported = read_design(NETWORK + "model.compile(optimizer='adam',\n")
    assert imported.design.layers == SMALL
    assert str(imported.notes[0]).startswith("Line 4 is not complete Python and was left out: model.compile(")


# --- layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Conv2D(8, 5, 2)", Conv2d(out_channels=8, kernel_size=5, stride=2)),
        ("Conv2D(8, (3, 3), padding='same')", Conv2d(out_channels=8, padding="same")),
        ("Conv2D(8, 3, dilation_rate=2, use_bias=False)", Conv2d(out_channels=8, dilation=2, bias=False)),
        ("ZeroPadding2D((1, 1)), Conv2D(8, 3)", Conv2d(out_channels=8, padding=1)),
        ("Convolution2D(nb_filter=8, kernel_size=3, border_mode='valid')", Conv2d(out_channels=8)),
        ("MaxPooling2D()", MaxPool2d()),
        ("MaxPool2D(3)", MaxPool2d(kernel_size=3, stride=3)),
        ("MaxPooling2D((2, 2), strides=(1, 1))", MaxPool2d(stride=1)),
        ("MaxPooling2D(2, padding='same')", MaxPool2d()),
        ("MaxPooling2D(3, strides=1, padding='same')", MaxPool2d(kernel_size=3, stride=1, padding=1)),
        ("AveragePooling2D(2, 2)", AvgPool2d()),
        ("LeakyReLU()", LeakyReLU(negative_slope=0.3)),
        ("LeakyReLU(alpha=0.1)", LeakyReLU(negative_slope=0.1)),
        ("ReLU(negative_slope=0.1)", LeakyReLU(negative_slope=0.1)),
        ("Activation('swish')", SiLU()),
        ("Activation(tf.nn.leaky_relu)", LeakyReLU(negative_slope=0.2)),
        ("BatchNormalization(epsilon=1e-5, momentum=0.9)", BatchNorm2d()),
        ("Dropout(rate=.25)", Dropout(p=0.25)),
    ],
)
def test_a_layer_with_keras_defaults(code: str, expected: Layer) -> None:
    """Keras' names, defaults and spellings are converted to the lab's fields."""
    assert layers(code) == (expected,)


def test_activation_is_a_row_of_its_own() -> None:
    """Whether it is a name, a function, a layer, or missing."""
    assert layers("Conv2D(32, 3, activation='relu')") == (Conv2d(), ReLU())
    assert layers("Conv2D(32, 3, activation=LeakyReLU(0.1))")[1] == LeakyReLU(negative_slope=0.1)
    assert layers("Conv2D(32, 3, activation='linear')") == layers("Conv2D(32, 3, activation=None)")


def test_global_pooling_leaves_a_vector() -> None:
    """Keras' global pooling drops the sides, unless keepdims is True."""
    assert layers("GlobalAveragePooling2D()") == (AdaptiveAvgPool2d(output_size=1), Flatten())
    assert layers("GlobalAveragePooling2D(keepdims=True)") == (AdaptiveAvgPool2d(output_size=1),)
    assert layers("GlobalMaxPooling2D(keepdims=True)") == (MaxPool2d(kernel_size=28, stride=28),)


def test_batch_norm_depends_on_its_input() -> None:
    """Keras has one layer for pictures and vectors."""
    rows = layers("BatchNormalization(), Flatten(), BatchNormalization()")
    assert [type(row) for row in rows] == [BatchNorm2d, Flatten, BatchNorm1d]


def test_same_with_a_stride_keeps_the_shape_with_a_warning() -> None:
    """Keras pads one side more; the lab pads both equally."""
    imported = read_design(
        "Sequential([Input((28, 28, 1)), Conv2D(4, 3, strides=2, padding='same'), Flatten(), Dense(10)])"
    )
    assert imported.design.layers[0] == Conv2d(out_channels=4, stride=2, padding=1)
    assert "Shapes agree, trained weights would not" in str(imported.warnings[0])
    assert summarize(imported.design).rows[0].output_shape == (4, 14, 14)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = add([x, y])", True),
        ("x = layers.Add()([x, y])", True),
        ("x = x + y", True),
        ("x = layers.Concatenate()([x, y])", False),
        ("x = layers.Multiply()([x, y])", False),
    ],
)
def test_an_addition_is_a_residual_block(code: str, expected: bool) -> None:
    """Other ways to join branches are refused with their line."""
    text = (
        "i = keras.Input((8, 8, 4))\nx = i\ny = layers.Conv2D(4, 3, padding='same')(x)\n"
        f"y = layers.ReLU()(y)\n{code}\no = layers.Dense(10)(layers.Flatten()(x))\nm = keras.Model(i, o)"
    )
    if expected:
        block = Residual(layers=(Conv2d(out_channels=4, padding="same"), ReLU()))
        assert read_design(text).design.layers[0] == block
    else:
        assert "line 5: " in refused(text)
        assert "joins several branches" in refused(text)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("(32, 32, 3)", (3, 32, 32)), ("(3, 32, 32)", (3, 32, 32)), ("shape=(8, 9, 1)", (1, 8, 9))],
)
def test_the_input_becomes_channels_first(shape: str, expected: tuple[int, int, int]) -> None:
    """From height, width, channels, or from the older order if it is unambiguous."""
    text = f"Sequential([Input({shape}), Flatten(), Dense(10)])"
    assert read_design(text).design.input_shape == expected


@pytest.mark.parametrize(
    "start",
    [
        "Flatten(input_shape=(28, 28)), Dense(10)",
        "Dense(10, input_shape=(784,))",
        "Dense(10, input_dim=784)",
        "Input((784,)), Dense(10)",
        "Input((784,)), Reshape((28, 28, 1)), Flatten(), Dense(10)",
    ],
)
def test_a_flat_input_is_a_picture_that_is_flattened(start: str) -> None:
    """784 numbers are MNIST's 28×28."""
    design = read_design(f"Sequential([{start}])").design
    assert design.input_shape == (1, 28, 28)
    assert design.layers == (Flatten(), Linear(out_features=10))


def test_a_missing_input_shape_is_assumed_with_a_note() -> None:
    """It is that of the data set that the text loads, or MNIST's."""
    bare = "Sequential([Flatten(), Dense(10)])"
    imported = read_design(bare)
    assert imported.design.input_shape == (1, 28, 28)
    assert "The text gives no input shape: 28×28 with 1 channel(s), assumed." in map(str, imported.notes)
    loaded = read_design(f"(a, b), (c, d) = keras.datasets.cifar10.load_data()\n{bare}")
    assert loaded.design.input_shape == (3, 32, 32)
    assert loaded.data == "cifar10"


# --- training ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("'adam'", {}),
        ("'sgd'", {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.0}),
        (
            "SGD(0.1, momentum=0.9, nesterov=True)",
            {"optimizer": "nesterov", "learning_rate": 0.1},
        ),
        ("keras.optimizers.Adam(learning_rate=3e-4)", {"learning_rate": 3e-4}),
        ("tf.keras.optimizers.legacy.Adam(lr=0.01, beta_1=0.8)", {"learning_rate": 0.01, "beta1": 0.8}),
        ("RMSprop(1e-4, rho=0.9)", {"optimizer": "rmsprop", "learning_rate": 1e-4}),
        ("AdamW()", {"optimizer": "adamw", "weight_decay": 0.004}),
        ("'rmsprop'", {"optimizer": "rmsprop"}),
        ("optimizer", {"optimizer": "adagrad", "learning_rate": 0.5}),
        ("Adam(clipnorm=1)", {"clip_norm": 1.0}),
    ],
)
def test_optimizers_with_keras_defaults(optimizer: str, expected: dict[str, Any]) -> None:
    """By name, as an object, or in a variable; with Keras' defaults."""
    code = f"optimizer = Adagrad(0.5)\nmodel.compile(optimizer={optimizer}, loss='categorical_crossentropy')"
    assert trained(code) == (expected, "")


def test_fit_and_its_callbacks() -> None:
    """Batch size, epochs, early stopping, and a schedule."""
    settings, warnings = trained(
        "stop = EarlyStopping(monitor='val_loss', patience=3)\nEPOCHS = 7\n"
        "model.fit(x, y, 100, EPOCHS, validation_split=0.1, callbacks=[stop, ReduceLROnPlateau(factor=0.2)])"
    )
    assert settings == {
        "batch_size": 100,
        "epochs": 7,
        "patience": 3,
        "schedule": "plateau",
        "decay_factor": 0.2,
        "decay_epochs": 10,
    }
    assert not warnings


def test_a_setting_out_of_range_is_ignored_with_a_warning() -> None:
    """The network is still read; the warning says what is allowed."""
    settings, warnings = trained("model.fit(x, y, epochs=100000, batch_size=n)")
    assert settings == {}
    assert "epochs is 100000; allowed: a whole number from 1 to 1,000. It stays 5." in warnings
    assert "batch size is `n`, whose value is not in the text. It stays 64." in warnings


def test_regularizers_and_initializers_are_training_settings() -> None:
    """Keras' λ·w² has the gradient of a weight decay of 2·λ."""
    network = NETWORK.replace(
        "Conv2D(4, 3,", "Conv2D(4, 3, kernel_regularizer=l2(0.001), kernel_initializer='he_normal',"
    )
    settings, _ = trained("model.compile('adam', 'categorical_crossentropy')", network)
    assert settings == {"initialization": "he", "weight_decay": 0.002}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("model.compile(loss=CategoricalCrossentropy(from_logits=True))", "it would be applied twice"),
        ("model.compile(loss='binary_crossentropy')", "meant for yes-or-no questions"),
        (
            "model.compile(loss=my_loss)",
            "the lab does not have the loss `my_loss`, whose value is not in the text",
        ),
        (
            "model.compile(optimizer='ftrl', loss='mse')",
            "the optimizer is 'ftrl', which the lab does not have",
        ),
        ("model.compile(Adam(ExponentialDecay(0.1, 10, 0.9)))", "the schedule ExponentialDecay is left out"),
        ("model.compile()\na, b, c, d = model.evaluate(x, y)", "evaluate gives 2 values"),
        ("model.fit(X, y, validation_data=(X_test, y_test))", "the test data serve as validation data"),
    ],
)
def test_likely_mistakes_are_warnings(code: str, expected: str) -> None:
    """With their line and reason; the design is read anyway."""
    imported = read_design(NETWORK + code)
    assert imported.design.layers == SMALL
    assert any(expected in warning and warning.startswith("Line ") for warning in map(str, imported.warnings))


def test_a_missing_softmax_is_noticed() -> None:
    """Keras' loss expects probabilities, unless from_logits is True."""
    bare = NETWORK.replace(', activation="softmax"', "")
    assert "from_logits=True is missing" in trained("model.compile(loss='categorical_crossentropy')", bare)[1]
    explicit = "model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))"
    assert not trained(explicit, bare)[1]


@pytest.mark.parametrize(
    "scaling",
    [
        "a = a / 255",
        "a = a.reshape(-1, 28, 28, 1).astype('float32') / 255.0",
        "a /= 255.",
        "a = a * (1 / 255)",
        "a = tf.cast(a, tf.float32) / 255.0",
        "a = (a - mean) / std",
        "a = np.expand_dims(a, -1)\na = keras.utils.normalize(a)",
        "a, c = a / 255.0, c / 255.0",
        "a, v, b, w = train_test_split(a / 255, b)",
        "def prepare(x):\n    return x.astype('float32') / 255\na = prepare(a)",
    ],
)
def test_scaled_pixels_are_not_a_mistake(scaling: str) -> None:
    """However they are scaled; without it there is a warning."""
    load = "(a, b), (c, d) = mnist.load_data()\n"
    fit = "\nmodel.fit(a, b, epochs=1)"
    assert not read_design(load + scaling + NETWORK + fit).warnings
    assert "never divided by 255" in str(read_design(load + NETWORK + fit).warnings)


def test_validation_data_from_the_training_data_are_not_a_mistake() -> None:
    """Whatever their names."""
    code = (
        "(a, b), (c, d) = mnist.load_data()\na, v, b, w = train_test_split(a / 255, b)\n"
        f"{NETWORK}model.fit(a, b, validation_data=(v, w))"
    )
    assert not read_design(code).warnings
    renamed = code.replace("(v, w)", "(c, d)")
    assert "the test data serve as validation data" in str(read_design(renamed).warnings)


def test_without_compile_and_fit_there_is_no_configuration() -> None:
    """The settings on the screen are kept."""
    assert read_design(NETWORK).config is None


# --- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("LSTM(4)", "line 1: there is no layer 'LSTM'. Allowed: Activation, AdaptiveAveragePooling2D, "),
        ("Conv2D(8, 3, strid=2)", "line 1, Conv2D: there is no argument 'strid'. Allowed: filters, "),
        ("Conv2D(8)", "line 1, Conv2D: the argument 'kernel_size' is missing."),
        ("Conv2D(n, 3)", "line 1, Conv2D: filters is `n`, whose value is not in the text."),
        ("Conv2D('8', 3)", "line 1, Conv2D: filters is '8'. Allowed: a whole number."),
        ("Conv2D(True, 3)", "line 1, Conv2D: filters is True. Allowed: a whole number."),
        (
            "Conv2D(8, (3, 5))",
            "kernel_size is (3, 5). Allowed: a whole number, the same for height and width",
        ),
        ("Conv2D(10**9, 3)", "line 1, Conv2D, out_channels: Input should be less than or equal to 4,096"),
        ("Conv2D(8, 3, padding='reflect')", "padding is 'reflect'. Allowed: 'valid' or 'same'."),
        ("Conv2D(8, 3, activation='softplus')", "activation is 'softplus'. Allowed: linear, relu, "),
        ("Conv2D(8, 3, *[1] * 20)", "got 22 arguments without a name. Allowed: at most 18."),
        ("ReLU(max_value=6)", "max_value is given. Allowed: ReLU without a ceiling."),
        ("ZeroPadding2D(1), Flatten()", "there is zero padding before Flatten"),
        ("Dropout(1.5)", "line 1, Dropout, p: Input should be less than 1"),
        ("Reshape((7, 4))", "the lab does not know this reshaping"),
        ("my_layer", "a layer is `my_layer`, whose value is not in the text"),
        ("'Dense'", "a layer is 'Dense'"),
    ],
)
def test_unsupported_layers_and_arguments_are_named(code: str, expected: str) -> None:
    """With the line, the value, and what is supported."""
    assert expected in refused(f"keras.Sequential([Input((28, 28, 1)), {code}, Dense(10)])")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the text is empty. Allowed: Keras or PyTorch code"),
        ("Hello, world", "no network was found"),
        ("import keras\nmodel = keras.Sequential()", "no network was found"),
        ("model = Sequential(layers)", "line 1, Sequential: the layers are `layers`"),
        ("Sequential([Input((600, 28, 1)), Dense(10)])", "height 600 and width 28. Allowed: 1 to 4 channels"),
        ("Sequential([Input((28, 28, 16)), Dense(10)])", "the pictures have 16 channels"),
        ("Sequential([Dense(10, input_dim=17)])", "the input is 17. Allowed: a picture"),
        ("Sequential([Input((9, 1, 1, 1)), Dense(10)])", "the input is (9, 1, 1, 1). Allowed: a picture"),
        ("Sequential([Dense(10, input_dim=-4)])", "the input is -4. Allowed: a picture"),
        ("m = Sequential()\n" + "m.add(ReLU())\n" * 65, "at most 64"),
        ("model = Sequential([Dense(10)])\n" + "#" * 70_000, "at most 65,536 bytes"),
    ],
)
def test_a_text_without_a_network_is_refused_with_a_reason(text: str, expected: str) -> None:
    """Empty, without a network, too large, or with an impossible network."""
    assert expected in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "keras = " + "-" * 60_000 + "1",
        "keras = " + "(" * 60_000,
        "keras = " + "1+" * 30_000 + "1",
        "Dense(" * 9_000,
        "a = Dense(1)\n" + "a = [a, a]\n" * 200 + "Sequential(a)",
        "a = (3, 3)\n" + "a = (a, a)\n" * 200 + "Sequential([Conv2D(3, a)])",
        "m = Sequential([Dense(1)])\n" + "m = Sequential([m, m])\n" * 60,
        "for a in range(64):\n for b in range(64):\n  for c in range(64):\n   Dense(1)",
        "def f():\n  return f() + f()\nSequential([Dense(f())])",
        "def f(x):\n  return g(x) + g(x)\ndef g(x):\n  return f(x) + f(x)\nSequential([Dense(f(1))])",
        "x = 9 ** 9 ** 9 ** 9\nx = 'a' * 10 ** 9\nx = [0] * 10 ** 9\nSequential([Dense(x)])",
        "x = " + "9" * 5_000 + "\nSequential([Dense(x)])",
        "keras (\n" * 8_000,
        "Dense (\\\n" * 6_000,
        "Dense([\n'''\n" * 5_000,
        "x = 1\n" * 10_000 + "y = Dense(" + "x," * 1_000 + ")",
        "Sequential([Input((10**9, 10**9, 1)), Residual([Conv2D(1, 1)])])",
        "class Sequential: pass\n" * 2_000,
        "Dense\x00(1)",
        "Sequential([Dense(10)])\n\x0c\x0b\x1c\u2028Dense",
    ],
    ids=range(20),
)
def test_hostile_code_is_refused_or_read_and_never_hangs(text: str) -> None:
    """Deep nesting, doubling lists, recursion, huge numbers, endless brackets."""
    with suppress(DesignError):
        assert isinstance(read_design(text), Imported)
