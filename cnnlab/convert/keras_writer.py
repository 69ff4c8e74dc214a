"""Writing a design as a standalone Keras script, for any of Keras' backends.

Keras' axes are height, width, channels; otherwise the rows, their order and their parameters are the lab's.
Zero padding is a row of its own, since Keras' own padding supports only "same".
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.convert.layout import (
    chosen_data,
    every_layer,
    left_out,
    script_code,
    text_code,
)
from cnnlab.data import BUILT_IN, DataRecord
from cnnlab.design.design import Design, Row, require_trainable
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy
from cnnlab.layers import Flatten, Layer, Linear, Residual, Shape, Softmax, shape_text
from cnnlab.layers.code import call_code, indented, options_code
from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES, LossCode
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.schedule_kinds import SCHEDULES


def write_keras(
    design: Design, config: TrainConfig, data: str | None = None, sets: Sequence[DataRecord] = BUILT_IN
) -> str:
    """Write the whole script, which loads one of these data sets.

    Raises DesignError for a design that cannot work, or that Keras cannot express.
    """
    rows = require_trainable(design).rows
    chosen = chosen_data(design, data, [record for record in sets if record.code.keras])
    model = _model(design, rows)
    loss = LOSSES[config.loss].keras.code(config, isinstance(design.layers[-1], Softmax))
    classes = dict.fromkeys(filter(None, (layer.keras_class() for layer in every_layer(design))))
    parts = [
        '"""A network in Keras: its data, training and test. Written by cnnlab."""\n',
        _imports(chosen, "".join(classes), loss),
        _constants(design, config),
        *classes,
        model,
        _data(design, chosen),
        *([loss.function] if loss.function else []),
        _main(design, config, loss),
    ]
    return script_code(parts)


def _imports(chosen: DataRecord | None, classes: str, loss: LossCode) -> str:
    ops = ", ops" if "ops." in classes + loss.function else ""
    folder = "from pathlib import Path\n\n" if chosen is None else ""
    numpy = "import numpy as np\n" if chosen is None else ""
    return f"{folder}import keras\n{numpy}from keras import layers{ops}\n"


def _constants(design: Design, config: TrainConfig) -> str:
    channels, height, width = design.input_shape
    used = {
        *("epochs", "batch_size", "optimizer", "learning_rate", "momentum", "beta1", "beta2", "clip_norm"),
        *("schedule", "decay_factor", "decay_epochs", "loss", "label_smoothing", "patience", "seed"),
        *(["weight_decay"] if OPTIMIZERS[config.optimizer].keras.decay is not None else []),
        *(["initialization"] if config.initialization == "glorot" else []),
    }
    lines = [
        f"NAME = {text_code(design.name)}",
        f"INPUT_SHAPE = ({height}, {width}, {channels})  # height, width, channels",
        f"EPOCHS = {config.epochs}",
        f"BATCH_SIZE = {config.batch_size}",
        f"LEARNING_RATE = {config.learning_rate!r}",
    ]
    return (
        "\n".join(lines) + "\n" + left_out(config, used) + f"\nkeras.utils.set_random_seed({config.seed})\n"
    )


# ---- the model


def _model(design: Design, rows: tuple[Row, ...]) -> str:
    lines = ["keras.Input(shape=INPUT_SHAPE),"]
    for row in rows:
        if row.input_shape is None or row.output_shape is None:
            continue
        try:
            codes = row.layer.keras_code(row.input_shape)
        except DesignError as error:
            where = lazy("layer {number} ({layer})", number=row.index + 1, layer=row.layer.title)
            raise DesignError(error.problem, where=where, allowed=error.allowed) from None
        if isinstance(row.layer, Flatten) and _order_matters(design.layers[row.index + 1 :], row.input_shape):
            codes = ["layers.Permute((3, 1, 2))  # channels first, as PyTorch flattens", *codes]
        lines += _commented(codes, row.output_shape)
    return f"model = keras.Sequential(\n    [\n{indented(indented(chr(10).join(lines)))}\n    ]\n)\n"


def _commented(codes: list[str], shape: Shape) -> list[str]:
    """Return the lines of one row, with the output shape as a comment on the last."""
    lines = [line for code in codes for line in _with_comma(code).split("\n")]
    lines[-1] += f"  # {shape_text((*shape[1:], *shape[:1]))}"
    return lines


def _with_comma(code: str) -> str:
    """Append a comma, before a comment if there is one."""
    head, mark, comment = code.partition("  # ")
    return f"{head},{mark}{comment}"


def _order_matters(after: Sequence[Layer], shape: Shape) -> bool:
    """Whether the order in which a picture is flattened affects the output.

    It does not if a dense layer follows, whose weights can be in the same order.
    """
    if len(shape) != 3 or shape[0] == 1 or shape[1:] == (1, 1):
        return False
    first = next((layer for layer in after if isinstance(layer, Linear | Residual)), None)
    return not isinstance(first, Linear)


# ---- data


def _data(design: Design, chosen: DataRecord | None) -> str:
    if chosen is None:
        return _folder_data(design)
    gray = "[..., None]" if design.input_shape[0] == 1 else ""
    return f'''
def load_data():
    """Pictures and the numbers of their classes, to learn from and to test with."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.{chosen.code.keras}.load_data()
    x_train, x_test = x_train{gray} / 255, x_test{gray} / 255  # pixels become numbers from 0 to 1
    return (x_train, y_train), (x_test, y_test)
