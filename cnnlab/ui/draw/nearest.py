"""The pictures beside an answer: those that a network finds most alike. Looked through in the background."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnlab.data.own_drawings import Part
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import LabError, RunError
from cnnlab.language import _, both
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import BUNDLED_KEY

if TYPE_CHECKING:
    from cnnlab.interpret.neighbors import Neighborhood
    from cnnlab.reader.loaded_model import LoadedModel
    from cnnlab.runs.records import Run

MOST = 4  # networks; at most 20 MB of features and 4 MB of pictures each
PAUSE = 0.05  # seconds between two hundred pictures: pens come first
STAND_IN = "digits"  # is always there

_LEARNED_BY_BUNDLED = ("mnist", "handwriting")
_CONTAINS = {"handwriting": "mnist"}
_MIXED = "drawings-and-digits"  # has some pictures of MNIST or of the digits, whichever was there
_builder = ThreadPoolExecutor(1, thread_name_prefix="nearest")


@dataclass(frozen=True, slots=True)
class Learned:
    """The data sets that a network learned from, the last ones first."""

    data: tuple[str, ...]
    # False where a network that it went on from is gone: nobody knows what that one learned.
    whole: bool = True

    def words(self, data: str) -> str:
        """Whether it learned from this data set, and from what else before."""
        if not self.has(data):
            sure = self.whole and not any(name.startswith(_MIXED) for name in self.data)
            return _("it did not learn from these") if sure else _("it may have learned from some of these")
        others = [name for name in self.data if name != data and _CONTAINS.get(name) != data]
        inner = {_CONTAINS.get(name) for name in others}
        titles = dict.fromkeys(_title(name) for name in others if name not in inner)
        if not titles:
            return _("it learned from these")
        if self.data[0] == data:
            return _("it learned from these, and before from {others}", others=both(titles))
        return _("it learned from these, and from {others}", others=both(titles))

    def has(self, data: str) -> bool:
        """Whether this data set is among them, by itself or as part of another."""
        return any(data in (name, _CONTAINS.get(name)) for name in self.data)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one data set for one network; what is said of them never parts from them."""

    data: str
    learned: Learned
    around: Neighborhood | None = None  # None until they are looked through
    trouble: LabError | None = None  # why they never will be

    @property
    def words(self) -> str:
        """Which pictures these are, how many, and whether the network learned from them."""
        if self.trouble:
            return str(self.trouble)
        what = {"data": _title(self.data), "whether": self.learned.words(self.data)}
        if self.around is None:
            return _("Looking through the pictures of {data} ({whether})…", **what)
        return _(
            "Nearest of {number} pictures of {data} ({whether}).", number=f"{len(self.around):,}", **what
        )


class Nearest:
    """The pictures for each of the networks that were asked last."""

    def __init__(self, most: int = MOST) -> None:
        self._known: LruCache[str, tuple[LoadedModel, Pictures]] = LruCache(most)

    def pictures(self, key: str, loaded: LoadedModel) -> Pictures | None:
        """The network's pictures, at first without their neighborhood; None where none are at hand."""
        before = self._known.get(key)
        if before is not None and before[0] is loaded:
            return before[1]
        found = pictures_for(key, loaded)
        if found is not None:
            self._known.put(key, (loaded, found))
            _builder.submit(self._build, key, loaded, found)
        return found

    def _build(self, key: str, loaded: LoadedModel, pictures: Pictures) -> None:
        from cnnlab.interpret.neighbors import Neighborhood

        if not self._wanted(key, loaded):
            return
        try:
            train = lab().catalogue.load(pictures.data).train
            around = Neighborhood(loaded.model, train, lambda: time.sleep(PAUSE))
            built = replace(pictures, around=around)
        except LabError as error:
            built = replace(pictures, trouble=error)
        if self._wanted(key, loaded):
            self._known.put(key, (loaded, built))

    def _wanted(self, key: str, loaded: LoadedModel) -> bool:
        known = self._known.get(key)
        return known is not None and known[0] is loaded


def _title(name: str) -> str:
    """What people call the data set; its name where it has gone from the catalogue."""
    return str(lab().catalogue.describe(name).title) if name in lab().catalogue else name


def pictures_for(key: str, loaded: LoadedModel) -> Pictures | None:
    """The data set that the network learned from last and that is on this machine, else one like it."""
    try:
        own = () if key == BUNDLED_KEY else (_as_it_was(lab().store.run(key)),)
        learned = learned_from(key, trained=loaded.epoch != 0)
    except RunError:
        return None
    catalogue = lab().catalogue
    for name in filter(catalogue.__contains__, (*own, *learned.data, STAND_IN)):
        info = catalogue.describe(name)
        fits = info.input_shape == loaded.design.input_shape and info.classes == loaded.classes
        if fits and catalogue.available(name):
            return Pictures(name, learned)
    return None


def learned_from(key: str, *, trained: bool = True) -> Learned:
    """What a network has learned from: its own data, and that of the networks that it went on from.

    One that is not `trained`, or begins with an untrained one, has only what that one began with. Raises
    RunError where there is no such run.
    """
    if key == BUNDLED_KEY:
        return Learned(_LEARNED_BY_BUNDLED)
    run = lab().store.run(key)
    data = [_as_it_was(run)] if trained else []
    if run.parent is None:
        return Learned(tuple(data))
    try:
        before = learned_from(run.parent, trained=run.parent_epoch != 0)
    except RunError:
        return Learned(tuple(data), whole=False)
    return Learned(tuple(dict.fromkeys([*data, *before.data])), before.whole)


def _as_it_was(run: Run) -> str:
    """The name of its data; of drawings, of which there are ever more, those that there were at its start."""
    if run.data in ("drawings", _MIXED):
        return f"{run.data}@{Part(until=int(run.created_at * 1e9))}"
    return run.data


nearest = Nearest()
