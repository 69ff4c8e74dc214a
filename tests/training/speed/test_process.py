"""The settings that make training process."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from cnnlab.training.speed import process
from tests.conftest import ROOT


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator's settings are glibc's")
def test_the_allocator_takes_the_settings() -> None:
    """In a process of its own: they hold for all of it."""
    program = "from cnnlab.training.speed.process import keep_freed_memory; print(keep_freed_memory())"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.strip() == "True"


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of threads, put back afterwards."""
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("alone", "use", "spins"), [(True, 0.02, True), (True, 0.9, False), (False, 0.02, False)]
)
def test_threads_spin_only_on_a_machine_of_their_own(
    free: None, monkeypatch: pytest.MonkeyPatch, alone: bool, use: float, spins: bool
) -> None:
    """The lab's worker never spins, the command line only where nobody else computes."""
    monkeypatch.setattr(process, "others_use", lambda: use)
    process.prepare_process(alone=alone)
    assert ("GOMP_SPINCOUNT" in os.environ) == spins
    assert (os.environ.get("OMP_WAIT_POLICY") == "PASSIVE") == (not spins)


def test_a_persons_own_choice_of_waiting_stays(free: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of threads is not overruled."""
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    process.let_threads_wait(spinning=True)
    assert (os.environ["OMP_WAIT_POLICY"], os.environ.get("GOMP_SPINCOUNT")) == ("ACTIVE", None)


def test_what_this_process_used_before_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system writes it down some hundredths of a second later: 8 ticks of 20 in this one."""
    passed = [0.0]

    def times() -> tuple[int, int]:
        ticks = round(200 * passed[0])
        return ticks - (8 if passed[0] >= 0.03 else 0), ticks

    monkeypatch.setattr(process, "_processor_times", times)
    monkeypatch.setattr(
        "cnnlab.training.speed.process.time.sleep", lambda seconds: passed.append(passed.pop() + seconds)
    )
    assert process.others_use() == 0.0


def test_what_others_use_is_a_share() -> None:
    """All of the machine is the most, and what is said where the system does not tell."""
    assert 0.0 <= process.others_use(0.02) <= 1.0
