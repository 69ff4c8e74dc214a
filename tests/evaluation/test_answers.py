"""A network's answers to labeled pictures, against one call without batches, and their orders."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import preset
from cnnlab.evaluation.answers import GradedAnswers, grade
from cnnlab.evaluation.calibration import negative_log_likelihood
from cnnlab.evaluation.scores import scores
from cnnlab.ground.errors import DataError, WeightsError
from cnnlab.layers import Flatten, Linear, Softmax
from cnnlab.models.batches import batch_size
from cnnlab.models.build import build
from cnnlab.training.evaluation import evaluate
from tests.catalogue import catalogue
from tests.evaluation.graded import random_answers

CPU = torch.device("cpu")
DIGITS = Design(name="one row").with_layers((Flatten(), Linear(out_features=10)))


@pytest.fixture(scope="module")
def digits() -> ImageDataset:
    """The data set that comes with the lab."""
    return catalogue().load("digits")


@pytest.fixture(scope="module")
def learned(digits: ImageDataset) -> nn.Sequential:
    """A network that has learned from the digits, if not everything."""
    model = build(DIGITS)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(20):
        loss = functional.cross_entropy(model(digits.train.images / 255), digits.train.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# ---- grading


def test_answers_are_those_of_the_network(learned: nn.Sequential, digits: ImageDataset) -> None:
    """Probabilities and losses as without batches, in float32, next to the right classes."""
    graded = grade(DIGITS, learned, digits.train)
    assert batch_size(DIGITS) < len(graded) == len(digits.train.labels)
    expected = learned(digits.train.images / 255).detach()
    torch.testing.assert_close(graded.probabilities, expected.softmax(1))
    losses = functional.cross_entropy(expected, digits.train.labels, reduction="none")
    torch.testing.assert_close(graded.losses, losses)
    assert graded.truth.tolist() == digits.train.labels.tolist()


def test_the_training_loop_counts_the_same(learned: nn.Sequential, digits: ImageDataset) -> None:
    """Accuracy, confusion matrix, and the loss that is the negative log-likelihood."""
    graded = grade(DIGITS, learned, digits.test)
    found, expected = scores(graded), evaluate(learned, digits.test, CPU)
    assert 0.5 < found.accuracy < 1
    assert (found.accuracy, found.confusion.tolist()) == (expected.accuracy, expected.confusion)
    assert negative_log_likelihood(graded) == pytest.approx(expected.loss, rel=1e-5)


def test_a_softmax_row_changes_nothing(learned: nn.Sequential, digits: ImageDataset) -> None:
    """It is not applied twice."""
    design = DIGITS.with_layers((*DIGITS.layers, Softmax()))
    graded = grade(design, nn.Sequential(*learned, nn.Softmax(1)), digits.test)
    assert torch.equal(graded.probabilities, grade(DIGITS, learned, digits.test).probabilities)


@pytest.mark.parametrize("training", [True, False])
def test_is_in_evaluation_mode(tiny_data: ImageDataset, tiny_design: Design, training: bool) -> None:
    """Without dropout; afterwards the model is in its own mode again."""
    model = build(tiny_design).train(training)
    first, second = (grade(tiny_design, model, tiny_data.val).probabilities for _ in range(2))
    assert torch.equal(first, second)
    assert model.training is training


def test_a_loss_is_known_where_the_probability_is_rounded_to_0() -> None:
    """Scores 0 and 400: float32 has no e⁻⁴⁰⁰."""
    design = Design(name="sure", input_shape=(1, 1, 1), classes=2).with_layers(
        (Flatten(), Linear(out_features=2))
    )
    model = build(design)
    model.load_state_dict({"1.weight": torch.zeros(2, 1), "1.bias": torch.tensor([0.0, 400.0])})
    graded = grade(design, model, Split(torch.zeros(1, 1, 1, 1, dtype=torch.uint8), torch.tensor([0])))
    assert graded.probabilities.tolist() == [[0, 1]]
    assert graded.losses.tolist() == [400]


def test_progress_and_cancel(tiny_data: ImageDataset, tiny_design: Design) -> None:
    """It is told after each batch; what it raises ends the work, and the model has its mode back."""
    many = Split(tiny_data.val.images.repeat(40, 1, 1, 1), tiny_data.val.labels.repeat(40))
    size, model = batch_size(tiny_design), build(tiny_design)
    told: list[tuple[int, int]] = []
    grade(tiny_design, model, many, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(min(end, 1_280), 1_280) for end in range(size, 1_280 + size, size)]

    def cancel(done: int, total: int) -> None:
        told.append((done, total))
        raise InterruptedError

    told.clear()
    with pytest.raises(InterruptedError):
        grade(tiny_design, model, many, on_progress=cancel)
    assert told == [(size, 1_280)]
    assert model.training


@pytest.mark.parametrize("name", ["article-1", "tiny-vgg", "lenet-5"])
def test_a_batch_is_as_large_as_memory_is_meant_to_be(name: str) -> None:
    """What all rows output for it is at most 32 MB, as float32."""
    design = preset(name).design
    assert 1 < batch_size(design) <= 500
    assert 4 * batch_size(design) * summarize(design).activations <= 32_000_000


# ---- what cannot be graded


def test_weights_that_are_not_numbers(learned: nn.Sequential, digits: ImageDataset) -> None:
    """Are named, with the network."""
    broken = build(DIGITS)
    next(broken.parameters()).data[3, 0] = torch.nan
    with pytest.raises(WeightsError, match="^mine: the network's scores are no longer numbers"):
        grade(DIGITS, broken, digits.test, title="mine")


@pytest.mark.parametrize(
    ("images", "labels", "problem"),
    [
        (torch.zeros(0, 1, 28, 28), [], "there are no pictures"),
        (torch.zeros(2, 3, 32, 32), [0, 1], "it reads pictures of 1×28×28, these are 3×32×32"),
        (torch.zeros(2, 1, 28, 28), [0, 10], "it knows 10 classes, these pictures have 11"),
    ],
)
def test_pictures_that_do_not_fit(images: torch.Tensor, labels: list[int], problem: str) -> None:
    """Are refused before the network sees one."""
    split = Split(images.to(torch.uint8), torch.tensor(labels, dtype=torch.int64))
    with pytest.raises(DataError, match=problem):
        grade(DIGITS, build(DIGITS), split, title="mine")


# ---- orders


def answers_with_ties() -> GradedAnswers:
    """Probabilities in steps of 1/8, so that many are equal."""
    steps = torch.tensor([[8, 0, 0], [6, 1, 1], [4, 3, 1], [4, 4, 0], [0, 2, 6], [1, 5, 2]])
    probabilities = steps.repeat(20, 1)[torch.randperm(120)] / 8
    truth = torch.randint(0, 3, (120,))
    losses = -probabilities[torch.arange(120), truth].clamp(min=1e-9).log()
    return GradedAnswers(probabilities, truth, losses)


@pytest.mark.parametrize("graded", [random_answers(5, 300, 6), answers_with_ties()], ids=["random", "ties"])
def test_orders(graded: GradedAnswers) -> None:
    """Against sorting lists; where two are equal, the first comes first."""
    rows, truth = graded.probabilities.tolist(), graded.truth.tolist()
    everything = range(len(rows))
    answer = [row.index(max(row)) for row in rows]

    def margin(place: int) -> float:
        second, first = sorted(rows[place])[-2:]
        return float(torch.tensor(first) - torch.tensor(second))

    wrong = [place for place in everything if answer[place] != truth[place]]
    assert graded.mistakes().tolist() == sorted(wrong, key=lambda place: -max(rows[place]))
    assert graded.least_sure().tolist() == sorted(everything, key=margin)
    losses = graded.losses.tolist()
    assert graded.top_losses().tolist() == sorted(everything, key=lambda place: -losses[place])
    for cell in [(0, 0), (0, 1), (2, 1)]:
        inside = [place for place in everything if (truth[place], answer[place]) == cell]
        assert graded.of_cell(*cell).tolist() == sorted(inside, key=lambda place: -max(rows[place]))


def test_a_cell_without_pictures_is_empty() -> None:
    """As is one that is not in the matrix."""
    graded = random_answers(4, 50, 7, absent=(2,))
    assert graded.of_cell(2, 0).tolist() == graded.of_cell(9, 9).tolist() == []
