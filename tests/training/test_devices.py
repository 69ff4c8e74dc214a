"""Devices that are there and devices that are not."""

from __future__ import annotations

import pytest
import torch

from cnnlab.ground.errors import DeviceError
from cnnlab.training.devices import computes_bfloat16, device_name, devices, resolve_device

without_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has an NVIDIA GPU")
without_mps = pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has an Apple GPU")


@pytest.mark.parametrize(
    "name", [pytest.param("cuda", marks=without_cuda), pytest.param("mps", marks=without_mps)]
)
def test_an_absent_device_is_refused_in_words(name: str) -> None:
    """What was asked for, what there is, and what always works."""
    with pytest.raises(DeviceError) as error:
        resolve_device(name)
    text = str(error.value)
    assert f"{name!r} was asked for" in text
    assert "cpu" in text
    assert '"auto"' in text


def test_the_processor_is_always_there() -> None:
    """It is the last resort."""
    assert devices()[-1] == "cpu"
    assert resolve_device("cpu") == torch.device("cpu")


def test_auto_takes_the_best() -> None:
    """The first of what there is."""
    assert resolve_device("auto").type == devices()[0]


@pytest.mark.parametrize(("threads", "name"), [(1, "CPU, 1 thread"), (2, "CPU, 2 threads")])
def test_the_processor_has_its_threads_in_its_name(threads: int, name: str) -> None:
    """They decide how fast it is."""
    torch.set_num_threads(threads)
    assert str(device_name(torch.device("cpu"))) == name


def test_apples_gpu_never_counts_as_bfloat16() -> None:
    """Only what is known to be faster is chosen by 'auto'."""
    assert not computes_bfloat16(torch.device("mps"))
