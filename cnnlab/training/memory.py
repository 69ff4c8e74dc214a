"""What a training step has to keep in memory, counted from the design before anything is allocated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from cnnlab.design.design import Design
from cnnlab.layers import Layer, Shape, Softmax
from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS

BYTES = 4  # of a number: float32


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Bytes that stand at the end of a forward pass, when the most is kept."""

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it. torch, the pictures and the scratch space of single operations come on top."""
        return self.weights + self.gradients + self.optimizer + self.activations


def training_memory(design: Design, parameters: int, config: TrainConfig) -> TrainingMemory:
    """4 bytes × (weights + gradients + what the optimizer remembers of each weight + batch × activations).

    `parameters` is the design's number of weights, which has to work. Of the activations counts what torch
    keeps for the gradients: a ReLU keeps its output, a convolution its input, a max-pooling where each
    maximum stood.
    """
    weights = BYTES * parameters
    memories = optimizer_memories(config)
    kept = config.batch_size * BYTES * kept_numbers(design)
    return TrainingMemory(weights, weights, memories * weights, kept)


def optimizer_memories(config: TrainConfig) -> int:
    """How many numbers an optimizer remembers of each weight."""
    kind = OPTIMIZERS[config.optimizer]
    return 0 if kind.momentum and not config.momentum else kind.memories


@dataclass(slots=True, eq=False)
class _Numbers:
    """A tensor of one picture, and whether some gradient asks for it."""

    count: int
    kept: bool = False


def kept_numbers(design: Design) -> int:
    """Numbers of one picture that are kept between forward and backward pass, its own pixels among them."""
    made = [_Numbers(prod(design.input_shape))]
    layers = design.layers[:-1] if isinstance(design.layers[-1], Softmax) else design.layers
    _walk(layers, design.input_shape, made[0], made)
    loss = design.classes  # the logarithms of the probabilities
    return loss + sum(numbers.count for numbers in made if numbers.kept)


def _walk(layers: Iterable[Layer], shape: Shape, x: _Numbers, made: list[_Numbers]) -> _Numbers:
    """What leaves the layers; every tensor on the way is added to `made`."""
    for layer in layers:
        output = layer.output_shape(shape)
        branches = layer.branches(shape)
        ends = [_walk(branch.layers, shape, x, made) for branch in branches]
        if len(ends) == 1:
            x = ends[0]
        elif not layer.is_view:
            kept = layer.saved_for_backward(shape)
            x.kept |= kept.input
            for end in ends:
                end.kept |= layer.join == "multiply"
            x = _Numbers(prod(output), kept.output)
            made += [x, _Numbers(kept.more, True)]
        shape = output
    return x
