"""From a design to a torch module. Row i of the design is `model[i]`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cnnlab.design.design import Design, Row, require_trainable
from cnnlab.ground.errors import WeightsError
from cnnlab.language import Words, lazy

_WEIGHTS = lazy("weights")


def build(design: Design, seed: int = 0) -> nn.Sequential:
    """A freshly initialized module (PyTorch's own initialization), the same for the same seed.

    Raises DesignError for a design that cannot work. The global random generator is left as it was.
    """
    return build_rows(require_trainable(design).rows, seed)


def build_rows(rows: Sequence[Row], seed: int = 0) -> nn.Sequential:
    """The modules of the rows that have a shape: what can be built of a design that is under way."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reset every GPU's as well
        modules = [row.layer.build(row.input_shape) for row in rows if row.input_shape and row.output_shape]
    return nn.Sequential(*modules)


def logits_part(model: nn.Sequential) -> nn.Sequential:
    """The rows before a final softmax: the loss is computed on scores, for the sake of precision."""
    return nn.Sequential(*list(model)[:-1]) if isinstance(model[-1], nn.Softmax) else model


def probabilities(model: nn.Sequential, images: Tensor) -> Tensor:
    """(N, C, H, W) float in [0, 1] -> (N, classes) that add up to 1, softmax row or not."""
    return torch.softmax(logits_part(model)(images), dim=1)


def load_weights(model: nn.Sequential, weights: dict[str, Tensor], where: Words = _WEIGHTS) -> None:
    """Put weights into a module, in place; raises WeightsError where they belong to another design."""
    try:
        model.load_state_dict(weights)
    except RuntimeError:
        raise WeightsError(lazy("these weights belong to another design"), where=where) from None
