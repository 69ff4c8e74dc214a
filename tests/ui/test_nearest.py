"""The neighbourhoods of the networks that read: built aside, bounded, never of an older network."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnlab.build import build
from cnnlab.presets import preset
from cnnlab.runs.models import LoadedModel
from cnnlab.ui import nearest as module
from cnnlab.ui.nearest import Nearest, pictures_for


def network() -> LoadedModel:
    design = preset("article-1").design
    return LoadedModel(design, build(design).eval(), tuple("0123456789"), "untrained", None)


@pytest.fixture(autouse=True)
def _lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "lab", lambda: SimpleNamespace(home=tmp_path, data_folder=None))
    monkeypatch.setattr(module, "PAUSE", 0)


def built(known: Nearest, key: str, loaded: LoadedModel) -> int:
    """How many pictures there are once they are there."""
    end = time.monotonic() + 30
    while (around := known.around(key, loaded)) is None and time.monotonic() < end:
        time.sleep(0.05)
    return len(around) if around else 0


def test_nobody_waits_for_a_neighbourhood() -> None:
    """The first who asks gets none; it is there a little later."""
    known, loaded = Nearest(), network()
    assert known.around("bundled", loaded) is None
    assert built(known, "bundled", loaded) == 1_297


def test_newer_weights_have_a_neighbourhood_of_their_own() -> None:
    """A run that trains on is another network."""
    known, loaded = Nearest(), network()
    built(known, "bundled", loaded)
    assert known.around("bundled", network()) is None


def test_only_so_many_are_kept() -> None:
    """The one that was asked longest ago goes first."""
    known, first, second = Nearest(most=1), network(), network()
    built(known, "bundled", first)
    known.around("other", second)
    assert known.around("bundled", first) is None


def test_digits_stand_in_for_what_is_not_on_this_machine() -> None:
    """MNIST is not here: the bundled digits are shown. For other classes there are none."""
    loaded = network()
    assert pictures_for("bundled", loaded) == "digits"
    clothes = LoadedModel(loaded.design, loaded.model, tuple("abcdefghij"), "clothes", None)
    assert pictures_for("bundled", clothes) is None
