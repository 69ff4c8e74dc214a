"""Calibrate a digit reader: its percentages, and the detection of drawings that are not digits.

Both are fitted on data that the network was not trained on (validation pictures and their writers) or on
drawings that are not digits, never on test pictures. Temperature scaling (Guo et al. 2017) divides the last
layer's weights: no answer changes, only the confidence in it.
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
from cnnlab.reader.loaded_model import NOVELTY_FILE, network
from cnnlab.reader.nondigits import nondigits, slashed
from cnnlab.reader.novelty_net import NoveltyDetector, NoveltyNet
from cnnlab.training.devices import computes_bfloat16

NONDIGITS = 60_000  # drawings that are not digits, to fit the detector
SLASHED = 4_000  # zeros with a line through them, which are digits, in addition to the training pictures
STEPS = 3_500
HALF_BATCH = 256
FALSE_ALARM_RATE = 0.005  # share of validation digits, scanned or drawn, that may be taken for non-digits
_RATE = 4e-3
_BATCH = 1_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a calibration."""

    temperature: float
    detector: NoveltyDetector


def calibrate_folder(folder: Path, catalogue: Catalogue) -> Calibration:
    """Calibrate an exported digit reader: rewrite its weights and write its novelty detector next to them."""
    design = Design.from_json((folder / "design.json").read_text("utf-8"))
    weights, numbers = read_tensors(folder / "model.safetensors")
    model = network(design, weights, str(folder))
    data = catalogue.load("handwriting")
    held_out = VAL_WRITERS | TEST_WRITERS
    writers = [digit for digit in read_pen_digits(require(*catalogue.roots)) if digit.writer not in held_out]
    fitted = calibrate(model, data, writers, catalogue.describe("mnist").val_size)
    temperature = fitted.temperature * numbers.get("temperature", 1.0)
    write_tensors(
        folder / "model.safetensors", dict(model.state_dict()), numbers | {"temperature": temperature}
    )
    write_tensors(folder / NOVELTY_FILE, fitted.detector.tensors(), {"rows": fitted.detector.rows})
    return fitted


def calibrate(
    model: nn.Sequential, data: ImageDataset, writers: Sequence[PenDigit], pen_from: int
) -> Calibration:
    """Fit the temperature and the novelty detector, and apply the temperature to the model.

    `writers` are the pen digits of the training set, from which non-digits are made. Validation pictures from
    index `pen_from` on are pen drawings; those before it are MNIST's.
    """
    scores = torch.cat([_maps(model, images)[-1] for images in torch.split(data.val.images, _BATCH)])
    temperature = fit_temperature(scores, data.val.labels)
    _divide_scores(model, temperature)
    return Calibration(temperature, _fit_detector(model, data, writers, pen_from))


def fit_temperature(scores: Tensor, labels: Tensor) -> float:
    """Find the T that makes the right classes most likely under softmax(scores / T)."""
    grid = torch.linspace(0.3, 3.0, 541)
    losses = torch.stack([functional.cross_entropy(scores / t, labels) for t in grid])
    return float(grid[losses.argmin()])


def _divide_scores(model: nn.Sequential, temperature: float) -> None:
    last = logits_part(model)[-1]
    if not isinstance(last, nn.Linear):
        raise WeightsError(lazy("its scores do not come from a dense layer"), where=lazy("calibration"))
    with torch.no_grad():
        last.weight.div_(temperature)
        last.bias.div_(temperature)


def _rows(model: nn.Sequential) -> tuple[int, ...]:
    """Return the detector's inputs: the first ReLU row, the last two on maps, the last of all, the scores."""
    flat = next(index for index, row in enumerate(model) if isinstance(row, nn.Flatten))
    cut_off = [index for index, row in enumerate(model) if isinstance(row, nn.ReLU)]
    maps = [index for index in cut_off if index < flat]
    return (maps[0], *maps[-2:], cut_off[-1], len(logits_part(model)) - 1)


def _maps(model: nn.Sequential, images: Tensor) -> list[Tensor]:
    """Return the output of each row up to the scores, for pictures in uint8."""
    values, maps = images.float() / 255, []
    with torch.no_grad():
        for row in logits_part(model):
            values = row(values)
            maps.append(values)
    return maps


def _fit_detector(
    model: nn.Sequential, data: ImageDataset, writers: Sequence[PenDigit], pen_from: int
) -> NoveltyDetector:
    digits = torch.cat([data.train.images, *_slashed(writers)])
    fitted = NoveltyDetector(_rows(model), _train_novelty_net(model, digits, nondigit_images(writers)))
    with torch.no_grad():
        batches = torch.split(data.val.images, _BATCH)
        scores = torch.cat([fitted.novelty(_maps(model, images)) for images in batches])
        parts = scores[:pen_from], scores[pen_from:]
        fitted.net.out.bias.sub_(max(float(part.quantile(1 - FALSE_ALARM_RATE)) for part in parts))
    return fitted


def nondigit_images(writers: Sequence[PenDigit]) -> Tensor:
    """Return (N, 1, 28, 28) drawings that are not digits."""
    return _pictures(nondigits([(digit.strokes, digit.label) for digit in writers], NONDIGITS, _SEED))


def _slashed(writers: Sequence[PenDigit]) -> list[Tensor]:
    """Return slashed zeros as (N, 1, 28, 28); an empty list if the writers' digits contain no 0."""
    drawings = slashed([(digit.strokes, digit.label) for digit in writers], SLASHED, _SEED)
    return [_pictures(drawings)] if drawings else []


def _pictures(drawings: Sequence[list[Stroke]]) -> Tensor:
    """Render drawings as (N, 1, 28, 28): two of three redrawn with one width, the third from its ink."""
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


def _train_novelty_net(model: nn.Sequential, digits: Tensor, nondigits: Tensor) -> NoveltyNet:
    """Train to tell digits from non-digits (pictures in uint8), with equally many of both in every batch."""
    reader = deepcopy(model)
    rows, cpu = _rows(model), torch.device("cpu")
    targets = torch.cat([torch.zeros(HALF_BATCH), torch.ones(HALF_BATCH)])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        maps = _maps(reader, digits[:1])
        net = NoveltyNet.for_reader([maps[row] for row in rows])
        for part in (reader, net):  # twice as fast
            part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        fitted = NoveltyDetector(rows, net)
        optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, STEPS)
        for _ in range(STEPS):
            pictures = [part[torch.randint(len(part), (HALF_BATCH,))] for part in (digits, nondigits)]
            with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(cpu)):
                scores = fitted.novelty(_maps(reader, torch.cat(pictures)))
            loss = functional.binary_cross_entropy_with_logits(scores.float(), targets)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    net.eval().requires_grad_(False)
    return net
