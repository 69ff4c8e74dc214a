"""Links: a design with its training settings as a short text, alone or in a full URL."""

from __future__ import annotations

import pytest

from cnnlab.convert import link, read_design
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS, preset
from cnnlab.training.config import TrainConfig

ADDRESS = "https://classroom.example.org:8501/build?design="
CONFIG = TrainConfig(epochs=12, batch_size=128, optimizer="sgd", learning_rate=0.05, augmentation=0.3)


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_address_is_short(name: str) -> None:
    """Including settings, it is within the 2,000 characters that all mail and chat programs accept."""
    assert len(ADDRESS + link.encode(preset(name).design, CONFIG)) <= 2_000


@pytest.mark.parametrize("name", PRESETS)
def test_a_link_round_trip(name: str) -> None:
    """The design and the settings are the same; the settings are optional."""
    design = preset(name).design
    assert link.decode(link.encode(design, CONFIG)) == (design, CONFIG)
    assert link.decode(link.encode(design)) == (design, None)


def test_a_link_needs_no_quoting() -> None:
    """It has only letters, digits, and characters that need no escaping in a URL."""
    text = link.encode(Design(name="网络 & <b>?#%"), CONFIG)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize(
    "around", ["{}", "  {}\n", ADDRESS + "{}", ADDRESS + "{}&lesson=3", "/build?a=1&design={}"]
)
def test_a_pasted_address_is_a_design(around: str) -> None:
    """The link alone, or a whole URL with other parameters."""
    imported = read_design(around.format(link.encode(preset("lenet-5").design, CONFIG)))
    assert (imported.design, imported.config) == (preset("lenet-5").design, CONFIG)


@pytest.mark.parametrize(
    "text", ["Sequential()", "https://example.org", "https://[?design=1.a", "3.14 is pi", "a.b"]
)
def test_what_is_not_a_link(text: str) -> None:
    """Code, other URLs and prose are not mistaken for one."""
    assert link.from_address(text) is None
