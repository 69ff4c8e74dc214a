"""The training settings of a Keras script, and common mistakes in such scripts."""

from __future__ import annotations

from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.keras_old import Dialect
from cnnlab.convert.settings import Settings, read_arguments
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call, Instance, Network, Opaque
from cnnlab.language import Message, lazy
from cnnlab.layers import Softmax
from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.optimizer_kinds import OPTIMIZERS, with_nesterov
from cnnlab.training.schedule_kinds import SCHEDULES

_SETTINGS = {
    "learning_rate": "learning_rate",
    "lr": "learning_rate",
    "momentum": "momentum",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "weight_decay": "weight_decay",
    "clipnorm": "clip_norm",
    "global_clipnorm": "clip_norm",
}
_IGNORED_ARGUMENTS = {
    "nesterov",
    "name",
    "epsilon",
    "amsgrad",
    "rho",
    "centered",
    "initial_accumulator_value",
}
_INITIALIZERS = {"glorot": "glorot", "he": "he", "zeros": "zeros"}


class Training:
    """Collects training calls while a script is followed, and evaluates them at the end."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._unpackings: list[tuple[Call, int]] = []

    def record_unpacking(self, evaluate: Call, names: int) -> None:
        """Record `a, b = model.evaluate(...)`."""
        self._unpackings.append((evaluate, names))

    def config(
        self, network: Network | Instance, steps: list[Any], stack: Stack, scaled: bool
    ) -> TrainConfig | None:
        """Return the configuration, None if the text neither compiles nor fits; warnings go to the stack."""
        compiled, fitted = network.training_calls.get("compile"), network.training_calls.get("fit")
        fitted = fitted or network.training_calls.get("fit_generator")
        self._check_unpackings(network, compiled, stack)
        if compiled is None and fitted is None:
            return None
        settings = Settings(stack)
        settings.put("initialization", "glorot", None)
        if compiled is not None:
            _read_compile(compiled, settings, stack, self._dialect)
        if fitted is not None:
            _read_fit(fitted, settings, stack, 10 if self._dialect.version == 1 else 1)
            _check_data(fitted, compiled, stack, scaled)
        _read_weights(steps, settings, stack)
        return settings.config()

    def _check_unpackings(self, network: Network | Instance, compiled: Call | None, stack: Stack) -> None:
        metrics = compiled.argument(2, "metrics") if compiled is not None else None
        if metrics is None and compiled is not None:
            metrics = compiled.kwargs.get("weighted_metrics")
        for call, names in self._unpackings:
            values = 1 + (len(metrics) if isinstance(metrics, list | tuple) else 1)
            if call.owner is network and names != values:
                stack.warn(
                    call,
                    lazy(
                        "evaluate gives {values} values, the loss and one for each metric, "
                        "but {names} names are assigned: Python stops here with a ValueError.",
                        values=values,
                        names=names,
                    ),
                )


# ---- compile


def _read_compile(call: Call, settings: Settings, stack: Stack, dialect: Dialect) -> None:
    optimizer = call.argument(0, "optimizer")
    if optimizer is not None:
        _read_optimizer(call, optimizer, settings, stack, dialect)
    else:
        settings.put("optimizer", "rmsprop", call)  # Keras' default
    loss = call.argument(1, "loss")
    if loss is not None:
        _read_loss(call, loss, settings, stack)
    metrics = call.argument(2, "metrics")
    others = [metric for metric in metrics or [] if _snake_case(metric) not in ("accuracy", "acc")]
    others = [metric for metric in others if "accuracy" not in _snake_case(metric)]
    if isinstance(metrics, list | tuple) and others:
        stack.note(call, lazy("the lab measures loss and accuracy; the other metrics are left out."))


def _snake_case(value: Any) -> str:
    """Convert 'adam', keras.optimizers.Adam(...) or "CategoricalCrossentropy" to a name in snake_case."""
    text = value.name if isinstance(value, Call | Opaque) else value if isinstance(value, str) else ""
    text = text.rpartition(".")[2]
    if text.isupper() or text.islower():
        return text.lower()
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in text).lstrip("_")


def _read_optimizer(call: Call, value: Any, settings: Settings, stack: Stack, dialect: Dialect) -> None:
    names = _optimizers()
    name = names.get(_snake_case(value).replace("_", ""))
    if name is None:
        stack.warn(
            call,
            lazy(
                "the optimizer is {value}, which the lab does not have (it has {known}); "
                "Adam is used instead.",
                value=shown(value),
                known=", ".join(names),
            ),
        )
        return
    settings.put("optimizer", name, call)
    kind, its = OPTIMIZERS[name], OPTIMIZERS[name].keras
    settings.put("learning_rate", its.rate if dialect.version == 3 else its.old_rate, call)
    if not dialect.known and its.rate != its.old_rate and not _has_rate(value):
        stack.note(
            call,
            lazy(
                "no learning rate is given: it is {rate}, as in today's Keras. In Keras 1 "
                "and 2 it was {old} for {optimizer}.",
                rate=its.rate,
                old=its.old_rate,
                optimizer=name,
            ),
        )
    if kind.momentum:
        settings.put("momentum", 0.0, call)
    if its.decay is not None:
        settings.put("weight_decay", its.decay, call)
    if isinstance(value, Call):
        _read_optimizer_arguments(value, name, settings, stack)


def _optimizers() -> dict[str, str]:
    """Return the lab's optimizers by Keras' names in lower case; Nesterov is an argument of SGD."""
    return {kind.keras.name.lower(): name for name, kind in OPTIMIZERS.items() if not kind.nesterov}


def _has_rate(value: Any) -> bool:
    return isinstance(value, Call) and value.argument(0, "learning_rate", "lr") is not None


def _read_optimizer_arguments(call: Call, name: str, settings: Settings, stack: Stack) -> None:
    arguments = dict(zip(OPTIMIZERS[name].keras.positional, call.args, strict=False)) | call.kwargs
    if arguments.get("nesterov") is True:
        settings.put("optimizer", with_nesterov(name), call)
    for key, value in arguments.items():
        field = _SETTINGS.get(key)
        if field == "momentum" and not OPTIMIZERS[name].momentum:
            field = None
        if isinstance(value, Call) and key in ("learning_rate", "lr"):
            if _read_schedule(value, settings):
                continue
            text = lazy(
                "the schedule {name} is left out; choose one on the Train screen.", name=value.name[:60]
            )
            stack.warn(call, text)
        elif field is not None and value is not None:
            settings.put(field, value, call)
        elif key not in _IGNORED_ARGUMENTS and value is not None:
            stack.note(call, lazy("the optimizer's {name} is left out.", name=key[:60]))
    if arguments.get("rho") is not None or arguments.get("epsilon") is not None:
        stack.note(call, lazy("the optimizer's rho and epsilon are PyTorch's here."))


def _read_loss(call: Call, value: Any, settings: Settings, stack: Stack) -> None:
    name = _losses().get(_snake_case(value))
    if name is None:
        stack.warn(call, _unknown_loss(value))
        return
    settings.put("loss", name, call)
    smoothing = value.argument(1, "label_smoothing") if isinstance(value, Call) else None
    if smoothing is not None:
        settings.put("label_smoothing", smoothing, call)
    loss = LOSSES[name].keras
    if isinstance(value, Call) and any(value.kwargs.get(key, its) != its for key, its in loss.fixed.items()):
        stack.note(call, loss.note)
    if loss.logits:
        _check_softmax(call, value, stack)


def _losses() -> dict[str, str]:
    """Return the lab's losses by Keras' names, and by those of the functions in exported scripts."""
    return {each: name for name, kind in LOSSES.items() for each in kind.keras.names}


def _unknown_loss(value: Any) -> Message:
    if "binary" in _snake_case(value):
        return lazy(
            "the loss {value} is meant for yes-or-no questions, not for one class out of many; "
            "cross-entropy is used instead.",
            value=shown(value),
        )
    kinds = [kind.keras for kind in LOSSES.values()]
    return lazy(
        "the lab does not have the loss {value} (it has {known}); cross-entropy is used instead.",
        value=shown(value),
        known=", ".join(name for kind in kinds for name in kind.names if name != kind.own),
    )


def _check_softmax(call: Call, loss: Any, stack: Stack) -> None:
    """Check that the loss fits the output: Keras' cross-entropy expects probabilities by default."""
    logits = isinstance(loss, Call) and loss.argument(0, "from_logits") is True
    softmax = bool(stack.rows) and isinstance(stack.rows[-1], Softmax)
    if logits and softmax:
        stack.warn(
            call,
            lazy(
                "from_logits=True expects scores, but the network ends in a softmax: it would be applied "
                "twice, which flattens the gradients. The lab applies it once."
            ),
        )
    if not logits and not softmax:
        stack.warn(
            call,
            lazy(
                "the network ends without a softmax, but this loss expects probabilities: from_logits=True "
                "is missing. The lab computes the loss on the scores, as it should be."
            ),
        )


