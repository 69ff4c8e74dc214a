"""The optimizers, one record each. Light: importing this loads no torch."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.language import lazy
from cnnlab.training.choice import Choice


@dataclass(frozen=True, slots=True)
class TorchOptimizer:
    """An optimizer's class in torch.optim."""

    name: str
    positional: tuple[str, ...]  # its arguments in order, after the weights and the learning rate
    rate: float = 0.001  # its default learning rate
    decay: float = 0.0  # its default weight decay


@dataclass(frozen=True, slots=True)
class KerasOptimizer:
    """An optimizer's class in keras.optimizers."""

    name: str
    positional: tuple[str, ...]  # its arguments in order
    rate: float = 0.001  # its default learning rate
    old_rate: float = 0.001  # its default learning rate in Keras 1 and 2
    decay: float | None = None  # its default weight decay; None: it has none that means the same as the lab's
    constants: tuple[str, ...] = ()  # arguments that set its constants to PyTorch's


@dataclass(frozen=True, slots=True)
class OptimizerKind(Choice):
    """What menus, training, memory counts and the scripts of both libraries need to know of an optimizer."""

    torch: TorchOptimizer
    keras: KerasOptimizer
    usual_rate: float  # a learning rate that usually works well
    states_per_weight: int  # numbers it stores for each weight
    momentum: bool = False  # whether the setting `momentum` applies; at 0 nothing is stored
    nesterov: bool = False
    betas: bool = False  # whether the settings `beta1` and `beta2` apply
    fused: bool = False  # one kernel reads the rate on the device, so a CUDA graph can record the step

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that apply to this optimizer only."""
        return (*(["momentum"] if self.momentum else []), *(["beta1", "beta2"] if self.betas else []))


_TORCH_SGD = TorchOptimizer("SGD", ("momentum", "dampening", "weight_decay", "nesterov"))
_KERAS_SGD = KerasOptimizer("SGD", ("learning_rate", "momentum", "nesterov"), rate=0.01, old_rate=0.01)
_TORCH_ADAM_POSITIONAL = ("betas", "eps", "weight_decay", "amsgrad")

OPTIMIZERS: dict[str, OptimizerKind] = {
    "sgd": OptimizerKind(
        lazy("SGD with momentum"),
        lazy("Steps down the gradient and keeps rolling; momentum 0 is plain SGD."),
        _TORCH_SGD,
        _KERAS_SGD,
        usual_rate=0.01,
        states_per_weight=1,
        momentum=True,
        fused=True,
    ),
    "nesterov": OptimizerKind(
        lazy("Nesterov"),
        lazy("Momentum that looks ahead before it steps."),
        _TORCH_SGD,
        _KERAS_SGD,
        usual_rate=0.01,
        states_per_weight=1,
        momentum=True,
        nesterov=True,
        fused=True,
    ),
    "adam": OptimizerKind(
        lazy("Adam"),
        lazy("Gives every weight its own step size; the articles' choice."),
        TorchOptimizer("Adam", _TORCH_ADAM_POSITIONAL),
        KerasOptimizer("Adam", ("learning_rate", "beta_1", "beta_2", "epsilon")),
        usual_rate=0.001,
        states_per_weight=2,
        betas=True,
        fused=True,
    ),
    "adamw": OptimizerKind(
        lazy("AdamW"),
        lazy("Adam with weight decay decoupled from the gradient."),
        TorchOptimizer("AdamW", _TORCH_ADAM_POSITIONAL, decay=0.01),
        KerasOptimizer("AdamW", ("learning_rate", "weight_decay", "beta_1", "beta_2"), decay=0.004),
        usual_rate=0.001,
        states_per_weight=2,
        betas=True,
        fused=True,
    ),
    "rmsprop": OptimizerKind(
        lazy("RMSprop"),
        lazy("Divides each step by the recent size of its gradient."),
        TorchOptimizer("RMSprop", ("alpha", "eps", "weight_decay", "momentum", "centered"), rate=0.01),
        KerasOptimizer("RMSprop", ("learning_rate", "rho", "momentum", "epsilon"), constants=("rho=0.99",)),
        usual_rate=0.001,
        states_per_weight=1,
    ),
    "adagrad": OptimizerKind(
        lazy("Adagrad"),
        lazy("Divides each step by the size of all gradients so far: it slows down."),
        TorchOptimizer(
            "Adagrad", ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"), rate=0.01
        ),
        KerasOptimizer(
            "Adagrad",
            ("learning_rate", "initial_accumulator_value", "epsilon"),
            old_rate=0.01,
            constants=("initial_accumulator_value=0.0",),
        ),
        usual_rate=0.01,
        states_per_weight=1,
    ),
    "adadelta": OptimizerKind(
        lazy("Adadelta"),
        lazy("Adagrad with a short memory; start with a learning rate of 1."),
        TorchOptimizer("Adadelta", ("rho", "eps", "weight_decay"), rate=1.0),
        KerasOptimizer("Adadelta", ("learning_rate", "rho", "epsilon"), old_rate=1.0, constants=("rho=0.9",)),
        usual_rate=1.0,
        states_per_weight=2,
    ),
}


def with_nesterov(name: str) -> str:
    """The optimizer of the same class with Nesterov momentum; itself if there is none."""
    same = (other for other, kind in OPTIMIZERS.items() if kind.torch == OPTIMIZERS[name].torch)
    return next((other for other in same if OPTIMIZERS[other].nesterov), name)
