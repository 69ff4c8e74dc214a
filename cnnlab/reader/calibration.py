"""A digit reader learns how far it can be trusted: its percentages, and what is no digit at all.

Both are fitted on what the network has not learned from (validation pictures and their writers) or on
drawings of no digit, never on test pictures. The percentages get one temperature (Guo et al. 2017), which
goes into the last layer's weights: no answer changes, only how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data import Catalogue
from cnnlab.data.dataset import ImageDataset
from cnnlab.data.handwriting import TEST_WRITERS, VAL_WRITERS, PenDigit, ink_of, on_pad, read_pen_digits
from cnnlab.data.pen_file import require
from cnnlab.design.design import Design
from cnnlab.drawing.ink import from_pad
from cnnlab.drawing.strokes import Stroke, redrawn
from cnnlab.ground.errors import WeightsError
from cnnlab.language import lazy
from cnnlab.models.build import logits_part
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.reader.loaded_model import DOUBT, network
from cnnlab.reader.nondigits import nondigits, slashed
from cnnlab.reader.novelty_net import Familiarity, NoveltyNet
from cnnlab.training.devices import computes_bfloat16

STRANGERS = 60_000  # drawings of no digit that are fitted with
SLASHED = 4_000  # zeros with a line through them, which are, beside the training pictures
STEPS = 3_500
HALF_BATCH = 256
FALSE_ALARMS = 0.005  # of validation pictures, of either kind, that may be taken for no digit
_RATE = 4e-3
_BATCH = 1_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted."""

    temperature: float
    familiarity: Familiarity


def calibrate_folder(folder: Path, catalogue: Catalogue) -> Calibration:
    """An exported digit reader, anew with its temperature in it, and beside it what it takes for strange."""
    design = Design.from_json((folder / "design.json").read_text("utf-8"))
    weights, numbers = read_tensors(folder / "model.safetensors")
    model = network(design, weights, str(folder))
    data = catalogue.load("handwriting")
    held = VAL_WRITERS | TEST_WRITERS
    writers = [digit for digit in read_pen_digits(require(*catalogue.roots)) if digit.writer not in held]
    fitted = calibrate(model, data, writers, catalogue.describe("mnist").val_size)
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
    scores = torch.cat([_maps(model, images)[-1] for images in torch.split(data.val.images, _BATCH)])
    temperature = fit_temperature(scores, data.val.labels)
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
        raise WeightsError(lazy("its scores do not come from a dense layer"), where=lazy("calibration"))
    with torch.no_grad():
        last.weight.div_(temperature)
        last.bias.div_(temperature)


def _rows(model: nn.Sequential) -> tuple[int, ...]:
    """The first feature map behind ReLU, the last two, the last hidden layer behind it, and the scores."""
    flat = next(index for index, row in enumerate(model) if isinstance(row, nn.Flatten))
    cut_off = [index for index, row in enumerate(model) if isinstance(row, nn.ReLU)]
    maps = [index for index in cut_off if index < flat]
    return (maps[0], *maps[-2:], cut_off[-1], len(logits_part(model)) - 1)


def _maps(model: nn.Sequential, images: Tensor) -> list[Tensor]:
    """What leaves each row up to the scores, of pictures in uint8."""
    values, maps = images.float() / 255, []
    with torch.no_grad():
        for row in logits_part(model):
            values = row(values)
            maps.append(values)
    return maps


def _fit_familiarity(
    model: nn.Sequential, data: ImageDataset, writers: Sequence[PenDigit], pen_from: int
) -> Familiarity:
    known = torch.cat([data.train.images, *_slashed(writers)])
    fitted = Familiarity(_rows(model), _told_apart(model, known, strangers(writers)))
    with torch.no_grad():
        batches = torch.split(data.val.images, _BATCH)
        scores = torch.cat([fitted.strangeness(_maps(model, images)) for images in batches])
        parts = scores[:pen_from], scores[pen_from:]
        fitted.net.out.bias.sub_(max(float(part.quantile(1 - FALSE_ALARMS)) for part in parts))
    return fitted


def strangers(writers: Sequence[PenDigit]) -> Tensor:
    """(N, 1, 28, 28) drawings of no digit."""
    return _pictures(nondigits([(digit.strokes, digit.label) for digit in writers], STRANGERS, _SEED))


def _slashed(writers: Sequence[PenDigit]) -> list[Tensor]:
    """(N, 1, 28, 28), where there is a 0 among the writers' digits."""
    drawings = slashed([(digit.strokes, digit.label) for digit in writers], SLASHED, _SEED)
    return [_pictures(drawings)] if drawings else []


def _pictures(drawings: Sequence[list[Stroke]]) -> Tensor:
    """(N, 1, 28, 28), two of three drawings redrawn with one width, the third from its ink."""
    random = np.random.default_rng(_SEED)
    pictures = []
    for number, drawing in enumerate(drawings):
        if number % 3:
            pictures.append(redrawn(drawing))
            continue
        strokes, brush = on_pad(drawing, random)
        prepared = from_pad(ink_of(strokes, brush))
        if prepared is not None:
            pictures.append(prepared.pictures["width"])
    return torch.from_numpy(np.stack(pictures)[:, np.newaxis])


def _told_apart(model: nn.Sequential, known: Tensor, strange: Tensor) -> NoveltyNet:
    """Fitted to pictures in uint8 of the one and the other kind, as many of each in every step."""
    reader = deepcopy(model)
    rows, cpu = _rows(model), torch.device("cpu")
    wanted = torch.cat([torch.zeros(HALF_BATCH), torch.ones(HALF_BATCH)])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        maps = _maps(reader, known[:1])
        net = NoveltyNet.beside([maps[row] for row in rows])
        for part in (reader, net):  # twice as fast
            part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        fitted = Familiarity(rows, net)
        optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, STEPS)
        for _ in range(STEPS):
            pictures = [part[torch.randint(len(part), (HALF_BATCH,))] for part in (known, strange)]
            with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(cpu)):
                scores = fitted.strangeness(_maps(reader, torch.cat(pictures)))
            loss = functional.binary_cross_entropy_with_logits(scores.float(), wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    net.eval().requires_grad_(False)
    return net
