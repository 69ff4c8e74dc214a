"""The losses, one record each. Light: importing this loads no torch, only computing a loss does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cnnlab.language import Words, lazy
from cnnlab.training.choice import Choice

if TYPE_CHECKING:
    from torch import Tensor

_GAMMA = 2.0  # γ of the focal loss, as its paper recommends


class LossSettings(Protocol):
    """The settings that a loss may depend on."""

    label_smoothing: float


@dataclass(frozen=True, slots=True)
class LossCode:
    """A loss in a script: an expression, the function it needs, and whether its labels are one-hot."""

    expression: str
    function: str = ""
    one_hot: bool = True


@dataclass(frozen=True, slots=True)
class TorchLoss:
    """A loss in PyTorch: the mean of a batch, as an expression of `scores` and `labels`."""

    code: Callable[[LossSettings], LossCode]
    names: tuple[str, ...]  # the classes and functions that are read as this loss
    with_softmax: tuple[str, ...] = ()  # those of them that apply a softmax themselves
    own: str = ""  # the one of them that the lab's own scripts define


@dataclass(frozen=True, slots=True)
class KerasLoss:
    """A loss in Keras, as `compile` takes it.

    `code`: settings, and whether the network ends in a softmax (True) or in scores (False).
    """

    code: Callable[[LossSettings, bool], LossCode]
    names: tuple[str, ...]  # in snake case, as Keras's functions are named
    own: str = ""  # the one of them that the lab's own scripts define
    logits: bool = False  # whether it expects probabilities unless from_logits=True
    fixed: Mapping[str, float] = field(default_factory=dict)  # arguments whose value is fixed here
    note: Words = ""  # shown when a script gives them another value


@dataclass(frozen=True, slots=True)
class LossKind(Choice):
    """What menus, training and the scripts of both libraries need to know of a loss.

    `function`: scores (N, classes), before the softmax and in float32; labels (N,); weights of the classes
    (classes,) or None; settings. It returns the mean over the batch.
    """

    function: Callable[[Tensor, Tensor, Tensor | None, LossSettings], Tensor]
    torch: TorchLoss
    keras: KerasLoss
    settings: tuple[str, ...] = ()  # the settings that apply to this loss


def _mean(losses: Tensor, labels: Tensor, weight: Tensor | None) -> Tensor:
    if weight is None:
        return losses.mean()
    weights = weight[labels]
    return (losses * weights).sum() / weights.sum()


# ---- cross-entropy


def _cross_entropy(scores: Tensor, labels: Tensor, weight: Tensor | None, settings: LossSettings) -> Tensor:
    from torch.nn import functional

    return functional.cross_entropy(scores, labels, weight=weight, label_smoothing=settings.label_smoothing)


def _torch_cross_entropy(settings: LossSettings) -> LossCode:
    smoothing = f", label_smoothing={settings.label_smoothing!r}" if settings.label_smoothing else ""
    return LossCode(f"nn.functional.cross_entropy(scores, labels{smoothing})")


def _keras_cross_entropy(settings: LossSettings, softmax: bool) -> LossCode:
    logits = [] if softmax else ["from_logits=True"]
    if not settings.label_smoothing:
        return LossCode(f"keras.losses.SparseCategoricalCrossentropy({', '.join(logits)})", one_hot=False)
    options = [f"label_smoothing={settings.label_smoothing!r}", *logits]
    return LossCode(f"keras.losses.CategoricalCrossentropy({', '.join(options)})")


# ---- focal


def _focal(scores: Tensor, labels: Tensor, weight: Tensor | None, _: LossSettings) -> Tensor:
    """−(1 − p)^γ · log p of the right class (Lin et al. 2017)."""
    log_p = scores.log_softmax(dim=1).gather(1, labels[:, None])[:, 0]
    return _mean(-((1 - log_p.exp()) ** _GAMMA) * log_p, labels, weight)


_TORCH_FOCAL = '''
def focal_loss(scores, labels):
    """Cross-entropy that cares less about what is already easy."""
    log_p = scores.log_softmax(1).gather(1, labels[:, None])[:, 0]
    return (-((1 - log_p.exp()) ** 2) * log_p).mean()
'''


def _keras_focal(_: LossSettings, softmax: bool) -> LossCode:
    options = ["alpha=1.0", "gamma=2.0", *([] if softmax else ["from_logits=True"])]
    return LossCode(f"keras.losses.CategoricalFocalCrossentropy({', '.join(options)})")


# ---- mean squared error


def _mean_squared_error(scores: Tensor, labels: Tensor, weight: Tensor | None, _: LossSettings) -> Tensor:
    """Mean over classes of (probability − one-hot)², as Keras computes it after a softmax."""
    from torch.nn import functional

    targets = functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
    squares = (scores.softmax(dim=1) - targets) ** 2
    return _mean(squares.mean(1), labels, weight)


_TORCH_ONE_HOT = '''
def one_hot(labels, scores):
    """1 for the right class and 0 for the others."""
    return nn.functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
'''
_KERAS_SQUARED_ERROR = '''
def squared_error(wanted, scores):
    """Squared distance of the probabilities to one-hot."""
    return ops.mean((ops.softmax(scores) - wanted) ** 2, axis=-1)
'''


def _keras_squared_error(_: LossSettings, softmax: bool) -> LossCode:
    return LossCode('"mean_squared_error"') if softmax else LossCode("squared_error", _KERAS_SQUARED_ERROR)


# ---- hinge


def _hinge(scores: Tensor, labels: Tensor, weight: Tensor | None, _: LossSettings) -> Tensor:
    """Σ max(0, 1 − right score + other score) / classes (Weston & Watkins 1999)."""
    from torch.nn import functional

    return functional.multi_margin_loss(scores, labels, weight=weight)


_KERAS_HINGE = '''
def multi_class_hinge(wanted, output):
    """The right score must beat every other by a margin of 1 (in logarithms of probabilities, too)."""
    scores = ops.log(output) if isinstance(model.layers[-1], layers.Softmax) else output
    right = ops.sum(wanted * scores, axis=-1, keepdims=True)
    return ops.sum((1 - wanted) * ops.relu(1 - right + scores), axis=-1) / wanted.shape[-1]
'''


LOSSES: dict[str, LossKind] = {
    "cross-entropy": LossKind(
        lazy("Cross-entropy"),
        lazy("−log of the probability given to the right class."),
        _cross_entropy,
        TorchLoss(
            _torch_cross_entropy,
            ("CrossEntropyLoss", "cross_entropy", "NLLLoss", "nll_loss"),
            with_softmax=("CrossEntropyLoss", "cross_entropy"),
        ),
        KerasLoss(
            _keras_cross_entropy,
            ("categorical_crossentropy", "sparse_categorical_crossentropy"),
            logits=True,
        ),
        settings=("label_smoothing",),
    ),
    "focal": LossKind(
        lazy("Focal"),
        lazy("Cross-entropy that cares less about what is already easy (γ = 2)."),
        _focal,
        TorchLoss(
            lambda _: LossCode("focal_loss(scores, labels)", _TORCH_FOCAL), ("focal_loss",), own="focal_loss"
        ),
        KerasLoss(
            _keras_focal,
            ("categorical_focal_crossentropy",),
            logits=True,
            fixed={"alpha": 1},
            note=lazy("the focal loss has no alpha here; its γ is 2."),
        ),
    ),
    "mean-squared-error": LossKind(
        lazy("Mean squared error"),
        lazy("Squared distance of the probabilities to one-hot."),
        _mean_squared_error,
        TorchLoss(
            lambda _: LossCode(
                "nn.functional.mse_loss(scores.softmax(1), one_hot(labels, scores))", _TORCH_ONE_HOT
            ),
            ("MSELoss", "mse_loss"),
        ),
        KerasLoss(_keras_squared_error, ("mean_squared_error", "mse", "squared_error"), own="squared_error"),
    ),
    "hinge": LossKind(
        lazy("Multi-class hinge"),
        lazy("The right score must beat every other by a margin of 1."),
        _hinge,
        TorchLoss(
            lambda _: LossCode("nn.functional.multi_margin_loss(scores, labels)"),
            ("MultiMarginLoss", "multi_margin_loss"),
        ),
        KerasLoss(
            lambda _, __: LossCode("multi_class_hinge", _KERAS_HINGE),
            ("categorical_hinge", "multi_class_hinge"),
            own="multi_class_hinge",
        ),
    ),
}
