"""The memory a training step needs, counted from the design before anything is allocated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from cnnlab.design.design import Design
from cnnlab.layers import Layer, Shape, Softmax
from cnnlab.training.config import TrainConfig
from cnnlab.training.optimizer_kinds import OPTIMIZERS

BYTES_PER_NUMBER = 4  # float32


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Bytes held at the end of a forward pass, the moment when most is kept."""

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """The sum. torch itself, the pictures and the scratch space of single operations are extra."""
        return self.weights + self.gradients + self.optimizer + self.activations


def training_memory(design: Design, parameters: int, config: TrainConfig) -> TrainingMemory:
    """4 bytes × (weights + gradients + optimizer state of each weight + batch × activations).

    `parameters` is the number of weights of the design, which must be valid. The activations are those that
    torch saves for the backward pass: a ReLU keeps its output, a convolution its input, a max-pooling the
    position of each maximum.
    """
    weights = BYTES_PER_NUMBER * parameters
    states_per_weight = optimizer_states(config)
    kept = config.batch_size * BYTES_PER_NUMBER * kept_numbers(design)
    return TrainingMemory(weights, weights, states_per_weight * weights, kept)


def optimizer_states(config: TrainConfig) -> int:
    """How many numbers an optimizer stores for each weight."""
    kind = OPTIMIZERS[config.optimizer]
    return 0 if kind.momentum and not config.momentum else kind.states_per_weight


@dataclass(slots=True, eq=False)
class _Numbers:
    """The size of a tensor of one picture, and whether some gradient needs the tensor."""

    count: int
    kept: bool = False


def kept_numbers(design: Design) -> int:
    """The numbers kept for one picture between forward and backward pass, including its own pixels."""
    made = [_Numbers(prod(design.input_shape))]
    layers = design.layers[:-1] if isinstance(design.layers[-1], Softmax) else design.layers
    _walk(layers, design.input_shape, made[0], made)
    loss = design.classes  # the logarithms of the probabilities
    return loss + sum(numbers.count for numbers in made if numbers.kept)


def _walk(layers: Iterable[Layer], shape: Shape, x: _Numbers, made: list[_Numbers]) -> _Numbers:
    """The output of the layers; every tensor on the way is added to `made`."""
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
