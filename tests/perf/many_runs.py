"""How fast a lab is after long use: `python -m tests.perf.many_runs`.

The menu of networks with 1,000 runs, the curves of a run of 100,000 batches as they grow by 50 in a tick, and
naming a drawing when 4,000 have been kept. Medians, in milliseconds.
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
    """Print a line for each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = RunStore(home)
        add_runs(store)
        print(f"menu of {RUNS:,} runs      {median(lambda: choices(store)):8.1f} ms")
        run = store.runs()[0].id
        store.record(run, events(batches(1, BATCHES)))
        store.curves(run)
        duration = median(lambda: store.curves(run), lambda: record_tick(store, run))
        print(f"curves of {BATCHES:,}    {duration:8.2f} ms")
        name_drawing(home)
        file = next(own_drawings.folder(home).iterdir())
        for number in range(DRAWINGS):  # one by one they would take minutes
            shutil.copy(file, file.with_name(f"{number:08d}.json"))
        print(f"naming with {DRAWINGS:,} kept {median(lambda: name_drawing(home)):8.1f} ms")
        store.close()


def median(call: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Median milliseconds of the call, each time after an untimed call of `before`."""
    durations = []
    for _ in range(ROUNDS):
        before()
        started = time.perf_counter()
        call()
        durations.append(1000 * (time.perf_counter() - started))
    return statistics.median(durations)


def add_runs(store: RunStore) -> None:
    """Add finished runs, each with one checkpoint on record."""
    design = Design(name="small").with_layers((Flatten(), Linear(out_features=10)))
    for number in range(RUNS):
        run = store.queue(design, "digits", make_config(epochs=1), name=f"run {number}")
        checkpoint = {"event": "checkpoint", "epoch": 1, "step": 1, "file": "1.safetensors"}
        store.record(run.id, events(checkpoint | {"sha256": "0" * 64, "val_accuracy": 0.5}))
        store.change_state(run.id, {"queued"}, "finished", trained_by="terminal")


def batches(step: int, count: int) -> dict[str, object]:
    """An event of this many batches."""
    values = [0.5] * count
    event = {"event": "batches", "epoch": 1, "batch": step, "step": step, "images_per_second": 1.0}
    return event | {"loss": values, "accuracy": values}


def record_tick(store: RunStore, run: str) -> None:
    """Record the batches of one tick."""
    store.record(run, events(batches(store.run(run).progress.step + 1, TICK)))


def name_drawing(home: Path) -> None:
    """Name a drawing."""
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 12:15] = 255
    own_drawings.keep(home, label=1, read_as=1, pixels=ink.tobytes(), strokes=[], author="writer")


if __name__ == "__main__":
    main()
