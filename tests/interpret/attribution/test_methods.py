"""What all methods have in common."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError, WeightsError
from cnnlab.interpret.attribution import METHODS, MethodName
from cnnlab.interpret.attribution.methods import FUNCTIONS, attribute
from cnnlab.interpret.attribution.question import Target
from tests.interpret.attribution.networks import every_network, picture, question, scores

every_method = pytest.mark.parametrize("method", METHODS)


def test_each_method_has_words_and_a_function() -> None:
    """In the same order, each with a title of its own and two sentences."""
    assert list(FUNCTIONS) == list(METHODS)
    assert len({str(method.title) for method in METHODS.values()}) == len(METHODS)
    for method in METHODS.values():
        for sentence in (str(method.shows), str(method.beware)):
            assert sentence.endswith(".")
            assert sentence.count(". ") == 0


@every_network
@every_method
def test_there_is_a_number_for_each_pixel(name: str, method: MethodName) -> None:
    """As float32, with what the score was."""
    asked = question(name, Target(1, 0))
    found = attribute(asked, method)
    assert found.values.dtype == np.float32
    assert found.values.shape == tuple(asked.image.shape)
    assert np.isfinite(found.values).all()
    own, rival = scores(asked.model, asked.image[None])[0, [1, 0]].tolist()
    assert found.score == pytest.approx(own - rival, abs=1e-5)
    assert found.total == pytest.approx(float(found.values.sum()), abs=1e-4)
    assert (found.gained is not None) == (method == "integrated-gradients")
    assert (found.layer is not None) == (method == "grad-cam")


@every_network
@every_method
def test_the_model_stays_as_it_was(name: str, method: MethodName) -> None:
    """In evaluation mode, with its weights, without gradients and without hooks."""
    asked = question(name)
    before = {key: tensor.clone() for key, tensor in asked.model.state_dict().items()}
    modules = list(asked.model.modules())
    attribute(asked, method)
    assert list(asked.model.modules()) == modules
    assert not any(module.training or module._forward_hooks or module._backward_hooks for module in modules)
    assert all(torch.equal(tensor, before[key]) for key, tensor in asked.model.state_dict().items())
    assert all(weight.grad is None for weight in asked.model.parameters())


def test_threads_do_not_disturb_each_other() -> None:
    """Two at once ask one model about different pictures, and get what they get one after the other."""
    first = question("blocks")
    second = replace(first, image=first.image.flip(1), target=Target(0, 3))
    work = list(product((first, second), METHODS))

    def ask(each: tuple[Any, MethodName]) -> bytes:
        return attribute(*each).values.tobytes()

    alone = [ask(each) for each in work]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, work)) == alone


def test_a_method_works_inside_of_inference_mode() -> None:
    """Where the lab prepares pictures, autograd is off and tensors are marked."""
    asked = question("plain")
    expected = attribute(asked, "gradient").values
    with torch.inference_mode():
        prepared = replace(asked, image=asked.image.clone())
    np.testing.assert_array_equal(attribute(prepared, "gradient").values, expected)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(5), "there is no class 5. Allowed: 0 to 4"),
        (Target(-1), "there is no class -1"),
        (Target(1, 5), "there is no class 5"),
        (Target(1, 1), "a class cannot be compared with itself"),
    ],
)
def test_a_class_that_does_not_exist_is_refused(target: Target, words: str) -> None:
    """With the numbers that are allowed."""
    with pytest.raises(ConfigError, match=words):
        attribute(question("plain", target), "gradient")


def test_an_account_says_that_a_map_is_empty() -> None:
    """Grad-CAM keeps only what is positive, and at times nothing is."""
    found = attribute(question("plain"), "grad-cam")
    for values, sentence in ((np.ones_like(found.values), False), (np.zeros_like(found.values), True)):
        texts = list(map(str, replace(found, values=values).account("01234")))
        assert texts[0].startswith("Grad-CAM for 2: sum ")
        assert texts[1] == "The maps are those of row 3"
        assert ("Added up, they raise the score nowhere" in texts) == sentence


def test_a_layer_is_only_for_grad_cam() -> None:
    """Other methods would silently ignore it."""
    asked = replace(question("plain"), layer=LayerAddress(0))
    assert attribute(asked, "grad-cam").layer == LayerAddress(0)
    with pytest.raises(ConfigError, match="Occlusion uses the whole network"):
        attribute(asked, "occlusion")


def test_an_unknown_method_is_refused() -> None:
    """With the names of all."""
    with pytest.raises(ConfigError, match="there is no method 'lime'. Allowed: gradient, gradient-input"):
        attribute(question("plain"), "lime")  # type: ignore[arg-type]


def test_a_diverged_network_is_refused() -> None:
    """Its scores are not numbers."""
    asked = question("plain")
    convolution = asked.model[0]
    assert isinstance(convolution, nn.Conv2d)
    convolution.weight.data.fill_(torch.nan)
    with pytest.raises(WeightsError, match="its training diverged"):
        attribute(replace(asked, image=picture(1, 14, 14)), "gradient")
