"""A contestant of training_speed.py, as a process: trains an epoch for each line on stdin, prints its speed.

python contestant.py lab auto|float32 PICTURES BATCH DESIGN
python contestant.py keras PICTURES BATCH DESIGN          (in an environment with Keras, without the lab)
python contestant.py dataloader PICTURES BATCH DESIGN
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RAW = Path(os.environ["CNNLAB_DATA"]) / "MNIST" / "raw"


def mnist(count: int) -> tuple[Any, Any]:
    """The first pictures (N, 28, 28) and labels (N,) of MNIST's training split, uint8."""
    images = np.fromfile(RAW / "train-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.fromfile(RAW / "train-labels-idx1-ubyte", np.uint8, offset=8)
    return images[:count], labels[:count]


def lab(precision: str, pictures: int, batch_size: int, design_text: str) -> Callable[[], None]:
    """The lab's own loop, whose batches are bundled as by the command line."""
    from cnnlab.training.speed.process import prepare_process

    prepare_process(alone=True)
    import torch

    from cnnlab.data import DIGITS
    from cnnlab.data.dataset import ImageDataset, Split
    from cnnlab.design.design import Design
    from cnnlab.training.bundles import bundle
    from cnnlab.training.config import make_config
    from cnnlab.training.events import Batch
    from cnnlab.training.loop import train

    images, labels = mnist(pictures)
    split = Split(torch.tensor(images)[:, None], torch.tensor(labels).long())
    small = Split(split.images[:100], split.labels[:100])
    data = ImageDataset("mnist", DIGITS, split, small, small)
    config = make_config(epochs=1_000, batch_size=batch_size, precision=precision)
    training = train(Design.from_json(design_text), data, config)

    def epoch() -> None:
        batches: list[Batch] = []
        while len(batches) * batch_size < pictures:
            event = next(training)
            if isinstance(event, Batch):
                batches.append(event)
                if len(batches) % 50 == 0:
                    bundle(batches[-50:])

    return epoch


def keras(pictures: int, batch_size: int, design_text: str) -> Callable[[], None]:
    """Keras as the articles write it: compile, then fit on an array of floats with one-hot labels.

    Without validation, as for all contestants.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras as k

    layers: list[Any] = [k.Input((28, 28, 1))]
    for layer in json.loads(design_text)["layers"]:
        layers.append(_keras_layer(k.layers, layer))
    model = k.Sequential(layers)
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    images, labels = mnist(pictures)
    x, y = images[..., None].astype("float32") / 255, k.utils.to_categorical(labels, 10)
    return lambda: model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)


def _keras_layer(layers: Any, layer: dict[str, Any]) -> Any:
    makers = {
        "Conv2d": lambda: layers.Conv2D(layer["out_channels"], layer["kernel_size"]),
        "MaxPool2d": lambda: layers.MaxPooling2D(layer["kernel_size"]),
        "ReLU": lambda: layers.Activation("relu"),
        "Softmax": lambda: layers.Activation("softmax"),
        "Flatten": layers.Flatten,
        "Linear": lambda: layers.Dense(layer["out_features"]),
        "Dropout": lambda: layers.Dropout(layer["p"]),
    }
    return makers[layer["kind"]]()


def example_data(pictures: int) -> Any:
    """The first pictures of MNIST as PyTorch's example loads them: one by one, as normalized tensors."""
    from cnnlab.data.downloads import torchvision_datasets

    datasets = torchvision_datasets()  # works even if torchvision's compiled operators cannot be loaded
    from torchvision import transforms

    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    data = datasets.MNIST(RAW.parents[1], train=True, transform=transform)
    data.data, data.targets = data.data[:pictures], data.targets[:pictures]
    return data


def dataloader(pictures: int, batch_size: int, design_text: str) -> Callable[[], None]:
    """PyTorch's MNIST example for a CPU: torchvision's MNIST, ToTensor, Normalize.

    Network, batch size and optimizer are the article's; loss and loader are the example's.
    """
    import torch
    from torch.nn import functional
    from torch.utils.data import DataLoader

    from cnnlab.design.design import Design
    from cnnlab.models.build import build, logits_part

    data = example_data(pictures)
    model = logits_part(build(Design.from_json(design_text)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loader = DataLoader(data, batch_size=batch_size)

    def epoch() -> None:
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = functional.nll_loss(functional.log_softmax(model(x), dim=1), y)
            loss.backward()
            optimizer.step()
            if step % 10 == 0:
                loss.item()  # the example prints it

    return epoch


def peak_mb() -> float:
    """Peak resident memory of this process in megabytes; 0 if the system does not report it."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Train an epoch for each line on stdin, and print a line of JSON."""
    name, *options, pictures, batch_size, design = sys.argv[1:]
    makers: dict[str, Callable[..., Callable[[], object]]] = {
        "lab": lab,
        "keras": keras,
        "dataloader": dataloader,
    }
    epoch = makers[name](*options, int(pictures), int(batch_size), design)
    for _ in sys.stdin:
        started = time.perf_counter()
        epoch()
        seconds = time.perf_counter() - started
        result = {"pictures_per_second": int(pictures) / seconds, "peak_mb": peak_mb()}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
