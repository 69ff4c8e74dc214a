"""Default names of runs: unique, and saying what differs."""

from __future__ import annotations

import sqlite3
from itertools import pairwise

import pytest

from cnnlab.design.design import Design
from cnnlab.ground import limits
from cnnlab.ground.errors import RunError
from cnnlab.layers import Flatten, Linear, ReLU
from cnnlab.runs.names import unique_name, with_suffix
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.training.config import TrainConfig, make_config
from tests.runs.conftest import KeepWeights
from tests.runs.old_formats import downgrade


def test_a_run_is_named_after_what_differs_from_the_defaults(store: RunStore, small_design: Design) -> None:
    """Default settings are not mentioned, nor are settings that do not apply to the run."""
    config = make_config(optimizer="sgd", learning_rate=0.01, seed=3, beta1=0.5)
    assert store.queue(small_design, "digits", TrainConfig()).name == "small on digits"
    named = store.queue(small_design, "digits", config).name
    assert named == "small on digits · SGD with momentum, learning rate 0.01, seed 3"


def test_identical_runs_are_numbered(store: RunStore, small_design: Design) -> None:
    """Even if one of them has been deleted meanwhile."""
    runs = [store.queue(small_design, "digits", TrainConfig()) for _ in range(3)]
    assert [run.name for run in runs] == ["small on digits", "small on digits (2)", "small on digits (3)"]
    store.delete_run(runs[1].id)
    assert store.queue(small_design, "digits", TrainConfig()).name == "small on digits (2)"


def test_another_network_of_the_same_name_adds_its_size(store: RunStore, small_design: Design) -> None:
    """An edited design keeps its name in the editor, but its run trains another network."""
    wide = small_design.with_layers((Flatten(), Linear(out_features=20), ReLU(), Linear(out_features=10)))
    store.queue(small_design, "digits", TrainConfig())
    # (784 + 1) * 20 + (20 + 1) * 10
    assert store.queue(wide, "digits", TrainConfig()).name == "small on digits · 15,910 parameters"


def test_a_fork_names_its_epoch_and_what_differs(
    store: RunStore, run: Run, keep_weights: KeepWeights
) -> None:
    """Two forks can be told apart."""
    keep_weights(run, 0, 1)
    slower = make_config(epochs=3, learning_rate=0.0001)
    names = [store.fork(run.id, 1, slower).name for _ in range(2)]
    assert names[0] == "small on digits · 3 epochs · fork at epoch 1, learning rate 0.0001"
    assert len({run.name, *names}) == 3


@pytest.mark.parametrize("length", [1, 40, 79, 80, 500])
def test_a_name_never_grows_too_long(length: int) -> None:
    """However long the base, the phrases after it, and the number."""
    taken: set[str] = set()
    for phrases in ([], ["w" * length], ["learning rate 0.01", "v" * length]):
        for _ in range(12):
            taken.add(unique_name(with_suffix("b" * length, phrases), taken))
    assert len(taken) == 36
    assert max(map(len, taken)) <= limits.MAX_NAME


def test_the_first_phrases_are_kept(store: RunStore) -> None:
    """An ellipsis replaces what does not fit, and no phrase is cut in half."""
    phrases = [f"setting number {i}" for i in range(9)]
    assert with_suffix("net on digits", phrases) == (
        "net on digits · setting number 0, setting number 1, setting number 2, …"
    )


def test_a_taken_name_is_refused(store: RunStore, small_design: Design) -> None:
    """Renaming a run to its own name is allowed."""
    one, other = (store.queue(small_design, "digits", TrainConfig()) for _ in range(2))
    with pytest.raises(RunError, match=r"already a run 'small on digits'\. Choose another name"):
        store.rename_run(other.id, one.name)
    store.rename_run(one.id, one.name)
    assert [run.name for run in store.runs()] == ["small on digits (2)", "small on digits"]


def test_runs_with_the_same_name_are_found_only_by_id(store: RunStore, small_design: Design) -> None:
    """An older lab could give the same name twice: neither is taken for the other."""
    runs = [store.queue(small_design, "digits", TrainConfig()) for _ in range(2)]
    share_name(store, "twins")
    with pytest.raises(RunError, match="2 runs have this name") as refused:
        store.find("twins")
    assert all(run.id in str(refused.value) for run in runs)


def share_name(store: RunStore, name: str) -> None:
    """Give all runs the same name, as an older lab could."""
    with sqlite3.connect(store.home / "lab.db") as db:
        db.execute("UPDATE runs SET name = ?", (name,))
    db.close()


def test_designs_of_an_older_lab_get_ids(store: RunStore, small_design: Design) -> None:
    """Each gets its own; a copy of the old file is kept next to it."""
    home = store.home
    for name in "ab":
        store.designs.save(name, small_design)
    store.close()
    downgrade(home, to=1)
    opened = RunStore(home)
    ids = [saved.id for saved in opened.designs.all()]
    opened.close()
    assert all(one and one != other for one, other in pairwise([*ids, ids[0]]))
    assert (home / "lab-format-1.db").exists()
