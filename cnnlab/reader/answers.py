"""A network's answer to a drawing, and whether to trust it: the same for the pad and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from cnnlab.data import class_words
from cnnlab.drawing.ink import PAD_SIDE, Drawing, Normalized, from_pad
from cnnlab.drawing.photo import Photo, read_photo
from cnnlab.ground.errors import DataError
from cnnlab.interpret.activations import feature_maps
from cnnlab.language import Words, _, lazy
from cnnlab.models.build import logits_part
from cnnlab.models.predict import fit_input, require_finite
from cnnlab.reader.doubt import Doubt, blank_doubt, doubt_about
from cnnlab.reader.loaded_model import LoadedModel


@dataclass(frozen=True, slots=True)
class Answer:
    """One network's answer to a drawing."""

    picture: torch.Tensor  # (C, H, W): the drawing as the network gets it
    maps: list[torch.Tensor]  # the output of every row
    probabilities: torch.Tensor  # (classes,)
    changes: Words  # a sentence on how the picture was changed to fit the network

    def doubt(self, loaded: LoadedModel, drawing: Drawing) -> Doubt:
        """Judge whether to trust the answer."""
        novelty = _strangeness(loaded, self.maps)
        return doubt_about(self.probabilities.tolist(), loaded.classes, drawing, novelty)


def answer(loaded: LoadedModel, normalized: Normalized) -> Answer:
    """Return the network's answer to a drawing; raises WeightsError if its scores are not finite."""
    image, changes = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
    with torch.inference_mode():
        maps = feature_maps(loaded.model, image)
        scores = maps[len(logits_part(loaded.model)) - 1]
        probabilities = torch.softmax(scores, dim=0)
    require_finite(probabilities, loaded.title)
    return Answer(image, maps, probabilities, changes)


def drawing_from_photo(photo: Photo) -> Drawing:
    """Convert a photo's ink to a drawing of the pad's size."""
    ink = Image.fromarray(photo.ink).resize((PAD_SIDE, PAD_SIDE), Image.Resampling.BILINEAR)
    return Drawing(np.asarray(ink))


def network_input(loaded: LoadedModel, picture: bytes, where: str) -> tuple[torch.Tensor, Words]:
    """Return a picture of a drawing as the network gets it, (C, H, W), and how it was changed to fit.

    Raises DataError for a picture that cannot be read or has nothing on it.
    """
    normalized = from_pad(drawing_from_photo(read_photo(picture, where)).ink)
    if normalized is None:
        raise DataError(lazy("no drawing was found on it"), where=where)
    return fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)


def judge_picture(loaded: LoadedModel, picture: bytes, where: str) -> dict[str, Any]:
    """Return what the pad would say about a picture, as plain values; `label` is None if nothing can be read.

    Raises DataError for a picture that cannot be read or has nothing on it, WeightsError as `answer` does.
    """
    drawing = drawing_from_photo(read_photo(picture, where))
    normalized = from_pad(drawing.ink)
    found = answer(loaded, normalized) if normalized else None
    doubt = found.doubt(loaded, drawing) if found else blank_doubt(drawing.ink)
    probabilities = [float(p) for p in found.probabilities] if found else []
    return {
        "label": loaded.classes[probabilities.index(max(probabilities))] if probabilities else None,
        "confidence": max(probabilities, default=None),
        "sure": doubt.sure,
        "kind": doubt.kind,
        "reason": str(doubt.reason),
        "probabilities": dict(zip(loaded.classes, probabilities, strict=False)),
    }


def judgment_text(judged: dict[str, Any]) -> str:
    """Format a result of `judge_picture`: '7 (93.7%)', or 'not sure' with the reason."""
    reason, read = judged["reason"], ""
    if judged["label"] is not None:
        read = f"{class_words(judged['label'])} ({judged['confidence']:.1%})"
    if judged["sure"]:
        return f"{read} {reason}".strip()
    doubt = _("not sure. {reason}", reason=reason)
    return _("{doubt} Best guess: {answer}", doubt=doubt, answer=read) if read else doubt


def _strangeness(loaded: LoadedModel, maps: list[torch.Tensor]) -> float | None:
    """Score how unlike the training data the drawing is; None if the model has no detector."""
    if loaded.novelty_detector is None:
        return None
    with torch.inference_mode():
        return float(loaded.novelty_detector.novelty([values[None] for values in maps]))
