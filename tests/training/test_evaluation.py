"""Evaluation on a split, against a computation without batches."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design
from cnnlab.models.build import build
from cnnlab.training.evaluation import evaluate

CPU = torch.device("cpu")


def many_pictures(count: int) -> Split:
    """Random noise with unrelated labels."""
    images = torch.randint(0, 256, (count, 1, 8, 8), dtype=torch.uint8)
    return Split(images, torch.randint(0, 4, (count,)))


@pytest.mark.parametrize("count", [1, 999, 2_300])
def test_is_the_mean_over_all_pictures(plain_design: Design, count: int) -> None:
    """More pictures than fit in a batch, with a remainder: loss to 1e-5, accuracy exactly."""
    split, model = many_pictures(count), build(plain_design)
    scores = model[:-1](split.images.float() / 255).detach()
    found = evaluate(model, split, CPU)
    assert found.loss == pytest.approx(float(functional.cross_entropy(scores, split.labels)), abs=1e-5)
    assert found.accuracy == pytest.approx(float((scores.argmax(1) == split.labels).double().mean()))


def test_is_in_evaluation_mode(tiny_data: ImageDataset, stochastic_design: Design) -> None:
    """Dropout is off and batch statistics do not change."""
    model = build(stochastic_design)
    statistics = [buffer.clone() for buffer in model.buffers()]
    assert evaluate(model, tiny_data.val, CPU) == evaluate(model, tiny_data.val, CPU)
    assert all(map(torch.equal, statistics, model.buffers()))


@pytest.mark.parametrize("training", [True, False])
def test_leaves_the_mode_as_it_was(
    tiny_data: ImageDataset, stochastic_design: Design, training: bool
) -> None:
    """A model in training mode is in training mode again afterwards."""
    model = build(stochastic_design).train(training)
    evaluate(model, tiny_data.val, CPU)
    assert model.training is training


def test_uses_the_loss_that_is_given(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Another loss, averaged in the same way."""
    found = evaluate(build(plain_design), tiny_data.val, CPU, lambda scores, labels: labels.float().mean())
    assert found.loss == pytest.approx(float(tiny_data.val.labels.float().mean()))


def test_a_perfect_network_scores_1() -> None:
    """Scores that are the one-hot labels, large enough, leave no loss."""
    labels = torch.arange(4)
    images = (functional.one_hot(labels) * 255).to(torch.uint8).view(4, 1, 1, 4)
    layer = nn.Linear(4, 4, bias=False)
    layer.weight.data.copy_(100 * torch.eye(4))
    found = evaluate(nn.Sequential(nn.Flatten(), layer), Split(images, labels), CPU)
    assert found.accuracy == 1.0
    assert found.loss == pytest.approx(0.0, abs=1e-6)


def test_every_answer_is_counted(plain_design: Design) -> None:
    """Over more pictures than fit in a batch: right classes are rows, answers are columns."""
    split, model = many_pictures(2_300), build(plain_design)
    answers = model(split.images.float() / 255).argmax(1)
    expected = [[0] * 4 for _ in range(4)]
    for label, answer in zip(split.labels.tolist(), answers.tolist(), strict=True):
        expected[label][answer] += 1
    assert evaluate(model, split, CPU).confusion == expected
