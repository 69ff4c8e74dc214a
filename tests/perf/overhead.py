"""The lab's overhead over the bare training loop: `python -m tests.perf.overhead [--rounds 6]`.

The lab: worker, events, store, checkpoints, and a browser with the live page open. The bare loop: the same
run, pulled event by event in a separate process with the same threads and priority. They take turns; while
the bare loop trains, the lab's run is paused and the browser shows nothing. A turn is measured between two
changes of the step in the store, and the bare loop trains as many steps. Both the elapsed time and the CPU
time of the training process are compared: the former is meaningful only on a quiet machine, the latter on
any.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from cnnlab.design.presets import preset
from cnnlab.engine.local import ROOT, worker_environment
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.training.speed.process import cpu_share_of_others
from tests.browser.chromium import launch
from tests.browser.driving import running_lab, visit

NETWORK = "article-1"
CONFIG = TrainConfig(epochs=1_000, batch_size=128)
SETTLE = 3.0  # seconds
BARE_LOOP = f"""
import os, sys, time
from pathlib import Path
from cnnlab.training.speed.process import prepare_process
prepare_process()
os.nice(10)
from cnnlab.data import Catalogue
from cnnlab.design.presets import preset
from cnnlab.ground.home import Folders
from cnnlab.training.config import TrainConfig
from cnnlab.training.loop import train
data = Catalogue(Folders(Path(sys.argv[1]), None)).load("mnist")
config = TrainConfig.model_validate_json({CONFIG.model_dump_json()!r})
training = train(preset({NETWORK!r}).design, data, config)
for line in sys.stdin:
    started, cpu_started, end = time.perf_counter(), time.process_time(), training.step + int(line)
    while training.step < end:
        next(training)
    print(time.perf_counter() - started, time.process_time() - cpu_started, flush=True)
"""


@dataclass(frozen=True)
class Turn:
    """A number of steps, and the seconds and CPU seconds that they took."""

    steps: int
    seconds: float
    cpu_seconds: float


class BareLoop:
    """The bare loop, in a process with the worker's settings."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE_LOOP, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=worker_environment(),
        )

    def train(self, steps: int) -> Turn:
        """Train this many more steps."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        seconds, cpu_seconds = map(float, self._process.stdout.readline().split())
        return Turn(steps, seconds, cpu_seconds)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class LabRun:
    """A run in the lab, with the page that shows it."""

    def __init__(self, store: RunStore, page: Page) -> None:
        self._store = store
        self._page = page
        self._run = store.queue(preset(NETWORK).design, "mnist", CONFIG)
        self._until(lambda run: run.progress.step > 0)
        children = psutil.Process().children(recursive=True)
        self._worker = next(child for child in children if child.cmdline()[-2:] == ["cnnlab", "worker"])

    def _until(self, done: Callable[[Run], bool]) -> Run:
        while not done(run := self._store.run(self._run.id)):
            if run.state == "failed":
                sys.exit(f"the run failed: {run.message}")
            time.sleep(0.005)
        return run

    def pause(self) -> None:
        """Close the page and pause the run."""
        self._page.goto("about:blank")
        self._store.send_command(self._run.id, "pause")
        self._until(lambda run: run.state == "paused")

    def resume(self) -> None:
        """Resume the run and open its page."""
        self._store.send_command(self._run.id, "resume")
        visit(self._page, "/train")
        self._page.get_by_test_id("curve-loss").wait_for()
        time.sleep(SETTLE)

    def _at_next_step(self) -> Turn:
        old = self._store.run(self._run.id).progress.step
        new = self._until(lambda run: run.progress.step != old).progress.step
        times = self._worker.cpu_times()
        return Turn(new, time.perf_counter(), float(times.user + times.system))

    def train(self, seconds: float) -> Turn:
        """Train for about this many seconds."""
        first = self._at_next_step()
        time.sleep(seconds)
        last = self._at_next_step()
        return Turn(
            last.steps - first.steps, last.seconds - first.seconds, last.cpu_seconds - first.cpu_seconds
        )


def main() -> None:
    """Print a line for each round, and the median."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    if "CNNLAB_DATA" not in os.environ:
        sys.exit("set CNNLAB_DATA to a folder that holds MNIST/raw")
    print(f"other processes use {cpu_share_of_others(1.0):.0%} of the CPU", flush=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(scratch) / "home"
        (home / "datasets").mkdir(parents=True)
        (home / "datasets" / "mnist").symlink_to(os.environ["CNNLAB_DATA"])
        with running_lab(home, Path(scratch) / "server.log") as server:
            browser = launch(playwright)
            store = RunStore(home)
            lab = LabRun(store, browser.new_page(bypass_csp=True, base_url=server.url))
            measure(lab, BareLoop(home), options.rounds, options.seconds)
            store.close()
            browser.close()


def measure(lab: LabRun, bare: BareLoop, rounds: int, seconds: float) -> None:
    """Let both train in turns, and print the overhead of each round and the median."""
    lab.pause()
    bare.train(50)  # to warm up
    overheads, cpu_overheads = [], []
    for _ in range(rounds):
        lab.resume()
        watched = lab.train(seconds)
        lab.pause()
        alone = bare.train(watched.steps)
        overheads.append(watched.seconds / alone.seconds - 1)
        cpu_overheads.append(watched.cpu_seconds / alone.cpu_seconds - 1)
        line = f"{watched.steps:6} steps   lab {watched.seconds:6.2f} s   bare {alone.seconds:6.2f} s"
        print(f"{line}   {overheads[-1]:+.1%}   in CPU time {cpu_overheads[-1]:+.1%}", flush=True)
    bare.close()
    overhead, cpu_overhead = statistics.median(overheads), statistics.median(cpu_overheads)
    print(f"median overhead {overhead:+.1%}   in CPU time {cpu_overhead:+.1%}")


if __name__ == "__main__":
    main()
