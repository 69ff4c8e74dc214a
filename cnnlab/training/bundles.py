"""Bundling of many batches into one event: one wait for the device, one line in the log."""

from __future__ import annotations

import torch

from cnnlab.ground.errors import LabError
from cnnlab.language import Words, lazy
from cnnlab.training.events import Batch, Batches


class DivergedError(LabError):
    """The loss or the weights are no longer finite; the last checkpoint's weights still are."""

    def __init__(self, problem: Words, step: int) -> None:
        super().__init__(problem, repair=lazy("Try a smaller learning rate; the last checkpoint is kept"))
        self.step = step


def bundle(batches: list[Batch]) -> Batches:
    """Several batches as one event, with one wait for the device; raises DivergedError at the first NaN."""
    first = batches[0]
    losses = torch.stack([torch.as_tensor(batch.loss) for batch in batches]).tolist()
    accuracies = torch.stack([torch.as_tensor(batch.accuracy) for batch in batches]).tolist()
    for index, loss in enumerate(losses):
        if loss != loss or loss in (float("inf"), float("-inf")):
            step = first.step + index
            problem = lazy(
                "the loss became {loss} in batch {step}: training diverged", loss=str(loss), step=step
            )
            raise DivergedError(problem, step)
    return Batches(
        epoch=first.epoch,
        batch=first.batch,
        step=first.step,
        loss=losses,
        accuracy=accuracies,
        images_per_second=batches[-1].images_per_second,
        seconds=batches[-1].seconds,
    )
