"""Helpers for tests of exported code: designs of every kind, and running a script as a module."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from cnnlab.data.downloads import torchvision_datasets
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS
from cnnlab.layers import KINDS, Conv2d, Flatten, Layer, Linear, Shape, shape_text
from tests.layers.test_every_layer import SAMPLES


def run_script(code: str) -> ModuleType:
    """Run a script as if it were imported: everything is defined, nothing is trained."""
    torchvision_datasets()  # imports torchvision, which the script's own import cannot if torch has no CUDA
    module = ModuleType("script")
    exec(compile(code, "script.py", "exec"), module.__dict__)
    return module


def design_with(layer: Layer, shape: Shape) -> Design:
    """A trainable design with this layer, whose input has this shape."""
    before: list[Layer] = []
    if len(shape) == 1:
        side = {24: (2, 3, 4)}.get(shape[0], (1, 1, shape[0]))
        input_shape, before = side, [Flatten()]
    else:
        input_shape = (min(shape[0], 4), shape[1], shape[2])
        before = [] if input_shape == shape else [Conv2d(out_channels=shape[0], kernel_size=1)]
    after: list[Layer] = [Linear(out_features=5)]
    if len(layer.output_shape(shape)) == 3:
        after = [Flatten(), *after]
    return Design(name=layer.kind, input_shape=input_shape, classes=5).with_layers((*before, layer, *after))


def every_design() -> dict[str, Design]:
    """A design for each sample of each kind, and all presets."""
    designs = {name: entry.design for name, entry in PRESETS.items()}
    for kind, samples in SAMPLES.items():
        for fields, shape in samples:
            layer = KINDS[kind](**fields)
            designs[f"{layer.label()} on {shape_text(shape)} {len(designs)}"] = design_with(layer, shape)
    return designs


def small(count: int, design: Design) -> tuple[Tensor, Tensor]:
    """Random pictures (N, C, H, W) from 0 to 1, and their classes, as torch tensors."""
    generator = torch.Generator().manual_seed(3)
    images = torch.rand(count, *design.input_shape, generator=generator)
    return images, torch.arange(count) % design.classes
