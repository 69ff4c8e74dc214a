"""The pictures next to an answer: those most similar for the network, searched in the background."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnlab.data import base_name
from cnnlab.data.own_drawings import Part
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import LabError, RunError
from cnnlab.ground.log import explained
from cnnlab.language import _, both
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import BUNDLED_KEY

if TYPE_CHECKING:
    from cnnlab.interpret.neighbors import Neighborhood
    from cnnlab.reader.loaded_model import LoadedModel
    from cnnlab.runs.records import Run

MAX_NETWORKS = 4  # networks; at most 20 MB of features and 4 MB of pictures each
PAUSE = 0.05  # seconds between batches of a hundred pictures: pens have priority
FALLBACK = "digits"  # always available

_LEARNED_BY_BUNDLED = ("mnist", "handwriting")
_CONTAINS = {"handwriting": "mnist"}
_MIXED = "drawings-and-digits"  # includes some pictures of MNIST or of the digits, whichever was available
_builder = ThreadPoolExecutor(1, thread_name_prefix="nearest")


@dataclass(frozen=True, slots=True)
class Learned:
    """The data sets that a network learned from, the latest first."""

    data: tuple[str, ...]
    # False if a network that it continued from is gone, so what that one learned from is unknown.
    complete: bool = True

    def other_than(self, data: str) -> str:
        """Say that the network learned from other pictures than these; empty if that is not certain."""
        known = self.data and self.complete and not any(name.startswith(_MIXED) for name in self.data)
        if not known or self.has(data) or data in map(base_name, self.data):
            return ""
        learned = both(self._titles(self.data))
        return _(
            "The network learned from {learned}; this picture is from {data}.",
            learned=learned,
            data=_title(data),
        )

    @staticmethod
    def _titles(names: Sequence[str]) -> list[str]:
        """Their titles, without those of data sets that another one contains."""
        inner = {_CONTAINS.get(name) for name in names}
        return list(dict.fromkeys(_title(name) for name in names if name not in inner))

    def text(self, data: str) -> str:
        """Whether the network learned from this data set, and from which others before."""
        if not self.has(data):
            sure = self.complete and not any(name.startswith(_MIXED) for name in self.data)
            return _("it did not learn from these") if sure else _("it may have learned from some of these")
        others = [name for name in self.data if name != data and _CONTAINS.get(name) != data]
        titles = self._titles(others)
        if not titles:
            return _("it learned from these")
        if self.data[0] == data:
            return _("it learned from these, and before from {others}", others=both(titles))
        return _("it learned from these, and from {others}", others=both(titles))

    def has(self, data: str) -> bool:
        """Whether this data set is among them, on its own or as part of another."""
        return any(data in (name, _CONTAINS.get(name)) for name in self.data)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one data set for one network, with the text about them."""

    data: str
    learned: Learned
    neighborhood: Neighborhood | None = None  # None until it has been built
    trouble: LabError | None = None  # why it cannot be built

    @property
    def title(self) -> str:
        """The data set's title."""
        return _title(self.data)

    @property
    def text(self) -> str:
        """Which pictures these are, how many, and whether the network learned from them."""
        if self.trouble:
            return str(self.trouble)
        what = {"data": self.title, "whether": self.learned.text(self.data)}
        if self.neighborhood is None:
            return _("Looking through the pictures of {data} ({whether})…", **what)
        count = f"{len(self.neighborhood):,}"
        return _("Nearest of {number} pictures of {data} ({whether}).", number=count, **what)


class Nearest:
    """The pictures for each of the most recently used networks."""

    def __init__(self, max_networks: int = MAX_NETWORKS) -> None:
        self._known: LruCache[str, tuple[LoadedModel, Pictures]] = LruCache(max_networks)

    def pictures(self, key: str, loaded: LoadedModel) -> Pictures | None:
        """The network's pictures, at first without their neighborhood; None if none are available."""
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

        if not self._is_current(key, loaded):
            return
        try:
            train = lab().catalogue.load(pictures.data).train
            neighborhood = Neighborhood.of(loaded.model, train, lambda: time.sleep(PAUSE))
            built = replace(pictures, neighborhood=neighborhood)
        except Exception as error:  # else the search would seem to go on for good
            built = replace(pictures, trouble=explained(error, "the search for the nearest pictures"))
        if self._is_current(key, loaded):
            self._known.put(key, (loaded, built))

    def _is_current(self, key: str, loaded: LoadedModel) -> bool:
        known = self._known.get(key)
        return known is not None and known[0] is loaded


def _title(name: str) -> str:
    """The title of the data set; its name if it is no longer in the catalogue."""
    return str(lab().catalogue.describe(name).title) if name in lab().catalogue else name


def pictures_for(key: str, loaded: LoadedModel) -> Pictures | None:
    """The latest data set that the network learned from and that is on this machine, else one like it."""
    try:
        own = () if key == BUNDLED_KEY else (_data_at_start(lab().store.run(key)),)
        learned = learned_from(key, trained=loaded.epoch != 0)
    except RunError:
        return None
    catalogue = lab().catalogue
    for name in filter(catalogue.__contains__, (*own, *learned.data, FALLBACK)):
        info = catalogue.describe(name)
        fits = info.input_shape == loaded.design.input_shape and info.classes == loaded.classes
        if fits and catalogue.available(name):
            return Pictures(name, learned)
    return None


def learned_from(key: str, *, trained: bool = True) -> Learned:
    """What a network has learned from: its own data, and that of the networks it continued from.

    `trained`: False for the initial network of a run, which has not learned from the run's own data. Raises
    RunError if the run does not exist.
    """
    if key == BUNDLED_KEY:
        return Learned(_LEARNED_BY_BUNDLED)
    run = lab().store.run(key)
    data = [_data_at_start(run)] if trained else []
    if run.parent is None:
        return Learned(tuple(data))
    try:
        before = learned_from(run.parent, trained=run.parent_epoch != 0)
    except RunError:
        return Learned(tuple(data), complete=False)
    return Learned(tuple(dict.fromkeys([*data, *before.data])), before.complete)


def _data_at_start(run: Run) -> str:
    """The name of the run's data; for drawings, whose number grows, those that existed at its start."""
    if run.data in ("drawings", _MIXED):
        return f"{run.data}@{Part(until=int(run.created_at * 1e9))}"
    return run.data


nearest = Nearest()
