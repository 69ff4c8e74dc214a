"""How weights begin. PyTorch's own way is what `build` does already."""

from __future__ import annotations

import torch
from torch import nn


def initialize(model: nn.Sequential, way: str, seed: int) -> None:
    """Draw the weights of convolutions and dense layers anew, in place; the global generator is left alone.

    glorot: uniform in ±sqrt(6 / (inputs + outputs)), biases 0 (Glorot & Bengio 2010, Keras's default).
    he: normal with deviation sqrt(2 / inputs), biases 0 (He et al. 2015). zeros: all 0.
    """
    if way == "pytorch":
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                _draw(module, way)


def _draw(module: nn.Conv2d | nn.Linear, way: str) -> None:
    if way == "glorot":
        nn.init.xavier_uniform_(module.weight)
    elif way == "he":
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    else:
        nn.init.zeros_(module.weight)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
