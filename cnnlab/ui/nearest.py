"""The pictures that each network knows, by what it makes of them. Built in the background."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cnnlab.data import available, dataset_info, load_dataset
from cnnlab.errors import LabError
from cnnlab.ui.lab import lab
from cnnlab.ui.models import BUNDLED

if TYPE_CHECKING:
    from cnnlab.interpret.neighbours import Neighbourhood
    from cnnlab.runs.models import LoadedModel

MOST = 4  # networks; at most 20 MB of features and 4 MB of pictures each
PAUSE = 0.05  # seconds between two hundred pictures: pens come first

_builder = ThreadPoolExecutor(1, thread_name_prefix="nearest")


class Nearest:
    """A neighbourhood for each of the networks that were asked last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._known: OrderedDict[str, tuple[LoadedModel, Neighbourhood | None]] = OrderedDict()

    def around(self, key: str, loaded: LoadedModel) -> Neighbourhood | None:
        """The network's neighbourhood; None as long as it is not built, or where no pictures are at hand."""
        with self._turn:
            before = self._known.get(key)
            if before is not None and before[0] is loaded:
                self._known.move_to_end(key)
                return before[1]
            self._put(key, loaded, None)
        _builder.submit(self._build, key, loaded)
        return None

    def _put(self, key: str, loaded: LoadedModel, built: Neighbourhood | None) -> None:
        self._known[key] = loaded, built
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def _build(self, key: str, loaded: LoadedModel) -> None:
        from cnnlab.interpret.neighbours import Neighbourhood

        name = pictures_for(key, loaded)
        if name is None or not self._wanted(key, loaded):
            return
        train = load_dataset(name, lab().home, data_folder=lab().data_folder).train
        built = Neighbourhood(loaded.model, train, lambda: time.sleep(PAUSE))
        with self._turn:
            if self._wanted(key, loaded):
                self._put(key, loaded, built)

    def _wanted(self, key: str, loaded: LoadedModel) -> bool:
        known = self._known.get(key)
        return known is not None and known[0] is loaded


def pictures_for(key: str, loaded: LoadedModel) -> str | None:
    """The data set that the network learned from, else one like it that is on this machine."""
    learned = "mnist"
    if key != BUNDLED:
        try:
            learned = lab().store.run(key).data
        except LabError:
            return None
    for name in (learned, "digits"):
        info = dataset_info(name)
        fits = info.input_shape == loaded.design.input_shape and info.classes == loaded.classes
        if fits and available(name, lab().home, lab().data_folder):
            return name
    return None


nearest = Nearest()
