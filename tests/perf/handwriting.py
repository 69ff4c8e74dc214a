"""How well a model reads the digits of unseen writers on the pad: by writer, by digit, by confidence.

    CNNLAB_DATA=FOLDER python -m tests.perf.handwriting [--model bundled|RUN --home DIR] [--placements 3]
        [--reliability FILE.svg] [--misread FILE.png]

The writers are those that the data set "handwriting" reserves for testing. Each drawing is placed anywhere on
the pad, at 30 to 90 % of the pad's size, with a brush of 12 to 28 of 280 pixels, rotated by up to 15°.
"naive": the pad simply scaled down to 28×28. "MNIST-style": crop, fit, center of mass. "final": what the
lab's pad does, which also draws with one line width.

Then, if the model can recognize what is not a digit: how often it is not sure, with real digits and with
drawings that are not digits (non_digits.py), all on the pad.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from cnnlab.data.handwriting import TEST_WRITERS, PenDigit, ink_of, on_pad, read_pen_digits
from cnnlab.data.pen_file import require
from cnnlab.drawing.ink import Drawing, Steps, from_pad
from cnnlab.drawing.strokes import Stroke
from cnnlab.evaluation.calibration import calibration_error, reliability
from cnnlab.ground.home import folders_from
from cnnlab.models.build import logits_part
from cnnlab.reader.doubt import Doubt, doubt_about
from cnnlab.reader.loaded_model import LoadedModel, load_bundled, load_model
from cnnlab.runs.store import RunStore
from tests.catalogue import catalogue
from tests.perf.non_digits import (
    BLIND,
    LETTERS,
    SHAPES,
    beside,
    by_hand,
    random_walk,
    scrawl,
    written,
    zigzag,
)

SEED = 2  # not that of the training pictures, so other positions, sizes and brushes
PREPARATIONS = {
    "naive": Steps(crop=False, fit=False, center=False, width=False),
    "MNIST-style": Steps(width=False),
    "final": Steps(),
}
REPETITIONS = 20  # of each letter and shape
SCRIBBLES = 200  # of each kind


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's answers to N drawings."""

    probabilities: Tensor  # (N, classes)
    novelty: Tensor | None  # (N,)

    @property
    def label(self) -> Tensor:
        return self.probabilities.argmax(1)

    @property
    def confidence(self) -> Tensor:
        return self.probabilities.max(1).values

    def doubt(self, index: int, loaded: LoadedModel, drawing: Drawing) -> Doubt:
        """The doubt about one answer, as on the pad."""
        novelty = None if self.novelty is None else float(self.novelty[index])
        return doubt_about(self.probabilities[index].tolist(), loaded.classes, drawing, novelty)


def answers(loaded: LoadedModel, images: Tensor) -> Answers:
    """Answers in batches, computed row by row because the novelty detector needs every row's output."""
    probabilities, novelty = [], []
    with torch.inference_mode():
        for start in range(0, len(images), 500):
            maps = [images[start : start + 500]]
            for row in loaded.model:
                maps.append(row(maps[-1]))
            maps = maps[1:]
            probabilities.append(torch.softmax(maps[len(logits_part(loaded.model)) - 1], 1))
            if loaded.novelty_detector is not None:
                novelty.append(loaded.novelty_detector.novelty(maps))
    return Answers(torch.cat(probabilities), torch.cat(novelty) if novelty else None)


def on_pads(drawings: list[list[Stroke]], placements: int = 1) -> list[Drawing]:
    """Each drawing on a pad, `placements` times in different positions."""
    results = []
    for number, drawing in enumerate(drawings):
        for placement in range(placements):
            strokes, brush = on_pad(drawing, np.random.default_rng([SEED, number, placement]))
            results.append(Drawing(ink_of(strokes, brush), tuple(strokes)))
    return results


def prepared(drawings: list[Drawing], steps: Steps) -> Tensor:
    """(N, 1, 28, 28): what the network sees; blank paper for a mere dot."""
    results = []
    for drawing in drawings:
        normalized = from_pad(drawing.ink, steps, drawing.strokes)
        results.append(np.zeros((1, 28, 28), np.float32) if normalized is None else normalized.image)
    return torch.from_numpy(np.stack(results))


