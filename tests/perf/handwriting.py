"""How well a model reads people whom it has never seen, drawn as on the pad: by writer, by digit, how sure.

    CNNLAB_DATA=FOLDER python -m tests.perf.handwriting [--model bundled|RUN --home DIR] [--placements 3]
        [--reliability FILE.svg] [--misread FILE.png]

The writers are those whom the data set "handwriting" keeps for its test. Each drawing is placed anywhere on
the pad, 30 to 90 % of its size, brush 12 to 28 of 280, tilted up to 15°. "naive": the pad simply shrunk to
28×28. "MNIST-style": crop, fit, center of mass. "final": what the lab's pad does, one width of line besides.

Then, where the model can tell what is no digit: how often it is not sure, of real digits and of drawings
that are none (strangers.py, all on the pad).
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
from cnnlab.ground.home import folders_from
from cnnlab.models.build import logits_part
from cnnlab.reader.calibration import calibration_error, reliability
from cnnlab.reader.doubt import Doubt, doubt_about
from cnnlab.reader.loaded_model import LoadedModel, load_bundled, load_model
from cnnlab.runs.store import RunStore
from tests.catalogue import catalogue
from tests.perf.strangers import (
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

SEED = 2  # another one than the training pictures': other places, sizes and brushes
WAYS = {
    "naive": Steps(crop=False, fit=False, centre=False, width=False),
    "MNIST-style": Steps(width=False),
    "final": Steps(),
}
EACH = 20  # drawings of each letter and shape
SCRIBBLES = 200  # of each kind


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of N drawings."""

    chances: Tensor  # (N, classes)
    strangeness: Tensor | None  # (N,)

    @property
    def label(self) -> Tensor:
        return self.chances.argmax(1)

    @property
    def confidence(self) -> Tensor:
        return self.chances.max(1).values

    def doubt(self, index: int, loaded: LoadedModel, drawing: Drawing) -> Doubt:
        """As the pad gives it."""
        strange = None if self.strangeness is None else float(self.strangeness[index])
        return doubt_about(self.chances[index].tolist(), loaded.classes, drawing, strange)


def answers(loaded: LoadedModel, images: Tensor) -> Answers:
    """In batches, row by row, as strangeness wants to see each row."""
    chances, strange = [], []
    with torch.inference_mode():
        for start in range(0, len(images), 500):
            maps = [images[start : start + 500]]
            for row in loaded.model:
                maps.append(row(maps[-1]))
            maps = maps[1:]
            chances.append(torch.softmax(maps[len(logits_part(loaded.model)) - 1], 1))
            if loaded.novelty_detector is not None:
                strange.append(loaded.novelty_detector.novelty(maps))
    return Answers(torch.cat(chances), torch.cat(strange) if strange else None)


def on_pads(drawings: list[list[Stroke]], placements: int = 1) -> list[Drawing]:
    """Each drawing on the pad, `placements` times."""
    made = []
    for number, drawing in enumerate(drawings):
        for placement in range(placements):
            strokes, brush = on_pad(drawing, np.random.default_rng([SEED, number, placement]))
            made.append(Drawing(ink_of(strokes, brush), tuple(strokes)))
    return made


def prepared(drawings: list[Drawing], steps: Steps) -> Tensor:
    """(N, 1, 28, 28): what the network sees; a dot is shown as blank paper."""
    made = []
    for drawing in drawings:
        normalized = from_pad(drawing.ink, steps, drawing.strokes)
        made.append(np.zeros((1, 28, 28), np.float32) if normalized is None else normalized.image)
    return torch.from_numpy(np.stack(made))


def report(said: Answers, labels: Tensor, writers: Tensor) -> None:
    """The figures of one way of preparing."""
    right = said.label == labels
    print(f"  {right.float().mean():.2%} of {len(labels):,}")
    for name, groups in (("writer", writers), ("digit", labels)):
        shares = {int(group): right[groups == group].float().mean() for group in torch.unique(groups)}
        print(f"  by {name}: " + ", ".join(f"{group}: {share:.1%}" for group, share in shares.items()))
    pairs = Counter(
        (int(label), int(answer)) for label, answer in zip(labels, said.label, strict=True) if label != answer
    )
    print("  most frequent: " + ", ".join(f"{a} as {b}: {n}" for (a, b), n in pairs.most_common(6)))


def report_confidence(said: Answers, labels: Tensor) -> None:
    """The reliability diagram as a table."""
    right = said.label == labels
    print(f"  expected calibration error {calibration_error(said.confidence, right):.2%}")
    sure = said.confidence >= 0.9
    print(
        f"  at 90 % and more: {right[sure].float().mean():.2%} right of {int(sure.sum()):,} answers", end=""
    )
    print(f", mean confidence {said.confidence[sure].mean():.2%}")
    for row in reliability(said.confidence, right):
        print(f"  {row.low:.1f} to {row.high:.1f}: {row.answers:5,} answers, ", end="")
        print(f"mean confidence {row.confidence:.1%}, right {row.right:.1%}")


def strangers(digits: list[PenDigit]) -> Iterator[tuple[str, list[list[Stroke]]]]:
    """Drawings of no digit, by kind."""
    random = np.random.default_rng(SEED)
    yield "letters", _shaken(LETTERS, random)
    yield "shapes", _shaken(SHAPES, random)
    yield "a horse", [by_hand(written(SHAPES["horse"]), random) for _ in range(SCRIBBLES)]
    kinds: tuple[Callable[[np.random.Generator], list[Stroke]], ...] = (random_walk, zigzag, scrawl)
    for kind in kinds:
        yield f"scribbles: {kind.__name__}", [kind(random) for _ in range(SCRIBBLES)]
    chosen = random.integers(0, len(digits), (SCRIBBLES, 2))
    pairs = [(list(digits[int(a)].strokes), list(digits[int(b)].strokes)) for a, b in chosen]
    yield "two digits side by side", [beside(first, second, random) for first, second in pairs]
    yield "never learned from", _shaken(BLIND, random)


