"""Networks designed for this lab."""

from __future__ import annotations

from cnnlab.design.presets.record import MADE_HERE, Preset, head, output_layers
from cnnlab.language import lazy
from cnnlab.layers import BatchNorm1d, BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU

OWN = (
    Preset(
        "fast",
        "own",
        lazy(
            "Two thin convolutions, pooled before they are cut off: made for demonstrations. One epoch in "
            "batches of 128, one cycle of Adam and labels smoothed by 0.05 take it past 99 % on MNIST."
        ),
        MADE_HERE,
        layers=(
            Conv2d(out_channels=16, kernel_size=5),
            MaxPool2d(),
            ReLU(),
            Conv2d(out_channels=32),
            MaxPool2d(),
            ReLU(),
            Flatten(),
            *head(128),
        ),
        training={
            "epochs": 1,
            "batch_size": 128,
            "learning_rate": 0.01,
            "beta1": 0.7,
            "beta2": 0.9,
            "schedule": "one-cycle",
            "label_smoothing": 0.05,
        },
    ),
    Preset(
        "digit-reader",
        "own",
        lazy(
            "Three convolutions with batch normalization, pooled before they are cut off. "
            "The design of the bundled model that reads your drawings."
        ),
        MADE_HERE,
        layers=(
            Conv2d(out_channels=24, kernel_size=5, padding=2),
            MaxPool2d(),
            BatchNorm2d(),
            ReLU(),
            Conv2d(out_channels=48, padding=1),
            MaxPool2d(),
            BatchNorm2d(),
            ReLU(),
            Conv2d(out_channels=96),
            BatchNorm2d(),
            ReLU(),
            Flatten(),
            Dropout(p=0.2),
            Linear(out_features=64),
            BatchNorm1d(),
            ReLU(),
            *output_layers(),
        ),
    ),
)