def report_accuracy(result: Answers, labels: Tensor, writers: Tensor) -> None:
    """Print the accuracy with one preparation, by writer and by digit."""
    right = result.label == labels
    print(f"  {right.float().mean():.2%} of {len(labels):,}")
    for name, groups in (("writer", writers), ("digit", labels)):
        shares = {int(group): right[groups == group].float().mean() for group in torch.unique(groups)}
        print(f"  by {name}: " + ", ".join(f"{group}: {share:.1%}" for group, share in shares.items()))
    pairs = Counter(
        (int(label), int(answer))
        for label, answer in zip(labels, result.label, strict=True)
        if label != answer
    )
    print("  most frequent mistakes: " + ", ".join(f"{a} as {b}: {n}" for (a, b), n in pairs.most_common(6)))


def report_confidence(result: Answers, labels: Tensor) -> None:
    """Print the reliability diagram as a table."""
    right = result.label == labels
    print(f"  expected calibration error {calibration_error(result.confidence, right):.2%}")
    sure = result.confidence >= 0.9
    print(f"  at 90 % or more: {right[sure].float().mean():.2%} right of {int(sure.sum()):,} answers", end="")
    print(f", mean confidence {result.confidence[sure].mean():.2%}")
    for row in reliability(result.confidence, right):
        print(f"  {row.low:.1f} to {row.high:.1f}: {row.answers:5,} answers, ", end="")
        print(f"mean confidence {row.confidence:.1%}, right {row.right:.1%}")


def non_digits(digits: list[PenDigit]) -> Iterator[tuple[str, list[list[Stroke]]]]:
    """Drawings that are not digits, by kind."""
    random = np.random.default_rng(SEED)
    yield "letters", _by_hand_repeatedly(LETTERS, random)
    yield "shapes", _by_hand_repeatedly(SHAPES, random)
    yield "a horse", [by_hand(written(SHAPES["horse"]), random) for _ in range(SCRIBBLES)]
    kinds: tuple[Callable[[np.random.Generator], list[Stroke]], ...] = (random_walk, zigzag, scrawl)
    for kind in kinds:
        yield f"scribbles: {kind.__name__}", [kind(random) for _ in range(SCRIBBLES)]
    chosen = random.integers(0, len(digits), (SCRIBBLES, 2))
    pairs = [(list(digits[int(a)].strokes), list(digits[int(b)].strokes)) for a, b in chosen]
    yield "two digits side by side", [beside(first, second, random) for first, second in pairs]
    yield "held out", _by_hand_repeatedly(BLIND, random)


def _by_hand_repeatedly(texts: dict[str, str], random: np.random.Generator) -> list[list[Stroke]]:
    """Each figure by hand, `REPETITIONS` times."""
    drawings = [written(text) for text in texts.values()]
    return [by_hand(drawing, random) for drawing in drawings for _ in range(REPETITIONS)]


def report_doubt(
    loaded: LoadedModel, name: str, drawings: list[Drawing], *, figures: Sequence[str] = ()
) -> None:
    """Print how often the answer is "not sure", why, and how often the network alone was 90 % confident.

    If the drawings are `REPETITIONS` of each of these figures, also print those that are doubted too rarely.
    """
    result = answers(loaded, prepared(drawings, Steps()))
    doubts = [result.doubt(index, loaded, drawing) for index, drawing in enumerate(drawings)]
    unsure = [not doubt.sure for doubt in doubts]
    reasons = Counter(doubt.kind for doubt in doubts)
    print(f"  {name:26} not sure {np.mean(unsure):6.1%} of {len(doubts):5,}: ", end="")
    print(", ".join(f"{kind} {count / len(doubts):.1%}" for kind, count in reasons.most_common()), end="")
    print(f"; network at 90 % or more {(result.confidence >= 0.9).float().mean():.1%}")
    shares = {
        figure: np.mean(unsure[REPETITIONS * i : REPETITIONS * (i + 1)]) for i, figure in enumerate(figures)
    }
    low = [f"{figure} {share:.0%}" for figure, share in shares.items() if share < 0.9]
    if figures:
        print(f"    not sure in less than 90 %: {', '.join(low) or 'none'}")


