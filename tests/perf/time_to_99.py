"""Seconds of training to 99 % on MNIST's test pictures, from scratch: `python -m tests.perf.time_to_99`.

    CNNLAB_DATA=FOLDER python -m tests.perf.time_to_99 [--device auto] [--seeds 5] [--epochs 1] ...

The preset `fast` with its own settings, unless options change them. Only the time of the optimizer's steps
counts, as on the run's page, not loading and evaluating. A first run of a few batches warms up the CPU or the
GPU. Nothing else should run at the same time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from itertools import islice
from pathlib import Path

from cnnlab.design.presets import PRESETS
from cnnlab.training.config import TrainConfig, changed, make_config
from cnnlab.training.speed.process import cpu_share_of_others, prepare_process
from tests.catalogue import catalogue

RECIPE = make_config(**PRESETS["fast"].training)
_WARM_UP = 30  # events


def main() -> None:
    """Print a line for each seed, and the mean."""
    config, options = _options()
    busy = cpu_share_of_others(1.0)
    prepare_process(alone=True)
    import torch

    from cnnlab.training.events import Finished, Started
    from cnnlab.training.loop import train

    data = catalogue(Path(options.home), Path(os.environ["CNNLAB_DATA"])).load("mnist")
    design = PRESETS["fast"].design
    list(islice(train(design, data, config), _WARM_UP))
    seconds, accuracies = [], []
    for seed in range(options.seeds):
        first, *_, last = train(design, data, changed(config, seed=seed))
        assert isinstance(first, Started)
        assert isinstance(last, Finished)
        if seed == 0:
            print(f"{first.device}, {first.precision}, torch {torch.__version__}, others use {busy:.0%}")
        seconds.append(last.seconds)
        accuracies.append(last.test_accuracy)
        print(f"seed {seed}   {last.seconds:5.2f} s   {last.test_accuracy:.2%}", flush=True)
    print(f"mean     {statistics.mean(seconds):5.2f} s   {statistics.mean(accuracies):.2%}")


def _options() -> tuple[TrainConfig, argparse.Namespace]:
    if "CNNLAB_DATA" not in os.environ:
        sys.exit("set CNNLAB_DATA to a folder that holds MNIST/raw")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--home", default=str(Path.home() / ".cnnlab"))
    parser.add_argument("--device", default=RECIPE.device)
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--batch-size", type=int, default=RECIPE.batch_size)
    parser.add_argument("--lr", type=float, dest="learning_rate", default=RECIPE.learning_rate)
    options = parser.parse_args()
    names = ("device", "epochs", "batch_size", "learning_rate")
    return changed(RECIPE, **{name: getattr(options, name) for name in names}), options


if __name__ == "__main__":
    main()
