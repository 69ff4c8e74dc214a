"""How a network is while it learns: what a doctor would measure, cheap enough to do every few seconds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.build import logits_part
from cnnlab.data.dataset import ImageDataset
from cnnlab.training.evaluation import as_input

BINS = 24  # of a weight histogram
_LOOKED_AT = 500  # validation pictures for confusion matrix and dead units
_SAMPLES = 8  # fixed test pictures


def step_sizes(model: nn.Sequential, before: list[Tensor]) -> list[dict[str, Any]]:
    """For each row with weights: gradient norm, update-to-weight ratio, histogram of its weights.

    `before` holds all parameters as they were before the last step; gradients are those of that step. A
    ratio |Δw| / |w| near 0.001 is healthy; far above the step is wild, far below it hardly learns.
    """
    old = dict(zip((name for name, _ in model.named_parameters()), before, strict=True))
    rows = []
    for row, module in enumerate(model):
        weight = getattr(module, "weight", None)
        if isinstance(module, nn.Conv2d | nn.Linear) and weight is not None and weight.grad is not None:
            was, now = old[f"{row}.weight"], weight.detach()
            size = float(was.norm())
            low, high = float(now.min()), float(now.max())
            counts = torch.histc(now.float().cpu(), BINS, low, high) if high > low else torch.zeros(BINS)
            rows.append(
                {
                    "row": row,
                    "gradient_norm": float(weight.grad.norm()),
                    "update_ratio": float((now - was).norm()) / size if size else 0.0,
                    "histogram": {"low": low, "high": high, "counts": [int(c) for c in counts.tolist()]},
                }
            )
    return rows


@torch.inference_mode()
def look_at(model: nn.Sequential, data: ImageDataset, device: torch.device) -> dict[str, Any]:
    """Dead ReLU units and confusion matrix on validation pictures, answers to fixed test pictures.

    In evaluation mode, and without drawing a random number: the run goes on as if nobody had looked.
    """
    model.eval()
    labels = data.val.labels[:_LOOKED_AT]
    x = as_input(data.val.images[:_LOOKED_AT], device)
    dead = []
    for row, module in enumerate(logits_part(model)):
        x = module(x)
        if isinstance(module, nn.ReLU):
            dead.append({"row": row, "share": float((x == 0).all(0).float().mean())})
    answers = x.argmax(1).cpu()
    samples = _samples(model, data, device)
    model.train()
    classes = len(data.classes)
    confusion = torch.bincount(labels * classes + answers, minlength=classes**2).view(classes, classes)
    return {"dead": dead, "confusion": confusion.tolist(), "samples": samples}


def _samples(model: nn.Sequential, data: ImageDataset, device: torch.device) -> list[dict[str, Any]]:
    scores = logits_part(model)(as_input(data.test.images[:_SAMPLES], device))
    chances, classes = scores.softmax(1).topk(min(3, scores.shape[1]))
    return [
        {
            "index": index,
            "label": int(data.test.labels[index]),
            "top": [
                [int(c), round(float(p), 4)] for c, p in zip(classes[index], chances[index], strict=True)
            ],
        }
        for index in range(len(scores))
    ]
