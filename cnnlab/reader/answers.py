"""A network's answer to a drawing, and what to think of it: the pad and the terminal judge alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from cnnlab.data import class_words
from cnnlab.drawing.ink import PAD_SIDE, Drawing, Normalized, from_pad
from cnnlab.drawing.photo import Photo, read_photo
from cnnlab.ground.errors import WeightsError
from cnnlab.interpret.activations import feature_maps
from cnnlab.language import Words, _, lazy
from cnnlab.models.build import logits_part
from cnnlab.models.predict import fit_input
from cnnlab.reader.doubt import Doubt, blank_doubt, doubt_about
from cnnlab.reader.loaded_model import LoadedModel


@dataclass(frozen=True, slots=True)
class Answer:
    """What one network makes of a drawing."""

    maps: list[torch.Tensor]  # of every row
    chances: torch.Tensor  # (classes,): of each class
    changes: Words  # what was done to the picture to fit the network, in words

    def doubt(self, loaded: LoadedModel, drawing: Drawing) -> Doubt:
        """Whether to believe it."""
        strangeness = _strangeness(loaded, self.maps)
        return doubt_about(self.chances.tolist(), loaded.classes, drawing, strangeness)


def answer(loaded: LoadedModel, normalized: Normalized) -> Answer:
    """The network's answer to a drawing; raises WeightsError where its scores are no numbers."""
    image, changes = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
    with torch.inference_mode():
        maps = feature_maps(loaded.model, image)
        scores = maps[len(logits_part(loaded.model)) - 1]
        chances = torch.softmax(scores, dim=0)
    if not torch.isfinite(chances).all():
        raise WeightsError(
            lazy("the network's scores are no longer numbers: its training diverged"),
            where=loaded.title,
            repair=lazy("Train it again with a lower learning rate"),
        )
    return Answer(maps, chances, changes)


def on_the_pad(photo: Photo) -> Drawing:
    """A photo's ink as it would lie on the pad."""
    ink = Image.fromarray(photo.ink).resize((PAD_SIDE, PAD_SIDE), Image.Resampling.BILINEAR)
    return Drawing(np.asarray(ink))


def judge_picture(loaded: LoadedModel, picture: bytes, where: str) -> dict[str, Any]:
    """What the pad would say of a picture, as plain values; `label` is None where there is nothing to read.

    Raises DataError for a picture that cannot be read, or has nothing on it; WeightsError as `answer` does.
    """
    drawing = on_the_pad(read_photo(picture, where))
    normalized = from_pad(drawing.ink)
    given = answer(loaded, normalized) if normalized else None
    told = given.doubt(loaded, drawing) if given else blank_doubt(drawing.ink)
    chances = [float(p) for p in given.chances] if given else []
    return {
        "label": loaded.classes[chances.index(max(chances))] if chances else None,
        "confidence": max(chances, default=None),
        "sure": told.sure,
        "kind": told.kind,
        "reason": str(told.reason),
        "probabilities": dict(zip(loaded.classes, chances, strict=False)),
    }


def judgement_words(judged: dict[str, Any]) -> str:
    """'7 (93.7%)', or that it is not sure, and why."""
    reason, read = judged["reason"], ""
    if judged["label"] is not None:
        read = f"{class_words(judged['label'])} ({judged['confidence']:.1%})"
    if judged["sure"]:
        return f"{read} {reason}".strip()
    doubt = _("not sure. {reason}", reason=reason)
    return _("{doubt} Best guess: {answer}", doubt=doubt, answer=read) if read else doubt


def _strangeness(loaded: LoadedModel, maps: list[torch.Tensor]) -> float | None:
    """How unlike anything known the drawing is, where the model can tell."""
    if loaded.familiarity is None:
        return None
    with torch.inference_mode():
        return float(loaded.familiarity.strangeness([values[None] for values in maps]))
