"""How well a model reads people whom it has never seen, drawn as on the pad: by writer and by digit.

    CNNLAB_DATA=FOLDER python -m tests.perf.handwriting [--model bundled|RUN --home DIR] [--placements 3]

The writers are those whom the data set "handwriting" keeps for its test. Each drawing is placed anywhere on
the pad, 30 to 90 % of its size, brush 12 to 28 of 280, tilted up to 15°. "naive": the pad simply shrunk to
28×28. "prepared": what the lab's pad does (crop, fit, centre of mass).
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.build import probabilities
from cnnlab.data.handwriting import TEST_WRITERS, PenDigit, ink_of, on_pad, read_pen_digits
from cnnlab.data.pen_file import require
from cnnlab.drawing import Steps, from_pad
from cnnlab.home import places
from cnnlab.runs.models import load_bundled, load_model
from cnnlab.runs.store import RunStore

SEED = 2  # another one than the training pictures': other places, sizes and brushes
NAIVE = Steps(crop=False, fit=False, centre=False)


def pictures(digits: list[PenDigit], placements: int, steps: Steps) -> Tensor:
    """(N, 1, 28, 28): every digit on the pad, `placements` times, prepared."""
    made = []
    for number, digit in enumerate(digits):
        for placement in range(placements):
            strokes, brush = on_pad(digit.strokes, np.random.default_rng([SEED, number, placement]))
            prepared = from_pad(ink_of(strokes, brush), steps)
            blank = np.zeros((1, 28, 28), np.float32)
            made.append(blank if prepared is None else prepared.image)
    return torch.from_numpy(np.stack(made))


def report(model: nn.Sequential, images: Tensor, labels: Tensor, writers: Tensor) -> None:
    """The figures of one way of preparing."""
    with torch.inference_mode():
        chances = probabilities(model, images)
    answers, confidence = chances.argmax(1), chances.max(1).values
    right = answers == labels
    print(f"  {right.float().mean():.2%} of {len(labels):,}")
    for name, groups in (("writer", writers), ("digit", labels)):
        shares = {int(group): right[groups == group].float().mean() for group in groups.unique()}
        print(f"  by {name}: " + ", ".join(f"{group}: {share:.1%}" for group, share in shares.items()))
    pairs = Counter(
        (int(label), int(answer)) for label, answer in zip(labels, answers, strict=True) if label != answer
    )
    print("  most frequent: " + ", ".join(f"{a} as {b}: {n}" for (a, b), n in pairs.most_common(6)))
    for low, high in ((0.0, 0.6), (0.6, 0.9), (0.9, 1.01)):
        chosen = (confidence >= low) & (confidence < high)
        if chosen.any():
            print(
                f"  confidence {low:.1f} to {min(high, 1):.1f}: {right[chosen].float().mean():.2%} right",
                end="",
            )
            print(f" of {int(chosen.sum()):,} answers, mean confidence {confidence[chosen].mean():.2%}")


def main() -> None:
    """Print the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--model", default="bundled")
    ask.add_argument("--home", type=Path)
    ask.add_argument("--placements", type=int, default=3)
    wish = ask.parse_args()
    where = places(os.environ)
    home = wish.home or where.home
    loaded = load_bundled() if wish.model == "bundled" else load_model(RunStore(home), wish.model, "last")
    digits = [
        digit for digit in read_pen_digits(require(home, where.data_folder)) if digit.writer in TEST_WRITERS
    ]
    labels = torch.tensor([digit.label for digit in digits]).repeat_interleave(wish.placements)
    writers = torch.tensor([digit.writer for digit in digits]).repeat_interleave(wish.placements)
    for name, steps in (("naive", NAIVE), ("prepared", Steps())):
        print(f"{name}:")
        report(loaded.model, pictures(digits, wish.placements, steps), labels, writers)


if __name__ == "__main__":
    main()
