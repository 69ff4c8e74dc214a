"""Loading a stored run: which epoch, and what happens if its file is damaged."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.ground.errors import WeightsError
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import load_bundled, load_model
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from tests.catalogue import catalogue
from tests.events import events
from tests.runs.conftest import KeepWeights, epoch, started


@pytest.fixture
def trained(store: RunStore, run: Run, keep_weights: KeepWeights) -> Run:
    """A run with the weights of epochs 0 to 3; the second was the best."""
    keep_weights(run, 0, 1, 2, 3)
    store.record(run.id, events(started(), epoch(1, 0.5), epoch(2, 0.9), epoch(3, 0.7, best=False)))
    return run


def damage(store: RunStore, run: Run, number: int) -> None:
    """Flip a bit in an epoch's last weight."""
    path = store.checkpoints(run.id)[number].path
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


def is_seed(model: nn.Sequential, run: Run, seed: int) -> bool:
    """Whether a network has the weights of this seed."""
    expected = build(run.design, seed).state_dict()
    return all(torch.equal(weights, expected[name]) for name, weights in model.state_dict().items())


@pytest.mark.parametrize(("which", "number"), [("best", 2), ("last", 3), (0, 0), (1, 1)])
def test_the_requested_epoch_is_loaded(store: RunStore, trained: Run, which: int | str, number: int) -> None:
    """The best in validation, the last, or a number; 0 is the untrained network."""
    loaded = load_model(store, catalogue(), trained.id, which)  # type: ignore[arg-type]
    assert (loaded.epoch, loaded.note) == (number, "")
    assert is_seed(loaded.model, trained, number)


def test_a_loaded_model_is_ready_to_predict(store: RunStore, trained: Run) -> None:
    """In evaluation mode, without gradients, with its classes and name."""
    loaded = load_model(store, catalogue(), trained.id)
    assert not loaded.model.training
    assert not any(weights.requires_grad for weights in loaded.model.parameters())
    assert loaded.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert loaded.title == trained.name


def test_the_best_of_an_unvalidated_run_is_its_last(
    store: RunStore, run: Run, keep_weights: KeepWeights
) -> None:
    """Before the first epoch has ended, that is the untrained network."""
    keep_weights(run, 0)
    assert load_model(store, catalogue(), run.id).epoch == 0


def test_a_damaged_epoch_is_skipped_with_a_note(store: RunStore, trained: Run) -> None:
    """The epoch before it is loaded, and the note says why."""
    damage(store, trained, 2)
    loaded = load_model(store, catalogue(), trained.id)
    assert loaded.epoch == 1
    assert is_seed(loaded.model, trained, 1)
    assert "epoch-0002" in str(loaded.note)
    assert "earlier epoch" in str(loaded.note)


def test_a_missing_epoch_is_skipped_with_a_note(store: RunStore, trained: Run) -> None:
    """Like a damaged one."""
    store.checkpoints(trained.id)[3].path.unlink()
    loaded = load_model(store, catalogue(), trained.id, "last")
    assert loaded.epoch == 2
    assert "epoch-0003" in str(loaded.note)


def test_a_run_with_only_damaged_epochs_is_an_error(store: RunStore, trained: Run) -> None:
    """The message says what to do."""
    for number in range(4):
        damage(store, trained, number)
    with pytest.raises(WeightsError, match="no weights that can be read.*Train it again"):
        load_model(store, catalogue(), trained.id, "last")


def test_a_run_without_weights_is_an_error(store: RunStore, run: Run) -> None:
    """For example one that has only just been queued."""
    with pytest.raises(WeightsError, match="no weights yet.*first checkpoint"):
        load_model(store, catalogue(), run.id)


def test_an_epoch_that_was_not_kept_is_an_error(store: RunStore, trained: Run) -> None:
    """The message lists those that were kept."""
    with pytest.raises(WeightsError, match="epoch 9 was not kept.*0, 1, 2, 3"):
        load_model(store, catalogue(), trained.id, 9)


def test_the_bundled_model_reads_digits() -> None:
    """It comes with the lab, takes 28×28 and has ten classes."""
    loaded = load_bundled()
    assert loaded.design.input_shape == (1, 28, 28)
    assert loaded.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert loaded.model(torch.zeros(1, 1, 28, 28)).shape == (1, 10)
    assert not loaded.model.training
