from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cnnlab.design.design import Design
from cnnlab.engine import stopwatch
from cnnlab.engine.stopwatch import BATCHES, EpochTime, measure, time_epoch
from cnnlab.ground.errors import LabError
from cnnlab.ground.home import Folders
from cnnlab.layers import Conv2d, Flatten, Linear
from cnnlab.training.config import TrainConfig
from tests.conftest import ROOT
from tests.processes import survivors

_WIDE = Conv2d(out_channels=128, padding="same")
SLOW = Design(name="slow").with_layers((_WIDE, _WIDE, _WIDE, Flatten(), Linear(out_features=10)))
SMALL = Design(name="small").with_layers((Flatten(), Linear(out_features=10)))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.123, "about 0.12 s"), (4.24, "about 4.2 s"), (61.7, "about 62 s"), (4000, "about 4,000 s")],
)
def test_the_text_says_what_was_measured(seconds: float, text: str) -> None:
    """With two significant digits, no more."""
    found = str(EpochTime(seconds, 8, 64, "CPU, 1 thread"))
    assert found == f"{text} per epoch here, measured on 8 batches of 64 (CPU, 1 thread)"


@pytest.mark.parametrize("batch_size", [64, 2_000])
def test_batches_are_real_and_counted(tmp_path: Path, batch_size: int) -> None:
    """Even if an epoch has fewer batches than are measured."""
    found = measure(SMALL, "digits", TrainConfig(batch_size=batch_size), Folders(tmp_path, None))
    assert (found.batches, found.batch_size) == (BATCHES, batch_size)
    assert found.seconds > 0


@pytest.mark.slow
def test_a_separate_process_measures(tmp_path: Path) -> None:
    """It returns the same kind of result."""
    found = time_epoch(SMALL, "digits", TrainConfig(device="cpu"), Folders(tmp_path, None))
    assert found.batches == BATCHES
    assert "CPU" in str(found.device)


@pytest.mark.slow
def test_a_design_that_cannot_be_trained_is_an_error(tmp_path: Path) -> None:
    """The process's refusal is raised as an error of the lab."""
    broken = Design().with_layers((Linear(out_features=10),))
    with pytest.raises(LabError, match="flat vector"):
        time_epoch(broken, "digits", TrainConfig(), Folders(tmp_path, None))


ASKER = """
import sys
from pathlib import Path
from cnnlab.engine.stopwatch import time_epoch
from cnnlab.ground.home import Folders
from cnnlab.training.config import TrainConfig
from tests.engine.test_stopwatch import SLOW
time_epoch(SLOW, "digits", TrainConfig(batch_size=512), Folders(Path(sys.argv[1]), None))
"""


@pytest.mark.slow
def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """A server killed during a measurement leaves no process behind."""
    asker = subprocess.Popen([sys.executable, "-c", ASKER, str(tmp_path)], cwd=ROOT)
    while not (family := psutil.Process(asker.pid).children(recursive=True)):
        assert asker.poll() is None
        time.sleep(0.01)
    asker.kill()
    asker.wait()
    assert survivors(family, seconds=10) == []  # loading takes less than that, measuring takes longer


@pytest.mark.slow
def test_a_measurement_has_a_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is far too slow is given up on."""
    monkeypatch.setattr(stopwatch, "PATIENCE", 0.05)
    with pytest.raises(LabError, match="not even 4 batches"):
        time_epoch(SMALL, "digits", TrainConfig(), Folders(tmp_path, None))
