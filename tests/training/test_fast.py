"""The settings that make training fast."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator's settings are glibc's")
def test_the_allocator_takes_the_settings() -> None:
    """In a process of its own: they hold for all of it."""
    program = "from cnnlab.training.fast import keep_freed_memory; print(keep_freed_memory())"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.strip() == "True"
