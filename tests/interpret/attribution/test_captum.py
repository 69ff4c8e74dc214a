"""The methods give what Captum gives, which runs them with hooks in the model."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.interpret.attribution.grad_cam import grad_cam
from cnnlab.interpret.attribution.gradients import (
    gradient,
    gradient_times_input,
    integrated_gradients,
    smoothgrad,
)
from cnnlab.interpret.attribution.guided import guided_backpropagation
from cnnlab.interpret.attribution.occlusion import occlusion
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.models.build import logits_part, module_at
from tests.interpret.attribution.networks import every_network, question

pytestmark = pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU activations")
TARGET = 2


@pytest.fixture
def captum() -> Any:
    """Its methods; where it is not installed, the test is skipped."""
    return pytest.importorskip("captum.attr", reason="Captum is not installed")


def asked(name: str) -> tuple[Question, nn.Sequential, Tensor]:
    """The question, the model that answers with scores, and the picture as a batch."""
    one = question(name, Target(TARGET))
    return one, logits_part(one.model), one.image[None].clone().requires_grad_(True)


def close(found: Tensor, expected: Tensor) -> None:
    """To single precision."""
    torch.testing.assert_close(found, expected.detach()[0], rtol=1e-4, atol=1e-6)


@every_network
def test_gradients(captum: Any, name: str) -> None:
    one, model, batch = asked(name)
    close(gradient(one).values, captum.Saliency(model).attribute(batch, target=TARGET, abs=False))
    close(gradient_times_input(one).values, captum.InputXGradient(model).attribute(batch, target=TARGET))
    expected = captum.IntegratedGradients(model).attribute(
        batch, 0.0, target=TARGET, n_steps=50, method="gausslegendre"
    )
    close(integrated_gradients(one).values, expected)


@every_network
def test_guided_backpropagation(captum: Any, name: str) -> None:
    one, model, batch = asked(name)
    close(guided_backpropagation(one).values, captum.GuidedBackprop(model).attribute(batch, target=TARGET))


@every_network
def test_grad_cam(captum: Any, name: str) -> None:
    one, model, batch = asked(name)
    found = grad_cam(one)
    assert found.layer is not None
    method = captum.LayerGradCam(model, module_at(one.model, found.layer))
    small = method.attribute(batch, target=TARGET, relu_attributions=True)
    large = functional.interpolate(small, one.image.shape[1:], mode="bilinear")
    close(found.values.sum(dim=0, keepdim=True), large)


@every_network
def test_occlusion(captum: Any, name: str) -> None:
    one, model, batch = asked(name)
    channels = len(one.image)
    fill = 0.0 if channels == 1 else 0.5
    expected = captum.Occlusion(model).attribute(batch, (channels, 2, 2), 1, fill, target=TARGET)
    close(occlusion(one).values, expected / channels)


@every_network
def test_smoothgrad(captum: Any, name: str) -> None:
    """Captum draws noise of its own: the means of many copies agree as far as noise allows."""
    one, model, batch = asked(name)
    spread = 0.15 * float(one.image.max() - one.image.min())
    tunnel = captum.NoiseTunnel(captum.Saliency(model))
    many = tunnel.attribute(
        batch, nt_type="smoothgrad", nt_samples=400, stdevs=spread, target=TARGET, abs=False
    )
    pair = torch.stack([smoothgrad(one).values.flatten(), many.detach().flatten()])
    assert float(torch.corrcoef(pair)[0, 1]) > 0.9
