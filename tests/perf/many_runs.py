"""What a lab that has been used for long costs: `python -m tests.perf.many_runs`.

A menu of networks over 1,000 runs, the curves of a run of 100,000 batches as they grow by a tick's 50, and
naming one drawing beside 4,000 kept ones. Medians, in milliseconds.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cnnlab.data import own_drawings
from cnnlab.design.design import Design
from cnnlab.layers import Flatten, Linear
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from cnnlab.ui.shared.model_menu import choices
from tests.events import events

RUNS, BATCHES, TICK, DRAWINGS = 1_000, 100_000, 50, 4_000
ROUNDS = 15


def main() -> None:
    """Print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = RunStore(home)
        fill(store)
        print(f"menu of {RUNS:,} runs      {median(lambda: choices(store)):8.1f} ms")
        run = store.runs()[0].id
        store.record(run, events(batches(1, BATCHES)))
        store.curves(run)
        print(
            f"curves of {BATCHES:,}    {median(lambda: store.curves(run), lambda: more(store, run)):8.2f} ms"
        )
        keep(home, 1)
        file = next(own_drawings.folder(home).iterdir())
        for number in range(DRAWINGS):  # one by one they would take minutes
            shutil.copy(file, file.with_name(f"{number:08d}.json"))
        print(f"naming beside {DRAWINGS:,}   {median(lambda: keep(home, 1)):8.1f} ms")
        store.close()


def median(call: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Milliseconds of the call, without what is done before it."""
    took = []
    for _ in range(ROUNDS):
        before()
        begun = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


def fill(store: RunStore) -> None:
    """Finished runs, each with a line for one weight file."""
    design = Design(name="small").with_layers((Flatten(), Linear(out_features=10)))
    for number in range(RUNS):
        run = store.queue(design, "digits", make_config(epochs=1), name=f"run {number}")
        weights = {"event": "checkpoint", "epoch": 1, "step": 1, "file": "1.safetensors", "sha256": "0" * 64}
        store.record(run.id, events(weights | {"val_accuracy": 0.5}))
        store.change_state(run.id, {"queued"}, "finished", trained_by="terminal")


def batches(step: int, count: int) -> dict[str, object]:
    """An event of so many batches."""
    values = [0.5] * count
    event = {"event": "batches", "epoch": 1, "batch": step, "step": step, "images_per_second": 1.0}
    return event | {"loss": values, "accuracy": values}


def more(store: RunStore, run: str) -> None:
    """What comes in a tick."""
    store.record(run, events(batches(store.run(run).progress.step + 1, TICK)))


def keep(home: Path, count: int) -> None:
    """Name drawings of one writer."""
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 12:15] = 255
    for _ in range(count):
        own_drawings.keep(home, label=1, read_as=1, pixels=ink.tobytes(), strokes=[], author="writer")


if __name__ == "__main__":
    main()
