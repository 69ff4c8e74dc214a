"""Nearest neighbors: the pictures that a network finds most alike, by the input of its last Linear row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.dataset import Split
from cnnlab.models.partial import features

MAX_PICTURES = 5_000
MAX_NUMBERS = 5_000_000  # in the feature vectors kept for one network: 20 MB
BATCH = 100


@dataclass(frozen=True, slots=True)
class Neighbor:
    """One picture that resembles another."""

    image: Tensor  # (C, H, W) uint8, as the data set has it
    label: int
    similarity: float  # cosine of the features, 1 for the same direction


class Neighborhood:
    """Pictures with their positions in a network's feature space."""

    def __init__(self, images: Tensor, labels: Tensor, positions: Tensor) -> None:
        """Keep (N, C, H, W) uint8 with their labels (N,), and their features, (N, F) of length 1."""
        self.images = images
        self.labels = labels
        self.positions = positions

    @classmethod
    def of(
        cls,
        model: nn.Sequential,
        pictures: Split,
        after_batch: Callable[[], None],
        *,
        count: int = MAX_PICTURES,
    ) -> Neighborhood:
        """Find the positions of at most `count` pictures of a split, evenly spaced.

        `after_batch` is called after every hundred pictures; what it raises ends the work.
        """
        first = features(model, _as_input(pictures.images[:1]))
        limit = max(10, min(count, MAX_PICTURES, MAX_NUMBERS // first.shape[1]))
        chosen = torch.linspace(0, len(pictures.images) - 1, min(limit, len(pictures.images))).long()
        chosen = chosen[first_of_each(pictures.images[chosen])]
        images = pictures.images[chosen]
        rows = []
        for batch in torch.split(images, BATCH):
            rows.append(functional.normalize(features(model, _as_input(batch)), dim=1))
            after_batch()
        return cls(images, pictures.labels[chosen], torch.cat(rows))

    def __len__(self) -> int:
        return len(self.labels)

    def nearest(self, model: nn.Sequential, image: Tensor, count: int = 5) -> list[Neighbor]:
        """Return the most similar pictures, best first; `image` is (C, H, W) in [0, 1]."""
        with torch.inference_mode():
            similarities, indices = self._compared(model, image[None])[0].topk(min(count, len(self)))
        return [
            Neighbor(self.images[index], int(self.labels[index]), float(value))
            for index, value in zip(indices.tolist(), similarities.tolist(), strict=True)
        ]

    def similarities(self, model: nn.Sequential, images: Tensor) -> Tensor:
        """Return (N,): of each of these pictures, (N, C, H, W) in [0, 1], the similarity to its nearest."""
        return self._compared(model, images).amax(dim=1)

    def _compared(self, model: nn.Sequential, images: Tensor) -> Tensor:
        query = functional.normalize(features(model, images), dim=1)
        with torch.inference_mode():
            return query @ self.positions.T


def first_of_each(images: Tensor) -> Tensor:
    """Return the indices of the pictures without duplicates: a data set may contain some many times over."""
    indices = {image.tobytes(): index for index, image in reversed(list(enumerate(images.numpy())))}
    return torch.tensor(sorted(indices.values()))


def _as_input(images: Tensor) -> Tensor:
    return images.float() / 255
