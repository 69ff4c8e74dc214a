"""Pictures for a network: whether they fit it, and how many of them it is asked about at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import DataError
from cnnlab.language import Words, lazy
from cnnlab.layers import shape_text
from cnnlab.models.predict import as_input

_MAX_NUMBERS = 8_000_000  # that all rows output for one batch: 32 MB at most, whatever the network
_MAX_BATCH = 500
_CPU = torch.device("cpu")


def batch_size(design: Design) -> int:
    """How many pictures a network is asked about at once, so that what its rows output stays small."""
    return max(1, min(_MAX_BATCH, _MAX_NUMBERS // max(1, summarize(design).activations)))


def batches(
    design: Design, images: Tensor, on_progress: Callable[[int, int], None] | None = None
) -> Iterator[tuple[slice, Tensor]]:
    """Yield the places of a batch in `images`, (N, C, H, W) uint8, and the batch as the network takes it.

    on_progress(done, total) is called after each batch; an exception that it raises ends the work.
    """
    count, size = len(images), batch_size(design)
    for start in range(0, count, size):
        part = slice(start, min(start + size, count))
        yield part, as_input(images[part], _CPU)
        if on_progress is not None:
            on_progress(part.stop, count)


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Have a model in evaluation mode in the block; afterwards it is in the mode that it was in."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def require_fitting(design: Design, images: Tensor, labels: Tensor, title: Words) -> None:
    """Raise DataError, with the network's title, if it cannot be judged by these pictures and classes."""
    if not len(labels):
        raise DataError(lazy("there are no pictures to judge it by"), where=title)
    shape = tuple(images.shape[1:])
    if shape != design.input_shape:
        wanted, found = shape_text(design.input_shape), shape_text(shape)
        raise DataError(
            lazy("it reads pictures of {wanted}, these are {found}", wanted=wanted, found=found), where=title
        )
    classes = int(labels.max()) + 1
    if classes > design.classes:
        raise DataError(
            lazy(
                "it knows {classes} classes, these pictures have {found}",
                classes=design.classes,
                found=classes,
            ),
            where=title,
        )


def require_picture(design: Design, picture: Tensor) -> None:
    """Raise DataError for a picture of another shape than (C, H, W), or with numbers that are not finite."""
    where = lazy("picture")
    if tuple(picture.shape) != design.input_shape:
        raise DataError(
            lazy("its shape is {shape}", shape=shape_text(tuple(picture.shape))),
            where=where,
            allowed=shape_text(design.input_shape),
        )
    if not torch.isfinite(picture).all():
        raise DataError(
            lazy("some of its pixels are not finite numbers"), where=where, allowed=lazy("finite numbers")
        )