def _shaken(texts: dict[str, str], random: np.random.Generator) -> list[list[Stroke]]:
    """Each written thing in turn, `EACH` times."""
    drawings = [written(text) for text in texts.values()]
    return [by_hand(drawing, random) for drawing in drawings for _ in range(EACH)]


def report_doubt(
    loaded: LoadedModel, name: str, drawings: list[Drawing], *, each: Sequence[str] = ()
) -> None:
    """How often the answer is "not sure", and why; how often the network alone gave 90 % and more.

    Where the drawings are `EACH` of these things, also those of which more than one in ten passes.
    """
    said = answers(loaded, prepared(drawings, Steps()))
    verdicts = [said.doubt(index, loaded, drawing) for index, drawing in enumerate(drawings)]
    unsure = [not doubt_about.sure for doubt_about in verdicts]
    reasons = Counter(doubt_about.kind for doubt_about in verdicts)
    print(f"  {name:26} not sure {np.mean(unsure):6.1%} of {len(verdicts):5,}: ", end="")
    print(", ".join(f"{kind} {count / len(verdicts):.1%}" for kind, count in reasons.most_common()), end="")
    print(f"; 90 % and more before any doubt {(said.confidence >= 0.9).float().mean():.1%}")
    shares = {thing: np.mean(unsure[EACH * i : EACH * (i + 1)]) for i, thing in enumerate(each)}
    low = [f"{thing} {share:.0%}" for thing, share in shares.items() if share < 0.9]
    if each:
        print(f"    below 90 %: {', '.join(low) or 'none'}")


def draw_reliability(said: Answers, labels: Tensor, path: Path) -> None:
    """Accuracy by confidence, a bar for each bin, with the diagonal on which the two are the same."""
    rows = reliability(said.confidence, said.label == labels)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 420" font-family="sans-serif" '
        'font-size="13"><title>How often answers of each confidence are right</title>',
        '<rect width="460" height="420" fill="white"/>',
    ]
    for row in rows:
        x, height = 70 + 340 * row.low, 340 * row.right
        words = f"{row.answers} answers, mean confidence {row.confidence:.1%}, right {row.right:.1%}"
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{360 - height:.1f}" width="32" height="{height:.1f}" fill="#4c78a8">'
            f'<title>{words}</title></rect><text x="{x + 17:.1f}" y="{352 - height:.1f}" '
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


def draw_misread(said: Answers, labels: Tensor, writers: Tensor, drawings: list[Drawing], path: Path) -> None:
    """A sheet of misread drawings, no writer's drawing twice: the pad, what the network saw, what it said."""
    wrong = (said.label != labels).nonzero()[:, 0].tolist()
    images = prepared(drawings, Steps())
    sheet = Image.new("L", (5 * 250, 170 * ((len(wrong) + 4) // 5)), 255)
    pen = ImageDraw.Draw(sheet)
    for place, index in enumerate(wrong):
        left, top = 250 * (place % 5), 170 * (place // 5)
        sheet.paste(Image.fromarray(255 - drawings[index].ink).resize((120, 120)), (left, top))
        seen = Image.fromarray((255 - 255 * images[index, 0].numpy()).astype(np.uint8))
        sheet.paste(seen.resize((112, 112), Image.Resampling.NEAREST), (left + 126, top + 4))
        pen.rectangle((left, top, left + 120, top + 120), outline=160)
        words = f"{int(labels[index])} read as {int(said.label[index])} ({said.confidence[index]:.0%})"
        pen.text((left + 2, top + 124), f"{words}, writer {int(writers[index])}", fill=0)
    sheet.save(path)


def main() -> None:
    """Print the tables, draw the pictures."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--model", default="bundled")
    ask.add_argument("--home", type=Path)
    ask.add_argument("--placements", type=int, default=3)
    ask.add_argument("--reliability", type=Path)
    ask.add_argument("--misread", type=Path)
    options = ask.parse_args()
    where = folders_from(os.environ)
    home = options.home or where.home
    loaded = (
        load_bundled() if options.model == "bundled" else load_model(RunStore(home), options.model, "last")
    )
    test = catalogue(home, where.data_folder).load("mnist").test
    right = answers(loaded, test.images.float() / 255).label == test.labels
    print(f"MNIST test: {right.float().mean():.2%} of {len(right):,}")
    digits = [
        digit for digit in read_pen_digits(require(home, where.data_folder)) if digit.writer in TEST_WRITERS
    ]
    labels = torch.tensor([digit.label for digit in digits]).repeat_interleave(options.placements)
    writers = torch.tensor([digit.writer for digit in digits]).repeat_interleave(options.placements)
    drawings = on_pads([list(digit.strokes) for digit in digits], options.placements)
    for name, steps in WAYS.items():
        print(f"{name}:")
        said = answers(loaded, prepared(drawings, steps))
        report(said, labels, writers)
    report_confidence(said, labels)
    if options.reliability:
        draw_reliability(said, labels, options.reliability)
    if options.misread:
        draw_misread(said, labels, writers, drawings, options.misread)
    print("not sure:")
    report_doubt(loaded, "digits of unseen writers", drawings)
    things = {"letters": list(LETTERS), "shapes": list(SHAPES), "never learned from": list(BLIND)}
    for name, kind in strangers(digits):
        report_doubt(loaded, name, on_pads(kind), each=things.get(name, []))


if __name__ == "__main__":
    main()
