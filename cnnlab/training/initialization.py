"""Weight initialization. PyTorch's own scheme is what `build` already does."""

from __future__ import annotations

import torch
from torch import nn


def initialize(model: nn.Sequential, scheme: str, seed: int) -> None:
    """Redraw the weights of convolutions and dense layers in place, without using the global generator.

    glorot: uniform in ±sqrt(6 / (inputs + outputs)), biases 0 (Glorot & Bengio 2010, Keras's default).
    he: normal with standard deviation sqrt(2 / inputs), biases 0 (He et al. 2015). zeros: all 0.
    """
    if scheme == "pytorch":
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                _draw(module, scheme)


def _draw(module: nn.Conv2d | nn.Linear, scheme: str) -> None:
    if scheme == "glorot":
        nn.init.xavier_uniform_(module.weight)
    elif scheme == "he":
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    else:
        nn.init.zeros_(module.weight)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
