"""How a network is while it learns: what a doctor would measure, cheap enough to do every few seconds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.data.dataset import ImageDataset
from cnnlab.interpret.activations import row_filters
from cnnlab.models.build import logits_part
from cnnlab.training.evaluation import as_input, confusion_matrix

BINS = 24  # of a weight histogram
_LOOKED_AT = 500  # validation pictures for confusion matrix and dead units
_SAMPLES = 8  # fixed test pictures, of fewer classes than that; else one of each, up to
_MOST_SAMPLES = 10
_MOST_FILTERED = 2_048  # weights of a first convolution that is told with every look


def step_sizes(model: nn.Sequential, before: list[Tensor]) -> list[dict[str, Any]]:
    """For each row with weights: gradient norm, update-to-weight ratio, histogram of its weights.

    `before` holds all parameters as they were before the last step; gradients are those of that step. A
    ratio |Δw| / |w| near 0.001 is healthy; far above the step is wild, far below it hardly learns. A block is
    one row: the weights of its convolutions and dense layers are taken together.
    """
    old = dict(zip((name for name, _ in model.named_parameters()), before, strict=True))
    rows = []
    for row, module in enumerate(model):
        weights = _weights(module, f"{row}.")
        if weights:
            was, now = (_laid_out([found[name] for name in weights]) for found in (old, weights))
            gradient = _laid_out([weight.grad for weight in weights.values() if weight.grad is not None])
            size = float(was.norm())
            low, high = float(now.min()), float(now.max())
            counts = torch.histc(now.float().cpu(), BINS, low, high) if high > low else torch.zeros(BINS)
            rows.append(
                {
                    "row": row,
                    "gradient_norm": float(gradient.norm()),
                    "update_ratio": float((now - was).norm()) / size if size else 0.0,
                    "histogram": {"low": low, "high": high, "counts": [int(c) for c in counts.tolist()]},
                }
            )
    return rows


def _weights(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """The weights that have gradients of all convolutions and dense layers in a row, by their full names."""
    return {
        f"{prefix}{name}.weight" if name else f"{prefix}weight": part.weight
        for name, part in module.named_modules()
        if isinstance(part, nn.Conv2d | nn.Linear) and part.weight.grad is not None
    }


def _laid_out(tensors: list[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


@torch.inference_mode()
def look_at(model: nn.Sequential, data: ImageDataset, device: torch.device) -> dict[str, Any]:
    """Dead ReLU units and confusion matrix on validation pictures, answers to fixed test pictures.

    A block with ReLUs inside is one row: the share is that of all its units.
    In evaluation mode, and without drawing a random number: the run goes on as if nobody had looked.
    """
    model.eval()
    labels = data.val.labels[:_LOOKED_AT]
    x = as_input(data.val.images[:_LOOKED_AT], device)
    dead = []
    for row, module in enumerate(logits_part(model)):
        x, silent = _silent_units(module, x)
        if silent is not None:
            dead.append({"row": row, "share": float(silent.float().mean())})
    answers = x.argmax(1).cpu()
    samples = _samples(model, data, device)
    model.train()
    confusion = confusion_matrix(labels, answers, len(data.classes)).tolist()
    return {"dead": dead, "confusion": confusion, "samples": samples, "filters": _first_filters(model)}


def _first_filters(model: nn.Sequential) -> dict[str, Any] | None:
    """The filters that look at the picture itself, as they are now; None without any, or with too many."""
    for row, weight in row_filters(model).items():
        if weight.numel() <= _MOST_FILTERED:
            values = [float(f"{value:.4g}") for value in weight.flatten().tolist()]
            return {"row": row, "shape": list(weight.shape), "values": values}
        break
    return None


def _silent_units(module: nn.Module, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """What leaves a row, and which units of its ReLUs answered 0 to every picture (None: no ReLU)."""
    silent: list[Tensor] = []

    def listen(_module: nn.Module, _given: tuple[Tensor, ...], answer: Tensor) -> None:
        silent.append((answer == 0).all(0).flatten())

    listeners = [part.register_forward_hook(listen) for part in module.modules() if isinstance(part, nn.ReLU)]
    x = module(x)
    for listener in listeners:
        listener.remove()
    return x, torch.cat(silent) if silent else None


def _samples(model: nn.Sequential, data: ImageDataset, device: torch.device) -> list[dict[str, Any]]:
    chosen = sample_places(data.test.labels, len(data.classes))
    scores = logits_part(model)(as_input(data.test.images[chosen], device))
    chances, classes = scores.softmax(1).topk(min(3, scores.shape[1]))
    return [
        {
            "index": index,
            "label": int(data.test.labels[index]),
            "top": [
                [int(c), round(float(p), 4)] for c, p in zip(classes[place], chances[place], strict=True)
            ],
        }
        for place, index in enumerate(chosen)
    ]


def sample_places(labels: Tensor, classes: int) -> list[int]:
    """Which test pictures are looked at: the first of each class, and of few classes the next ones as well.

    Class by class; a class without a picture is passed over.
    """
    firsts = [int(found[0]) for c in range(classes) if len(found := (labels == c).nonzero())]
    firsts = firsts[:_MOST_SAMPLES]
    others = [place for place in range(min(len(labels), _MOST_SAMPLES)) if place not in firsts]
    return [*firsts, *others[: max(0, _SAMPLES - len(firsts))]]
