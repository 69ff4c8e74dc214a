"""A cache of loaded models for the whole server, shared by all tabs and never older than their runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import RunError

if TYPE_CHECKING:
    from cnnlab.data import Catalogue
    from cnnlab.reader.loaded_model import LoadedModel, Which
    from cnnlab.runs.store import RunStore

BUNDLED_KEY = "bundled"
Key = tuple[str, "Which"]


@dataclass(slots=True)
class _Entry:
    loaded: LoadedModel
    version: Any  # which weights the store had when they were read
    parameters: int
    checked_at: float


class ModelCache:
    """The most recently used models, at most `max_models` of them with `parameters` in total.

    A run that is still training gets new weights, so an entry is checked against the store again once it is
    `fresh` seconds old. Models are loaded one at a time; cached ones are returned without waiting.
    """

    def __init__(
        self,
        store: Callable[[], RunStore],
        catalogue: Catalogue,
        *,
        max_models: int = 8,
        parameters: int = 100_000_000,
        fresh: float = 1.0,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._fresh = fresh
        self._entries: LruCache[Key, _Entry] = LruCache(
            max_models, weight=lambda entry: entry.parameters, max_weight=parameters
        )
        self._loading = threading.Lock()

    def cached(self, key: str, epoch: Which = "best") -> LoadedModel | None:
        """The model if it was checked against the store a moment ago; uses neither disk nor database."""
        entry = self._entries.get((key, epoch))
        if entry is None or time.monotonic() - entry.checked_at > self._fresh:
            return None
        return entry.loaded

    def get(self, key: str, epoch: Which = "best", *, newest: bool = False) -> LoadedModel:
        """The model; raises RunError if the run does not exist, WeightsError if no weights can be read.

        `newest`: compare it with the store now, for callers that keep what they compute with it.
        """
        loaded = None if newest else self.cached(key, epoch)
        if loaded is not None:
            return loaded
        with self._loading:
            version = self._version(key, epoch)
            entry = self._entries.get((key, epoch))
            if entry is not None and entry.version == version:
                entry.checked_at = time.monotonic()
                return entry.loaded
            return self._load(key, epoch, version)

    def _version(self, key: str, epoch: Which) -> Any:
        """An identifier of the weights that the store has for this epoch."""
        if key == BUNDLED_KEY:
            return None
        try:
            best = self._store().run(key).progress.best_epoch
        except RunError:
            self._entries.drop(lambda known: known[0] == key)
            raise
        saved = {weights.epoch: weights.sha256 for weights in self._store().checkpoints(key)}
        if isinstance(epoch, int):
            return saved.get(epoch)
        return best, max(saved.items(), default=None)

    def _load(self, key: str, epoch: Which, version: Any) -> LoadedModel:
        from cnnlab.reader.loaded_model import load_bundled, load_model

        if key == BUNDLED_KEY:
            loaded = load_bundled()
        else:
            loaded = load_model(self._store(), self._catalogue, key, epoch)
        parameters = sum(weights.numel() for weights in loaded.model.parameters())
        self._entries.put((key, epoch), _Entry(loaded, version, parameters, time.monotonic()))
        return loaded
