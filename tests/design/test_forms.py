"""Forms, which are derived from the layer classes."""

from __future__ import annotations

import pytest

from cnnlab.design.forms import FormField, layer_form
from cnnlab.language import lazy
from cnnlab.layers import KINDS, Conv2d, Dropout, Layer, Linear


def allowed(kind: type[Layer], name: str) -> str:
    return next(str(field.allowed) for field in layer_form(kind) if field.name == name)


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_field_of_every_kind_is_in_its_form(kind: type[Layer]) -> None:
    """In the class's order, without the kind and the layers of a block, each with a readable title."""
    form = layer_form(kind)
    assert [field.name for field in form] == [
        name for name in kind.model_fields if name not in ("kind", "layers")
    ]
    assert all(field.title != field.name for field in form if field.name != "p")


def test_ranges_as_text() -> None:
    """As parts of a sentence."""
    assert allowed(Conv2d, "kernel_size") == "a whole number from 1 to 64"
    assert allowed(Linear, "out_features") == "a whole number from 1 to 65,536"
    assert allowed(Conv2d, "padding") == 'a whole number from 0 to 64, or "same"'
    assert allowed(Dropout, "p") == "a number from 0 to just below 1"
    assert allowed(Conv2d, "bias") == "on or off"


def test_types() -> None:
    """Which input an editor shows."""
    types = {field.name: field.type for field in layer_form(Conv2d)}
    assert types["out_channels"] == "integer"
    assert types["padding"] == "integer"
    assert types["bias"] == "switch"
    assert layer_form(Dropout) == (FormField("p", lazy("Share dropped"), "number", 0.0, None, 1.0),)
