"""The pictures that a network finds most alike."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.data.dataset import Split
from cnnlab.interpret import neighbors
from cnnlab.interpret.neighbors import Neighborhood, features


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.ReLU(), nn.Linear(6, 3), nn.Softmax(1)).eval()


def pictures(count: int) -> Split:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, 1, 4, 4), dtype=torch.uint8, generator=generator)
    return Split(images, torch.arange(count))


def test_features_are_what_goes_into_the_last_linear_row() -> None:
    """By hand."""
    model, images = network(), torch.rand(5, 1, 4, 4)
    with torch.inference_mode():
        expected = torch.relu(model[1](images.flatten(1)))
    torch.testing.assert_close(features(model, images), expected)


def test_a_network_without_linear_rows_is_compared_by_its_scores() -> None:
    """There is always something to compare."""
    model = nn.Sequential(nn.Conv2d(1, 3, 4), nn.Flatten()).eval()
    assert features(model, torch.rand(2, 1, 4, 4)).shape == (2, 3)


def test_the_nearest_are_those_with_the_highest_cosine() -> None:
    """As torch's own cosine similarity has them, the picture itself first."""
    model, known = network(), pictures(60)
    around = Neighborhood(model, known, lambda: None)
    image = known.images[17].float() / 255
    found = around.nearest(model, image)
    likeness = torch.cosine_similarity(
        features(model, known.images.float() / 255), features(model, image[None])
    )
    order = likeness.argsort(descending=True)[:5].tolist()
    assert [neighbor.label for neighbor in found] == order
    assert found[0].label == 17
    assert found[0].likeness == pytest.approx(1, abs=1e-5)
    assert torch.equal(found[1].image, known.images[order[1]])


def test_a_picture_that_is_there_many_times_counts_once() -> None:
    """The five nearest are five pictures, and so many there are."""
    once = pictures(6)
    thrice = Split(once.images.repeat(3, 1, 1, 1), once.labels.repeat(3))
    around = Neighborhood(network(), thrice, lambda: None)
    assert len(around) == 6
    found = around.nearest(network(), once.images[2].float() / 255)
    assert sorted({neighbor.label for neighbor in found}) == sorted(neighbor.label for neighbor in found)


def test_the_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many pictures, or of many features, some are left out, evenly."""
    monkeypatch.setattr(neighbors, "MOST_PICTURES", 40)
    assert len(Neighborhood(network(), pictures(200), lambda: None)) == 40
    monkeypatch.setattr(neighbors, "MOST_NUMBERS", 6 * 12)
    assert len(Neighborhood(network(), pictures(200), lambda: None)) == 12


def test_the_work_can_be_ended() -> None:
    """What the caller raises between two batches goes through."""

    def enough() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Neighborhood(network(), pictures(200), enough)
