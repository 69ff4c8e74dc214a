"""Presets, compared with what was published about them."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from cnnlab.design.design import Design, Summary, adapt, summarize
from cnnlab.design.doctor import advise
from cnnlab.design.presets import PRESETS, families, preset
from cnnlab.ground.errors import DesignError
from cnnlab.layers import ReLU, Residual, Sigmoid
from cnnlab.models.build import build, logits_part
from cnnlab.training.config import make_config
from tests.catalogue import DATA_NAMES

# Trainable layers in order, total and multiply-adds, from the articles' model summaries.
PUBLISHED = {
    "article-1": ([320, 18_496, 102_464, 650], 121_930, 2_528_000),
    "article-2": ([320, 18_496, 36_928, 36_928, 650], 93_322, 2_794_240),
    "article-3": ([320, 18_496, 102_464, 650], 121_930, 2_528_000),
    "article-3-deep": ([320, 18_496, 73_856, 147_584, 1_290], 241_546, 3_237_248),
    "article-4": ([320, 18_496, 204_928, 1_290], 225_034, 2_631_040),
    "article-5": ([320, 692_352, 1_290], 693_962, 888_192),
}
TOTALS = {"lenet-5": 61_706, "tiny-vgg": 19_920, "convnetjs": 5_994}
FLATTENED = {
    "article-1": 1_600,
    "article-2": 576,
    "article-3": 1_600,
    "article-3-deep": 1_152,
    "article-4": 1_600,
    "article-5": 5_408,
}


def summary_of(name: str) -> Summary:
    """The summary of a preset."""
    return summarize(preset(name).design)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_articles_networks_have_the_published_counts(name: str) -> None:
    """Layer by layer, in total and in multiply-adds."""
    per_layer, total, macs = PUBLISHED[name]
    summary = summary_of(name)
    assert [row.parameters for row in summary.rows if row.parameters] == per_layer
    assert (summary.parameters, summary.macs) == (total, macs)


@pytest.mark.parametrize("name", FLATTENED)
def test_the_articles_networks_have_the_published_flattened_size(name: str) -> None:
    """The length of the vector between pictures and dense layers."""
    assert [row.output_shape for row in summary_of(name).rows if row.layer.kind == "Flatten"] == [
        (FLATTENED[name],)
    ]


@pytest.mark.parametrize(("name", "total"), TOTALS.items())
def test_the_classics_have_the_published_counts(name: str, total: int) -> None:
    """LeNet-5 with dense connections, CNN Explainer's Tiny VGG, and ConvNetJS's demo."""
    assert summary_of(name).parameters == total


def test_article_5_keeps_nearly_all_its_weights_in_one_dense_layer() -> None:
    """99.8 % of them, as its description says."""
    summary = summary_of("article-5")
    assert round(100 * max(row.parameters for row in summary.rows) / summary.parameters, 1) == 99.8


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_works(name: str) -> None:
    """It has no problems, torch agrees with its counts, and it outputs one number for each class."""
    design = preset(name).design
    model, summary = build(design).eval(), summarize(design)
    assert summary.problems == ()
    assert sum(weights.numel() for weights in model.parameters()) == summary.parameters
    assert model(torch.zeros(1, *design.input_shape)).shape == (1, design.classes)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_a_file_and_a_description(name: str) -> None:
    """It survives its design file and has the menu's name, two sentences and a source."""
    entry = preset(name)
    assert Design.from_json(entry.design.to_json()) == entry.design
    assert entry.design.name == name
    assert len(re.findall(r"[.?](?= |$)", str(entry.about))) == 2
    assert entry.source


@pytest.mark.parametrize("name", PRESETS)
def test_the_settings_of_a_preset_are_valid(name: str) -> None:
    """Each training setting exists and is within its range, and the data set exists."""
    entry = preset(name)
    assert make_config(**entry.training)
    assert entry.data in DATA_NAMES


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32)])
def test_a_preset_adapts_to_digits_and_to_color_pictures(name: str, shape: tuple[int, ...]) -> None:
    """Only the input has to change, whatever size it was designed for."""
    adapted, _ = adapt(preset(name).design, shape, 10)
    assert adapted.layers == preset(name).design.layers
    assert summarize(adapted).ok


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_learns_from_its_first_batches(name: str) -> None:
    """After one training step, every weight has a gradient and is finite, and so is the loss."""
    design = preset(name).design
    model = logits_part(build(design)).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = nn.functional.cross_entropy(model(torch.rand(4, *design.input_shape)), torch.arange(4))
    loss.backward()
    optimizer.step()
    assert loss.isfinite()
    assert all(weights.grad is not None and weights.isfinite().all() for weights in model.parameters())


def test_families_contain_every_preset_once() -> None:
    """In the order of the menu."""
    assert [name for entries in families().values() for name in entries] == list(PRESETS)


def test_the_bad_presets_are_bad_for_the_right_reason() -> None:
    """The doctor finds what can be found before training; the others are bad by their settings or size."""
    bad = families()["bad"]
    advice = {name: " ".join(str(problem.text) for problem in advise(bad[name].design)) for name in bad}
    assert "No layer of this stack is nonlinear" in advice["no-bend"]
    assert "8 Sigmoid layers" in advice["vanishing"]
    assert bad["diverging"].training["learning_rate"] == 1.0
    assert summarize(bad["giant"].design).parameters > 1_000 * 1_297


def first_to_last_gradient(design: Design) -> float:
    """The norm of the first weights' gradient relative to that of the last weights."""
    model = logits_part(build(design)).train()
    images = torch.rand(32, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    nn.functional.cross_entropy(model(images), torch.arange(32) % 10).backward()
    norms = [float(weights.grad.norm()) for weights in model.parameters() if weights.grad is not None]
    return norms[0] / norms[-2]  # the very last is a bias


def test_sigmoids_make_the_gradient_vanish_and_relu_does_not() -> None:
    """Less than a millionth of it arrives at the first row; with ReLU a thousand times more."""
    design = preset("vanishing").design
    swapped = tuple(ReLU() if isinstance(layer, Sigmoid) else layer for layer in design.layers)
    ratio = first_to_last_gradient(design)
    assert ratio < 1e-6
    assert first_to_last_gradient(design.with_layers(swapped)) > 1_000 * ratio


def test_small_resnet_has_the_layers_in_the_paper() -> None:
    """Eight layers of weights: the first, two per block, the dense one; two blocks have a projection."""
    rows = summary_of("small-resnet").rows
    blocks = [row for row in rows if isinstance(row.layer, Residual)]
    parts = [part for row in blocks for part in row.layer.parts(row.input_shape or ())]
    inside = [part for part in parts if str(part.branch) == "inside" and part.macs]
    assert len(inside) + 2 == 8
    assert [part.layer.label() for part in parts if str(part.branch) == "projection"] == [
        "Conv2d 32, 1×1, stride 2",
        "Conv2d 64, 1×1, stride 2",
    ]


def test_article_1_is_the_network_in_its_article() -> None:
    """Row by row, written out in PyTorch."""
    expected = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2, stride=2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2, stride=2),
        nn.Flatten(),
        nn.Linear(1600, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
        nn.Softmax(dim=1),
    )
    assert repr(build(preset("article-1").design)) == repr(expected)


def test_an_unknown_preset_is_refused_with_a_list_of_names() -> None:
    """The error lists the presets."""
    with pytest.raises(DesignError, match=r"no preset 'vgg'.*Allowed: article-1, .*tiny-vgg"):
        preset("vgg")
