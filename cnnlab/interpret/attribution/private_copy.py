"""A copy of a model whose modules may be changed or hooked while other threads use the original."""

from __future__ import annotations

import copy
from itertools import chain

from torch import nn


def private_copy(model: nn.Sequential) -> nn.Sequential:
    """Copy all modules, but share their weights: cheap even for a large network."""
    shared = {id(tensor): tensor for tensor in chain(model.parameters(), model.buffers())}
    return copy.deepcopy(model, shared)
