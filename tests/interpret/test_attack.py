"""Attacks, against steps by hand and the exact optimum of a linear network."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError, DataError
from cnnlab.interpret import attack as attacks
from cnnlab.interpret.attack import (
    LEVELS,
    LIMIT,
    METHODS,
    Attacked,
    Goal,
    Method,
    Search,
    attack,
    search_further,
)
from cnnlab.layers import Flatten, Linear
from cnnlab.models.build import build
from cnnlab.models.predict import classify
from tests.interpret.trained import DESIGN, digits, trained, unchanged

LINEAR = Design(name="linear", input_shape=(1, 6, 6), classes=2).with_layers(
    (Flatten(), Linear(out_features=2))
)
each_method = pytest.mark.parametrize("method", METHODS)


def answered_rightly(count: int) -> list[tuple[Tensor, int]]:
    """Test pictures that the network reads, with their classes."""
    (images, labels), model = digits().test, trained()
    with torch.inference_mode():
        right = model(images / LEVELS).argmax(1) == labels
    return [(images[place], int(labels[place])) for place in right.nonzero()[:count, 0]]


def label(picture: Tensor) -> int:
    with torch.inference_mode():
        return int(trained()(picture[None] / LEVELS).argmax())


def smallest(
    design: Design, model: nn.Sequential, picture: Tensor, goal: Goal, method: Method = "pgd"
) -> int | None:
    """The strength that the search ends with; None if none up to LIMIT reaches the goal."""
    known, calls = Search(), 0
    while not known.decided:
        known, calls = search_further(design, model, picture, goal, known, method=method), calls + 1
    assert calls <= 4
    return known.high if known.high <= LIMIT else None


@pytest.mark.parametrize("targeted", [False, True])
def test_fgsm_is_a_step_by_the_sign_of_the_gradient(targeted: bool) -> None:
    """Up the loss of the class, or down that of the wanted one; cut off at black and white."""
    for picture, _ in answered_rightly(5):
        (found,) = attack(DESIGN, trained(), picture, Goal(8, targeted), [26], method="fgsm")
        image = (picture / LEVELS).requires_grad_(True)
        loss = functional.cross_entropy(trained()[:-1](image[None]).double(), torch.tensor([8]))
        (gradient,) = torch.autograd.grad(loss, image)
        step = (-26 if targeted else 26) * gradient.sign()
        expected = (picture + step).clamp(0, LEVELS).to(torch.uint8)
        assert torch.equal(found.picture, expected)
        with torch.inference_mode():
            answers = trained()(torch.stack([picture, expected]) / LEVELS)
        torch.testing.assert_close(
            torch.cat([found.before.probabilities, found.after.probabilities]), answers
        )


@each_method
def test_no_pixel_changes_by_more_than_allowed(method: Method) -> None:
    """Whatever other strengths are tried at the same time."""
    for picture, right in answered_rightly(3):
        for found in attack(DESIGN, trained(), picture, Goal(right), [0, 8, 128, 255], method=method):
            assert found.picture.dtype == torch.uint8
            assert int((found.picture.int() - picture.int()).abs().max()) <= found.strength
            assert found.reached is (label(found.picture) != right)


@each_method
def test_of_a_linear_network_the_attack_is_the_worst_there_is(method: Method) -> None:
    """Its scores fall most where each pixel goes all the way against its weight."""
    model = build(LINEAR, seed=2).eval()
    picture = torch.randint(0, 256, (1, 6, 6), dtype=torch.uint8)
    weights = model.state_dict()["1.weight"]
    against = (weights[1] - weights[0]).view(1, 6, 6).sign()
    (found,) = attack(LINEAR, model, picture, Goal(0), [18], method=method)
    assert torch.equal(found.picture, (picture + 18 * against).clamp(0, LEVELS).to(torch.uint8))


def test_a_sure_network_has_a_gradient() -> None:
    """At scores 40 apart a float32 probability is 1, and the gradient of its loss would be 0."""
    model = build(LINEAR, seed=2).eval()
    model.state_dict()["1.bias"].copy_(torch.tensor([40.0, 0.0]))
    picture = torch.full((1, 6, 6), 128, dtype=torch.uint8)
    (found,) = attack(LINEAR, model, picture, Goal(0), [25], method="fgsm")
    assert int((found.picture.int() - picture.int()).abs().min()) == 25


@pytest.mark.slow
def test_pgd_reaches_any_target_on_the_digits() -> None:
    """At 77 levels, in 19 of 20 cases at least; it raises the loss further than one step does."""
    pictures = answered_rightly(20)
    reached, losses = 0, {"fgsm": 0.0, "pgd": 0.0}
    for picture, right in pictures:
        goal = Goal((right + 1) % 10, targeted=True)
        (found,) = attack(DESIGN, trained(), picture, goal, [77])
        reached += found.reached
        assert found.reached is (label(found.picture) == goal.label)
        for method in METHODS:
            (found,) = attack(DESIGN, trained(), picture, Goal(right), [13], method=method)
            losses[method] -= float(found.after.probabilities[0, right].clamp(min=1e-30).log())
    assert reached >= 19
    assert losses["pgd"] > losses["fgsm"]


def test_pgd_is_the_same_for_the_same_seed() -> None:
    """Whose random start is another one for another seed."""
    picture, right = answered_rightly(1)[0]
    one, again, other = (
        attack(DESIGN, trained(), picture, Goal(right), [13], seed=seed)[0].picture for seed in (5, 5, 6)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@each_method
@pytest.mark.parametrize("targeted", [False, True])
def test_the_smallest_strength(method: Method, targeted: bool) -> None:
    """It reaches its goal, and with one level less the same attack does not."""
    found_some = 0
    for picture, right in answered_rightly(4):
        goal = Goal((right + 3) % 10, True) if targeted else Goal(right)
        strength = smallest(DESIGN, trained(), picture, goal, method)
        if strength is None:
            assert not attack(DESIGN, trained(), picture, goal, [LIMIT], method=method)[0].reached
            continue
        found_some += 1
        less, enough = attack(DESIGN, trained(), picture, goal, [strength - 1, strength], method=method)
        assert (less.reached, enough.reached) == (False, True)
    assert found_some >= 2


@each_method
def test_of_a_linear_network_the_smallest_strength_is_known(method: Method) -> None:
    """The lead, divided by the sum of the weights' absolute differences, rounded up to a level."""
    model = build(LINEAR, seed=2).eval()
    picture = torch.full((1, 6, 6), 128, dtype=torch.uint8)
    with torch.inference_mode():
        scores = model(picture[None] / LEVELS)[0].double()
    first, second = scores.argsort(descending=True).tolist()
    weights = model.state_dict()["1.weight"].double()
    needed = float((scores[first] - scores[second]) / (weights[first] - weights[second]).abs().sum())
    assert smallest(LINEAR, model, picture, Goal(first), method) == ceil(needed * LEVELS)


