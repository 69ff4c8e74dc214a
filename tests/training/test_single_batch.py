"""A single step is measured as by hand, and the run does not notice."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.design import Design
from cnnlab.models.build import build, logits_part
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.events import Batch, SingleBatch
from cnnlab.training.loop import Training, train


def config(**settings: object) -> TrainConfig:
    """Two epochs of four batches."""
    usual: dict[str, object] = {"epochs": 2, "batch_size": 16, "device": "cpu", "precision": "float32"}
    return make_config(**usual | settings)


def looked_at(training: Training, step: int) -> SingleBatch:
    """Train until this step, which is measured."""
    for event in training:
        training.look_next = training.step == step - 1
        if isinstance(event, SingleBatch):
            return event
    raise AssertionError("no step was measured")


def pictures(seen: SingleBatch) -> Tensor:
    """The pictures of the batch, as float in [0, 1]."""
    pixels = np.frombuffer(base64.b64decode(seen.pictures), np.uint8).reshape(seen.shape)
    return torch.tensor(pixels).float() / 255


def answered(model: nn.Sequential, images: Tensor, labels: Tensor) -> dict[str, Any]:
    """What a network answers to pictures, computed by hand."""
    with torch.inference_mode():
        scores = logits_part(model.eval())(images)
    return {
        "answers": scores.argmax(1).tolist(),
        "chances": [round(float(p), 3) for p in scores.softmax(1)[range(len(labels)), labels]],
        "right": int((scores.argmax(1) == labels).sum()),
        "loss": float(functional.cross_entropy(scores, labels)),
    }


def measured(seen: SingleBatch, when: str) -> dict[str, Any]:
    """The same as the step reports it."""
    return {name: getattr(seen, f"{name}_{when}") for name in ("answers", "chances", "right", "loss")}


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """But for rounding."""
    assert found["chances"] == pytest.approx(expected.pop("chances"), abs=0.0011)
    assert found["loss"] == pytest.approx(expected.pop("loss"), rel=1e-5)
    assert expected == {name: found[name] for name in expected}


def test_it_is_what_torch_computes(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Answers, probabilities and loss of the seeded network, before and after a step of plain SGD."""
    settings = config(optimizer="sgd", momentum=0.0, learning_rate=0.1, fast=False)
    seen = looked_at(train(plain_design, tiny_data, settings), 1)
    model = build(plain_design, settings.seed)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(settings.seed * 1_000_003))[:16]
    images, labels = tiny_data.train.images[order].float() / 255, tiny_data.train.labels[order]
    assert torch.equal(pictures(seen), images)
    assert seen.labels == labels.tolist()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    assert_same(measured(seen, "before"), answered(model, images, labels))
    loss = functional.cross_entropy(logits_part(model.train())(images), labels)
    slopes = torch.autograd.grad(loss, list(model.parameters()))
    for parameter, slope in zip(model.parameters(), slopes, strict=True):
        parameter.data -= 0.1 * slope
    assert_same(measured(seen, "after"), answered(model, images, labels))
    moved = (model.state_dict()["0.weight"] - before[0]).norm() / before[0].norm()
    assert seen.layers[0].update_ratio == pytest.approx(float(moved), rel=1e-4)


def test_the_filters_that_moved_most(tiny_data: ImageDataset, plain_design: Design) -> None:
    """In proportion to their own size, the largest first, with their weights before and after."""
    training = train(plain_design, tiny_data, config())
    before = build(plain_design, 0).state_dict()["0.weight"].flatten(1)
    seen = looked_at(training, 1)
    after = training.weights()["0.weight"].flatten(1)
    moved = (after - before).norm(dim=1) / before.norm(dim=1)
    assert [each.index for each in seen.moved_filters] == moved.argsort(descending=True)[:4].tolist()
    for each in seen.moved_filters:
        assert each.before == pytest.approx(before[each.index].tolist(), rel=1e-3)
        assert each.after == pytest.approx(after[each.index].tolist(), rel=1e-3)
    assert seen.filter_shape == [1, 3, 3]


@pytest.mark.parametrize("fast", [True, False])
def test_the_run_does_not_notice(tiny_data: ImageDataset, stochastic_design: Design, fast: bool) -> None:
    """With dropout, batch norm and augmentation: each weight, statistic and random number is the same."""
    settings = config(augmentation=0.7, flip=True, fast=fast)
    undisturbed = train(stochastic_design, tiny_data, settings)
    expected = [event.loss for event in undisturbed if isinstance(event, Batch)]
    right = undisturbed.snapshot()
    looking = train(stochastic_design, tiny_data, settings)
    found, seen = [], 0
    for event in looking:
        looking.look_next = True
        found += [event.loss] if isinstance(event, Batch) else []
        seen += isinstance(event, SingleBatch)
    assert seen == len(found) == len(expected)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
    left = looking.snapshot()
    different = [name for name in left.tensors if not torch.equal(left.tensors[name], right.tensors[name])]
    assert different == []


def test_the_pictures_are_those_that_went_in(
    tiny_data: ImageDataset, plain_design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Augmented with the random numbers of this very step."""
    training = train(plain_design, tiny_data, config(augmentation=1.0))
    got: list[Tensor] = []
    inputs = training._learner._inputs

    def noted(rows: Tensor) -> Tensor:
        got.append(inputs(rows))
        return got[-1]

    monkeypatch.setattr(training._learner, "_inputs", noted)
    seen = looked_at(training, 2)
    *_, looked, learned = got
    assert torch.equal(looked, learned)
    assert torch.allclose(pictures(seen), learned, atol=0.5 / 255 + 1e-6)


def test_other_steps_are_not_measured(tiny_data: ImageDataset, plain_design: Design) -> None:
    """Only the one that was asked for."""
    training = train(plain_design, tiny_data, config())
    looked_at(training, 2)
    assert not any(isinstance(event, SingleBatch) for event in training)


def test_a_large_batch_is_shown_in_part(tiny_data: ImageDataset, plain_design: Design) -> None:
    """At most 64 pictures; figures are of all."""
    data = tiny_data.__class__(
        name="twice",
        classes=tiny_data.classes,
        train=tiny_data.train.__class__(
            tiny_data.train.images.repeat(2, 1, 1, 1), tiny_data.train.labels.repeat(2)
        ),
        val=tiny_data.val,
        test=tiny_data.test,
    )
    seen = looked_at(train(plain_design, data, config(batch_size=128)), 1)
    assert (len(seen.labels), seen.shape[0], seen.size) == (64, 64, 128)
