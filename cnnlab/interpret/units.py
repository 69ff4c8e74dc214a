"""What excites a unit, a map of a layer or one number of a vector: pictures, where in them, and classes.

A map is as excited as its largest number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.way import Passed, way_to, way_to_unit
from cnnlab.interpret.neighbors import first_of_each
from cnnlab.interpret.reach import Position, Region, region
from cnnlab.models.batches import batches, evaluation_mode, require_fitting
from cnnlab.models.partial import output_at
from cnnlab.models.predict import require_finite

COUNT = 9


@dataclass(frozen=True, slots=True)
class Excited:
    """A picture that excites a unit, and where in it."""

    picture: int  # its place in the split
    value: float
    position: Position  # of that value: (channel, y, x) in maps, (index,) in a vector
    receptive_field: Region  # the pixels that this value depends on


@dataclass(frozen=True, slots=True, eq=False)
class UnitActivity:
    """What pictures do to one unit."""

    channel: int
    excited: tuple[
        Excited, ...
    ]  # the most excited first, of equal ones the first; no two pictures are the same
    class_means: (
        Tensor  # (K,) float64: the mean, over a class's pictures, of a map's mean; 0 without pictures
    )
    class_counts: Tensor  # (K,) int64: the pictures of each class


class _Best(NamedTuple):
    """The largest values of M channels so far, (count, M) each; -inf where there are fewer pictures."""

    values: Tensor
    pictures: Tensor
    places: Tensor  # in the flattened map

    def with_others(self, other: _Best) -> _Best:
        """Return the best of both; of equal ones those that came before."""
        both = [torch.cat(pair) for pair in zip(self, other, strict=True)]
        order = both[0].argsort(dim=0, descending=True, stable=True)[: len(self.values)]
        return _Best(*(each.gather(0, order) for each in both))


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What pictures do to some channels of a layer, from one pass over them."""

    design: Design
    address: LayerAddress
    channels: tuple[int, ...]
    class_counts: Tensor  # (K,) int64
    _class_means: Tensor  # (K, M) float64, of M channels
    _best: _Best
    _way: tuple[Passed, ...]

    def unit(self, channel: int) -> UnitActivity:
        """Return what they do to one of these channels; raises ValueError for another."""
        column = self.channels.index(channel)
        rows = zip(*(each[:, column].tolist() for each in self._best), strict=True)
        excited = tuple(self._excited(channel, *row) for row in rows if row[0] > -torch.inf)
        return UnitActivity(channel, excited, self._class_means[:, column], self.class_counts)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that was found, for a file; `from_arrays` reads it."""
        values, pictures, places = self._best
        tensors = {
            "channels": torch.tensor(self.channels),
            "values": values,
            "pictures": pictures.int(),
            "places": places.int(),
            "means": self._class_means.float(),
            "counts": self.class_counts,
        }
        return {name: tensor.numpy() for name, tensor in tensors.items()}

    @classmethod
    def from_arrays(cls, design: Design, address: LayerAddress, found: dict[str, NDArray[Any]]) -> Survey:
        """Return the survey of this layer that `to_arrays` wrote."""
        tensors = {name: torch.from_numpy(array) for name, array in found.items()}
        best = _Best(tensors["values"], tensors["pictures"].long(), tensors["places"].long())
        channels = tuple(tensors["channels"].tolist())
        way = way_to(design, address)
        return cls(design, address, channels, tensors["counts"], tensors["means"].double(), best, way)

    def _excited(self, channel: int, value: float, picture: int, place: int) -> Excited:
        shape = self._way[-1].output_shape
        position = (channel, *divmod(place, shape[2])) if len(shape) == 3 else (channel,)
        back = ((layer, input_shape) for layer, input_shape, _ in reversed(self._way))
        return Excited(picture, value, position, region(back, position, self.design.input_shape))


def survey(
    design: Design,
    model: nn.Sequential,
    pictures: Split,
    address: LayerAddress,
    channels: Sequence[int],
    *,
    count: int = COUNT,
    on_progress: OnProgress | None = None,
) -> Survey:
    """Ask what pictures do to channels of a layer: the `count` that excite each most, and means by class.

    A pass for many channels takes hardly longer than for one. on_progress(done, total) is called after each
    batch; an exception that it raises ends the work. Raises ConfigError for a layer or channel that does not
    exist, DataError if the pictures do not fit the network, WeightsError for numbers that are not finite.
    """
    ways = [way_to_unit(design, address, channel) for channel in channels]
    images, labels = pictures
    require_fitting(design, images, labels, design.name)
    wanted, numbers = torch.tensor(channels), torch.arange(len(labels))
    fresh = torch.zeros(len(labels), dtype=torch.bool)
    fresh[first_of_each(images)] = True
    sums = torch.zeros(design.classes, len(channels), dtype=torch.float64)
    nothing = torch.zeros(count, len(channels), dtype=torch.int64)
    best = _Best(torch.full(nothing.shape, -torch.inf), nothing, nothing)
    with evaluation_mode(model):
        for part, batch in batches(design, images, on_progress):
            means, largest, places = _of_batch(model, address, wanted, batch)
            require_finite(largest, design.name)
            sums.index_add_(0, labels[part], means.double())
            values = largest.where(fresh[part, None], -torch.inf)
            best = best.with_others(_Best(values, numbers[part, None].expand_as(places), places))
    counts = torch.bincount(labels, minlength=design.classes)
    means = sums / counts.clamp(min=1)[:, None]
    return Survey(design, address, tuple(channels), counts, means, best, ways[0])


@torch.inference_mode()
def _of_batch(
    model: nn.Sequential, address: LayerAddress, channels: Tensor, images: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean, the largest number and its first place, (N, M) each, of these channels' maps."""
    values = output_at(model, address, images)[:, channels]
    maps = values.flatten(2) if values.ndim > 2 else values[..., None]
    largest, places = maps.max(2)
    return maps.mean(2), largest, places


def excited_by(
    design: Design,
    model: nn.Sequential,
    pictures: Split,
    address: LayerAddress,
    channel: int,
    *,
    count: int = COUNT,
    on_progress: OnProgress | None = None,
) -> tuple[Excited, ...]:
    """Return the pictures that excite one unit most, as `survey` finds them."""
    found = survey(design, model, pictures, address, [channel], count=count, on_progress=on_progress)
    return found.unit(channel).excited
