from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnlab.design.design import Design
from cnnlab.ground.errors import RunError
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.model_cache import ModelCache
from tests.catalogue import catalogue
from tests.events import events


def trained(store: RunStore, design: Design, epochs: int = 1) -> str:
    """A run with weight files for this many epochs."""
    run = store.queue(design, "digits", TrainConfig(epochs=9)).id
    for epoch in range(1, epochs + 1):
        add_checkpoint(store, run, epoch)
    return run


def add_checkpoint(store: RunStore, run: str, epoch: int) -> None:
    weights = build(store.run(run).design, seed=epoch).state_dict()
    sha256 = write_tensors(store.folder(run) / f"{epoch}.safetensors", weights)
    body = {"step": epoch, "file": f"{epoch}.safetensors", "sha256": sha256, "val_accuracy": 0.5}
    store.record(run, events({"event": "checkpoint", "epoch": epoch} | body))


def test_a_model_is_loaded_once(store: RunStore, tiny_design: Design) -> None:
    """Every tab gets the same object, even when many request it at the same moment."""
    run = trained(store, tiny_design)
    cache = ModelCache(lambda: store, catalogue())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.get(run), range(32)))
    assert len({id(loaded) for loaded in found}) == 1


def test_a_new_checkpoint_makes_the_last_model_stale(store: RunStore, tiny_design: Design) -> None:
    """A running run is shown as it is now; an epoch requested by number stays."""
    run = trained(store, tiny_design)
    cache = ModelCache(lambda: store, catalogue(), fresh=0)
    last, first = cache.get(run, "last"), cache.get(run, 1)
    add_checkpoint(store, run, 2)
    assert cache.get(run, "last").epoch == 2
    assert last.epoch == 1
    assert cache.get(run, 1) is first


def test_a_recently_checked_model_needs_no_query(store: RunStore, tiny_design: Design) -> None:
    """For a moment after it was compared with the store, and not before the first load."""
    run = trained(store, tiny_design)
    cache = ModelCache(lambda: store, catalogue(), fresh=60)
    assert cache.cached(run) is None
    loaded = cache.get(run)
    store.close()
    assert cache.cached(run) is loaded
    assert ModelCache(lambda: store, catalogue(), fresh=0).cached(run) is None


def test_who_needs_the_newest_model_gets_it(store: RunStore, tiny_design: Design) -> None:
    """Even a moment after it was compared with the store."""
    run = trained(store, tiny_design)
    cache = ModelCache(lambda: store, catalogue(), fresh=60)
    cache.get(run, "last")
    add_checkpoint(store, run, 2)
    assert cache.get(run, "last").epoch == 1
    assert cache.get(run, "last", newest=True).epoch == 2


def test_a_deleted_run_is_forgotten(store: RunStore, tiny_design: Design) -> None:
    """Its model is no longer served from memory."""
    run = trained(store, tiny_design)
    cache = ModelCache(lambda: store, catalogue(), fresh=0)
    cache.get(run)
    store.delete_run(run)
    with pytest.raises(RunError):
        cache.get(run)


@pytest.mark.parametrize("bound", [{"max_models": 2}, {"parameters": 400}])
def test_the_cache_is_bounded(store: RunStore, tiny_design: Design, bound: dict[str, int]) -> None:
    """The least recently used model goes first; 188 parameters each."""
    runs = [trained(store, tiny_design) for _ in range(3)]
    cache = ModelCache(lambda: store, catalogue(), fresh=60, **bound)
    for run in (runs[0], runs[1], runs[0], runs[2]):
        cache.get(run)
    assert [cache.cached(run) is not None for run in runs] == [True, False, True]


def test_the_bundled_model_needs_no_store() -> None:
    """It comes with the lab."""
    cache = ModelCache(lambda: pytest.fail("the store was queried"), catalogue())
    assert cache.get("bundled") is cache.get("bundled")
