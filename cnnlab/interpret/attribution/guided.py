"""Guided back-propagation: at each ReLU, only what is positive goes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.attribution.gradients import gradient
from cnnlab.interpret.attribution.private_copy import private_copy
from cnnlab.interpret.attribution.question import Question, Shares
from cnnlab.language import lazy


def guided_backpropagation(question: Question) -> Shares:
    """The gradient, where a ReLU hands back max(0, gradient) (Springenberg and others 2015).

    Raises ConfigError for a network without ReLU.
    """
    model = private_copy(question.model)
    # In `_modules` a ReLU that is used in several places appears in each; `named_children` has it once.
    places = [
        (parent, name)
        for parent in model.modules()
        for name, child in parent._modules.items()
        if isinstance(child, nn.ReLU)
    ]
    if not places:
        raise ConfigError(
            lazy("guided back-propagation changes what ReLUs hand back, and this network has none"),
            repair=lazy("Choose another method, such as the gradient"),
        )
    for parent, name in places:
        setattr(parent, name, _GuidedReLU())
    return gradient(replace(question, model=model))


class _GuidedReLU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = _GuidedFunction.apply(x)  # type: ignore[no-untyped-call]
        return out


class _GuidedFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        guided: Tensor = gradients[0].clamp_min(0) * (x > 0)
        return guided
