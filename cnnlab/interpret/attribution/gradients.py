"""Gradients of a score with respect to the pixels, as they are and averaged."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cnnlab.interpret.attribution.question import Question, Shares

STEPS = 50  # quadrature nodes of integrated gradients: with ReLUs the sum is then right to about a percent
COPIES = 32  # pictures with noise
NOISE = 0.15  # its standard deviation, as a share of the picture's range; the paper advises 0.1 to 0.2
_SEED = 0


def gradient(question: Question) -> Shares:
    """∂ score / ∂ x (Simonyan, Vedaldi, Zisserman 2014), with its sign."""
    return Shares(question.gradients(question.image[None])[0])


def gradient_times_input(question: Question) -> Shares:
    """x · ∂ score / ∂ x (Shrikumar, Greenside, Shcherbina, Kundaje 2016)."""
    return Shares(question.image.detach() * gradient(question).values)


def integrated_gradients(question: Question) -> Shares:
    """x · ∫ ∂ score(t x) / ∂ x dt from 0 to 1 (Sundararajan, Taly, Yan 2017).

    The values add up to score(x) − score(blank picture).
    """
    blank = torch.zeros_like(question.image)
    full, start = question.scores(torch.stack([question.image, blank])).tolist()
    return Shares(integrated(question, STEPS), baseline=0.0, gained=full - start)


def integrated(question: Question, steps: int) -> Tensor:
    """Return integrated gradients from a blank picture to the picture, by Gauss-Legendre quadrature."""
    image = question.image.detach()
    nodes, weights = (numbers[:, None, None, None].to(image) for numbers in _gauss_legendre(steps))
    return image * (weights * question.gradients(nodes * image)).sum(dim=0)


def _gauss_legendre(steps: int) -> tuple[Tensor, Tensor]:
    """Return the nodes in (0, 1) and their weights: exact for polynomials up to degree 2 · steps − 1."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((nodes + 1) / 2), torch.from_numpy(weights / 2)


def smoothgrad(question: Question) -> Shares:
    """The mean gradient of copies with Gaussian noise (Smilkov, Thorat, Kim, Viégas, Wattenberg 2017).

    The noise is the same in every call.
    """
    image = question.image.detach()
    noise = torch.randn((COPIES, *image.shape), generator=torch.Generator().manual_seed(_SEED)).to(image)
    deviation = NOISE * (image.max() - image.min())
    return Shares(question.gradients(image + deviation * noise).mean(dim=0))
