"""Building a module from a design: row for row, and reproducible."""

from __future__ import annotations

import pytest
import torch

from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground.errors import DesignError
from cnnlab.layers import Linear
from cnnlab.models.build import build, logits_part, probabilities


def test_the_same_seed_gives_the_same_weights() -> None:
    """Bit for bit, and another seed gives different ones."""
    design = preset("lenet-5").design
    first, again, other = (build(design, seed).state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_the_global_random_generator_is_left_alone() -> None:
    """A build does not change the random numbers that are drawn after it."""
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    build(preset("lenet-5").design, seed=11)
    assert torch.equal(torch.rand(5), expected)


@pytest.mark.parametrize("name", PRESETS)
def test_row_i_is_model_i(name: str) -> None:
    """The output of model[i] has the shape that row i shows, from the first row to the last."""
    design = preset(name).design
    model, rows = build(design).eval(), summarize(design).rows
    assert len(model) == len(rows)
    x = torch.rand(2, *design.input_shape)
    for module, row in zip(model, rows, strict=True):
        x = module(x)
        assert type(module).__name__ == row.layer.kind
        assert x.shape[1:] == row.output_shape


def test_a_design_that_cannot_work_is_refused_with_a_reason() -> None:
    """The message names the design, the layer and what would help."""
    design = Design(name="flat", layers=(Linear(out_features=10),))
    with pytest.raises(DesignError, match=r"flat, layer 1: Dense needs one long row.*insert Flatten"):
        build(design)


def test_logits_are_the_input_of_the_final_softmax() -> None:
    """softmax(logits) is the model's own output; a model without a softmax already outputs logits."""
    images = torch.rand(4, 1, 28, 28)
    with_softmax, without = (build(preset(name).design).eval() for name in ("article-1", "lenet-5"))
    torch.testing.assert_close(logits_part(with_softmax)(images).softmax(1), with_softmax(images))
    assert logits_part(without) is without


@pytest.mark.parametrize("name", ["article-1", "lenet-5"])
def test_probabilities_add_up_to_one(name: str) -> None:
    """Whether or not the design ends with a softmax."""
    sums = probabilities(build(preset(name).design).eval(), torch.rand(4, 1, 28, 28)).sum(1)
    torch.testing.assert_close(sums, torch.ones(4))
