"""Pictures a second: the lab against Keras with TensorFlow and against PyTorch's own example, side by side.

    CNNLAB_DATA=FOLDER python -m tests.perf.training_speed [--rounds 3] [--pictures 20000]

Each contestant is a process of its own that has built and warmed up its network; then they take turns, so
that what else the machine does hits all alike. Ratios are medians of the rounds' paired ratios, batch sizes
are the articles'. Keras gets an environment of its own below the cache folder, installed at the first call.
Not to be run beside others: what they use at the start is printed, and decides how the lab's threads wait.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path

from cnnlab.design.presets import PRESETS
from cnnlab.training.speed.process import cpu_share_of_others

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cnnlab-perf"
# The batch size of each article's fit(...); where it names none, Keras takes 32.
NETWORKS = {
    "article-1": 128,
    "article-2": 64,
    "article-3": 32,
    "article-3-deep": 64,
    "article-4": 32,
    "article-5": 128,
}
WAYS = {
    "lab": ["lab", "auto"],
    "lab float32": ["lab", "float32"],
    "keras": ["keras"],
    "dataloader": ["dataloader"],
}


def keras_python() -> str:
    """The interpreter of an environment with Keras and TensorFlow."""
    folder = CACHE / "keras"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"installing Keras and TensorFlow into {folder} (once)", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "keras==3.15.0", "tensorflow-cpu"], check=True)
    return str(python)


class Contestant:
    """A process that trains one network in one way whenever it is told to."""

    def __init__(self, way: str, network: str, pictures: int, batch_size: int) -> None:
        python = keras_python() if way == "keras" else sys.executable
        script = Path(__file__).with_name("contestant.py")
        design = PRESETS[network].design.model_dump_json()
        self._process = subprocess.Popen(
            [python, str(script), *WAYS[way], str(pictures), str(batch_size), design],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self.memory = 0.0
        self.go()  # the first turn warms up: threads, kernels, TensorFlow's tracing

    def go(self) -> float:
        """Train once over the pictures; pictures a second."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        self.memory = answer["peak_mb"]
        return float(answer["pictures_per_second"])

    def leave(self) -> None:
        """End the process."""
        self._process.communicate()


def compare(network: str, rounds: int, pictures: int) -> None:
    """One line of the table."""
    contestants = {way: Contestant(way, network, pictures, NETWORKS[network]) for way in WAYS}
    speeds = {way: [0.0] * rounds for way in WAYS}
    for turn in range(rounds):
        for way, contestant in contestants.items():
            speeds[way][turn] = contestant.go()
    cells = [f"{statistics.median(speeds[way]):>12,.0f}" for way in WAYS]
    ratios = [
        statistics.median(lab / other for lab, other in zip(speeds[mine], speeds[theirs], strict=True))
        for mine in ("lab", "lab float32")
        for theirs in ("keras", "dataloader")
    ]
    memory = "/".join(f"{contestant.memory:.0f}" for contestant in contestants.values())
    print(f"{network:15}", *cells, *(f"{ratio:>8.2f}" for ratio in ratios), f"  {memory}", flush=True)
    for contestant in contestants.values():
        contestant.leave()


def main() -> None:
    """Print the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--pictures", type=int, default=20_000)
    ask.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=NETWORKS)
    options = ask.parse_args()
    if "CNNLAB_DATA" not in os.environ:
        sys.exit("set CNNLAB_DATA to a folder that holds MNIST/raw")
    print(f"others use {cpu_share_of_others(1.0):.0%} of the processors")
    print(f"{'network':15}", *(f"{way:>12}" for way in WAYS), end="")
    print("  lab/K    lab/D   f32/K    f32/D   peak MB in that order", flush=True)
    for network in options.networks:
        compare(network, options.rounds, options.pictures)


if __name__ == "__main__":
    main()
