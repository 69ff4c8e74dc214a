"""Attacks, against steps by hand and the exact optimum of a linear network."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cnnlab.design.design import Design
from cnnlab.ground.errors import ConfigError, DataError
from cnnlab.interpret import attack as attacks
from cnnlab.interpret.attack import METHODS, Goal, Method, attack, smallest_flip
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
    images, labels = digits().test.images / 255, digits().test.labels
    with torch.inference_mode():
        right = trained()(images).argmax(1) == labels
    return [(images[place], int(labels[place])) for place in right.nonzero()[:count, 0]]


def label(picture: Tensor) -> int:
    with torch.inference_mode():
        return int(trained()(picture[None]).argmax())


@pytest.mark.parametrize("targeted", [False, True])
def test_fgsm_is_a_step_by_the_sign_of_the_gradient(targeted: bool) -> None:
    """Up the loss of the class, or down that of the wanted one; cut off at black and white."""
    for picture, _ in answered_rightly(5):
        goal = Goal(8, targeted)
        found = attack(DESIGN, trained(), picture, goal, 0.1, method="fgsm")
        image = picture.clone().requires_grad_(True)
        loss = functional.cross_entropy(trained()[:-1](image[None]).double(), torch.tensor([8]))
        (gradient,) = torch.autograd.grad(loss, image)
        step = -0.1 * gradient.sign() if targeted else 0.1 * gradient.sign()
        torch.testing.assert_close(found.picture, (picture + step).clamp(0, 1), atol=1e-6, rtol=0)
        with torch.inference_mode():
            answers = trained()(torch.stack([picture, found.picture]))
        torch.testing.assert_close(
            torch.cat([found.before.probabilities, found.after.probabilities]), answers
        )


@each_method
@pytest.mark.parametrize("epsilon", [0.0, 0.03, 0.5, 1.0])
def test_no_pixel_changes_by_more_than_allowed(method: Method, epsilon: float) -> None:
    """Or leaves the range from black to white."""
    for picture, right in answered_rightly(3):
        found = attack(DESIGN, trained(), picture, Goal(right), epsilon, method=method)
        assert float((found.picture - picture).abs().max()) <= epsilon + 1e-6
        assert float(found.picture.min()) >= 0
        assert float(found.picture.max()) <= 1
        assert found.reached is (label(found.picture) != right)


@each_method
def test_of_a_linear_network_the_attack_is_the_worst_there_is(method: Method) -> None:
    """Its scores fall most where each pixel goes all the way against its weight."""
    model = build(LINEAR, seed=2).eval()
    picture = torch.rand(1, 6, 6)
    weights = model.state_dict()["1.weight"]
    against = (weights[1] - weights[0]).view(1, 6, 6).sign()
    found = attack(LINEAR, model, picture, Goal(0), 0.07, method=method)
    torch.testing.assert_close(found.picture, (picture + 0.07 * against).clamp(0, 1), atol=1e-6, rtol=0)


def test_a_sure_network_has_a_gradient() -> None:
    """At scores 40 apart a float32 probability is 1, and the gradient of its loss would be 0."""
    model = build(LINEAR, seed=2).eval()
    model.state_dict()["1.bias"].copy_(torch.tensor([40.0, 0.0]))
    picture = torch.full((1, 6, 6), 0.5)
    found = attack(LINEAR, model, picture, Goal(0), 0.1, method="fgsm")
    assert float((found.picture - picture).abs().min()) == pytest.approx(0.1)


@pytest.mark.slow
def test_pgd_reaches_any_target_on_the_digits() -> None:
    """At ε = 0.3, in 19 of 20 cases at least; it raises the loss further than one step does."""
    pictures = answered_rightly(20)
    reached, losses = 0, {"fgsm": 0.0, "pgd": 0.0}
    for picture, right in pictures:
        goal = Goal((right + 1) % 10, targeted=True)
        found = attack(DESIGN, trained(), picture, goal, 0.3)
        reached += found.reached
        assert found.reached is (label(found.picture) == goal.label)
        for method in METHODS:
            after = attack(DESIGN, trained(), picture, Goal(right), 0.05, method=method).after
            losses[method] -= float(after.probabilities[0, right].clamp(min=1e-30).log())
    assert reached >= 19
    assert losses["pgd"] > losses["fgsm"]


def test_pgd_is_the_same_for_the_same_seed() -> None:
    """Whose random start is another one for another seed."""
    picture, right = answered_rightly(1)[0]
    one, again, other = (
        attack(DESIGN, trained(), picture, Goal(right), 0.05, seed=seed).picture for seed in (5, 5, 6)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@each_method
@pytest.mark.parametrize("targeted", [False, True])
def test_the_smallest_flip(method: Method, targeted: bool) -> None:
    """It reaches its goal, and with a 255th less the same attack does not."""
    found_some = 0
    for picture, right in answered_rightly(4):
        goal = Goal((right + 3) % 10, True) if targeted else Goal(right)
        found = smallest_flip(DESIGN, trained(), picture, goal, method=method)
        if found is None:
            assert not attack(DESIGN, trained(), picture, goal, 64 / 255, method=method).reached
            continue
        found_some += 1
        assert found.reached
        assert (label(found.picture) == goal.label) is targeted
        assert found.epsilon * 255 == pytest.approx(round(found.epsilon * 255))
        assert float((found.picture - picture).abs().max()) <= found.epsilon + 1e-6
        less = attack(DESIGN, trained(), picture, goal, found.epsilon - 1 / 255, method=method)
        assert not less.reached
    assert found_some >= 2


def test_of_a_linear_network_the_smallest_flip_is_known() -> None:
    """The lead, divided by the sum of the weights' absolute differences, rounded up to a 255th."""
    model = build(LINEAR, seed=2).eval()
    picture = torch.full((1, 6, 6), 0.5)
    with torch.inference_mode():
        scores = model(picture[None])[0].double()
    first, second = scores.argsort(descending=True).tolist()
    weights = model.state_dict()["1.weight"].double()
    needed = float((scores[first] - scores[second]) / (weights[first] - weights[second]).abs().sum())
    for method in METHODS:
        found = smallest_flip(LINEAR, model, picture, Goal(first), method=method)
        assert found is not None
        assert 0 < needed <= found.epsilon < needed + 1 / 255


