"""The pictures that a network finds most alike."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.data.dataset import Split
from cnnlab.interpret import neighbors
from cnnlab.interpret.neighbors import Neighborhood
from cnnlab.models.partial import features


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.ReLU(), nn.Linear(6, 3), nn.Softmax(1)).eval()


def pictures(count: int) -> Split:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, 1, 4, 4), dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(count))


def test_features_are_what_goes_into_the_last_linear_row() -> None:
    """Compared with the same layers called by hand."""
    model, images = network(), torch.rand(5, 1, 4, 4)
    with torch.inference_mode():
        expected = torch.relu(model[1](images.flatten(1)))
    torch.testing.assert_close(features(model, images), expected)


def test_a_network_without_linear_rows_is_compared_by_its_scores() -> None:
    """Without a Linear row the scores serve as features."""
    model = nn.Sequential(nn.Conv2d(1, 3, 4), nn.Flatten()).eval()
    assert features(model, torch.rand(2, 1, 4, 4)).shape == (2, 3)


def test_the_nearest_are_those_with_the_highest_cosine() -> None:
    """In the order of torch's own cosine similarity, the picture itself first."""
    model, collection = network(), pictures(60)
    neighborhood = Neighborhood.of(model, collection, lambda: None)
    image = collection.images[17].float() / 255
    found = neighborhood.nearest(model, image)
    similarity = torch.cosine_similarity(
        features(model, collection.images.float() / 255), features(model, image[None])
    )
    order = similarity.argsort(descending=True)[:5].tolist()
    assert [neighbor.label for neighbor in found] == order
    assert found[0].label == 17
    assert found[0].similarity == pytest.approx(1, abs=1e-5)
    assert torch.equal(found[1].image, collection.images[order[1]])


def test_duplicate_pictures_count_once() -> None:
    """The five nearest are five different pictures."""
    once = pictures(6)
    thrice = Split(once.images.repeat(3, 1, 1, 1), once.labels.repeat(3))
    neighborhood = Neighborhood.of(network(), thrice, lambda: None)
    assert len(neighborhood) == 6
    found = neighborhood.nearest(network(), once.images[2].float() / 255)
    assert sorted({neighbor.label for neighbor in found}) == sorted(neighbor.label for neighbor in found)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many pictures, or too many features, an evenly spaced subset is kept."""
    monkeypatch.setattr(neighbors, "MAX_PICTURES", 40)
    assert len(Neighborhood.of(network(), pictures(200), lambda: None)) == 40
    monkeypatch.setattr(neighbors, "MAX_NUMBERS", 6 * 12)
    assert len(Neighborhood.of(network(), pictures(200), lambda: None)) == 12


def test_the_work_can_be_interrupted() -> None:
    """An exception that the callback raises between two batches is propagated."""

    def interrupt() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Neighborhood.of(network(), pictures(200), interrupt)
