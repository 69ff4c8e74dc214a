"""The training settings of a PyTorch script: optimizer, schedule, loss, batches, epochs."""

from __future__ import annotations

from typing import Any

from cnnlab.convert.settings import Settings, read_arguments
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call, Instance, Opaque, Record, is_whole
from cnnlab.language import lazy
from cnnlab.layers import Softmax
from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.optimizer_kinds import OPTIMIZERS, with_nesterov
from cnnlab.training.schedule_kinds import SCHEDULES

_IGNORED_ARGUMENTS = frozenset(
    ("params", "lr", "nesterov", "weight_decay", "betas", "eps", "fused", "foreach")
)
_EPOCHS = ("epochs", "num_epochs", "n_epochs", "max_epochs", "nb_epochs", "epoch")


class Training:
    """Collects training calls while a script is followed."""

    def __init__(self) -> None:
        self.epochs: int | None = None
        self.has_settings = False  # whether the text has any training settings
        self._optimizer: Call | None = None
        self._schedule: Call | None = None
        self._loss: Call | None = None
        self._loaders: list[Call] = []
        self._seed: Call | None = None
        self._normalize: Call | None = None
        self._clip: Call | None = None

    def record(self, call: Call) -> None:
        """Record a call that does not concern the layers of the network."""
        if call.name in _optimizers():
            self._optimizer, self.has_settings = call, True
        elif call.name in _schedules():
            self._schedule = call
        elif call.name in _losses():
            self._loss, self.has_settings = self._loss or call, True
        elif call.name == "DataLoader":
            self._loaders.append(call)
        elif call.name == "manual_seed":
            self._seed = call
        elif call.name == "Normalize":
            self._normalize = call
        elif call.name == "clip_grad_norm_":
            self._clip = call
        elif call.name == "Trainer" and is_whole(call.kwargs.get("max_epochs")):
            self.epochs = call.kwargs["max_epochs"]

    def config(self, names: dict[str, Any], stack: Stack) -> TrainConfig | None:
        """Return the configuration; None if there are no settings."""
        if self._normalize is not None:
            stack.note(self._normalize, lazy("Normalize is left out: the lab's pixels go from 0 to 1."))
        recorded = (self._optimizer, self._loss, *self._loaders)
        if not any(call is not None for call in recorded):
            return None
        settings = Settings(stack)
        self._put_optimizer(settings, stack)
        self._put_schedule(settings)
        self._put_loss(settings, stack)
        self._put_rest(settings, names)
        return settings.config()

    def _put_optimizer(self, settings: Settings, stack: Stack) -> None:
        call = self._optimizer
        if call is None:
            return
        name = _optimizers()[call.name]
        kind = OPTIMIZERS[name]
        arguments = dict(zip(kind.torch.positional, call.args[2:], strict=False)) | call.kwargs
        rate = call.argument(1, "lr")
        settings.put("optimizer", with_nesterov(name) if arguments.get("nesterov") is True else name, call)
        settings.put("learning_rate", kind.torch.rate if rate is None else rate, call)
        if kind.momentum:
            settings.put("momentum", arguments.pop("momentum", 0.0), call)
        settings.put("weight_decay", arguments.get("weight_decay", kind.torch.decay), call)
        betas = arguments.get("betas")
        if isinstance(betas, list | tuple) and len(betas) == 2:
            settings.put("beta1", betas[0], call)
            settings.put("beta2", betas[1], call)
        for key in arguments:
            if key not in _IGNORED_ARGUMENTS:
                stack.note(call, lazy("the optimizer's {name} is left out.", name=key[:60]))

    def _put_schedule(self, settings: Settings) -> None:
        call = self._schedule
        if call is None:
            return
        name = _schedules()[call.name]
        settings.put("schedule", name, call)
        code = SCHEDULES[name].torch
        read_arguments(call, code.arguments if code else (), settings)

    def _put_loss(self, settings: Settings, stack: Stack) -> None:
        call = self._loss
        if call is None:
            return
        name = _losses()[call.name]
        settings.put("loss", name, call)
        if "label_smoothing" in call.kwargs:
            settings.put("label_smoothing", call.kwargs["label_smoothing"], call)
        softmax = bool(stack.rows) and isinstance(stack.rows[-1], Softmax)
        if softmax and call.name in LOSSES[name].torch.with_softmax and not _before_softmax(call):
            stack.warn(
                call,
                lazy(
                    "{loss} applies a softmax itself, but the network ends in one already: applied twice, it "
                    "flattens the gradients. The lab applies it once.",
                    loss=call.name,
                ),
            )

    def _put_rest(self, settings: Settings, names: dict[str, Any]) -> None:
        loaders = [loader for loader in self._loaders if _is_training(loader)] or self._loaders
        if loaders:
            settings.put("batch_size", _or(loaders[0].argument(1, "batch_size"), 1), loaders[0])
        seed = self._seed.argument(0, "seed") if self._seed is not None else None
        if seed is not None:
            settings.put("seed", seed, self._seed)
        norm = self._clip.argument(1, "max_norm") if self._clip is not None else None
        if norm is not None:
            settings.put("clip_norm", norm, self._clip)
        stated = _stated_epochs(names)
        if stated or self.epochs:
            settings.put("epochs", stated[0] if stated else self.epochs, self._optimizer or self._loss)


def _optimizers() -> dict[str, str]:
    """Return the lab's optimizers by the names of their classes; Nesterov is an argument of SGD."""
    return {kind.torch.name: name for name, kind in OPTIMIZERS.items() if not kind.nesterov}


def _losses() -> dict[str, str]:
    """Return the lab's losses by the names of classes and functions, including those in exported scripts."""
    return {each: name for name, kind in LOSSES.items() for each in kind.torch.names}


def _schedules() -> dict[str, str]:
    """Return the lab's schedules by the names of the classes that are read."""
    return {kind.torch.read_as: name for name, kind in SCHEDULES.items() if kind.torch and kind.torch.read_as}


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _stated_epochs(names: dict[str, Any]) -> list[int]:
    """Return the numbers of epochs in variables or options of the script."""
    groups: list[dict[Any, Any]] = [names]
    for value in names.values():
        fields = value.fields if isinstance(value, Record | Instance) else value
        groups += [fields] if isinstance(fields, dict) else []
    found = [
        group[key]
        for group in groups
        for key in group
        if isinstance(key, str) and key.lower() in _EPOCHS[: None if group is not names else -1]
    ]
    return [value for value in found if is_whole(value)]


def _is_training(loader: Call) -> bool:
    pictures = loader.args[0] if loader.args else loader.kwargs.get("dataset")
    return isinstance(pictures, Opaque) and pictures.part == "train"


def _before_softmax(call: Call) -> bool:
    """Whether the loss is computed on the scores before the softmax, model[:-1], as in exported scripts."""
    return bool(call.args) and isinstance(call.args[0], Opaque) and "scores" in call.args[0].text
