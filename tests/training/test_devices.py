"""Available and unavailable devices."""

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
def test_an_unavailable_device_is_refused_with_a_helpful_message(name: str) -> None:
    """It names the requested device, the available ones, and what always works."""
    with pytest.raises(DeviceError) as error:
        resolve_device(name)
    text = str(error.value)
    assert f"{name!r} was asked for" in text
    assert "cpu" in text
    assert '"auto"' in text


def test_the_cpu_is_always_available() -> None:
    """It is the last of the devices."""
    assert devices()[-1] == "cpu"
    assert resolve_device("cpu") == torch.device("cpu")


def test_auto_takes_the_best() -> None:
    """That is the first of the available devices."""
    assert resolve_device("auto").type == devices()[0]


@pytest.mark.parametrize(("threads", "name"), [(1, "CPU, 1 thread"), (2, "CPU, 2 threads")])
def test_the_cpus_name_includes_its_threads(threads: int, name: str) -> None:
    """Their number decides how fast it is."""
    torch.set_num_threads(threads)
    assert str(device_name(torch.device("cpu"))) == name


def test_apples_gpu_never_counts_as_bfloat16() -> None:
    """Only what is known to be faster is chosen by 'auto'."""
    assert not computes_bfloat16(torch.device("mps"))
