"""The way of a picture through a design to one of its layers, and what such a layer has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import ConfigError
from cnnlab.language import Words, lazy
from cnnlab.layers import Layer, Shape


class Passed(NamedTuple):
    """A layer on the way, with its shapes."""

    layer: Layer
    input_shape: Shape
    output_shape: Shape


def way_to(design: Design, address: LayerAddress) -> tuple[Passed, ...]:
    """Return the layers that a picture goes through, from the first row to the layer at an address.

    A block that the layer is not inside of counts as one. Raises ConfigError if there is no such layer, or
    if it has no shape.
    """
    rows = summarize(design).rows[: address.row + 1]
    way = [
        Passed(row.layer, row.input_shape, row.output_shape)
        for row in rows
        if row.input_shape and row.output_shape
    ]
    if len(way) <= address.row:
        raise unknown_layer(design, address)
    if address.inside is None:
        return tuple(way)
    *before, block = way
    branches = block.layer.branches(block.input_shape)
    branch, index = address.inside
    if branch >= len(branches) or index >= len(branches[branch].layers):
        inside = (
            LayerAddress(address.row, number, place)
            for number, each in enumerate(branches)
            for place in range(len(each.layers))
        )
        raise unknown_layer(design, address, (LayerAddress(address.row), *inside))
    parts = branches[branch].parts(block.input_shape)[: index + 1]
    return (*before, *(Passed(part.layer, part.input_shape, part.output_shape) for part in parts))


def way_to_unit(design: Design, address: LayerAddress, channel: int) -> tuple[Passed, ...]:
    """Return the way to a layer that has this channel (in a vector: index); raises ConfigError if not."""
    way = way_to(design, address)
    channels = way[-1].output_shape[0]
    if not 0 <= channel < channels:
        raise ConfigError(
            lazy("row {row} has no channel {channel}", row=str(address), channel=channel),
            where=design.name,
            allowed=lazy("0 to {last}", last=channels - 1),
        )
    return way


def unknown_layer(design: Design, address: LayerAddress, layers: Iterable[LayerAddress] = ()) -> ConfigError:
    """Return the error that there is no such layer; of `layers`, those of its row are allowed."""
    inside = [str(each) for each in layers if each.row == address.row]
    allowed: Words = lazy("rows 0 to {last}", last=len(design.layers) - 1)
    return ConfigError(
        lazy("there is no row {row}", row=str(address)),
        where=design.name,
        allowed=", ".join(inside) if inside else allowed,
    )
