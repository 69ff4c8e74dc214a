"""Measurement of how long an epoch takes on this machine, from a few real batches.

`time_epoch` runs them in a separate process (`python -m cnnlab.engine.stopwatch`), set up like the process
that trains; the screen does not wait, and the process leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from cnnlab.design.design import Design
from cnnlab.engine.child import end_with_parent, read_error, step_back, written_error
from cnnlab.engine.local import ROOT, worker_environment
from cnnlab.ground.errors import LabError
from cnnlab.ground.home import Folders
from cnnlab.ground.memory import MAYBE_FULL, SMALLER, was_killed
from cnnlab.language import Words, _, from_stored, lazy, stored
from cnnlab.training.config import TrainConfig

WARM_UP = 3  # untimed batches before the measured ones
BATCHES = 8  # measured batches
SECONDS = 10.0  # after which fewer batches must be enough
PATIENCE = 90.0  # seconds for everything, including loading torch and the pictures


@dataclass(frozen=True, slots=True)
class EpochTime:
    """The training part of an epoch, in seconds, and what it was measured on."""

    seconds: float
    batches: int
    batch_size: int
    device: Words

    def __str__(self) -> str:
        """'about 4.2 s per epoch here, measured on 8 batches of 64 (CPU, 1 thread)'."""
        return _(
            "about {seconds} s per epoch here, measured on {batches} batches of {size} ({device})",
            seconds=self._seconds(),
            batches=self.batches,
            size=self.batch_size,
            device=self.device,
        )

    @property
    def text(self) -> str:
        """'4.2 s'."""
        return _("{seconds} s", seconds=self._seconds())

    def _seconds(self) -> str:
        digits = 0 if self.seconds >= 9.5 else 1 if self.seconds >= 0.95 else 2
        return f"{self.seconds:,.{digits}f}"


def time_epoch(design: Design, data: str, config: TrainConfig, where: Folders) -> EpochTime:
    """Measure in a separate process; raises LabError with the reason if that is not possible."""
    order = {
        "design": design.model_dump(mode="json"),
        "data": data,
        "config": config.model_dump(mode="json"),
        "home": str(where.home),
        "data_folder": where.data_folder and str(where.data_folder),
    }
    status, output = _run_process(json.dumps(order))
    try:
        answer = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        silence = lazy("the measuring process ended without an answer")
        raise LabError(silence, repair=MAYBE_FULL if was_killed(status) else "") from None
    if "error" in answer:
        raise read_error(answer, "the measuring process", SMALLER)
    return EpochTime(**answer | {"device": from_stored(answer["device"])})


def _run_process(order: str) -> tuple[int, str]:
    """The measuring process's status and output. While its stdin is open, somebody waits for it."""
    with subprocess.Popen(
        [sys.executable, "-m", "cnnlab.engine.stopwatch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=worker_environment(),
        cwd=ROOT,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()
            process.wait(PATIENCE)
        except OSError:  # it is gone; its output says more
            process.wait()
            with suppress(OSError):  # the order is still in the buffer
                process.stdin.close()
        except subprocess.TimeoutExpired:
            process.kill()
            raise LabError(
                lazy(
                    "not even {batches} batches were done in {seconds} seconds",
                    batches=WARM_UP + 1,
                    seconds=f"{PATIENCE:.0f}",
                )
            ) from None
        return process.returncode, process.stdout.read()


def measure(design: Design, data: str, config: TrainConfig, where: Folders) -> EpochTime:
    """Measure in this process: each batch is timed from the end of the previous one. Imports torch."""
    from cnnlab.data import Catalogue
    from cnnlab.training.events import Batch, Started
    from cnnlab.training.loop import train

    pictures = Catalogue(where).load(data)
    events = train(design, pictures, config.model_copy(update={"epochs": WARM_UP + BATCHES}))
    took: list[float] = []
    begun = last = perf_counter()
    batches = 0
    device: Words = ""
    for event in events:
        if isinstance(event, Started):
            batches, device = event.batches, event.device
        if isinstance(event, Batch):
            float(event.loss)  # waits for a GPU
            took.append(perf_counter() - last)
        last = perf_counter()
        if len(took) == WARM_UP + BATCHES or (len(took) > WARM_UP and last - begun > SECONDS):
            break
    counted = took[WARM_UP:]
    return EpochTime(batches * median(counted), len(counted), config.batch_size, device)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    design = Design.model_validate_json(json.dumps(order["design"]))
    config = TrainConfig.model_validate_json(json.dumps(order["config"]))
    where = Folders(Path(order["home"]), Path(order["data_folder"]) if order["data_folder"] else None)
    try:
        found = measure(design, order["data"], config, where)
    except Exception as error:
        return written_error(error)
    return asdict(found) | {"device": stored(found.device)}


def main() -> None:
    """Run the process: an order on stdin, an answer on stdout. It ends when its parent does."""
    step_back()
    order = json.loads(sys.stdin.readline())
    end_with_parent()
    print(json.dumps(_answer(order)), flush=True)
    os._exit(0)  # without waiting for the thread that watches the parent


if __name__ == "__main__":
    main()
