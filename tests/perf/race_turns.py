"""What the turns of a race cost: three runs in turns against the same three one after the other.

    python -m tests.perf.race_turns [DATA [EPOCHS [REPEATS]]]

Both ways alternate, in one lab with a warm worker. Between the order that ends a turn and the next turn's job
nothing is trained, but the state that each epoch ends with anyway is saved: this time is printed as well.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from cnnlab.design.presets import preset
from cnnlab.engine.job import Job, Order
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.supervisor import Supervisor
from cnnlab.ground.home import Folders
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config

OPTIMIZERS = {"sgd": 0.01, "rmsprop": 0.001, "adam": 0.001}


class _TimedEngine(LocalEngine):
    """Measures the time from each order that ends a turn to the next job."""

    def __init__(self, where: Folders) -> None:
        super().__init__(where)
        self.gaps: list[float] = []
        self._suspended_at: float | None = None

    def send(self, slot: int, order: Order) -> None:
        if order.name == "suspend":
            self._suspended_at = time.perf_counter()
        super().send(slot, order)

    def submit(self, slot: int, job: Job) -> None:
        super().submit(slot, job)
        if self._suspended_at is not None:
            self.gaps.append(time.perf_counter() - self._suspended_at)
        self._suspended_at = None


def main() -> None:
    """Measure and print."""
    data, epochs, repeats = (*sys.argv[1:], *("digits", "40", "3")[len(sys.argv) - 1 :])
    folder = os.environ.get("CNNLAB_DATA")
    with tempfile.TemporaryDirectory() as home:
        engine = _TimedEngine(Folders(Path(home), Path(folder) if folder else None))
        store = RunStore(Path(home))
        supervisor = Supervisor(store, engine)
        supervisor.start()
        _seconds(store, supervisor, data, 1, race=False)  # starts the worker
        alone, together = [], []
        for _ in range(int(repeats)):
            alone.append(_seconds(store, supervisor, data, int(epochs), race=False))
            before = len(engine.gaps)
            together.append(_seconds(store, supervisor, data, int(epochs), race=True))
            switches = len(engine.gaps) - before
            print(
                f"one after the other {alone[-1]:.2f} s, in turns {together[-1]:.2f} s, {switches} switches"
            )
        supervisor.stop()
        store.close()
    print(f"{data}: {median(alone):.2f} s one after the other, {median(together):.2f} s in turns; ", end="")
    print(f"median of {len(engine.gaps)} switches: {1000 * median(engine.gaps):.0f} ms")


def _seconds(store: RunStore, supervisor: Supervisor, data: str, epochs: int, *, race: bool) -> float:
    """From the click to the end of the last run."""
    design, name = preset("article-1").design, secrets.token_hex(4) if race else None
    begun = time.perf_counter()
    for optimizer, rate in OPTIMIZERS.items():
        config = make_config(epochs=epochs, optimizer=optimizer, learning_rate=rate)
        store.queue(design, data, config, race=name)
    supervisor.wake()
    while any(run.active for run in store.runs()):
        time.sleep(0.02)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
