"""The available devices and their names."""

from __future__ import annotations

import torch

from cnnlab.ground.errors import DeviceError
from cnnlab.language import Words, lazy, lazy_plural


def devices() -> list[str]:
    """Those of cuda, mps and cpu that are available, best first."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def resolve_device(name: str) -> torch.device:
    """The torch device for a name; 'auto' takes the best. Raises DeviceError listing what is available."""
    found = devices()
    if name == "auto":
        return torch.device(found[0])
    if name not in found:
        raise DeviceError(
            lazy("{device} was asked for, but this machine has no such device", device=repr(name)),
            where=lazy("device"),
            allowed=", ".join(["auto", *found]),
            repair=lazy('Choose "auto" to take the best available'),
        )
    return torch.device(name)


def device_name(device: torch.device) -> Words:
    """What a person calls it: 'NVIDIA H200', 'Apple GPU', 'CPU, 2 threads'."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return lazy("Apple GPU")
    return lazy_plural("CPU, {count} thread", "CPU, {count} threads", torch.get_num_threads())


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the hardware itself multiplies in bfloat16, so that it is faster than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return bool(supported and supported())
    return False
