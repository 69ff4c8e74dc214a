"""Each layer's output for a picture, and the filters that produce it.

Values stay real numbers until the last moment. For the screen they are quantized to integers, -127 to 127,
symmetric around zero, so that zero stays zero and no value looks like its opposite:
value = number / 127 * scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.design.address import LayerAddress
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret import SCOPES, Scope
from cnnlab.language import lazy, lazy_listed
from cnnlab.models.build import addresses, module_at

STEPS = 127


def feature_maps(model: nn.Sequential, image: Tensor) -> list[Tensor]:
    """Return each row's output for one picture (C, H, W): entry i is that of `model[i]`, no batch axis."""
    values = image[None]
    maps = []
    with torch.inference_mode():
        for row in model:
            values = row(values)
            maps.append(values[0])
    return maps


def feature_maps_at(
    model: nn.Sequential, image: Tensor, wanted: Iterable[LayerAddress]
) -> dict[LayerAddress, Tensor]:
    """Return the outputs of the layers at these addresses, also inside blocks, without batch axis."""
    found: dict[LayerAddress, Tensor] = {}

    def keep(address: LayerAddress) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        # A copy, since a later module may work in place.
        return lambda _module, _inputs, output: found.update({address: output[0].clone()})

    hooks = [module_at(model, address).register_forward_hook(keep(address)) for address in wanted]
    try:
        with torch.inference_mode():
            model(image[None])
    finally:
        for hook in hooks:
            hook.remove()
    return found


def filters(model: nn.Sequential) -> dict[LayerAddress, Tensor]:
    """Return the weights of every convolution, also inside blocks, in the order of the stack.

    Each is (out_channels, in_channels / groups, height, width).
    """
    parts = ((address, module_at(model, address)) for address in addresses(model))
    return {address: part.weight.detach() for address, part in parts if isinstance(part, nn.Conv2d)}


def row_filters(model: nn.Sequential) -> dict[int, Tensor]:
    """Return the weights of the convolutions that are rows of the stack, by row index."""
    return {address.row: weight for address, weight in filters(model).items() if address.inside is None}


def scales(maps: Sequence[Tensor], scope: Scope) -> list[Tensor]:
    """Return each entry's largest absolute value in its scope, one number per map; a vector is one map."""
    if scope not in SCOPES:
        raise ConfigError(
            lazy("unknown scale {scope}", scope=repr(scope)),
            where=lazy("feature maps"),
            allowed=lazy_listed(SCOPES),
        )
    per_map = [
        values.abs().flatten(1).amax(1) if values.ndim > 1 else values.abs().amax()[None] for values in maps
    ]
    if scope == "map" or not per_map:
        return per_map
    per_layer = [each.max() for each in per_map]
    network = torch.stack(per_layer).max()
    return [
        (network if scope == "network" else layer).expand_as(each)
        for each, layer in zip(per_map, per_layer, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Tiles:
    """One row's maps for the screen: (count, height, width); a vector is one tile of height 1."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]  # (count,)
    total: int  # maps, or numbers of a vector, that the row has; there may be fewer here
    exact: NDArray[np.float32] | None = None  # (F,): the numbers of a short vector as they are


def tiles(values: Tensor, scale: Tensor, *, limit: int | None = None, side: int | None = None) -> Tiles:
    """Quantize a row's values on their scale: the first `limit` maps (or numbers of a vector).

    Maps that are wider or higher than `side` are averaged down.
    """
    total = len(values)
    shown = values[:limit]
    if values.ndim == 1:
        shown = shown[None, None]
    elif side and max(shown.shape[1:]) > side:
        height, width = (min(length, side) for length in shown.shape[1:])
        shown = functional.adaptive_avg_pool2d(shown, (height, width))
    scale = scale[: len(shown)]
    factors = STEPS / scale.clamp_min(torch.finfo(torch.float32).tiny)
    whole = (shown * factors[:, None, None]).nan_to_num().round().clamp(-STEPS, STEPS).to(torch.int8)
    is_short = values.ndim == 1 and total <= limits.EXACT_NUMBERS
    exact = values.numpy().astype(np.float32) if is_short else None
    return Tiles(whole.numpy(), scale.numpy().astype(np.float32), total, exact)


def shown_scales(modules: Iterable[nn.Module], maps: Sequence[Tensor], scope: Scope) -> list[Tensor]:
    """Return the scales of these layers' outputs on the screen, as `scales` does.

    On a scale of its own, a softmax goes up to 1 whatever its largest number is: its numbers are shares.
    """
    return [
        torch.ones_like(scale) if isinstance(module, nn.Softmax) and scope != "network" else scale
        for module, scale in zip(modules, scales(maps, scope), strict=True)
    ]


def shown_tiles(maps: Iterable[Tensor], scales: Iterable[Tensor]) -> list[Tiles]:
    """Every output on its scale for the screen, within its limits."""
    return [
        tiles(
            values,
            scale,
            limit=limits.SHOWN_NUMBERS if values.ndim == 1 else limits.SHOWN_MAPS,
            side=limits.SHOWN_SIDE,
        )
        for values, scale in zip(maps, scales, strict=True)
    ]


def row_tiles(model: nn.Sequential, maps: Sequence[Tensor], scope: Scope) -> list[Tiles]:
    """Every row's output for the screen."""
    return shown_tiles(maps, shown_scales(model, maps, scope))
