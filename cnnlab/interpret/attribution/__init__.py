"""Attribution: why this answer. Which pixels speak for a class and against it, by seven methods.

The names and explanations are here, light to import; `methods.py` computes. All gradients are of scores
(logits), not of probabilities: probabilities saturate, and their gradients vanish exactly where a network is
sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnnlab.language import Words, lazy

MethodName = Literal[
    "gradient",
    "gradient-input",
    "guided",
    "grad-cam",
    "integrated-gradients",
    "smoothgrad",
    "occlusion",
]

SPREADABLE: tuple[MethodName, ...] = (
    "gradient-input",
    "integrated-gradients",
)  # blank paper gets 0 from them


@dataclass(frozen=True, slots=True)
class Method:
    """What people read about a method."""

    title: Words
    shows: Words  # a sentence: what is to be seen
    beware: Words  # a sentence: what not to conclude from it
    source: str  # the paper
    passes: int  # forward passes of the network that take as long


METHODS: dict[MethodName, Method] = {
    "gradient": Method(
        lazy("Gradient"),
        lazy(
            "How fast the score would rise if a pixel's value rose a little: orange where more ink "
            "would help, blue where it would harm."
        ),
        lazy(
            "It is about a small change, not about what the ink that is there contributed: blank "
            "paper can be as colored as a stroke."
        ),
        "Simonyan, Vedaldi, Zisserman 2014",
        3,
    ),
    "gradient-input": Method(
        lazy("Gradient × input"),
        lazy("Each pixel's gradient times its value: a first estimate of what its ink adds to the score."),
        lazy(
            "The values do not add up to the score, and a blank pixel gets 0 even where its being "
            "blank decided the answer."
        ),
        "Shrikumar, Greenside, Shcherbina, Kundaje 2016",
        3,
    ),
    "guided": Method(
        lazy("Guided back-propagation"),
        lazy(
            "The gradient, with everything negative removed at each ReLU on the way back: sharp lines "
            "to which the network responds."
        ),
        lazy(
            "The lines hardly depend on the class, and look alike even if the last layers have random "
            "weights: they do not say why this class was chosen."
        ),
        "Springenberg, Dosovitskiy, Brox, Riedmiller 2015",
        3,
    ),
    "grad-cam": Method(
        "Grad-CAM",
        lazy(
            "Where the maps of a convolution raise the score: the maps are added, each weighted by "
            "its mean gradient, and only what is positive is kept."
        ),
        lazy(
            "It is as coarse as these maps, so the outline of a spot means nothing; where dense layers "
            "follow, which weigh every place differently, it can miss places or stay empty."
        ),
        "Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017",
        3,
    ),
    "integrated-gradients": Method(
        lazy("Integrated gradients"),
        lazy(
            "What each pixel adds to the score while the picture appears, from blank to full "
            "strength: all values add up to what the score gained."
        ),
        lazy(
            "Pixels that are blank get nothing, and another start than a blank picture would give "
            "other values."
        ),
        "Sundararajan, Taly, Yan 2017",
        150,
    ),
    "smoothgrad": Method(
        "SmoothGrad",
        lazy(
            "The mean gradient of many copies of the picture with random noise: what all of them have "
            "in common remains."
        ),
        lazy(
            "It looks calmer than the network is, and how much noise is added decides which "
            "structures remain."
        ),
        "Smilkov, Thorat, Kim, Viégas, Wattenberg 2017",
        100,
    ),
    "occlusion": Method(
        lazy("Occlusion"),
        lazy(
            "How far the score falls when a small square of the picture is covered, at every place in turn."
        ),
        lazy(
            "A covered picture is unlike all that the network learned from, and of two parts that can "
            "stand in for each other, both seem unimportant."
        ),
        "Zeiler, Fergus 2014",
        170,
    ),
}
