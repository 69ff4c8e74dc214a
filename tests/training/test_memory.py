"""Memory of a training step, against what torch really keeps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.layers import KINDS, Conv2d, Flatten, Layer, Linear, ReLU
from cnnlab.models.build import build, logits_part
from cnnlab.training.config import TrainConfig, make_config
from cnnlab.training.memory import kept_numbers, optimizer_states, training_memory
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.optimizers import make_optimizer

BATCH = 16


def kept_by_torch(design: Design) -> int:
    """Bytes of all tensors that a forward pass saves for the backward pass, without the model's own."""
    model = logits_part(build(design)).train()
    own = {tensor.untyped_storage().data_ptr() for tensor in model.state_dict().values()}
    saved: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    images = torch.rand(BATCH, *design.input_shape)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = nn.functional.cross_entropy(model(images), torch.zeros(BATCH, dtype=torch.long))
    assert loss.requires_grad
    return sum(tensor.untyped_storage().nbytes() for address, tensor in saved.items() if address not in own)


@pytest.mark.parametrize("name", PRESETS)
def test_activations_of_a_preset_are_those_torch_keeps(name: str) -> None:
    """Within 1 %: the few means and deviations of normalizations, and the labels, are not counted."""
    design = preset(name).design
    counted = training_memory(design, 0, TrainConfig(batch_size=BATCH)).activations
    assert counted == pytest.approx(kept_by_torch(design), rel=0.01)


def around(layer: Layer) -> Design:
    """The layer between two convolutions, so that its input and its output are tensors of their own."""
    before: tuple[Any, ...] = (Conv2d(out_channels=16, padding="same"),)
    if layer.kind in ("Linear", "BatchNorm1d", "Softmax"):
        before = (*before, Flatten(), Linear(out_features=32))
    after = (Flatten(), Linear(out_features=10))
    return Design(input_shape=(1, 12, 10)).with_layers((*before, layer, *after))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_torch_keeps(kind: str) -> None:
    """Within 3 %, as the network is so small."""
    design = around(KINDS[kind].model_validate({}))
    assert 4 * BATCH * kept_numbers(design) == pytest.approx(kept_by_torch(design), rel=0.03)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_optimizer_state_is_as_large_as_torchs(optimizer: str, momentum: float) -> None:
    """Count the numbers stored for each weight after a step."""
    config = make_config(optimizer=optimizer, momentum=momentum)
    weight = nn.Parameter(torch.ones(100))
    optimizer_ = make_optimizer(config, [weight], torch.device("cpu"))
    weight.grad = torch.ones(100)
    optimizer_.step()
    states = [value for value in optimizer_.state[weight].values() if getattr(value, "shape", ()) == (100,)]
    assert len(states) == optimizer_states(config)


def test_the_sum_in_numbers() -> None:
    """One dense layer and a batch of 2: four times its weights, the pixels, the log-probabilities."""
    design = Design(layers=(Flatten(), Linear(out_features=10)))
    memory = training_memory(design, summarize(design).parameters, TrainConfig(batch_size=2))
    assert (memory.weights, memory.gradients, memory.optimizer) == (31_400, 31_400, 62_800)
    assert memory.activations == 2 * 4 * (784 + 10)
    assert memory.total == 3 * 31_400 + 31_400 + 6_352


def test_a_relu_needs_no_more_memory_than_its_convolution() -> None:
    """The next convolution and the ReLU both need the output of the ReLU: it is kept once."""
    block = (Conv2d(out_channels=8, padding="same"), ReLU())
    once, twice = (
        kept_numbers(Design(input_shape=(1, 8, 8)).with_layers((*block * n, Flatten(), Linear())))
        for n in (1, 2)
    )
    assert twice - once == 8 * 8 * 8