# ---- fit


def _read_fit(call: Call, settings: Settings, stack: Stack, usual: int) -> None:
    if call.name != "fit_generator":
        settings.put("batch_size", _or(call.argument(2, "batch_size"), 32), call)
    epochs = call.argument(2 if call.name == "fit_generator" else 3, "epochs", "nb_epoch")
    settings.put("epochs", _or(epochs, usual), call)
    if call.kwargs.get("validation_split") is not None:
        stack.note(
            call,
            lazy("validation_split is left out: the lab cuts a validation part from the training data."),
        )
    if call.kwargs.get("class_weight") is not None:
        settings.put("class_weights", "balanced", call)
        stack.note(call, lazy("class_weight became the setting “balanced”."))
    callbacks = call.argument(5, "callbacks")
    for callback in callbacks if isinstance(callbacks, list | tuple) else []:
        _read_callback(callback, settings, stack)


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _read_callback(callback: Any, settings: Settings, stack: Stack) -> None:
    if not isinstance(callback, Call):
        return
    if callback.name == "EarlyStopping":
        settings.put("patience", _or(callback.argument(2, "patience"), 0), callback)
    elif not _read_schedule(callback, settings):
        stack.note(callback, lazy("the callback {name} is left out.", name=callback.name[:60]))


def _read_schedule(call: Call, settings: Settings) -> bool:
    """Read one of the lab's schedules, from a callback or a learning rate; return whether it was one."""
    for name, kind in SCHEDULES.items():
        if kind.keras and kind.keras.read_as == call.name:
            settings.put("schedule", name, call)
            read_arguments(call, kind.keras.arguments, settings)
            return True
    return False