def test_there_may_be_nothing_to_do() -> None:
    """If the answer is already the wanted one."""
    picture, right = answered_rightly(1)[0]
    assert smallest(DESIGN, trained(), picture, Goal(right, targeted=True)) == 0


def test_every_strength_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever is the smallest, in four calls."""
    picture = torch.zeros(1, 28, 28, dtype=torch.uint8)
    whole = classify(trained(), picture[None] / LEVELS)
    for wanted in range(LIMIT + 2):

        def pretend(*asked: Any) -> list[Attacked]:
            return [Attacked(picture, each, whole, whole, each >= wanted) for each in asked[3]]  # noqa: B023

        monkeypatch.setattr(attacks, "_attacked", pretend)
        assert smallest(DESIGN, trained(), picture, Goal(0)) == (wanted if wanted <= LIMIT else None)


def test_the_model_stays_what_it_was() -> None:
    """Weights, gradients, hooks and mode; the picture as well."""
    before = {name: value.clone() for name, value in trained().state_dict().items()}
    picture, right = answered_rightly(1)[0]
    same = picture.clone()
    attack(DESIGN, trained(), picture, Goal(right), [9])
    assert unchanged(trained(), before)
    assert torch.equal(picture, same)


def test_what_cannot_be_attacked_is_refused() -> None:
    """With what is allowed."""
    picture = torch.zeros(1, 28, 28, dtype=torch.uint8)
    with pytest.raises(ConfigError, match="there is no class 10. Allowed: 0 to 9"):
        attack(DESIGN, trained(), picture, Goal(10), [9])
    with pytest.raises(ConfigError, match="cannot be changed by 256 levels. Allowed: 0 to 255"):
        attack(DESIGN, trained(), picture, Goal(1), [9, 256])
    with pytest.raises(ConfigError, match="unknown method 'cw'. Allowed: fgsm, pgd"):
        attack(DESIGN, trained(), picture, Goal(1), [9], method="cw")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="its shape is 1×8×8"):
        attack(DESIGN, trained(), torch.zeros(1, 8, 8, dtype=torch.uint8), Goal(1), [9])
