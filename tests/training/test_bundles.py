"""Many batches as one event."""

from __future__ import annotations

import pytest
import torch

from cnnlab.training.bundles import DivergedError, bundle
from cnnlab.training.events import Batch, Batches


def batch(step: int, loss: float) -> Batch:
    """A batch of an epoch that began at step 11."""
    return Batch(2, step - 10, step, torch.tensor(loss), torch.tensor(0.5), 100.0 * step, 2.0 * step)


def test_a_bundle_starts_at_its_first_batch() -> None:
    """The losses follow in order; the speed is that of the last batch."""
    found = bundle([batch(13, 0.5), batch(14, 0.25)])
    assert found == Batches(
        epoch=2,
        batch=3,
        step=13,
        loss=[0.5, 0.25],
        accuracy=[0.5, 0.5],
        images_per_second=1400.0,
        seconds=28.0,
    )


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_the_first_loss_that_is_not_finite_is_named(loss: float) -> None:
    """The message names its step and what to try."""
    with pytest.raises(DivergedError, match="in batch 14: training diverged.*smaller learning rate") as error:
        bundle([batch(13, 0.5), batch(14, loss), batch(15, float("nan"))])
    assert error.value.step == 14
