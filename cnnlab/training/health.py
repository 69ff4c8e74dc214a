"""The health of a network while it learns, measured cheaply enough to repeat every few seconds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.design.address import LayerAddress
from cnnlab.evaluation.scores import confusion_matrix
from cnnlab.interpret.activations import row_filters
from cnnlab.models.build import logits_part
from cnnlab.models.predict import as_input
from cnnlab.training.events import DeadUnits, FirstFilters, Histogram, SampleAnswer, WeightStep

BINS = 24  # bins of a weight histogram
_MAX_INSPECTED = 500  # validation pictures for confusion matrix and dead units
_MIN_SAMPLES = 8  # fixed test pictures: one of each class, but at least this many
_MAX_SAMPLES = 10  # and at most this many
_MAX_FILTER_WEIGHTS = 2_048  # a first convolution with more weights is left out of the inspections


def step_sizes(model: nn.Sequential, before: list[Tensor]) -> list[WeightStep]:
    """For each row with weights: gradient norm, update-to-weight ratio, histogram of its weights.

    `before` holds all parameters as they were before the last step; the gradients are those of that step. A
    ratio |Δw| / |w| near 0.001 is healthy; far above it the steps are wild, far below it the row hardly
    learns. A block is one row: the weights of its convolutions and dense layers are taken together.
    """
    old = dict(zip((name for name, _ in model.named_parameters()), before, strict=True))
    steps = []
    for row, module in enumerate(model):
        weights = _weights(module, f"{row}.")
        if weights:
            was, now = (_flattened([found[name] for name in weights]) for found in (old, weights))
            gradient = _flattened([weight.grad for weight in weights.values() if weight.grad is not None])
            size = float(was.norm())
            ratio = float((now - was).norm()) / size if size else 0.0
            steps.append(WeightStep(LayerAddress(row), float(gradient.norm()), ratio, _histogram(now)))
    return steps


def _histogram(weights: Tensor) -> Histogram:
    low, high = float(weights.min()), float(weights.max())
    counts = torch.histc(weights.float().cpu(), BINS, low, high) if high > low else torch.zeros(BINS)
    return Histogram(low, high, [int(count) for count in counts.tolist()])


def _weights(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """The weights with gradients of all convolutions and dense layers in a row, by their full names."""
    return {
        f"{prefix}{name}.weight" if name else f"{prefix}weight": part.weight
        for name, part in module.named_modules()
        if isinstance(part, nn.Conv2d | nn.Linear) and part.weight.grad is not None
    }


def _flattened(tensors: list[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


@torch.inference_mode()
def inspect_model(model: nn.Sequential, data: ImageDataset, device: torch.device) -> dict[str, Any]:
    """Dead ReLU units and confusion matrix on validation pictures, answers to fixed test pictures, filters.

    A block with ReLUs inside is one row: the share is that of all its units. Runs in evaluation mode and
    draws no random numbers, so inspecting does not change the run.
    """
    model.eval()
    labels = data.val.labels[:_MAX_INSPECTED]
    x = as_input(data.val.images[:_MAX_INSPECTED], device)
    dead = []
    for row, module in enumerate(logits_part(model)):
        x, silent = _silent_units(module, x)
        if silent is not None:
            dead.append(DeadUnits(LayerAddress(row), float(silent.float().mean())))
    answers = x.argmax(1).cpu()
    samples = _samples(model, data, device)
    model.train()
    confusion = confusion_matrix(labels, answers, len(data.classes)).tolist()
    return {"dead": dead, "confusion": confusion, "samples": samples, "filters": _first_filters(model)}


def _first_filters(model: nn.Sequential) -> FirstFilters | None:
    """The filters applied to the picture itself, as they are now; None if there are none, or too many."""
    for row, weight in row_filters(model).items():
        if weight.numel() <= _MAX_FILTER_WEIGHTS:
            values = [float(f"{value:.4g}") for value in weight.flatten().tolist()]
            return FirstFilters(LayerAddress(row), list(weight.shape), values)
        break
    return None


def _silent_units(module: nn.Module, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """The output of a row, and which units of its ReLUs output 0 for every picture (None: no ReLU)."""
    silent: list[Tensor] = []

    def record(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        silent.append((output == 0).all(0).flatten())

    hooks = [part.register_forward_hook(record) for part in module.modules() if isinstance(part, nn.ReLU)]
    x = module(x)
    for hook in hooks:
        hook.remove()
    return x, torch.cat(silent) if silent else None


def _samples(model: nn.Sequential, data: ImageDataset, device: torch.device) -> list[SampleAnswer]:
    chosen = sample_indices(data.test.labels, len(data.classes))
    scores = logits_part(model)(as_input(data.test.images[chosen], device))
    chances, classes = scores.softmax(1).topk(min(3, scores.shape[1]))
    return [
        SampleAnswer(
            index,
            int(data.test.labels[index]),
            [[int(c), round(float(p), 4)] for c, p in zip(classes[n], chances[n], strict=True)],
        )
        for n, index in enumerate(chosen)
    ]


def sample_indices(labels: Tensor, classes: int) -> list[int]:
    """Which test pictures are sampled: the first of each class and, if the classes are few, the next ones.

    Ordered by class; a class without pictures is skipped.
    """
    firsts = [int(found[0]) for c in range(classes) if len(found := (labels == c).nonzero())]
    firsts = firsts[:_MAX_SAMPLES]
    others = [index for index in range(min(len(labels), _MAX_SAMPLES)) if index not in firsts]
    return [*firsts, *others[: max(0, _MIN_SAMPLES - len(firsts))]]
