"""The learning rate at each step of a run, computed from its settings, its changes and its epochs.

Training computes it in the same way (`Training.learning_rate`), so nothing has to be stored.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from cnnlab.runs.records import Curves, EpochPoint
from cnnlab.training.config import TrainConfig, changed
from cnnlab.training.schedule_kinds import SCHEDULES, learning_rate_at


class Rates:
    """The learning rates of a run. `images`: how many pictures an epoch has; 0 if that is unknown."""

    def __init__(self, config: TrainConfig, curves: Curves, images: int) -> None:
        self._images = images
        self._ends = [point.step for point in curves.epochs]
        self._configs = [(0, config)]  # from which step on, and the settings from there
        for flag in curves.flags:
            self._configs.append((flag.step, changed(self._configs[-1][1], **flag.settings)))
        self._factors = _plateau_factors(config, curves.epochs)
        rates = {each.learning_rate for _step, each in self._configs}
        self.vary = config.schedule != "constant" or len(rates) > 1

    def at(self, step: int) -> float:
        """The learning rate of a step, from 1."""
        done = bisect_left(self._ends, step)
        config = self._in_effect(step)[1]
        share = self._pictures_before(step, done) / self._images if self._images else 0.0
        return learning_rate_at(config, (done + share) / config.epochs) * self._factors[done]

    def _in_effect(self, step: int) -> tuple[int, TrainConfig]:
        """The settings of a step: a change applies to the steps after it."""
        after = bisect_left(self._configs, step, lo=1, key=lambda each: each[0])
        return self._configs[after - 1]

    def _pictures_before(self, step: int, done: int) -> int:
        """The pictures of the step's own epoch before it, whatever the size of their batches."""
        begin = self._ends[done - 1] if done else 0
        pictures = 0
        while step - 1 > begin:
            since, config = self._in_effect(step - 1)
            first = max(since, begin)
            pictures += (step - 1 - first) * config.batch_size
            step = first + 1
        return pictures


def _plateau_factors(config: TrainConfig, epochs: Sequence[EpochPoint]) -> list[float]:
    """By which factor a schedule that follows the validation loss has reduced the rate after each epoch.

    The first is before any. As `Position.reduce_on_plateau` does it.
    """
    factors, best, stale = [1.0], float("inf"), 0
    for point in epochs:
        stale = 0 if point.val_loss < best else stale + 1
        best = min(best, point.val_loss)
        reduced = SCHEDULES[config.schedule].measured and stale and stale % config.decay_epochs == 0
        factors.append(factors[-1] * (config.decay_factor if reduced else 1.0))
    return factors
