"""A network without a channel, against forward hooks on a copy of it."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.evaluation.ablation import answer_without, switched_off
from cnnlab.evaluation.answers import grade
from cnnlab.evaluation.scores import scores
from cnnlab.ground.errors import ConfigError, DataError
from cnnlab.layers import Conv2d, Flatten, Inception, Linear, SeparableConv2d, SqueezeExcitation
from cnnlab.models.build import addresses, build, module_at
from tests.interpret.trained import DESIGN, digits, trained, unchanged

BLOCKS = Design(name="blocks").with_layers(
    (
        Conv2d(out_channels=4, stride=4),
        Inception(),
        SqueezeExcitation(),
        SeparableConv2d(out_channels=4),
        Flatten(),
        Linear(out_features=10),
    )
)


def zeroed(model: nn.Sequential, address: LayerAddress, channel: int) -> nn.Sequential:
    """A copy of a network with a hook that sets a channel to 0."""

    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        output = output.clone()
        output[:, channel] = 0
        return output

    other = copy.deepcopy(model)
    module_at(other, address).register_forward_hook(hook)
    return other


@pytest.mark.parametrize("address", [*addresses(trained())][:-1], ids=str)
def test_it_is_the_network_whose_channel_is_zero(address: LayerAddress) -> None:
    """Bit for bit, at every layer; graded next to the whole network."""
    before = {name: value.clone() for name, value in trained().state_dict().items()}
    found = switched_off(DESIGN, trained(), digits().test, address, 3)
    expected = grade(DESIGN, zeroed(trained(), address, 3), digits().test)
    assert torch.equal(found.after.probabilities, expected.probabilities)
    whole = grade(DESIGN, trained(), digits().test)
    assert torch.equal(found.before.probabilities, whole.probabilities)
    assert not torch.equal(whole.probabilities, expected.probabilities)
    assert found.changed.tolist() == (whole.label != expected.label).tolist()
    assert [each.accuracy for each in found.scores] == [scores(whole).accuracy, scores(expected).accuracy]
    assert unchanged(trained(), before)


@pytest.mark.parametrize("address", [*addresses(build(BLOCKS))], ids=str)
def test_in_every_block(address: LayerAddress) -> None:
    """Inception, squeeze and excitation, separable convolution."""
    model = build(BLOCKS, seed=3).eval()
    picture = digits().test.images[5] / 255
    before, after = answer_without(BLOCKS, model, picture, address, 0)
    with torch.inference_mode():
        expected = zeroed(model, address, 0)(picture[None]).softmax(1)
        whole = model(picture[None]).softmax(1)
    assert torch.equal(after.probabilities, expected)
    assert torch.equal(before.probabilities, whole)


def test_known_answers_are_not_asked_for_again() -> None:
    """Progress counts only what is done."""
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    count = len(digits().test.labels)
    first = switched_off(DESIGN, trained(), digits().test, LayerAddress(0), 0, on_progress=tell)
    assert told == [(count, 2 * count), (2 * count, 2 * count)]
    told.clear()
    again = switched_off(
        DESIGN, trained(), digits().test, LayerAddress(0), 0, before=first.before, on_progress=tell
    )
    assert told == [(count, count)]
    assert again.before is first.before
    assert torch.equal(again.after.probabilities, first.after.probabilities)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_of_the_model_comes_back(training: bool) -> None:
    """Also of the modules that it shares with the network without the channel, when the work is canceled."""
    model = build(DESIGN).train(training)

    def cancel(done: int, total: int) -> None:
        if done > total / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        switched_off(DESIGN, model, digits().test, LayerAddress(3, 0, 1), 0, on_progress=cancel)
    assert {part.training for part in model.modules()} == {training}


def test_the_answer_itself_is_not_switched_off() -> None:
    """The shares of a softmax at the end."""
    with pytest.raises(ConfigError, match="the answer itself. Allowed: rows 0 to 9"):
        switched_off(DESIGN, trained(), digits().test, LayerAddress(10), 0)


def test_what_does_not_fit_is_refused() -> None:
    """A channel that does not exist, a picture of another shape."""
    with pytest.raises(ConfigError, match="Allowed: 0 to 5"):
        switched_off(DESIGN, trained(), digits().test, LayerAddress(0), 6)
    with pytest.raises(DataError, match="its shape is 1×8×8"):
        answer_without(DESIGN, trained(), torch.zeros(1, 8, 8), LayerAddress(0), 0)
