"""A layer's address is written for JSON and read back."""

from __future__ import annotations

import pytest

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.doctor import advise
from cnnlab.layers import Conv2d, Flatten, Linear, ReLU, Residual


@pytest.mark.parametrize(
    ("address", "text"),
    [(LayerAddress(3), "3"), (LayerAddress(3, 1, 0), "3.1.0"), (LayerAddress(0, 0, 12), "0.0.12")],
)
def test_an_address_as_text(address: LayerAddress, text: str) -> None:
    """A row, or a row, a branch and an index in it."""
    assert str(address) == text
    assert LayerAddress.parse(text) == address


@pytest.mark.parametrize("text", ["", "a", "1.2", "1.2.3.4", "-1", "1.-1.0", "1. 2.3", "²"])
def test_anything_else_is_refused(text: str) -> None:
    """Half an address as well."""
    with pytest.raises(ValueError, match="address"):
        LayerAddress.parse(text)


def test_half_an_address_is_refused() -> None:
    """A branch without an index addresses nothing, and neither does a negative row."""
    with pytest.raises(ValueError, match="branch and an index"):
        LayerAddress(1, 0)
    with pytest.raises(ValueError, match="negative"):
        LayerAddress(-1)


def test_advice_on_a_layer_inside_says_where_it_is() -> None:
    """Its row, and the full address of the layer inside."""
    layers = (Conv2d(out_channels=1, padding="same"), ReLU(), ReLU())
    design = Design(name="double").with_layers((Residual(layers=layers), Flatten(), Linear(out_features=10)))
    found = [problem.address for problem in advise(design) if problem.row == 0]
    assert LayerAddress(0, 0, 2) in found
    assert design.layer_at(LayerAddress(0, 0, 2)) == ReLU()
