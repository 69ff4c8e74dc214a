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
from tests.processes import still_running

_WIDE = Conv2d(out_channels=128, padding="same")
SLOW = Design(name="slow").with_layers((_WIDE, _WIDE, _WIDE, Flatten(), Linear(out_features=10)))
SMALL = Design(name="small").with_layers((Flatten(), Linear(out_features=10)))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.123, "about 0.12 s"), (4.24, "about 4.2 s"), (61.7, "about 62 s"), (4000, "about 4,000 s")],
)
def test_the_time_is_said_with_what_it_was_measured_on(seconds: float, text: str) -> None:
    """Two digits that matter, no more."""
    words = str(EpochTime(seconds, 8, 64, "CPU, 1 thread"))
    assert words == f"{text} per epoch here, measured on 8 batches of 64 (CPU, 1 thread)"


@pytest.mark.parametrize("batch_size", [64, 2_000])
def test_batches_are_real_and_counted(tmp_path: Path, batch_size: int) -> None:
    """Also where an epoch has fewer batches than are measured."""
    found = measure(SMALL, "digits", TrainConfig(batch_size=batch_size), Folders(tmp_path, None))
    assert (found.batches, found.batch_size) == (BATCHES, batch_size)
    assert found.seconds > 0


@pytest.mark.slow
def test_a_process_of_its_own_measures(tmp_path: Path) -> None:
    """And answers with the same kind of figure."""
    found = time_epoch(SMALL, "digits", TrainConfig(device="cpu"), Folders(tmp_path, None))
    assert found.batches == BATCHES
    assert "CPU" in str(found.device)


@pytest.mark.slow
def test_what_cannot_be_trained_is_said_in_words(tmp_path: Path) -> None:
    """The process's refusal arrives as an error of the lab."""
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
def test_it_ends_with_whoever_asked(tmp_path: Path) -> None:
    """A server that is killed in the middle of it leaves no process behind."""
    asker = subprocess.Popen([sys.executable, "-c", ASKER, str(tmp_path)], cwd=ROOT)
    while not (family := psutil.Process(asker.pid).children(recursive=True)):
        assert asker.poll() is None
        time.sleep(0.01)
    asker.kill()
    asker.wait()
    assert (
        still_running(family, seconds=10) == []
    )  # measuring takes longer, loading what reads the order does not


@pytest.mark.slow
def test_a_measurement_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is far too slow is given up."""
    monkeypatch.setattr(stopwatch, "PATIENCE", 0.05)
    with pytest.raises(LabError, match="not even 4 batches"):
        time_epoch(SMALL, "digits", TrainConfig(), Folders(tmp_path, None))
