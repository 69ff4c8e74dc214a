"""Grad-CAM: where the maps of a convolution raise a score."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.activations import feature_maps
from cnnlab.interpret.attribution.private_copy import private_copy
from cnnlab.interpret.attribution.question import Question, Shares, spread
from cnnlab.language import lazy, lazy_listed
from cnnlab.models.build import addresses, logits_part, module_at


def grad_cam(question: Question) -> Shares:
    """max(0, Σ αₖ Aₖ) of the maps Aₖ; αₖ is the mean gradient on map k (Selvaraju and others 2017).

    Enlarged to the picture by bilinear interpolation, and divided equally among its channels. Raises
    ConfigError for a layer that has no convolution, and for a network without any.
    """
    address = _layer(question)
    model = private_copy(question.model)
    seen: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        seen.append(output)
        return output.clone()  # a module that works in place must not change what was kept

    module_at(model, address).register_forward_hook(keep)
    with torch.enable_grad():
        leaf = question.image.detach()[None].clone().requires_grad_(True)
        score = question.target.of(logits_part(model)(leaf)).sum()
        (gradients,) = torch.autograd.grad(score, seen[-1])
    maps = seen[-1].detach()
    weighted = (gradients.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True).clamp_min(0)
    channels, *sides = question.image.shape
    large = functional.interpolate(weighted, sides, mode="bilinear", align_corners=False)
    return Shares(spread(large[0, 0], channels), layer=address)


def places_for_grad_cam(model: nn.Sequential) -> list[LayerAddress]:
    """Return the addresses of all convolutions, and of the blocks that have some."""
    return [
        address
        for address in addresses(model)
        if any(isinstance(part, nn.Conv2d) for part in module_at(model, address).modules())
    ]


def _layer(question: Question) -> LayerAddress:
    """Return the layer to use: the chosen one, else the last row whose maps have more than one pixel."""
    known = places_for_grad_cam(question.model)
    if not known:
        raise ConfigError(
            lazy("Grad-CAM needs the maps of a convolution, and this network has none"),
            repair=lazy("Choose another method, such as the gradient"),
        )
    if question.layer is not None:
        if question.layer not in known:
            raise ConfigError(
                lazy("layer {row} is no convolution", row=str(question.layer)),
                where="Grad-CAM",
                allowed=lazy_listed(map(str, known)),
            )
        return question.layer
    maps = feature_maps(question.model, question.image)
    rows = [address for address in known if address.inside is None]
    return next((row for row in reversed(rows) if maps[row.row][0].numel() > 1), rows[-1])