def _read_weights(steps: list[Any], settings: Settings, stack: Stack) -> None:
    """Read initializers and regularizers: arguments of layers in Keras, training settings here."""
    for step in steps:
        if not isinstance(step, Call):
            continue
        start = _snake_case(step.kwargs.get("kernel_initializer", "glorot_uniform")).partition("_")[0]
        if start in _INITIALIZERS:
            if start != "glorot":
                settings.put("initialization", start, step)
        else:
            value = shown(step.kwargs["kernel_initializer"])
            stack.note(step, lazy("the initializer {value} is left out.", value=value))
        _read_regularizer(step, settings, stack)


def _read_regularizer(step: Call, settings: Settings, stack: Stack) -> None:
    """Read a regularizer: Keras adds λ·w² to the loss, which has the gradient of a weight decay of 2·λ."""
    value = step.kwargs.get("kernel_regularizer")
    if value is None:
        return
    amount = value.argument(0, "l2", "l1", "l") if isinstance(value, Call) else None
    amount = _or(amount, 0.01)
    known = isinstance(amount, int | float) and _snake_case(value) in ("l2", "l1")
    if known and _snake_case(value) == "l2":
        settings.put("weight_decay", 2 * float(amount), step)
        stack.note(step, lazy("the L2 regularizer became weight decay, which holds for all layers."))
    elif known:
        settings.put("l1", float(amount), step)
        stack.note(step, lazy("the L1 regularizer became the L1 penalty, which holds for all layers."))
    else:
        stack.note(step, lazy("the regularizer {value} is left out.", value=shown(value)))


# ---- common mistakes


def _check_data(fitted: Call, compiled: Call | None, stack: Stack, scaled: bool) -> None:
    pictures, labels = fitted.argument(0, "x"), fitted.argument(1, "y")
    if isinstance(pictures, Opaque) and pictures.scaled is False and not scaled:
        stack.warn(
            fitted,
            lazy(
                "the pixels are never divided by 255: the network gets numbers from 0 to 255, and learns "
                "badly. The lab divides them."
            ),
        )
    if compiled is not None and isinstance(labels, Opaque) and labels.one_hot is not None:
        _check_labels(compiled, labels.one_hot, stack)
    validation = fitted.argument(7, "validation_data")
    values = validation if isinstance(validation, list | tuple) else [validation]
    if any(isinstance(value, Opaque) and value.part == "test" for value in values):
        stack.warn(
            fitted,
            lazy(
                "the test data serve as validation data: if you choose by them, no honest test is left. "
                "The lab cuts its validation part from the training data."
            ),
        )


def _check_labels(compiled: Call, one_hot: bool, stack: Stack) -> None:
    word = _snake_case(compiled.argument(1, "loss"))
    if word == "sparse_categorical_crossentropy" and one_hot:
        stack.warn(
            compiled,
            lazy(
                "sparse_categorical_crossentropy wants the number of the class, but the labels are one-hot "
                "(to_categorical): Keras stops with an error about shapes. The lab needs no one-hot labels."
            ),
        )
    if word == "categorical_crossentropy" and not one_hot:
        stack.warn(
            compiled,
            lazy(
                "categorical_crossentropy wants one-hot labels, but these are numbers of classes: "
                "to_categorical is missing, or the sparse loss is meant. The lab needs no one-hot labels."
            ),
        )
