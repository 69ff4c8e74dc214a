"""How often a picture is called unlike what a network learned from: other test pictures, and no digits.

    CNNLAB_DATA=FOLDER python -m tests.perf.familiar [RUN ...]

of the bundled network and of runs on MNIST. FOLDER has MNIST/raw and, for photos, cifar10-small.zip.
"""

from __future__ import annotations

import os
import sys
import zipfile

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cnnlab.data import Catalogue
from cnnlab.drawing.ink import Steps
from cnnlab.ground.home import Folders, folders_from
from cnnlab.interpret.disturbance import noisy
from cnnlab.interpret.familiarity import VIEWS, Familiarity
from cnnlab.reader.loaded_model import LoadedModel, load_bundled, load_model
from cnnlab.runs.store import RunStore
from tests.perf.handwriting import on_pads, prepared
from tests.perf.non_digits import LETTERS, by_hand, written

COUNT = 400  # pictures of each kind


def letters() -> Tensor:
    """Letters by hand, none of which has the shape of a digit."""
    random = np.random.default_rng(0)
    names = ([*LETTERS] * COUNT)[:COUNT]
    return prepared(on_pads([by_hand(written(LETTERS[name]), random) for name in names]), Steps())


def photos(folders: Folders) -> Tensor | None:
    """Photos of animals and vehicles, in gray, at the size of a digit; None without their file."""
    path = folders.data_folder and folders.data_folder / "cifar10-small.zip"
    if path is None or not path.exists():
        return None
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if "test/" in name and not name.endswith("/")]
        pictures = []
        for name in names[:: max(1, len(names) // COUNT)][:COUNT]:
            with archive.open(name) as file:
                pictures.append(np.asarray(Image.open(file).convert("L").resize((28, 28)), np.float32))
    return torch.from_numpy(np.stack(pictures))[:, None] / 255


def report(loaded: LoadedModel, familiar: Familiarity, kinds: dict[str, Tensor]) -> None:
    """Print the share of each kind that is called unlike, in each view and in either."""
    print(f"\n{loaded.title}: called unlike what it learned from, %")
    print(f"{'':24}" + "".join(f"{view:>10}" for view in (*VIEWS, "either")))
    for kind, pictures in kinds.items():
        found = [familiar.resemblance(loaded.model, picture) for picture in pictures]
        strange = np.array([[each[view].strange for view in VIEWS] for each in found])
        shares = [*strange.mean(0), strange.any(1).mean()]
        print(f"{kind:24}" + "".join(f"{100 * share:10.1f}" for share in shares))


def main() -> None:
    """Measure the bundled network and the runs that are named."""
    folders = folders_from(os.environ)
    catalogue, store = Catalogue(folders), RunStore(folders.home)
    mnist = catalogue.load("mnist")
    test = mnist.test.images[1::25][:COUNT] / 255  # the usual distances are those of every fifth, from 0 on
    kinds = {
        "other test pictures": test,
        "noise": torch.rand(test.shape, generator=torch.Generator().manual_seed(0)),
        "digits in strong noise": torch.stack([noisy(each, 0.5, seed=n) for n, each in enumerate(test)]),
        "black": torch.zeros(1, 1, 28, 28),
        "letters": letters(),
    }
    if (found := photos(folders)) is not None:
        kinds["photos"] = found
    for loaded in (load_bundled(), *(load_model(store, catalogue, run) for run in sys.argv[1:])):
        report(loaded, Familiarity.of(loaded.model, mnist, lambda done, total: None), kinds)
    store.close()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
