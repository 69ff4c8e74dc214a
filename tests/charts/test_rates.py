"""The learning rates on the charts are those that training uses."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnnlab.charts.rates import Rates
from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.runs.records import Curves, EpochPoint, Flag
from cnnlab.training.config import make_config
from cnnlab.training.events import Batch, Changed, Epoch
from cnnlab.training.loop import train
from cnnlab.training.schedule_kinds import SCHEDULES

IMAGES = 64  # of tiny_data


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("changes", [{}, {"learning_rate": 0.02}, {"batch_size": 10, "learning_rate": 0.003}])
def test_they_are_those_of_training(
    tiny_data: ImageDataset, tiny_design: Design, schedule: str, changes: dict[str, float]
) -> None:
    """Step by step, under every schedule, and after changes in the middle of the second epoch."""
    config = make_config(epochs=6, batch_size=16, schedule=schedule, decay_epochs=1, device="cpu")
    training = train(tiny_design, tiny_data, config)
    used, points, flags = [], [], []
    rate = training.learning_rate()
    for event in training:
        if isinstance(event, Batch):
            used.append(rate)
            if event.step == 6 and changes:
                change = training.change(**changes)
                flags.append(Flag(change.step, change.settings))
        if isinstance(event, Epoch):
            points.append(EpochPoint(**{name: getattr(event, name) for name in EpochPoint.__slots__}))
        assert not isinstance(event, Changed)
        rate = training.learning_rate()
    rates = Rates(config, replace(Curves(), epochs=points, flags=flags), IMAGES)
    shown = [rates.at(step) for step in range(1, len(used) + 1)]
    assert all(math.isclose(one, other, rel_tol=1e-9) for one, other in zip(shown, used, strict=True))
    assert rates.vary == (schedule != "constant" or bool(changes))
