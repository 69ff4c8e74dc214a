"""Inspections during training: each number against a plain computation."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU, Residual
from cnnlab.models.build import build
from cnnlab.training.config import make_config
from cnnlab.training.events import Batch, DeadUnits, Inspection
from cnnlab.training.health import inspect_model, sample_indices, step_sizes
from cnnlab.training.loop import train

CPU = torch.device("cpu")


def test_confusion_counts_validation_pictures(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Rows are right classes, columns are answers."""
    model = build(plain_design)
    answers = model(tiny_data.val.images.float() / 255).argmax(1)
    expected = [[0] * 4 for _ in range(4)]
    for label, answer in zip(tiny_data.val.labels.tolist(), answers.tolist(), strict=True):
        expected[label][answer] += 1
    assert inspect_model(model, tiny_data, CPU)["confusion"] == expected


def test_dead_units_never_fire(tiny_data: ImageDataset, plain_design: Design) -> None:
    """One of four filters has a hopeless bias: a quarter of the first ReLU is dead."""
    model = build(plain_design)
    model.state_dict()["0.bias"].copy_(torch.tensor([5.0, 5.0, -1e6, 5.0]))
    first, second = inspect_model(model, tiny_data, CPU)["dead"]
    assert first == DeadUnits(LayerAddress(1), 0.25)
    assert second.address == LayerAddress(5)


BLOCK = Residual(layers=(Conv2d(out_channels=4, padding="same"), ReLU(), Conv2d(padding="same"), ReLU()))


def test_dead_units_inside_a_block(tiny_data: ImageDataset) -> None:
    """Its two ReLUs count as one row: 4 + 32 maps, of which one is dead."""
    design = Design(input_shape=(1, 8, 8), classes=4, layers=(BLOCK, Flatten(), Linear(out_features=4)))
    model = build(design)
    biases = [value for name, value in model.state_dict().items() if "bias" in name]
    biases[0].copy_(torch.tensor([5.0, -1e6, 5.0, 5.0]))
    biases[1].fill_(50.0)
    (found,) = inspect_model(model, tiny_data, CPU)["dead"]
    assert found.address == LayerAddress(0)
    assert found.share == pytest.approx(1 / 36)
    assert not any(part._forward_hooks for part in model.modules())


def test_step_sizes_of_a_block_are_those_of_all_its_weights(tiny_data: ImageDataset) -> None:
    """Norms over convolutions and projection together, against the parameters one by one."""
    model = build(Design(input_shape=(1, 8, 8), classes=4, layers=(BLOCK, Flatten(), Linear(out_features=4))))
    before = [weights.detach().clone() for weights in model.parameters()]
    functional.cross_entropy(model(torch.rand(4, 1, 8, 8)), torch.arange(4)).backward()
    torch.optim.SGD(model.parameters(), lr=0.5).step()
    block, _ = step_sizes(model, before)
    weights = [weights for name, weights in model[0].named_parameters() if name.endswith("weight")]
    gradients = [weight.grad.square().sum() for weight in weights if weight.grad is not None]
    assert len(gradients) == 3
    norm = float(sum(gradients, torch.tensor(0.0)).sqrt())
    assert block.address == LayerAddress(0)
    assert block.gradient_norm == pytest.approx(norm)
    assert sum(block.histogram.counts) == sum(weight.numel() for weight in weights)


def test_samples_have_the_answers_of_their_pictures(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Each sample has its label and the network's three most probable answers."""
    model = build(plain_design)
    found = inspect_model(model, tiny_data, CPU)["samples"]
    indices = [sample.index for sample in found]
    chances = model(tiny_data.test.images[indices].float() / 255)
    assert [sample.label for sample in found] == tiny_data.test.labels[indices].tolist()
    for sample, expected in zip(found, chances, strict=True):
        best = expected.argsort(descending=True)[:3].tolist()
        assert [answer for answer, _ in sample.top] == best
        assert [p for _, p in sample.top] == pytest.approx(expected[best].tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("labels", "classes", "indices"),
    [
        (
            [2, 2, 0, 1, 2, 0, 1, 1, 0, 2],
            3,
            [2, 3, 0, 1, 4, 5, 6, 7],
        ),  # only three classes: the next ones too
        ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 5], 10, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ([3, 3, 3, 0], 4, [3, 0, 1, 2]),  # two classes have no picture, and there are only four pictures
        (list(range(20)), 20, list(range(10))),  # no more than ten
    ],
)
def test_there_is_a_sample_of_each_class(labels: list[int], classes: int, indices: list[int]) -> None:
    """One of each class, in order of class, while there are pictures and room."""
    assert sample_indices(torch.tensor(labels), classes) == indices


def test_the_filters_are_the_current_ones(tiny_data: ImageDataset, plain_design: Design) -> None:
    """To four digits, in the order of their weights; if there are too many, they are left out."""
    model = build(plain_design)
    filters = inspect_model(model, tiny_data, CPU)["filters"]
    assert (filters.address.row, filters.shape) == (0, [4, 1, 3, 3])
    weight = torch.tensor(filters.values).view(4, 1, 3, 3)
    torch.testing.assert_close(weight, model.state_dict()["0.weight"], rtol=1e-3, atol=1e-9)
    large = plain_design.with_layers((Conv2d(out_channels=300), *plain_design.layers[1:]))
    assert inspect_model(build(large), tiny_data, CPU)["filters"] is None
    dense = plain_design.with_layers((Flatten(), Linear(out_features=4)))
    assert inspect_model(build(dense), tiny_data, CPU)["filters"] is None


def test_step_sizes_of_a_known_step() -> None:
    """Weights (3, 4) with gradient (0, 5), moved by (0, −0.5): norm 5, ratio 0.1, two bins filled."""
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.grad = torch.tensor([[0.0, 5.0]])
    layer.weight.data = torch.tensor([[3.0, 3.5]])
    (step,) = step_sizes(nn.Sequential(layer), [torch.tensor([[3.0, 4.0]])])
    assert (step.address.row, step.gradient_norm) == (0, 5.0)
    assert step.update_ratio == pytest.approx(0.1)
    histogram = step.histogram
    assert (histogram.low, histogram.high, sum(histogram.counts)) == (3.0, 3.5, 2)
    assert histogram.counts[0] == histogram.counts[-1] == 1


def test_the_loop_measures_its_own_step(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Gradient norm and ratio of plain SGD's first step follow from one backward pass by hand."""
    settings = make_config(
        epochs=1, batch_size=64, optimizer="sgd", momentum=0.0, learning_rate=0.1, precision="float32"
    )
    training = train(plain_design, tiny_data, settings)
    for event in training:
        training.inspect_next = not isinstance(event, Batch)
        if isinstance(event, Inspection):
            break
    assert isinstance(event, Inspection)
    model = build(plain_design)[:-1]
    images = tiny_data.train.images.float() / 255
    functional.cross_entropy(model(images), tiny_data.train.labels).backward()
    weights = dict(model.named_parameters())
    for step in event.layers:
        weight = weights[f"{step.address}.weight"]
        assert weight.grad is not None
        assert step.gradient_norm == pytest.approx(float(weight.grad.norm()), rel=1e-3)
        ratio = 0.1 * float(weight.grad.norm() / weight.detach().norm())
        assert step.update_ratio == pytest.approx(ratio, rel=1e-3)
    assert [step.address.row for step in event.layers] == [0, 4, 6]