'''


def _folder_data(design: Design) -> str:
    channels, height, width = design.input_shape
    mode = {1: "grayscale", 4: "rgba"}.get(channels, "rgb")
    return f'''
def load_folder(folder):
    """Pictures that lie in one folder for each class, and the numbers of the classes."""
    files = sorted(Path(folder).glob("*/*"))
    names = sorted({{file.parent.name for file in files}})
    pictures = [
        keras.utils.load_img(file, color_mode="{mode}", target_size=({height}, {width})) for file in files
    ]
    x = np.stack([keras.utils.img_to_array(picture) for picture in pictures])
    return x / 255, np.array([names.index(file.parent.name) for file in files])


def load_data():
    """Pictures in pictures/train/CLASS/ and pictures/test/CLASS/, {design.classes} classes."""
    return load_folder("pictures/train"), load_folder("pictures/test")
'''


# ---- training


def _optimizer(config: TrainConfig) -> str:
    """Return the optimizer's code, with PyTorch's constants where Keras' defaults differ."""
    kind = OPTIMIZERS[config.optimizer]
    special = options_code(("momentum", config.momentum, 0.0)) if kind.momentum else []
    special += ["nesterov=True"] if kind.nesterov else []
    special += _betas(config) if kind.betas else []
    special += [f"weight_decay={config.weight_decay!r}"] if kind.keras.decay is not None else []
    rate = "schedule" if _schedule(config) else "LEARNING_RATE"
    clip = options_code(("global_clipnorm", config.clip_norm, 0.0))
    return f"keras.optimizers.{kind.keras.name}({', '.join([rate, *special, *kind.keras.constants, *clip])})"


def _betas(config: TrainConfig) -> list[str]:
    return options_code(("beta_1", config.beta1, 0.9), ("beta_2", config.beta2, 0.999))


def _schedule(config: TrainConfig) -> str:
    """Return the code of a schedule per batch, used as learning rate; empty if there is none."""
    code = SCHEDULES[config.schedule].keras
    return f"keras.optimizers.schedules.{code.code(config)}" if code and code.per_batch else ""


def _callbacks(config: TrainConfig) -> list[str]:
    code = SCHEDULES[config.schedule].keras
    callbacks = [f"keras.callbacks.{code.code(config)}"] if code and not code.per_batch else []
    if config.patience:
        callbacks.append(f'keras.callbacks.EarlyStopping("val_accuracy", patience={config.patience})')
    return callbacks


def _main(design: Design, config: TrainConfig, loss: LossCode) -> str:
    lines = ["(x_train, y_train), (x_test, y_test) = load_data()"]
    if loss.one_hot:
        classes = design.classes
        lines += [
            f"y_train = keras.utils.to_categorical(y_train, {classes})  # one-hot",
            f"y_test = keras.utils.to_categorical(y_test, {classes})",
        ]
    schedule = _schedule(config)
    if schedule:
        lines += [
            "steps = EPOCHS * (len(x_train) * 9 // 10 // BATCH_SIZE + 1)",
            f"schedule = {schedule}",
        ]
    compiled = [
        f"optimizer={_optimizer(config)}",
        f"loss={loss.expression}",
        'metrics=["accuracy"]',
    ]
    lines.append(call_code("model.compile", compiled))
    fitted = ["x_train", "y_train", "batch_size=BATCH_SIZE", "epochs=EPOCHS", "validation_split=0.1"]
    callbacks = _callbacks(config)
    if callbacks:
        fitted.append(f"callbacks=[{', '.join(callbacks)}]")
    lines += [
        call_code("model.fit", fitted),
        "_, accuracy = model.evaluate(x_test, y_test)",
        'print(f"{NAME}: test accuracy {accuracy:.2%}")',
    ]
    body = indented("\n".join(lines))
    return f'\ndef main():\n{body}\n\n\nif __name__ == "__main__":\n    main()\n'