def draw_reliability(result: Answers, labels: Tensor, path: Path) -> None:
    """Draw accuracy by confidence, a bar for each bin, and the diagonal where the two are equal."""
    rows = reliability(result.confidence, result.label == labels)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 420" font-family="sans-serif" '
        'font-size="13"><title>How often answers of each confidence are right</title>',
        '<rect width="460" height="420" fill="white"/>',
    ]
    for row in rows:
        x, height = 70 + 340 * row.low, 340 * row.right
        text = f"{row.answers} answers, mean confidence {row.confidence:.1%}, right {row.right:.1%}"
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{360 - height:.1f}" width="32" height="{height:.1f}" fill="#4c78a8">'
            f'<title>{text}</title></rect><text x="{x + 17:.1f}" y="{352 - height:.1f}" '
            f'text-anchor="middle" font-size="11">{row.answers}</text>'
        )
    parts.append('<path d="M70 20V360H410M70 360L410 20" fill="none" stroke="#333"/>')
    for share in (0, 50, 100):
        parts.append(f'<text x="62" y="{364 - 3.4 * share:.0f}" text-anchor="end">{share} %</text>')
        parts.append(f'<text x="{70 + 3.4 * share:.0f}" y="380" text-anchor="middle">{share} %</text>')
    parts.append('<text x="240" y="404" text-anchor="middle">confidence (on a bar: number of answers)</text>')
    parts.append(
        '<text x="20" y="190" text-anchor="middle" transform="rotate(-90 20 190)">right answers</text></svg>'
    )
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def draw_misread(
    result: Answers, labels: Tensor, writers: Tensor, drawings: list[Drawing], path: Path
) -> None:
    """Save a sheet of misread drawings: the pad, what the network saw, and its answer."""
    wrong = (result.label != labels).nonzero()[:, 0].tolist()
    images = prepared(drawings, Steps())
    sheet = Image.new("L", (5 * 250, 170 * ((len(wrong) + 4) // 5)), 255)
    pen = ImageDraw.Draw(sheet)
    for position, index in enumerate(wrong):
        left, top = 250 * (position % 5), 170 * (position // 5)
        sheet.paste(Image.fromarray(255 - drawings[index].ink).resize((120, 120)), (left, top))
        seen = Image.fromarray((255 - 255 * images[index, 0].numpy()).astype(np.uint8))
        sheet.paste(seen.resize((112, 112), Image.Resampling.NEAREST), (left + 126, top + 4))
        pen.rectangle((left, top, left + 120, top + 120), outline=160)
        text = f"{int(labels[index])} read as {int(result.label[index])} ({result.confidence[index]:.0%})"
        pen.text((left + 2, top + 124), f"{text}, writer {int(writers[index])}", fill=0)
    sheet.save(path)


def main() -> None:
    """Print the tables and save the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--placements", type=int, default=3)
    parser.add_argument("--reliability", type=Path)
    parser.add_argument("--misread", type=Path)
    options = parser.parse_args()
    folders = folders_from(os.environ)
    home = options.home or folders.home
    loaded = (
        load_bundled() if options.model == "bundled" else load_model(RunStore(home), options.model, "last")
    )
    test = catalogue(home, folders.data_folder).load("mnist").test
    right = answers(loaded, test.images.float() / 255).label == test.labels
    print(f"MNIST test: {right.float().mean():.2%} of {len(right):,}")
    digits = [
        digit for digit in read_pen_digits(require(home, folders.data_folder)) if digit.writer in TEST_WRITERS
    ]
    labels = torch.tensor([digit.label for digit in digits]).repeat_interleave(options.placements)
    writers = torch.tensor([digit.writer for digit in digits]).repeat_interleave(options.placements)
    drawings = on_pads([list(digit.strokes) for digit in digits], options.placements)
    for name, steps in PREPARATIONS.items():
        print(f"{name}:")
        result = answers(loaded, prepared(drawings, steps))
        report_accuracy(result, labels, writers)
    report_confidence(result, labels)
    if options.reliability:
        draw_reliability(result, labels, options.reliability)
    if options.misread:
        draw_misread(result, labels, writers, drawings, options.misread)
    print("not sure:")
    report_doubt(loaded, "digits of unseen writers", drawings)
    figures = {"letters": list(LETTERS), "shapes": list(SHAPES), "held out": list(BLIND)}
    for name, drawn in non_digits(digits):
        report_doubt(loaded, name, on_pads(drawn), figures=figures.get(name, []))


if __name__ == "__main__":
    main()
