"""Calibration: on scores whose temperature is known, and of a small reader."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.data.dataset import ImageDataset, Split
from cnnlab.data.handwriting import PenDigit
from cnnlab.design.presets import preset
from cnnlab.drawing.strokes import redrawn
from cnnlab.models.build import build
from cnnlab.reader import calibration
from cnnlab.reader.calibration import (
    calibrate,
    fit_temperature,
    nondigit_images,
)
from cnnlab.reader.glyphs import GLYPHS
from cnnlab.reader.nondigits import nondigits, slashed
from tests.perf.non_digits import BLIND

SEVEN = np.array([[60.0, 70], [180, 70], [110, 220]])
FOUR = np.array([[100.0, 20], [40, 130], [180, 130], [130, 60], [130, 240]])


def written(count: int) -> list[PenDigit]:
    """Sevens and fours, each slightly different."""
    random = np.random.default_rng(3)
    return [
        PenDigit((shape + random.normal(0, 5, shape.shape),), label, 1)
        for _ in range(count // 2)
        for shape, label in ((SEVEN, 7), (FOUR, 4))
    ]


def as_split(digits: list[PenDigit]) -> Split:
    pictures = np.stack([redrawn(digit.strokes) for digit in digits])[:, np.newaxis]
    return Split(torch.from_numpy(pictures), torch.tensor([digit.label for digit in digits]))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_is_found(temperature: float) -> None:
    """Labels sampled from softmax(scores / T) lead back to that T."""
    generator = torch.Generator().manual_seed(1)
    scores = 2 * torch.randn((20_000, 3), generator=generator)
    labels = torch.multinomial(torch.softmax(scores / temperature, 1), 1, generator=generator)[:, 0]
    assert fit_temperature(scores, labels) == pytest.approx(temperature, rel=0.06)


def test_non_digits_are_reproducible() -> None:
    """The same seed gives the same drawings, and all of them leave ink."""
    digits = [(digit.strokes, digit.label) for digit in written(10)]
    first, second = (nondigits(digits, 40, 7) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(np.concatenate(one), np.concatenate(other))
        assert redrawn(one).any()


def test_non_digits_do_not_look_like_a_one() -> None:
    """A plain upright line is a 1, however it was generated."""
    digits = [(digit.strokes, digit.label) for digit in written(10)]
    for drawing in nondigits(digits, 300, 8):
        wide, high = np.ptp(np.concatenate(drawing), axis=0)
        assert high < 4 * wide


def test_only_zeros_are_slashed() -> None:
    """A slashed zero has one more stroke; without zeros there are none."""
    ring = 100 + 50 * np.stack([np.cos(np.linspace(0, 6, 40)), np.sin(np.linspace(0, 6, 40))], axis=1)
    made = slashed([((SEVEN,), 7), ((ring,), 0)], 5, 7)
    assert [len(drawing) for drawing in made] == [2] * 5
    assert slashed([((SEVEN,), 7)], 5, 7) == []


def test_the_glyphs_of_the_blind_measurement_are_not_trained_on() -> None:
    """No name is in both sets."""
    learned = {name.split()[-1] for name in GLYPHS} | set(GLYPHS)
    assert not learned & set(BLIND)


@pytest.mark.slow
def test_a_reader_learns_to_detect_non_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the maps of an untrained network tell sevens and fours from loops; the ranking does not change."""
    monkeypatch.setattr(calibration, "NONDIGITS", 400)
    monkeypatch.setattr(calibration, "STEPS", 150)
    model = build(preset("digit-reader").design).eval().requires_grad_(False)
    known, unseen = written(600), written(100)
    val = as_split(unseen)
    data = ImageDataset("two", tuple("0123456789"), as_split(known), val, val)
    before = model(val.images.float() / 255).argsort(1)
    fitted = calibrate(model, data, known, pen_from=50).detector
    assert torch.equal(model(val.images.float() / 255).argsort(1), before)

    def novel_share(images: torch.Tensor) -> float:
        maps, values = [], images.float() / 255
        for row in model:
            values = row(values)
            maps.append(values)
        return float((fitted.novelty(maps) > 0).float().mean())

    assert novel_share(val.images) <= 0.02
    assert novel_share(nondigit_images(known)) > 0.5
