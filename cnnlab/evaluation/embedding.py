"""Pictures as points of a plane: those that a network finds alike, by its last features, lie close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.design import Design
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.models.batches import batches, evaluation_mode, require_fitting
from cnnlab.models.partial import features
from cnnlab.models.predict import require_finite

MAX_PICTURES = 2_000
MAX_NUMBERS = 20_000_000  # in the features: 80 MB
STAGES = 4  # of t-SNE, of 250 steps each
FEWEST = 5  # pictures that t-SNE can do anything with
_PERPLEXITY = 30.0  # about how many neighbors of a picture count as close to it
_EXAGGERATION = 12.0
_MOST_AXES = (
    50  # t-SNE is given no more (van der Maaten, Hinton 2008: "speeds up", and "suppresses some noise")
)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What a network's last Linear row is given for N pictures of a split, evenly spaced."""

    places: Tensor  # (N,) int64: where they are in the split
    labels: Tensor  # (N,) int64
    values: Tensor  # (N, F) float32

    def __len__(self) -> int:
        return len(self.labels)


def last_features(
    design: Design,
    model: nn.Sequential,
    pictures: Split,
    *,
    count: int = MAX_PICTURES,
    on_progress: OnProgress | None = None,
) -> Features:
    """Return the features of `count` pictures of a split; of fewer if there are no more, or they are long.

    on_progress(done, total) is called after each batch; an exception that it raises ends the work. Raises
    DataError if the pictures do not fit the network, WeightsError for features that are not finite.
    """
    images, labels = pictures
    require_fitting(design, images, labels, design.name)
    with evaluation_mode(model):
        first = features(model, images[:1] / 255)
        most = min(count, len(labels), max(FEWEST, MAX_NUMBERS // first.shape[1]))
        places = torch.linspace(0, len(labels) - 1, most).long()
        values = torch.empty(most, first.shape[1])
        for part, batch in batches(design, images[places], on_progress):
            values[part] = features(model, batch)
            require_finite(values[part], design.name)
    return Features(places, labels[places], values)


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """The directions in which features differ most, at right angles to each other (Pearson 1901)."""

    mean: Tensor  # (F,) float64
    axes: Tensor  # (D, F) float64, of length 1; 0 for a direction that does not exist
    shares: tuple[float, ...]  # of each axis in the variance of the features, 0 to 1

    def place(self, values: Tensor) -> Tensor:
        """Return the coordinates, (M, D) float64, of features (M, F), also of other pictures."""
        return (values.double() - self.mean) @ self.axes.T


def principal(values: Tensor, dimensions: int = 2) -> Principal:
    """Compute the first principal axes of features (N, F), exactly.

    The largest number of each axis is positive, the first of equal ones, so that nothing is mirrored between
    two calls.
    """
    mean = values.double().mean(0)
    centered = values.double() - mean
    long = centered.shape[1] > centered.shape[0]
    squares = centered @ centered.T if long else centered.T @ centered
    variances, vectors = torch.linalg.eigh(squares)  # ascending
    variances, vectors = variances.flip(0)[:dimensions].clamp(min=0), vectors.flip(1)[:, :dimensions]
    axes = (centered.T @ vectors if long else vectors).T
    total = float(centered.square().sum())
    exists = variances > total * 1e-12
    axes = torch.where(exists[:, None], axes, 0)
    axes = axes / axes.norm(dim=1, keepdim=True).clamp(min=torch.finfo(axes.dtype).tiny)
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    axes = axes * torch.where(largest < 0, -1, 1)
    missing = dimensions - len(axes)
    axes = torch.cat([axes, axes.new_zeros(missing, axes.shape[1])])
    shares = [float(variance) / total if total else 0.0 for variance in variances]
    return Principal(mean, axes, (*shares, *[0.0] * missing))


def tsne(values: Tensor, *, seed: int = 0, on_progress: OnProgress | None = None) -> Tensor:
    """Return a map, (N, 2) float32, on which pictures with similar features (N, F) are close.

    t-SNE (van der Maaten, Hinton 2008), beginning with the principal axes (Kobak, Berens 2019), so that
    where the groups lie says a little, too; distances between groups, and their sizes, say nothing. The same
    for the same seed on the same machine. on_progress(done, total) is called after each of the STAGES; an
    exception that it raises ends the work. Raises DataError for fewer than FEWEST pictures.
    """
    from sklearn.manifold import TSNE

    count = len(values)
    if count < FEWEST:
        raise DataError(
            lazy("{count} pictures are too few for a map", count=count),
            where="t-SNE",
            allowed=lazy("at least {count}", count=FEWEST),
        )
    axes = principal(values, min(_MOST_AXES, values.shape[1]))
    coordinates = axes.place(values).numpy()
    plane = principal(values).place(values)
    start = 1e-4 * plane / max(float(plane[:, 0].std()), torch.finfo(plane.dtype).tiny)
    points = start.numpy().astype(np.float32)
    rate = max(count / _EXAGGERATION / 4, 50)
    for stage in range(STAGES):
        # scikit-learn's first 250 steps have a momentum of 0.5: 2.5 times the rate makes up for 0.8.
        exaggeration, speed = (1.0, 2.5 * rate) if stage else (_EXAGGERATION, rate)
        reducer = TSNE(
            perplexity=min(_PERPLEXITY, (count - 1) / 3),
            early_exaggeration=exaggeration,
            learning_rate=speed,
            max_iter=250,
            init=points,
            random_state=seed,
        )
        points = reducer.fit_transform(coordinates)
        if on_progress is not None:
            on_progress(stage + 1, STAGES)
    return torch.from_numpy(points)
