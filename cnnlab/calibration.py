"""A digit reader learns how far it can be trusted: its percentages, and what is no digit at all.

Both are fitted on what the network has not learned from (validation pictures and their writers) or on
drawings of no digit, never on test pictures. The percentages get one temperature (Guo et al. 2017), which
goes into the last layer's weights: no answer changes, only how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.build import logits_part
from cnnlab.data import dataset_info, load_dataset
from cnnlab.data.dataset import ImageDataset
from cnnlab.data.handwriting import TEST_WRITERS, VAL_WRITERS, PenDigit, ink_of, on_pad, read_pen_digits
from cnnlab.data.nondigits import nondigits
from cnnlab.data.pen_file import require
from cnnlab.design import Design
from cnnlab.doubt import Familiarity, features
from cnnlab.drawing import from_pad
from cnnlab.errors import WeightsError
from cnnlab.runs.models import DOUBT, network
from cnnlab.runs.weights import read_tensors, write_tensors
from cnnlab.strokes import redrawn

STRANGERS = 20_000  # drawings of no digit that are fitted with
KNOWN = 60_000  # training pictures that are
HIDDEN = 64
STEPS = 3_000
HALF_BATCH = 320
FALSE_ALARMS = 0.005  # of validation pictures, of either kind, that may be taken for no digit
_BATCH = 1_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted."""

    temperature: float
    familiarity: Familiarity


def calibrate_folder(folder: Path, home: Path, data_folder: Path | None) -> Calibration:
    """An exported digit reader, anew with its temperature in it, and beside it what it takes for strange."""
    design = Design.from_json((folder / "design.json").read_text("utf-8"))
    weights, numbers = read_tensors(folder / "model.safetensors")
    model = network(design, weights, str(folder))
    data = load_dataset("handwriting", home, data_folder=data_folder)
    held = VAL_WRITERS | TEST_WRITERS
    writers = [digit for digit in read_pen_digits(require(home, data_folder)) if digit.writer not in held]
    fitted = calibrate(model, data, writers, dataset_info("mnist").val_size)
    temperature = fitted.temperature * numbers.get("temperature", 1.0)
    write_tensors(
        folder / "model.safetensors", dict(model.state_dict()), numbers | {"temperature": temperature}
    )
    write_tensors(folder / DOUBT, fitted.familiarity.tensors(), {"rows": fitted.familiarity.rows})
    return fitted


def calibrate(
    model: nn.Sequential, data: ImageDataset, writers: Sequence[PenDigit], pen_from: int
) -> Calibration:
    """Fit both and put the temperature into the model.

    `writers` are the pen digits of training, of which other drawings are made; validation pictures from
    `pen_from` on are pen drawings, those before MNIST's.
    """
    temperature = fit_temperature(_outputs(model, data.val.images)[-1], data.val.labels)
    _divide_scores(model, temperature)
    return Calibration(temperature, _fit_familiarity(model, data, writers, pen_from))


def fit_temperature(scores: Tensor, labels: Tensor) -> float:
    """The T under which the right classes are likeliest with softmax(scores / T)."""
    grid = torch.linspace(0.3, 3.0, 541)
    losses = torch.stack([functional.cross_entropy(scores / t, labels) for t in grid])
    return float(grid[losses.argmin()])


def calibration_error(confidence: Tensor, right: Tensor, bins: int = 10) -> float:
    """ECE: how far confidence is from accuracy, the mean over bins of equal width, weighted by their size."""
    return sum(
        abs(row.confidence - row.right) * row.answers for row in reliability(confidence, right, bins)
    ) / len(confidence)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how many, how sure on average, how often right."""

    low: float
    high: float
    answers: int
    confidence: float
    right: float


def reliability(confidence: Tensor, right: Tensor, bins: int = 10) -> list[Bin]:
    """The reliability diagram's bars: bins of equal width, those without answers left out."""
    edges = torch.linspace(0, 1, bins + 1)
    number = torch.bucketize(confidence, edges[1:-1])
    made = []
    for one in range(bins):
        chosen = number == one
        if chosen.any():
            sure, hits = float(confidence[chosen].mean()), float(right[chosen].float().mean())
            made.append(Bin(one / bins, (one + 1) / bins, int(chosen.sum()), sure, hits))
    return made