def test_there_may_be_none_up_to_the_limit() -> None:
    """Or nothing to do at all."""
    picture, right = answered_rightly(1)[0]
    assert smallest_flip(DESIGN, trained(), picture, Goal(right), limit=1) is None
    found = smallest_flip(DESIGN, trained(), picture, Goal(right, targeted=True))
    assert found is not None
    assert found.epsilon == 0
    assert torch.equal(found.picture, picture)


@pytest.mark.parametrize("limit", [1, 2, 7, 64, 255])
def test_every_strength_is_found(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Whichever is the smallest, in a few rounds, with progress that ends at the total."""
    picture = torch.zeros(1, 28, 28)
    for smallest in {1, 2, limit // 2 + 1, limit - 1, limit, limit + 1} - {0}:
        tried: list[list[int]] = []

        def pretend(
            _model: object, _picture: Tensor, _goal: Goal, strengths: list[float], *_: object
        ) -> object:
            tried.append([round(each * 255) for each in strengths])  # noqa: B023
            whole = classify(trained(), picture[None])
            return [
                attacks.Attacked(picture, each, whole, whole, round(each * 255) >= smallest)  # noqa: B023
                for each in strengths
            ]

        monkeypatch.setattr(attacks, "_attacked", pretend)
        told: list[tuple[int, int]] = []
        found = smallest_flip(
            DESIGN,
            trained(),
            picture,
            Goal(0),
            limit=limit,
            on_progress=lambda done, total: told.append((done, total)),  # noqa: B023
        )
        assert (None if found is None else round(found.epsilon * 255)) == (
            smallest if smallest <= limit else None
        )
        assert len(tried) <= 4
        assert told[-1] == (limit + 1, limit + 1)
        assert all(before < after for (before, _), (after, _) in pairwise(told))


def test_the_search_can_be_canceled() -> None:
    """By what the callback raises."""

    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        smallest_flip(DESIGN, trained(), torch.zeros(1, 28, 28), Goal(0), on_progress=cancel)


def test_the_model_stays_what_it_was() -> None:
    """Weights, gradients, hooks and mode; the picture as well."""
    before = {name: value.clone() for name, value in trained().state_dict().items()}
    picture, right = answered_rightly(1)[0]
    same = picture.clone()
    smallest_flip(DESIGN, trained(), picture, Goal(right))
    assert unchanged(trained(), before)
    assert torch.equal(picture, same)


def test_what_cannot_be_attacked_is_refused() -> None:
    """With what is allowed."""
    picture = torch.zeros(1, 28, 28)
    with pytest.raises(ConfigError, match="there is no class 10. Allowed: 0 to 9"):
        attack(DESIGN, trained(), picture, Goal(10), 0.1)
    with pytest.raises(ConfigError, match=r"cannot be changed by 1\.5. Allowed: 0 to 1"):
        attack(DESIGN, trained(), picture, Goal(1), 1.5)
    with pytest.raises(ConfigError, match="unknown method 'cw'. Allowed: fgsm, pgd"):
        smallest_flip(DESIGN, trained(), picture, Goal(1), method="cw")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="its shape is 1×8×8"):
        attack(DESIGN, trained(), torch.zeros(1, 8, 8), Goal(1), 0.1)
