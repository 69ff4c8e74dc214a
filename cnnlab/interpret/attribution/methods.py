"""Ask any method by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnlab.data import class_words
from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.interpret.attribution import METHODS, MethodName
from cnnlab.interpret.attribution.grad_cam import grad_cam
from cnnlab.interpret.attribution.gradients import (
    gradient,
    gradient_times_input,
    integrated_gradients,
    smoothgrad,
)
from cnnlab.interpret.attribution.guided import guided_backpropagation
from cnnlab.interpret.attribution.occlusion import occlusion
from cnnlab.interpret.attribution.question import MethodFunction, Question, Target
from cnnlab.language import Words, lazy, lazy_listed
from cnnlab.models.build import logits_part
from cnnlab.models.predict import require_finite

FUNCTIONS: dict[MethodName, MethodFunction] = {
    "gradient": gradient,
    "gradient-input": gradient_times_input,
    "guided": guided_backpropagation,
    "grad-cam": grad_cam,
    "integrated-gradients": integrated_gradients,
    "smoothgrad": smoothgrad,
    "occlusion": occlusion,
}


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each pixel has to do with a score, by one method."""

    method: MethodName
    target: Target
    values: NDArray[np.float32]  # (C, H, W): positive ones speak for the target
    score: float  # the target's, for the picture
    baseline: float | None  # the pixel value that counts as nothing there; None where none is needed
    gained: float | None  # to which the values add up but for rounding; None where a method promises nothing
    layer: LayerAddress | None  # whose maps were used

    @property
    def total(self) -> float:
        """The sum of all values."""
        return float(self.values.sum(dtype=np.float64))

    def to_json(self) -> dict[str, Any]:
        """Return all but the values as plain values."""
        return {
            "method": self.method,
            "target": self.target.label,
            "against": self.target.against,
            "sum": self.total,
            "score": self.score,
            "gained": self.gained,
            "baseline": self.baseline,
            "layer": None if self.layer is None else str(self.layer),
        }

    def account(self, classes: Sequence[str]) -> tuple[Words, ...]:
        """Say in a sentence or two what was asked, and what the values add up to."""
        values = {
            "method": METHODS[self.method].title,
            "target": class_words(classes[self.target.label]),
            "sum": f"{self.total:.4g}",
        }
        head = lazy("{method} for {target}: sum {sum}", **values)
        if self.target.against is not None:
            rival = class_words(classes[self.target.against])
            head = lazy("{method} for {target} and not {rival}: sum {sum}", **values, rival=rival)
        if self.gained is not None:
            gained = f"{self.gained:.4g}"
            return head, lazy("From a blank picture to this one, the score gained {gained}", gained=gained)
        if self.layer is None:
            return (head,)
        maps = lazy("The maps are those of row {row}", row=str(self.layer))
        empty = lazy("Added up, they raise the score nowhere")
        return (head, maps) if self.values.any() else (head, maps, empty)


def attribute(question: Question, method: MethodName) -> Attribution:
    """Say what each pixel has to do with the target's score; the same question has the same answer.

    Raises ConfigError for a class, method or layer that does not exist or does not fit the network, and
    WeightsError if its scores are not finite.
    """
    if method not in FUNCTIONS:
        raise ConfigError(
            lazy("there is no method {name}", name=repr(method)), allowed=lazy_listed(FUNCTIONS)
        )
    if question.layer is not None and method != "grad-cam":
        raise ConfigError(
            lazy("{method} uses the whole network, no single layer", method=METHODS[method].title),
            repair=lazy("Leave out the layer, or choose Grad-CAM"),
        )
    with torch.inference_mode():
        scores = logits_part(question.model)(question.image[None])
    _check_target(question.target, scores)
    require_finite(scores, METHODS[method].title)
    shares = FUNCTIONS[method](question)
    values = shares.values.detach().to("cpu", torch.float32).contiguous().numpy()
    score = float(question.target.of(scores))
    return Attribution(method, question.target, values, score, shares.baseline, shares.gained, shares.layer)


def _check_target(target: Target, scores: Tensor) -> None:
    last = scores.shape[1] - 1
    for label in (target.label, target.against):
        if label is not None and not 0 <= label <= last:
            raise ConfigError(
                lazy("there is no class {number}", number=str(label)), allowed=lazy("0 to {last}", last=last)
            )
    if target.label == target.against:
        raise ConfigError(lazy("a class cannot be compared with itself"), repair=lazy("Choose another one"))
