from __future__ import annotations

import torch

from cnnlab.interpret.statistics import statistics


def test_four_figures() -> None:
    """Lowest, mean, highest and the share that is exactly zero."""
    found = statistics(torch.tensor([[-1.0, 0.0], [0.0, 3.0]]))
    assert found is not None
    assert (found.lowest, found.mean, found.highest, found.zeros) == (-1.0, 0.5, 3.0, 0.5)
    assert str(found) == "from −1 to 3, mean 0.5, 50 % zeros"


def test_zeros_are_mentioned_only_if_there_are_any() -> None:
    """Without zeros the sentence ends after the mean."""
    assert str(statistics(torch.tensor([0.12345, 0.5]))) == "from 0.123 to 0.5, mean 0.312"


def test_values_that_are_not_finite_have_no_statistics() -> None:
    """As in a network whose training diverged."""
    assert statistics(torch.tensor([1.0, float("nan")])) is None
