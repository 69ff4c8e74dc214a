"""Made-up answers, for tests that need no network."""

from __future__ import annotations

import numpy as np
import torch

from cnnlab.evaluation.answers import GradedAnswers


def random_answers(
    classes: int, count: int, seed: int, *, absent: tuple[int, ...] = (), unanswered: tuple[int, ...] = ()
) -> GradedAnswers:
    """Random probabilities and classes: no picture of an `absent` class, no answer is an `unanswered` one."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 2, (count, classes))
    scores[:, list(unanswered)] = -20
    truth = random.choice([each for each in range(classes) if each not in absent], count)
    probabilities = torch.from_numpy(scores).softmax(1)
    losses = -probabilities[torch.arange(count), torch.from_numpy(truth)].log()
    return GradedAnswers(probabilities.float(), torch.from_numpy(truth), losses.float())
