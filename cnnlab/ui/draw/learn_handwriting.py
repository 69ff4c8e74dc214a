"""One's own hand: drawings that were named, and a network that goes on learning from them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from cnnlab.data import own_drawings
from cnnlab.data.own_drawings import Part
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import DataError, RunError
from cnnlab.ground.limits import MAX_NAME
from cnnlab.language import _, lazy
from cnnlab.reader.doubt import reads_digits
from cnnlab.runs.records import Run
from cnnlab.training.config import make_config
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.app.model_cache import BUNDLED_KEY

if TYPE_CHECKING:
    from cnnlab.data.dataset import Split
    from cnnlab.reader.loaded_model import LoadedModel

DATA = "drawings-and-digits"
# One pass of steps that grow and fade: a few seconds. Measured on pen digits turned by 50°: the held-out ones
# that are read rightly rise from 46 to 92 %, other people's digits fall from 99.5 to 99.1 %.
CONFIG = make_config(
    epochs=1, batch_size=32, learning_rate=0.003, schedule="one-cycle", augmentation=0.3, device="cpu"
)
MOST_COMPARED = 32  # comparisons that are kept at hand

_compared: LruCache[str, dict[str, Any]] = LruCache(MOST_COMPARED)


# ---- learning


def learn(key: str, author: str) -> Run:
    """Queue a run that goes on from this network, on a person's own drawings among other people's digits."""
    loaded = get_model(key)
    fits = (
        loaded.design.input_shape == (1, own_drawings.SIDE, own_drawings.SIDE) and len(loaded.classes) == 10
    )
    if not fits or not reads_digits(loaded.classes):
        raise DataError(
            lazy("it does not read digits of 28×28"),
            where=loaded.title,
            repair=lazy("Choose another network in the menu, for example the bundled one"),
        )
    part = own_drawings.read_all(lab().home).part_of(author)
    own_drawings.held_out(lab().home, part)  # too few drawings are told now, not by a failed run
    name = _free_name(str(loaded.title))
    data = f"{DATA}@{part}"
    if key == BUNDLED_KEY:
        from cnnlab.reader.loaded_model import BUNDLED_FOLDER as FOLDER

        weights = (FOLDER / "model.safetensors").read_bytes()
        return lab().store.go_on(loaded.design, weights, data, CONFIG, name=name, parent=BUNDLED_KEY)
    assert loaded.epoch is not None
    return lab().store.fork(key, loaded.epoch, CONFIG, name=name, data=data)


def _free_name(title: str) -> str:
    """What the network that comes out of it is called; numbered, so that no two have one name."""
    taken = {run.name for run in lab().store.runs()}
    names = (_name(title, number) for number in count(1))
    return next(name for name in names if name not in taken)


def _name(title: str, number: int) -> str:
    def named(title: str) -> str:
        if number == 1:
            return _("{title} + my handwriting", title=title)
        return _("{title} + my handwriting {number}", title=title, number=number)

    return named(title[: MAX_NAME - len(named(""))])


def _part_of(run: Run) -> Part | None:
    """Whose drawings a run learns; None where it learns something else."""
    base, _at, part = run.data.partition("@")
    if base != DATA or run.parent is None:
        return None
    return Part.read(part) if part else own_drawings.ALL


def progress(run_id: str) -> dict[str, Any]:
    """How far it is, and when it is done what it was worth."""
    run = lab().store.run(run_id)
    part = _part_of(run)
    if part is None:
        raise RunError(lazy("this run does not learn handwriting"), where=run.name)
    done = run.progress.batch / run.progress.batches if run.progress.batches else 0.0
    said: dict[str, Any] = {"run": run.id, "name": run.name, "state": run.state, "message": str(run.message)}
    said |= {"done": done, "position": run.position}
    return said | (_comparison(run, part) if run.state == "finished" else {})


def _comparison(run: Run, part: Part) -> dict[str, Any]:
    """Before and after: on the drawings that were held out, and on other people's digits."""
    found = _compared.get(run.id)
    if found is None:
        found = _compare(run, part)
        _compared.put(run.id, found)
    return found


def _compare(run: Run, part: Part) -> dict[str, Any]:
    home = lab().home
    others = lab().catalogue.load(run.data).test
    own = own_drawings.held_out(home, part)
    after = get_model(run.id, "best")
    before = _before(run)
    found: dict[str, Any] = {"own": len(own.labels), "others": len(others.labels), "mine": bool(part.hand)}
    for name, loaded in (("before", before), ("after", after)):
        if loaded is not None:
            found[name] = {"own": _right(loaded, own), "others": _right(loaded, others)}
    return found


def _before(run: Run) -> LoadedModel | None:
    """The network that it went on from; None where that has been deleted."""
    assert run.parent is not None
    try:
        return (
            get_model(run.parent)
            if run.parent == BUNDLED_KEY
            else get_model(run.parent, run.parent_epoch or 0)
        )
    except RunError:
        return None


def _right(loaded: LoadedModel, split: Split) -> int:
    import torch

    from cnnlab.training.evaluation import evaluate

    return round(evaluate(loaded.model, split, torch.device("cpu")).accuracy * len(split.labels))
