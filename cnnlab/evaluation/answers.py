"""A network's answers to labeled pictures, and the orders in which a person wants to look at them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.design import Design
from cnnlab.language import Words
from cnnlab.models.batches import batches, evaluation_mode, require_fitting
from cnnlab.models.build import logits_part
from cnnlab.models.predict import Prediction, require_finite


@dataclass(frozen=True, slots=True, eq=False)
class GradedAnswers(Prediction):
    """The probabilities of N pictures, (N, K) float32, next to the right classes.

    The orders are (M,) int64: places of pictures in the split. Where two are equal, the first comes first.
    """

    truth: Tensor  # (N,) int64
    losses: Tensor  # (N,) float32, in nats: -log of the right class's probability, even of a tiny one

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def right(self) -> Tensor:
        """(N,) bool: whether the most probable class is the right one."""
        return self.label == self.truth

    @property
    def margin(self) -> Tensor:
        """(N,): how far the most probable class is ahead of the second."""
        first, second = self.probabilities.topk(2, dim=1).values.unbind(1)
        return first - second

    def mistakes(self) -> Tensor:
        """The pictures that are answered wrongly, the most confident answer first."""
        return _largest_first(self.confidence, ~self.right)

    def of_cell(self, truth: int, answer: int) -> Tensor:
        """The pictures of one cell of the confusion matrix, the most confident answer first."""
        return _largest_first(self.confidence, (self.truth == truth) & (self.label == answer))

    def least_sure(self) -> Tensor:
        """All pictures, the smallest margin first."""
        return self.margin.argsort(stable=True)

    def top_losses(self) -> Tensor:
        """All pictures, the largest loss first."""
        return self.losses.argsort(descending=True, stable=True)


def _largest_first(values: Tensor, chosen: Tensor) -> Tensor:
    places = chosen.nonzero()[:, 0]
    return places[values[places].argsort(descending=True, stable=True)]


def grade(
    design: Design,
    model: nn.Sequential,
    pictures: Split,
    *,
    title: Words = "",
    on_progress: OnProgress | None = None,
) -> GradedAnswers:
    """Ask a network, on the CPU and in evaluation mode, for its answers to labeled pictures.

    on_progress(done, total) is called after each batch; an exception that it raises ends the work. The model
    keeps the mode it was in. Raises DataError if the pictures do not fit the network or there are none, and
    WeightsError, with the network's `title`, if its scores are not finite.
    """
    require_fitting(design, pictures.images, pictures.labels, title)
    count = len(pictures.labels)
    probabilities, losses = torch.empty(count, design.classes), torch.empty(count)
    with evaluation_mode(model):
        for part, images in batches(design, pictures.images, on_progress):
            probabilities[part], losses[part] = _answers(model, images, pictures.labels[part])
            for values in (probabilities[part], losses[part]):
                require_finite(values, title)
    return GradedAnswers(probabilities, pictures.labels.clone(), losses)


@torch.inference_mode()
def _answers(model: nn.Sequential, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    scores = logits_part(model)(images)
    return scores.softmax(1), functional.cross_entropy(scores, labels, reduction="none")
