"""The studies that place test pictures as points of a plane, by what the last layers know about them."""

from __future__ import annotations

import numpy as np

from cnnlab.data.record import OnProgress
from cnnlab.evaluation.embedding import Features, last_features, principal, tsne
from cnnlab.reader.grading import test_split
from cnnlab.studies.order import Order
from cnnlab.studies.results import Arrays


def features_study(order: Order) -> Arrays:
    """The first two principal axes: points (N, 2), places (N,) in the split, shares (2,) of the variance."""
    found = _features(order, order.on_progress)
    axes = principal(found.values)
    points = axes.place(found.values).numpy()
    return {
        "points": points.astype(np.float32),
        "places": found.places.numpy(),
        "shares": np.array(axes.shares),
    }


def tsne_study(order: Order) -> Arrays:
    """The map of t-SNE: points (N, 2) and places (N,)."""
    found = _features(order)
    return {
        "points": tsne(found.values, on_progress=order.on_progress).numpy(),
        "places": found.places.numpy(),
    }


def _features(order: Order, on_progress: OnProgress | None = None) -> Features:
    pictures = test_split(order.loaded, order.catalogue, order.data)
    return last_features(order.loaded.design, order.loaded.model, pictures, on_progress=on_progress)
