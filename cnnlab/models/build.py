"""Build a torch module from a design. Row i of the design is `model[i]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, Row, require_trainable
from cnnlab.ground.errors import WeightsError
from cnnlab.language import Words, lazy
from cnnlab.layers import modules

_WEIGHTS = lazy("weights")


def build(design: Design, seed: int = 0) -> nn.Sequential:
    """Build a freshly initialized module (PyTorch's own initialization), identical for the same seed.

    Raises DesignError for a design that cannot work. The global random generator is left as it was.
    """
    return build_rows(require_trainable(design).rows, seed)


def build_rows(rows: Sequence[Row], seed: int = 0) -> nn.Sequential:
    """Build the rows that have a shape: as much as possible of an unfinished design."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reset every GPU's as well
        built = [row.layer.build(row.input_shape) for row in rows if row.input_shape and row.output_shape]
    return nn.Sequential(*built)


def module_at(model: nn.Sequential, address: LayerAddress) -> nn.Module:
    """Return the module of the layer at an address; raises LookupError if there is none."""
    module = model[address.row]
    if address.inside is None:
        return module
    branch, index = address.inside
    return branches_of(module)[branch][index]


def addresses(model: nn.Sequential) -> Iterator[LayerAddress]:
    """Yield every layer's address: each row, then the layers inside it, branch after branch."""
    for row, module in enumerate(model):
        yield LayerAddress(row)
        for number, branch in enumerate(branches_of(module)):
            yield from (LayerAddress(row, number, index) for index in range(len(branch)))


def branches_of(module: nn.Module) -> tuple[nn.Sequential, ...]:
    """Return a block's branches in the order of `Layer.branches`; one without layers is an empty sequence."""
    found: tuple[nn.Module, ...] = ()
    if isinstance(module, modules.Residual):
        found = (module.inside, module.shortcut)
    elif isinstance(module, modules.Inception):
        found = tuple(module.branches)
    elif isinstance(module, modules.SqueezeExcitation):
        found = (module.gate, nn.Identity())
    elif isinstance(module, nn.Sequential):
        found = (module,)
    return tuple(part if isinstance(part, nn.Sequential) else nn.Sequential() for part in found)


def with_branch(module: nn.Module, number: int, branch: nn.Sequential) -> nn.Module:
    """Return a block of the same modules as this one but for one branch, counted as in `branches_of`."""
    if isinstance(module, modules.Residual):
        parts: list[nn.Module] = [module.inside, module.shortcut]
        parts[number] = branch
        return modules.Residual(*parts)
    if isinstance(module, modules.Inception):
        parts = list(module.branches)
        parts[number] = branch
        return modules.Inception(*parts)
    return modules.SqueezeExcitation(branch) if isinstance(module, modules.SqueezeExcitation) else branch


def logits_part(model: nn.Sequential) -> nn.Sequential:
    """Return the rows before a final softmax: the loss is computed on scores, for numerical precision."""
    return nn.Sequential(*list(model)[:-1]) if isinstance(model[-1], nn.Softmax) else model


def probabilities(model: nn.Sequential, images: Tensor) -> Tensor:
    """Map (N, C, H, W) in [0, 1] to (N, classes) that add up to 1, with or without a softmax row."""
    return torch.softmax(logits_part(model)(images), dim=1)


def load_weights(model: nn.Sequential, weights: dict[str, Tensor], where: Words = _WEIGHTS) -> None:
    """Load weights into a module, in place; raises WeightsError if they belong to another design."""
    try:
        model.load_state_dict(weights)
    except RuntimeError:
        raise WeightsError(lazy("these weights belong to another design"), where=where) from None
