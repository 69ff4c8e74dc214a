"""The answer to a drawing: everything that the Draw page shows about it. Imports torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from cnnlab.drawing.ink import Drawing, Normalized, Steps, from_pad
from cnnlab.drawing.strokes import Ink
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError, WeightsError
from cnnlab.interpret import Scope
from cnnlab.interpret.activations import row_tiles, tiles
from cnnlab.interpret.attribution.evidence import evidence, smoothed, strongest_path
from cnnlab.interpret.neighbors import Neighbor, Neighborhood
from cnnlab.interpret.recording import record
from cnnlab.models.predict import classify, fit_input
from cnnlab.reader.answers import Answer, answer
from cnnlab.reader.doubt import Doubt, blank_doubt
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.ui.draw.traced_cell import TracedCell
from cnnlab.ui.shared.trace_data import trace_data

MAX_STEP_SIDE = 56  # in pixels, of the picture of a preparation step


def read_drawing(
    loaded: LoadedModel,
    drawing: Drawing,
    steps: Steps,
    scope: Scope | None,
    rival: LoadedModel | None = None,
    traced: TracedCell | None = None,
) -> dict[str, Any]:
    """What the network sees and answers, and with a scope also the feature maps of every row on that scale.

    `verdict` rates the answer: {"sure": false for "not sure", "kind": see doubt.Kind, "reason": a sentence to
    show, may be empty}. A blank pad or a dot has no answer: then `label` is None and there is only a verdict.
    `against` is the rival's answer with its own verdict; None without a rival, or if its scores are not
    finite. `trace` is that of the traced number (see trace_data.py); None if it does not exist.
    """
    normalized = from_pad(drawing.ink, steps, drawing.strokes)
    if normalized is None:
        return {"label": None, "verdict": _doubt_data(blank_doubt(drawing.ink))}
    reading = answer(loaded, normalized)
    return {
        **_answer_data(reading, loaded, drawing),
        "pictures": {step: _small(picture) for step, picture in normalized.pictures.items()},
        "notes": [str(note) for note in (reading.changes, loaded.note) if note],
        "rows": _row_tiles(loaded.model, reading.maps, scope) if scope else [],
        "against": rival and _rival_answer(rival, drawing, normalized),
        "trace": traced and _trace(loaded, reading.picture, traced),
    }


def _trace(loaded: LoadedModel, picture: torch.Tensor, traced: TracedCell) -> dict[str, Any] | None:
    recording = record(loaded.design, loaded.model, picture)
    try:
        return trace_data(recording, *traced, loaded.classes)
    except ConfigError:  # another network than the one in which the number was chosen
        return None


def _rival_answer(rival: LoadedModel, drawing: Drawing, normalized: Normalized) -> dict[str, Any] | None:
    try:
        return _answer_data(answer(rival, normalized), rival, drawing)
    except WeightsError:  # the first network's answer is still worth showing
        return None


def _answer_data(reading: Answer, loaded: LoadedModel, drawing: Drawing) -> dict[str, Any]:
    return {
        "label": int(reading.probabilities.argmax()),
        "probabilities": reading.probabilities.numpy(),
        "verdict": _doubt_data(reading.doubt(loaded, drawing)),
    }


def _doubt_data(verdict: Doubt) -> dict[str, Any]:
    return {"sure": verdict.sure, "kind": verdict.kind, "reason": str(verdict.reason)}


def explain_drawing(
    loaded: LoadedModel,
    neighborhood: Neighborhood | None,
    drawing: Drawing,
    steps: Steps,
    rival: int | None = None,
) -> dict[str, Any]:
    """Why the winner and not the rival, the strongest path to it, and the nearest known pictures.

    The rival is the runner-up unless another class is given. `label` is None for a blank pad; `nearest` is
    None without a neighborhood. The evidence is smoothed for the screen; its sum is that of the pixels.
    """
    normalized = from_pad(drawing.ink, steps, drawing.strokes)
    if normalized is None:
        return {"label": None}
    image, _ = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
    prediction = classify(loaded.model, image[None])
    first, second = prediction.ranking[0, :2].tolist()
    asked = rival is not None and rival != first and rival < len(loaded.classes)
    other = rival if rival is not None and asked else second
    shares, lead = evidence(loaded.model, image, first, other)
    per_pixel = smoothed(shares.sum(dim=0), image.amax(dim=0))
    scale = per_pixel.abs().amax()
    path = strongest_path(loaded.model, image, first)
    shown = tiles(per_pixel[None], scale[None], side=limits.SHOWN_SIDE)
    return {
        "label": first,
        "other": other,
        "asked": asked,
        "confidence": float(prediction.confidence[0]),
        "lead": lead,
        "evidence": shown.values[0],
        "picture": np.round(image.amax(dim=0).numpy() * 255).astype(np.uint8),
        "scale": float(scale),
        "path": [{"maps": stop.maps, "shares": stop.shares} for stop in path],
        "nearest": neighborhood and [_neighbor(each) for each in neighborhood.nearest(loaded.model, image)],
    }


def _neighbor(neighbor: Neighbor) -> dict[str, Any]:
    image = neighbor.image.float().mean(dim=0).to(torch.uint8)
    return {"picture": image.numpy(), "label": neighbor.label, "likeness": neighbor.similarity}


def _row_tiles(model: nn.Sequential, maps: list[torch.Tensor], scope: Scope) -> list[dict[str, Any]]:
    shown = row_tiles(model, maps, scope)
    return [{"values": each.values, "scales": each.scales, "exact": each.exact} for each in shown]


def _small(picture: Ink) -> Ink:
    """The picture as a thumbnail of at most 56×56 pixels."""
    if max(picture.shape) <= MAX_STEP_SIDE:
        return picture
    image = Image.fromarray(picture)
    image.thumbnail((MAX_STEP_SIDE, MAX_STEP_SIDE), Image.Resampling.BOX)
    return np.asarray(image)
