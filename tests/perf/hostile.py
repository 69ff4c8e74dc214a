"""What hostile input costs the validator: `python -m tests.perf.hostile [--designs 10000]`.

Random designs and broken files from the tests' own strategies, each read as a file, summarized and encoded as
a link; then the worst known files and code. Prints milliseconds of CPU time and the peak memory, each with
its limit; the exit status is 1 if a limit is exceeded. `CNNLAB_SEED`, which it prints, reproduces the random
texts.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cnnlab.convert import link, read_design
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import LabError
from tests.conftest import SEED
from tests.convert.strategies import broken_files, designs

# Limits of milliseconds, in which one text may delay the answers to everybody else, and of MB.
MEDIAN_MS = 1.0
P99_MS = 10.0
P999_MS = 20.0
WORST_RANDOM_MS = 50.0
WORST_FILE_MS = 100.0
WORST_CODE_MS = 500.0  # code is read at a click, not while somebody types
WORST_MB = 50.0

WORST = {
    "100,000 deep": '{"layers": ' + "[" * 100_000,
    "30,000 deep": '{"layers": ' + "[" * 30_000 + "]" * 30_000 + "}",
    "5,000 keys": "{" + ",".join(f'"k{index}": 1' for index in range(5_000)) + "}",
    "64 layers, all wrong": '{"layers": [' + ",".join(['{"kind": "Conv2d", "stride": "1"}'] * 64) + "]}",
    "10,000 layers": '{"layers": [' + ",".join(["{}"] * 10_000) + "]}",
    "a number of 60,000 digits": '{"classes": ' + "9" * 60_000 + "}",
    "a name of 60,000 letters": '{"name": "' + "x" * 60_000 + '"}',
    "code: brackets without end": "Dense(\n" * 9_000,
    "code: 30,000 sums": "keras = " + "1+" * 30_000 + "1",
    "code: doubling lists": "a = Dense(1)\n" + "a = [a, a]\n" * 200 + "Sequential(a)",
    "code: loops in loops": "for a in range(64):\n for b in range(64):\n  for c in range(64):\n   Dense(1)",
    "code: doubling texts": "import keras\nx = 'a'\n" + "x = f'{x}{x}'\n" * 60 + "Sequential([Dense(1)])",
    "code: 2,500 conditions": "import keras\na = []\n" + "if u: a.append(1)\n" * 2_500 + "Sequential(a)",
    "code: networks in networks": "m = Sequential([ReLU()])\n" + "m = Sequential([m, ReLU()])\n" * 1_500,
    "code: 64 KB of calls": "m = Sequential()\n" + "m.add(Dense(1))\n" * 4_000,
}


def open_file(text: str) -> None:
    """Read a design file, summarize it and encode it as a link, as far as it is valid."""
    with suppress(LabError):
        design = Design.from_json(text)
        summarize(design)
        link.decode(link.encode(design))


def read_code(text: str) -> None:
    """Read a text that somebody pasted."""
    with suppress(LabError):
        read_design(text)


def seconds_of(work: Callable[[str], None], text: str) -> float:
    """CPU time, which does not depend on what else the machine does."""
    started = time.process_time()
    work(text)
    return time.process_time() - started


def memory_of(work: Callable[[str], None], text: str) -> float:
    """Peak memory of Python's objects in MB."""
    tracemalloc.start()
    work(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


@dataclass
class Table:
    """A table of figures and their limits."""

    exceeded: list[str] = field(default_factory=list)

    def add(self, name: str, figure: float, limit: float, unit: str) -> None:
        """Print a line, and remember it if the figure exceeds its limit."""
        exceeded = figure > limit
        print(
            f"{name:36} {figure:8.2f} {unit}  (at most {limit:g}){'  EXCEEDED' if exceeded else ''}",
            flush=True,
        )
        if exceeded:
            self.exceeded.append(f"{name}: {figure:.2f} {unit}, at most {limit:g}")


def random_texts(count: int) -> list[str]:
    """Random texts: half are valid designs, half are broken files."""
    texts: list[str] = []

    @seed(SEED)
    @settings(max_examples=count // 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(designs(), broken_files()))
    def collect(pair: Any) -> None:
        texts.extend((pair[0].to_json(), pair[1].text))

    collect()
    return texts


def measure_random(table: Table, count: int) -> None:
    """Open random files."""
    texts = random_texts(count)
    times = sorted(1_000 * seconds_of(open_file, text) for text in texts)
    cuts = quantiles(times, n=1_000)
    print(f"{len(texts):,} random texts, CNNLAB_SEED={SEED}")
    table.add("median", cuts[499], MEDIAN_MS, "ms")
    table.add("99th percentile", cuts[989], P99_MS, "ms")
    table.add("99.9th percentile", cuts[998], P999_MS, "ms")
    table.add("slowest", times[-1], WORST_RANDOM_MS, "ms")
    table.add("peak memory", max(memory_of(open_file, text) for text in texts), WORST_MB, "MB")


def measure_worst(table: Table) -> None:
    """Read the worst known texts, three times each; the fastest counts."""
    for name, text in WORST.items():
        is_code = name.startswith("code")
        work, limit = (read_code, WORST_CODE_MS) if is_code else (open_file, WORST_FILE_MS)
        table.add(name, 1_000 * min(seconds_of(work, text) for _ in range(3)), limit, "ms")
        table.add(f"  {name}", memory_of(work, text), WORST_MB, "MB")


def main() -> None:
    """Print the table; exit with status 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--designs", type=int, default=10_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    open_file("{}")
    table = Table()
    measure_random(table, options.designs)
    measure_worst(table)
    if table.exceeded:
        sys.exit("limits exceeded:\n  " + "\n  ".join(table.exceeded))


if __name__ == "__main__":
    main()
