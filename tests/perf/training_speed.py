"""Pictures per second: the lab, Keras with TensorFlow, and PyTorch's own example, side by side.

    CNNLAB_DATA=FOLDER python -m tests.perf.training_speed [--rounds 3] [--pictures 20000]

Each contestant is a separate process that has built and warmed up its network; then they take turns, so that
any other load on the machine affects all of them alike. Ratios are medians of the ratios in each round; batch
sizes are the articles'. Keras gets its own environment in the cache folder, installed at the first call.
Nothing else should run at the same time: the load at the start is printed, and decides how the lab's threads
wait.
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
# The batch size of each article's fit(...); without one, Keras uses 32.
NETWORKS = {
    "article-1": 128,
    "article-2": 64,
    "article-3": 32,
    "article-3-deep": 64,
    "article-4": 32,
    "article-5": 128,
}
CONTESTANTS = {
    "lab": ["lab", "auto"],
    "lab float32": ["lab", "float32"],
    "keras": ["keras"],
    "dataloader": ["dataloader"],
}


def keras_python() -> str:
    """The Python of an environment with Keras and TensorFlow, which is created if necessary."""
    folder = CACHE / "keras"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"installing Keras and TensorFlow into {folder} (once)", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "keras==3.15.0", "tensorflow-cpu"], check=True)
    return str(python)


class Contestant:
    """A process that trains one network whenever it is asked to."""

    def __init__(self, name: str, network: str, pictures: int, batch_size: int) -> None:
        python = keras_python() if name == "keras" else sys.executable
        script = Path(__file__).with_name("contestant.py")
        design = PRESETS[network].design.model_dump_json()
        self._process = subprocess.Popen(
            [python, str(script), *CONTESTANTS[name], str(pictures), str(batch_size), design],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self.memory = 0.0
        self.train()  # the first turn warms up: threads, kernels, TensorFlow's tracing

    def train(self) -> float:
        """Train an epoch; return the pictures per second."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        result = json.loads(self._process.stdout.readline())
        self.memory = result["peak_mb"]
        return float(result["pictures_per_second"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def compare(network: str, rounds: int, pictures: int) -> None:
    """Print a line of the table."""
    contestants = {name: Contestant(name, network, pictures, NETWORKS[network]) for name in CONTESTANTS}
    speeds = {name: [0.0] * rounds for name in CONTESTANTS}
    for turn in range(rounds):
        for name, contestant in contestants.items():
            speeds[name][turn] = contestant.train()
    cells = [f"{statistics.median(speeds[name]):>12,.0f}" for name in CONTESTANTS]
    ratios = [
        statistics.median(lab / other for lab, other in zip(speeds[mine], speeds[theirs], strict=True))
        for mine in ("lab", "lab float32")
        for theirs in ("keras", "dataloader")
    ]
    memory = "/".join(f"{contestant.memory:.0f}" for contestant in contestants.values())
    print(f"{network:15}", *cells, *(f"{ratio:>8.2f}" for ratio in ratios), f"  {memory}", flush=True)
    for contestant in contestants.values():
        contestant.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=NETWORKS)
    options = parser.parse_args()
    if "CNNLAB_DATA" not in os.environ:
        sys.exit("set CNNLAB_DATA to a folder that holds MNIST/raw")
    print(f"other processes use {cpu_share_of_others(1.0):.0%} of the CPU")
    print(f"{'network':15}", *(f"{name:>12}" for name in CONTESTANTS), end="")
    print("  lab/K    lab/D   f32/K    f32/D   peak MB in that order", flush=True)
    for network in options.networks:
        compare(network, options.rounds, options.pictures)


if __name__ == "__main__":
    main()
