"""How familiar a picture is, against distances by hand."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity

from cnnlab.interpret import familiarity
from cnnlab.interpret.familiarity import STRANGE, Familiarity
from cnnlab.models.partial import features
from tests.interpret.trained import digits, trained


@pytest.fixture(scope="module")
def familiar() -> Familiarity:
    """What the network learned from: all of the digits' training split."""
    return Familiarity.of(trained(), digits(), lambda done, total: None)


def test_the_nearest_is_the_one_of_the_highest_cosine(familiar: Familiarity) -> None:
    """Of the features, and of the pixels; and its rarity is a share of the test pictures."""
    train, test = digits().train.images / 255, digits().test.images / 255
    spaces = {
        "features": [features(trained(), each) for each in (train, test)],
        "pixels": [train.flatten(1), test.flatten(1)],
    }
    found = familiar.resemblance(trained(), test[7])
    for view, (known, asked) in spaces.items():
        cosines = torch.from_numpy(cosine_similarity(asked.numpy(), known.numpy()))
        best, usual = cosines[7].max(), cosines.amax(1)
        nearest = found[view].nearest  # type: ignore[index]
        assert nearest.similarity == pytest.approx(float(best), abs=1e-5)
        assert nearest.label == int(digits().train.labels[cosines[7].argmax()])
        rarity = float((usual <= best + 1e-6).float().mean())
        assert found[view].rarity == pytest.approx(rarity, abs=1 / len(test))  # type: ignore[index]


def test_noise_is_strange_and_test_pictures_are_not(familiar: Familiarity) -> None:
    """The pixels tell, whatever the network makes of them."""
    noise = torch.rand(20, 1, 28, 28)
    assert all(familiar.resemblance(trained(), each)["pixels"].strange for each in noise)
    usual = [familiar.resemblance(trained(), each / 255)["pixels"].strange for each in digits().test.images]
    assert sum(usual) <= STRANGE * len(usual) + 1


def test_a_picture_that_was_learned_from_is_not_rare(familiar: Familiarity) -> None:
    """It is its own nearest one; an empty one is like none."""
    known = digits().train.images[3] / 255
    for found in familiar.resemblance(trained(), known).values():
        assert found.nearest.similarity == pytest.approx(1, abs=1e-5)
        assert found.rarity == 1
    assert familiar.resemblance(trained(), torch.zeros(1, 28, 28))["pixels"].rarity == 0


def test_progress_ends_at_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a part of the pictures."""
    monkeypatch.setattr(familiarity, "PICTURES", 230)
    told: list[tuple[int, int]] = []
    found = Familiarity.of(trained(), digits(), lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert [done for done, _ in told] == [1, 2, 3, 4, 5, 6]
    assert (len(found.known), len(found.usual["pixels"])) == (230, 230)