def _divide_scores(model: nn.Sequential, temperature: float) -> None:
    last = logits_part(model)[-1]
    if not isinstance(last, nn.Linear):
        raise WeightsError("its scores do not come from a dense layer", where="calibration")
    with torch.no_grad():
        last.weight.div_(temperature)
        last.bias.div_(temperature)


def _rows(model: nn.Sequential) -> tuple[int, ...]:
    """The last two feature maps behind ReLU, the last hidden layer behind it, and the scores."""
    flat = next(index for index, row in enumerate(model) if isinstance(row, nn.Flatten))
    cut_off = [index for index, row in enumerate(model) if isinstance(row, nn.ReLU)]
    maps = [index for index in cut_off if index < flat][-2:]
    return (*maps, cut_off[-1], len(logits_part(model)) - 1)


def _outputs(model: nn.Sequential, images: Tensor) -> list[Tensor]:
    """What leaves those rows, of pictures in uint8."""
    wanted = _rows(model)
    kept: list[list[Tensor]] = [[] for _ in wanted]
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            values = images[start : start + _BATCH].float() / 255
            for index, row in enumerate(list(model)[: wanted[-1] + 1]):
                values = row(values)
                if index in wanted:
                    kept[wanted.index(index)].append(values)
    return [torch.cat(parts) for parts in kept]


def _fit_familiarity(
    model: nn.Sequential, data: ImageDataset, writers: Sequence[PenDigit], pen_from: int
) -> Familiarity:
    generator = torch.Generator().manual_seed(_SEED)
    chosen = torch.randperm(len(data.train.labels), generator=generator)[:KNOWN]
    known = features(_outputs(model, data.train.images[chosen]))
    strange = features(_outputs(model, strangers(writers)))
    hidden, out = _told_apart(known, strange, generator)
    fitted = Familiarity(_rows(model), hidden, out)
    scores = fitted.strangeness_of(features(_outputs(model, data.val.images)))
    parts = scores[:pen_from], scores[pen_from:]
    threshold = max(float(part.quantile(1 - FALSE_ALARMS)) for part in parts)
    return Familiarity(_rows(model), hidden, (out[0], out[1] - threshold))


def strangers(writers: Sequence[PenDigit]) -> Tensor:
    """(N, 1, 28, 28) drawings of no digit, two of three redrawn with one width, the third from its ink."""
    random = np.random.default_rng(_SEED)
    pictures = []
    drawings = nondigits([(digit.strokes, digit.label) for digit in writers], STRANGERS, _SEED)
    for number, drawing in enumerate(drawings):
        if number % 3:
            pictures.append(redrawn(drawing))
            continue
        strokes, brush = on_pad(drawing, random)
        prepared = from_pad(ink_of(strokes, brush))
        if prepared is not None:
            pictures.append(prepared.pictures["width"])
    return torch.from_numpy(np.stack(pictures)[:, np.newaxis])


def _told_apart(
    known: Tensor, strange: Tensor, generator: torch.Generator
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Weights and biases of two dense layers whose score is high for what is strange."""
    mean, scale = known.mean(0), known.std(0) + 1e-3
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        first, last = nn.Linear(known.shape[1], HIDDEN), nn.Linear(HIDDEN, 1)
        layers = nn.Sequential(first, nn.ReLU(), nn.Dropout(0.3), last)
        optimizer = torch.optim.AdamW(layers.parameters(), lr=2e-3, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, STEPS)
        wanted = torch.cat([torch.zeros(HALF_BATCH), torch.ones(HALF_BATCH)])
        for _ in range(STEPS):
            rows = [
                part[torch.randint(len(part), (HALF_BATCH,), generator=generator)]
                for part in (known, strange)
            ]
            scores = layers((torch.cat(rows) - mean) / scale)[:, 0]
            loss = functional.binary_cross_entropy_with_logits(scores, wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    weight = first.weight.detach() / scale
    bias = first.bias.detach() - weight @ mean  # the same function of features as they are
    return (weight, bias), (last.weight.detach(), last.bias.detach())
