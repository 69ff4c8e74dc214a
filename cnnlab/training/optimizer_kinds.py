"""The optimizers, one record each. Light: importing this loads no torch."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.language import Words, lazy


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: its title and one sentence on what it does."""

    title: Words
    about: Words


@dataclass(frozen=True, slots=True)
class OptimizerKind(Choice):
    """What the menus, the training loop and the memory count need to know of an optimizer."""

    torch_name: str  # of its class in torch.optim
    usual_rate: float  # the learning rate it usually does well with
    memories: int  # numbers it keeps for each weight
    momentum: bool = False  # the setting `momentum` counts; at 0 nothing is kept
    nesterov: bool = False
    betas: bool = False  # the settings `beta1` and `beta2` count
    fused: bool = False  # one kernel that reads its rate on the device: a CUDA graph can record the step


OPTIMIZERS: dict[str, OptimizerKind] = {
    "sgd": OptimizerKind(
        lazy("SGD with momentum"),
        lazy("Steps down the gradient and keeps rolling; momentum 0 is plain SGD."),
        "SGD",
        usual_rate=0.01,
        memories=1,
        momentum=True,
        fused=True,
    ),
    "nesterov": OptimizerKind(
        lazy("Nesterov"),
        lazy("Momentum that looks ahead before it steps."),
        "SGD",
        usual_rate=0.01,
        memories=1,
        momentum=True,
        nesterov=True,
        fused=True,
    ),
    "adam": OptimizerKind(
        lazy("Adam"),
        lazy("Gives every weight its own step size; the articles' choice."),
        "Adam",
        usual_rate=0.001,
        memories=2,
        betas=True,
        fused=True,
    ),
    "adamw": OptimizerKind(
        lazy("AdamW"),
        lazy("Adam with weight decay decoupled from the gradient."),
        "AdamW",
        usual_rate=0.001,
        memories=2,
        betas=True,
        fused=True,
    ),
    "rmsprop": OptimizerKind(
        lazy("RMSprop"),
        lazy("Divides each step by the recent size of its gradient."),
        "RMSprop",
        usual_rate=0.001,
        memories=1,
    ),
    "adagrad": OptimizerKind(
        lazy("Adagrad"),
        lazy("Divides each step by the size of all gradients so far: it slows down."),
        "Adagrad",
        usual_rate=0.01,
        memories=1,
    ),
    "adadelta": OptimizerKind(
        lazy("Adadelta"),
        lazy("Adagrad with a short memory; start with a learning rate of 1."),
        "Adadelta",
        usual_rate=1.0,
        memories=2,
    ),
}
