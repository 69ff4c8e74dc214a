"""What a PyTorch script says about training: optimiser, schedule, loss, batches, epochs."""

from __future__ import annotations

from typing import Any

from cnnlab.convert.settings import Settings
from cnnlab.convert.stack import Stack
from cnnlab.convert.values import Call, Opaque
from cnnlab.layers import Softmax
from cnnlab.training.config import TrainConfig

_OPTIMIZERS = {
    "SGD": "sgd",
    "Adam": "adam",
    "AdamW": "adamw",
    "RMSprop": "rmsprop",
    "Adagrad": "adagrad",
    "Adadelta": "adadelta",
}
_RATES = {"RMSprop": 0.01, "Adagrad": 0.01, "Adadelta": 1.0}  # PyTorch's own defaults; 0.001 elsewhere
_LOSSES = {
    "CrossEntropyLoss": "cross-entropy",
    "cross_entropy": "cross-entropy",
    "NLLLoss": "cross-entropy",
    "nll_loss": "cross-entropy",
    "MSELoss": "mean-squared-error",
    "mse_loss": "mean-squared-error",
    "MultiMarginLoss": "hinge",
    "multi_margin_loss": "hinge",
    "focal_loss": "focal",
}
_SCHEDULES = {
    "StepLR": "step",
    "CosineAnnealingLR": "cosine",
    "OneCycleLR": "one-cycle",
    "ReduceLROnPlateau": "plateau",
}
_ON_SCORES = ("CrossEntropyLoss", "cross_entropy")


class Training:
    """Collects what is said while a script is followed."""

    def __init__(self) -> None:
        self.epochs: int | None = None
        self._optimizer: Call | None = None
        self._schedule: Call | None = None
        self._loss: Call | None = None
        self._loaders: list[Call] = []
        self._seed: Call | None = None
        self._normalize: Call | None = None
        self._clip: Call | None = None

    def heard(self, call: Call) -> None:
        """A call whose meaning for the network is none."""
        if call.name in _OPTIMIZERS:
            self._optimizer = call
        elif call.name in _SCHEDULES:
            self._schedule = call
        elif call.name in _LOSSES:
            self._loss = self._loss or call
        elif call.name == "DataLoader":
            self._loaders.append(call)
        elif call.name == "manual_seed":
            self._seed = call
        elif call.name == "Normalize":
            self._normalize = call
        elif call.name == "clip_grad_norm_":
            self._clip = call

    def config(self, names: dict[str, Any], stack: Stack) -> TrainConfig | None:
        """The configuration; None where nothing was said."""
        if self._normalize is not None:
            stack.note(self._normalize, "Normalize is left out: the lab's pixels go from 0 to 1.")
        heard = (self._optimizer, self._loss, *self._loaders)
        if not any(call is not None for call in heard):
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
        rate = call.kwargs.get("lr", call.args[1] if len(call.args) > 1 else None)
        settings.put("optimizer", _OPTIMIZERS[call.name], call)
        settings.put("learning_rate", _RATES.get(call.name, 0.001) if rate is None else rate, call)
        if call.name == "SGD":
            settings.put("momentum", call.kwargs.get("momentum", 0.0), call)
            if call.kwargs.get("nesterov") is True:
                settings.put("optimizer", "nesterov", call)
        decay = call.kwargs.get("weight_decay", 0.01 if call.name == "AdamW" else 0.0)
        settings.put("weight_decay", decay, call)
        betas = call.kwargs.get("betas")
        if isinstance(betas, list | tuple) and len(betas) == 2:
            settings.put("beta1", betas[0], call)
            settings.put("beta2", betas[1], call)
        for name in call.kwargs:
            if name not in ("params", "lr", "momentum", "nesterov", "weight_decay", "betas", "eps", "fused"):
                stack.note(call, f"the optimiser's {name[:60]} is left out.")

    def _put_schedule(self, settings: Settings) -> None:
        call = self._schedule
        if call is None:
            return
        settings.put("schedule", _SCHEDULES[call.name], call)
        if call.name == "StepLR":
            epochs = call.kwargs.get("step_size", call.args[1] if len(call.args) > 1 else 1)
            settings.put("decay_epochs", epochs, call)
            factor = call.kwargs.get("gamma", call.args[2] if len(call.args) > 2 else 0.1)
            settings.put("decay_factor", factor, call)
        if call.name == "ReduceLROnPlateau":
            settings.put("decay_factor", call.kwargs.get("factor", 0.1), call)
            patience = call.kwargs.get("patience", 10)
            settings.put("decay_epochs", patience + 1 if isinstance(patience, int) else patience, call)

    def _put_loss(self, settings: Settings, stack: Stack) -> None:
        call = self._loss
        if call is None:
            return
        settings.put("loss", _LOSSES[call.name], call)
        if "label_smoothing" in call.kwargs:
            settings.put("label_smoothing", call.kwargs["label_smoothing"], call)
        softmax = bool(stack.rows) and isinstance(stack.rows[-1], Softmax)
        if softmax and call.name in _ON_SCORES and not _before_softmax(call):
            stack.warn(
                call,
                f"{call.name} applies a softmax itself, but the network ends in one already: twice it "
                "flattens the gradients. The lab applies it once.",
            )

    def _put_rest(self, settings: Settings, names: dict[str, Any]) -> None:
        loaders = [loader for loader in self._loaders if _is_training(loader)] or self._loaders
        if loaders:
            size = loaders[0].kwargs.get("batch_size", loaders[0].args[1] if len(loaders[0].args) > 1 else 1)
            settings.put("batch_size", size, loaders[0])
        if self._seed is not None and self._seed.args:
            settings.put("seed", self._seed.args[0], self._seed)
        if self._clip is not None and len(self._clip.args) > 1:
            settings.put("clip_norm", self._clip.args[1], self._clip)
        said = [names[name] for name in ("EPOCHS", "epochs", "num_epochs", "n_epochs") if name in names]
        whole = [value for value in said if isinstance(value, int) and not isinstance(value, bool)]
        if whole or self.epochs:
            settings.put("epochs", whole[0] if whole else self.epochs, self._optimizer or self._loss)


def _is_training(loader: Call) -> bool:
    pictures = loader.args[0] if loader.args else loader.kwargs.get("dataset")
    return isinstance(pictures, Opaque) and pictures.part == "train"


def _before_softmax(call: Call) -> bool:
    """Our own scripts compute the loss on model[:-1], the scores before the softmax."""
    return bool(call.args) and isinstance(call.args[0], Opaque) and "scores" in call.args[0].text
