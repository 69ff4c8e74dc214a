"""Load a stored run or the bundled model as a network that can predict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from torch import Tensor, nn

from cnnlab.data import DIGITS, Catalogue
from cnnlab.design.design import Design
from cnnlab.ground.errors import WeightsError
from cnnlab.language import Words, lazy, lazy_listed
from cnnlab.models.build import build, load_weights
from cnnlab.models.weights import read_tensors
from cnnlab.reader.novelty_net import NoveltyDetector
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Run, SavedWeights
from cnnlab.runs.store import RunStore

BUNDLED_FOLDER = Path(__file__).parents[2] / "assets" / "digits"
NOVELTY_FILE = "doubt.safetensors"  # which calibrate_folder() writes next to a model's weights
Which = int | Literal["best", "last"]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network in evaluation mode on the CPU, with the names of its classes."""

    design: Design
    model: nn.Sequential
    classes: tuple[str, ...]
    title: Words
    epoch: int | None  # None for the bundled model
    note: Words = ""  # what a person has to know about it, for example that a damaged file was skipped
    novelty_detector: NoveltyDetector | None = None  # None if it has not been calibrated


def network(design: Design, weights: dict[str, Tensor], where: Words) -> nn.Sequential:
    """Build the design with these weights, in evaluation mode; raises WeightsError if they do not fit."""
    model = build(design)
    load_weights(model, weights, where)
    return model.eval().requires_grad_(False)


def load_model(store: RunStore, catalogue: Catalogue, run_id: str, epoch: Which = "best") -> LoadedModel:
    """Load a run's network at an epoch: a number, "best" in validation, or "last".


    For a run of an older lab, the catalogue provides the class names.

    A damaged file is skipped in favor of the latest earlier one, and the note says so. Raises WeightsError if
    none is left.
    """
    run = store.run(run_id)
    note: Words = ""
    for saved in candidates(store, run, epoch):
        try:
            tensors, _ = read_tensors(saved.path, saved.sha256)
        except WeightsError as error:
            note = lazy("{problem} Showing an earlier epoch instead.", problem=error)
            continue
        model = network(run.design, tensors, run.name)
        classes = data_of(run, catalogue).classes
        return LoadedModel(run.design, model, classes, run.name, saved.epoch, note)
    raise WeightsError(
        lazy("there are no weights that can be read") if note else lazy("it has no weights yet"),
        where=run.name,
        repair=lazy("Train it again") if note else lazy("Wait for its first checkpoint"),
    )


def candidates(store: RunStore, run: Run, which: Which) -> list[SavedWeights]:
    """Return the requested file, then the earlier ones, latest first; empty if the run has none.

    Raises WeightsError if the epoch with this number was not kept.
    """
    saved = store.checkpoints(run.id)
    epochs = [weights.epoch for weights in saved]
    wanted = max(epochs, default=0)
    if which == "best" and run.progress.best_epoch in epochs:
        wanted = run.progress.best_epoch
    elif isinstance(which, int):
        wanted = which
        if which not in epochs:
            kept = lazy_listed(map(str, epochs)) or lazy("none")
            raise WeightsError(
                lazy("epoch {number} was not kept", number=which), where=run.name, allowed=kept
            )
    return [weights for weights in reversed(saved) if weights.epoch <= wanted]


@cache
def load_bundled() -> LoadedModel:
    """Load the digit model that comes with the lab; raises WeightsError if its files are missing."""
    try:
        design = Design.from_json((BUNDLED_FOLDER / "design.json").read_text("utf-8"))
    except OSError as error:
        raise WeightsError(
            lazy("the bundled model cannot be read ({reason})", reason=str(error)),
            repair=lazy("Get a fresh copy of the project"),
        ) from None
    tensors, _ = read_tensors(BUNDLED_FOLDER / "model.safetensors")
    model = network(design, tensors, lazy("bundled model"))
    tensors, numbers = read_tensors(BUNDLED_FOLDER / NOVELTY_FILE)
    detector = NoveltyDetector.of(tensors, numbers["rows"])
    return LoadedModel(design, model, DIGITS, lazy("Bundled digit reader"), None, novelty_detector=detector)
