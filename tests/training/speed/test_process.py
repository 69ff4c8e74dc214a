"""The settings of a process that trains."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from cnnlab.training.speed import process
from tests.conftest import ROOT


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator's settings are glibc's")
def test_the_allocator_accepts_the_settings() -> None:
    """In its own process, as they apply to all of it."""
    program = "from cnnlab.training.speed.process import keep_freed_memory; print(keep_freed_memory())"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.strip() == "True"


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing about threads, restored afterwards."""
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("alone", "use", "spins"), [(True, 0.02, True), (True, 0.9, False), (False, 0.02, False)]
)
def test_threads_spin_only_on_an_otherwise_idle_machine(
    free: None, monkeypatch: pytest.MonkeyPatch, alone: bool, use: float, spins: bool
) -> None:
    """The lab's worker never spins, the command line only if nothing else is computing."""
    monkeypatch.setattr(process, "cpu_share_of_others", lambda: use)
    process.prepare_process(alone=alone)
    assert ("GOMP_SPINCOUNT" in os.environ) == spins
    assert (os.environ.get("OMP_WAIT_POLICY") == "PASSIVE") == (not spins)


def test_a_choice_in_the_environment_is_kept(free: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says about threads is not overridden."""
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    process.set_thread_waiting(spinning=True)
    assert (os.environ["OMP_WAIT_POLICY"], os.environ.get("GOMP_SPINCOUNT")) == ("ACTIVE", None)


def test_earlier_use_by_this_process_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system accounts for it some hundredths of a second later: here 8 ticks of 20."""
    passed = [0.0]

    def times() -> tuple[int, int]:
        ticks = round(200 * passed[0])
        return ticks - (8 if passed[0] >= 0.03 else 0), ticks

    monkeypatch.setattr(process, "_processor_times", times)
    monkeypatch.setattr(
        "cnnlab.training.speed.process.time.sleep", lambda seconds: passed.append(passed.pop() + seconds)
    )
    assert process.cpu_share_of_others() == 0.0


def test_the_use_by_others_is_a_share() -> None:
    """Its maximum is the whole machine, which is also the answer where the system does not say."""
    assert 0.0 <= process.cpu_share_of_others(0.02) <= 1.0
