"""The cost and the accuracy of every preset on this machine, with its own settings and data set.

    CNNLAB_DATA=FOLDER python -m tests.perf.presets [NAME ...] [--epochs N] [--data NAME]

Trains them one after another as `python -m cnnlab train` does, on the whole machine, and prints a table.
Presets for pictures of another size (tiny-vgg) are adapted to the data. --epochs shortens longer runs; the
table shows how many there were.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from typing import Any

from cnnlab.design.design import adapt, summarize
from cnnlab.design.presets import PRESETS, Preset
from cnnlab.training.config import make_config
from tests.catalogue import catalogue

HEAD = "| preset | data | parameters | multiply-adds | epochs | s per epoch | validation % | test % |"


def train(name: str, entry: Preset, data: str, epochs: int) -> tuple[list[dict[str, Any]], str]:
    """Train a preset; return the events of the run, and the error message if it failed."""
    settings = {**entry.training, "epochs": epochs}
    option_names = {"learning_rate": "lr"}
    options = [
        part
        for key, value in settings.items()
        for part in (f"--{option_names.get(key, key.replace('_', '-'))}", value)
    ]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "cnnlab", "train", name, "--data", data, *options, "--json"]
        done = subprocess.run(
            [str(part) for part in [*command, "--home", home]], capture_output=True, text=True, check=False
        )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    error = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    return events, " ".join(error)


def line(name: str, entry: Preset, data: str, max_epochs: int) -> str:
    """Train a preset; return its line of the table."""
    epochs = min(max_epochs, make_config(**entry.training).epochs)
    info = catalogue().describe(data)
    summary = summarize(adapt(entry.design, info.input_shape, len(info.classes))[0])
    cells = [name, data, f"{summary.parameters:,}", f"{summary.macs:,}", str(epochs)]
    events, error = train(name, entry, data, epochs)
    finished = [event for event in events if event["event"] == "finished"]
    if not finished:
        return f"| {' | '.join(cells)} | {error or 'did not finish'} | | |"
    end = finished[0]
    figures = [f"{end['seconds'] / end['epochs']:.1f}"]
    figures += [f"{100 * end[key]:.2f}" for key in ("val_accuracy", "test_accuracy")]
    return f"| {' | '.join([*cells, *figures])} |"


def main() -> None:
    """Print the table, each line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all presets if none is named")
    parser.add_argument("--epochs", type=int, default=1_000, help="at most this many")
    parser.add_argument("--data", help="a data set other than the preset's own")
    options = parser.parse_args()
    print(HEAD)
    print("|" + "---|" * (HEAD.count("|") - 1))
    for name in options.names or PRESETS:
        entry = PRESETS[name]
        print(line(name, entry, options.data or entry.data, options.epochs), flush=True)


if __name__ == "__main__":
    main()
