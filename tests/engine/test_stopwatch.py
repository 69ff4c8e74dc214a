from __future__ import annotations

import json
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
from cnnlab.ground.memory import MemoryFullError
from cnnlab.layers import Conv2d, Flatten, Linear
from cnnlab.training.config import TrainConfig
from tests.conftest import ROOT
from tests.processes import replace_python, survivors

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
    with pytest.raises(LabError, match="one long row of numbers"):
        time_epoch(broken, "digits", TrainConfig(), Folders(tmp_path, None))


ASKER = """
import sys
from pathlib import Path
from cnnlab.engine.stopwatch import time_epoch
from cnnlab.ground.home import Folders
from cnnlab.ground.memory import MemoryFullError
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("kill -9 $$", "ended without an answer. The system may have ended it because the memory was full"),
        ("exit 137", "may have ended it because the memory was full"),
        ("exit 3", "^the measuring process ended without an answer.$"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell and signals")
def test_a_killed_measurement_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """The kernel kills a process for which there is no memory."""
    replace_python(tmp_path, script, monkeypatch)
    with pytest.raises(LabError, match=words):
        time_epoch(SMALL, "digits", TrainConfig(), Folders(tmp_path, None))


STARVED = """
import json, resource, sys
from pathlib import Path
import psutil
from cnnlab.engine import stopwatch
from tests.engine.test_stopwatch import SLOW, SMALL

def order(design, size):
    config = {"batch_size": size, "device": "cpu", "precision": "float32"}
    body = {"design": design.model_dump(mode="json"), "data": "digits", "config": config}
    return body | {"home": sys.argv[1], "data_folder": None}

assert "seconds" in stopwatch._answer(order(SMALL, 64))
limit = psutil.Process().memory_info().vms + 100_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
print(json.dumps(stopwatch._answer(order(SLOW, 1_297))))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is Linux's")
def test_a_measurement_without_memory_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The allocation fails in the process that measures; not a word of torch's is on the screen."""
    command = [sys.executable, "-c", STARVED, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    monkeypatch.setattr(stopwatch, "_run_process", lambda _order: (0, done.stdout))
    with pytest.raises(MemoryFullError, match="the memory is full. Try a smaller batch size"):
        time_epoch(SLOW, "digits", TrainConfig(), Folders(tmp_path, None))


@pytest.mark.slow
def test_a_bug_in_a_measurement_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its traceback comes from the process that measures; the screen has the entry's id."""

    def broken(*_: object) -> EpochTime:
        raise RuntimeError("shapes do not fit")

    config = TrainConfig()
    order = {"design": SMALL.model_dump(mode="json"), "data": "digits", "config": config.model_dump()}
    with monkeypatch.context() as patch:
        patch.setattr(stopwatch, "measure", broken)
        answer = stopwatch._answer(order | {"home": str(tmp_path), "data_folder": None})
    monkeypatch.setattr(stopwatch, "_run_process", lambda _order: (0, json.dumps(answer)))
    with pytest.raises(LabError) as caught:
        time_epoch(SMALL, "digits", config, Folders(tmp_path, None))
    (entry,) = caplog.messages
    assert "RuntimeError: shapes do not fit" in entry
    assert entry.split()[2] in str(caught.value)
