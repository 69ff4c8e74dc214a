"""Designs shared by the tests of training."""

from __future__ import annotations

import pytest

from cnnlab.design.design import Design
from cnnlab.layers import BatchNorm1d, BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Softmax


@pytest.fixture
def plain_design() -> Design:
    """For tiny_data, with everything the speed-ups change, and without random layers."""
    layers = (
        Conv2d(out_channels=4),
        ReLU(),
        MaxPool2d(),
        Flatten(),
        Linear(out_features=8),
        ReLU(),
        Linear(out_features=4),
        Softmax(),
    )
    return Design(name="plain", input_shape=(1, 8, 8), classes=4).with_layers(layers)


@pytest.fixture
def stochastic_design() -> Design:
    """For tiny_data, with everything a state has to hold: dropout, batch norm, two kinds of weights."""
    layers = (
        Conv2d(out_channels=4),
        BatchNorm2d(),
        ReLU(),
        MaxPool2d(),
        Dropout(p=0.2),
        Flatten(),
        Linear(out_features=8),
        BatchNorm1d(),
        ReLU(),
        Dropout(p=0.2),
        Linear(out_features=4),
    )
    return Design(name="stochastic", input_shape=(1, 8, 8), classes=4).with_layers(layers)


@pytest.fixture
def linear_design() -> Design:
    """For tiny_data: two dense layers with nothing between them to keep numbers from growing."""
    layers = (Flatten(), Linear(out_features=8), Linear(out_features=4))
    return Design(name="linear", input_shape=(1, 8, 8), classes=4).with_layers(layers)
