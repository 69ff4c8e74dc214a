"""How much a picture resembles what a network learned from, beside what is usual for test pictures.

Twice: as the network sees it, by its last features, and pixel by pixel. The last features only keep what
tells the classes apart, so most networks find noise as familiar as a test picture. The pixels give that away,
but see nothing strange in a letter that has a digit's strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.dataset import ImageDataset
from cnnlab.data.record import OnProgress
from cnnlab.interpret.neighbors import BATCH, MAX_NUMBERS, Neighbor, Neighborhood

View = Literal["features", "pixels"]
VIEWS: tuple[View, ...] = get_args(View)
PICTURES = 2_000  # of the training split, and as many of the test split
STRANGE = 0.005  # less similar than all but this share of the test pictures: in one of two views, 1 in 100 is
_PIXELS = nn.Sequential(nn.Identity())  # a network whose features are the pixels


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A picture's resemblance in one view."""

    nearest: Neighbor  # the most similar picture that was learned from
    rarity: float  # the share of the test pictures that have no more similar one, 0 to 1

    @property
    def strange(self) -> bool:
        """Whether hardly any test picture is so unlike all that was learned from."""
        return self.rarity < STRANGE


class Familiarity:
    """The pictures that a network learned from, and how similar test pictures are to them."""

    def __init__(self, known: Neighborhood, usual: dict[View, Tensor]) -> None:
        """`usual`: the similarities of test pictures, (M,) float32, in each view."""
        self.known = known
        self.usual = usual
        pixels = functional.normalize(known.images.flatten(1).float(), dim=1)
        self._in_pixels = Neighborhood(known.images, known.labels, pixels)

    @classmethod
    def of(cls, model: nn.Sequential, data: ImageDataset, on_progress: OnProgress) -> Familiarity:
        """Compare test pictures with training pictures, up to PICTURES of each, in both views.

        on_progress(done, total) is called after each batch; an exception that it raises ends the work.
        """
        count = min(PICTURES, MAX_NUMBERS // data.train.images[0].numel())
        places = torch.linspace(0, len(data.test.images) - 1, min(count, len(data.test.images))).long()
        batches = torch.split(data.test.images[places], BATCH)
        total = -(-min(count, len(data.train.images)) // BATCH) + len(batches)
        done = 0

        def after_batch() -> None:
            nonlocal done
            done += 1
            on_progress(min(done, total), total)

        found = cls(Neighborhood.of(model, data.train, after_batch, count=count), {})
        similarities: dict[View, list[Tensor]] = {view: [] for view in VIEWS}
        for batch in batches:
            for view, (network, neighborhood) in found._views(model).items():
                similarities[view].append(neighborhood.similarities(network, batch.float() / 255))
            after_batch()
        found.usual = {view: torch.cat(values) for view, values in similarities.items()}
        return found

    def resemblance(self, model: nn.Sequential, picture: Tensor) -> dict[View, Resemblance]:
        """Compare a picture, (C, H, W) in [0, 1], in both views."""
        found = {}
        for view, (network, neighborhood) in self._views(model).items():
            (nearest,) = neighborhood.nearest(network, picture, count=1)
            as_far = self.usual[view] <= nearest.similarity
            found[view] = Resemblance(nearest, float(as_far.float().mean()))
        return found

    def _views(self, model: nn.Sequential) -> dict[View, tuple[nn.Sequential, Neighborhood]]:
        return {"features": (model, self.known), "pixels": (_PIXELS, self._in_pixels)}
