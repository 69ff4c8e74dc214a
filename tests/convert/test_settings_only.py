"""Training settings without a network: the settings can still be used."""

from __future__ import annotations

import json

import pytest

from cnnlab.convert import SettingsOnlyError, read_design
from cnnlab.training.config import TrainConfig


def settings(text: str) -> TrainConfig:
    """The settings of a text without a network."""
    with pytest.raises(SettingsOnlyError) as caught:
        read_design(text)
    assert caught.value.config is not None
    return caught.value.config


def test_keras_settings_are_read_from_compile_and_fit() -> None:
    """As if the network stood above them."""
    found = settings("model.compile(optimizer='sgd')\nmodel.fit(x, y, batch_size=64, epochs=7)")
    assert (found.optimizer, found.batch_size, found.epochs) == ("sgd", 64, 7)


def test_a_fit_by_itself_is_recognized() -> None:
    """Articles show it in a block of its own."""
    assert settings("model.fit(x_train, y_train, batch_size=128, epochs=10, verbose=1)").epochs == 10


def test_pytorch_settings_are_read() -> None:
    """From the optimizer and the loss."""
    found = settings(
        "loss = nn.CrossEntropyLoss(label_smoothing=0.1)\nrule = optim.SGD(net.parameters(), lr=0.2)"
    )
    assert (found.optimizer, found.learning_rate, found.label_smoothing) == ("sgd", 0.2, 0.1)


def test_in_a_notebook_too() -> None:
    """The line is that of the cell."""
    source = "model.compile('adam')\n"
    cells = [{"cell_type": "code", "source": each} for each in ("import keras\n", source)]
    with pytest.raises(SettingsOnlyError, match="cell 2, line 1") as caught:
        read_design(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))
    assert caught.value.config is not None
