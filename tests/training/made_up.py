"""An optimizer, a loss and a schedule that the lab does not have: a record each, and nothing else."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from cnnlab.training.loss_kinds import LOSSES, KerasLoss, LossCode, LossKind, LossSettings, TorchLoss
from cnnlab.training.optimizer_kinds import OPTIMIZERS, KerasOptimizer, OptimizerKind, TorchOptimizer
from cnnlab.training.schedule_kinds import SCHEDULES, Argument, ScheduleCode, ScheduleKind, ScheduleSettings

ADAMAX = OptimizerKind(
    "Adamax",
    "Adam with the largest gradient in place of its size.",
    TorchOptimizer("Adamax", ("betas", "eps", "weight_decay"), rate=0.002),
    KerasOptimizer("Adamax", ("learning_rate", "beta_1", "beta_2", "epsilon"), constants=("epsilon=1e-08",)),
    usual_rate=0.002,
    states_per_weight=2,
    betas=True,
)


def _absolute_error(scores: Tensor, labels: Tensor, _weight: Tensor | None, _: LossSettings) -> Tensor:
    return functional.l1_loss(scores.softmax(1), functional.one_hot(labels, scores.shape[1]).float())


_KERAS_FUNCTION = '''
def absolute_error(wanted, scores):
    """Distance of the probabilities to one-hot."""
    return ops.mean(ops.abs(ops.softmax(scores) - wanted), axis=-1)
'''
_TORCH_FUNCTION = '''
def absolute_error(scores, labels):
    """Distance of the probabilities to one-hot."""
    wanted = nn.functional.one_hot(labels, scores.shape[1])
    return (scores.softmax(1) - wanted).abs().mean()
'''


def _keras_absolute(_: LossSettings, softmax: bool) -> LossCode:
    return LossCode('"mean_absolute_error"') if softmax else LossCode("absolute_error", _KERAS_FUNCTION)


ABSOLUTE = LossKind(
    "Mean absolute error",
    "Distance of the probabilities to one-hot.",
    _absolute_error,
    TorchLoss(
        lambda _: LossCode("absolute_error(scores, labels)", _TORCH_FUNCTION),
        names=("L1Loss", "l1_loss", "absolute_error"),
        own="absolute_error",
    ),
    KerasLoss(_keras_absolute, names=("mean_absolute_error", "mae", "absolute_error"), own="absolute_error"),
)


def _every_epoch(config: ScheduleSettings, at: float) -> float:
    return float(config.decay_factor ** int(at * config.epochs + 1e-9))


EXPONENTIAL = ScheduleKind(
    "Exponential",
    "Multiplied by the decay factor every epoch.",
    _every_epoch,
    ScheduleCode(
        lambda config: f"ExponentialLR(optimizer, {config.decay_factor!r})",
        read_as="ExponentialLR",
        arguments=(Argument("decay_factor", 1, "gamma", None),),
    ),
    ScheduleCode(
        lambda config: (
            f"ExponentialDecay(LEARNING_RATE, steps // EPOCHS, {config.decay_factor!r}, staircase=True)"
        ),
        per_batch=True,
        read_as="ExponentialDecay",
        arguments=(
            Argument("learning_rate", 0, "initial_learning_rate", None),
            Argument("decay_factor", 2, "decay_rate", None),
        ),
    ),
    settings=("decay_factor",),
)


def add_made_up_kinds() -> None:
    """Register all three in this process."""
    OPTIMIZERS["adamax"], LOSSES["absolute"], SCHEDULES["exponential"] = ADAMAX, ABSOLUTE, EXPONENTIAL
