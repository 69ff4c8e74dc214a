"""A picture by its name in Look inside's address: a data set's test picture, or a tab's drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.layers import shape_text
from cnnlab.ui.app.lab import lab
from cnnlab.ui.draw.last_drawing import DRAWING, last_drawings
from cnnlab.ui.look_inside.picture_choice import MAX_DIGITS, test_pictures

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel


def named_picture(loaded: LoadedModel, name: str, tab: str) -> Tensor:
    """The picture as Look inside shows it to the network: (C, H, W) in [0, 1], in 256 shades.

    `name`: NAME-NUMBER, counted from 1, or "drawing" for that of the tab. Raises DataError where there is no
    such picture, or none that the network can read.
    """
    return _of_tab(loaded, tab) if name == DRAWING else _of_test_set(loaded, name)


def _of_tab(loaded: LoadedModel, tab: str) -> Tensor:
    import torch

    from cnnlab.drawing.ink import from_pad
    from cnnlab.models.predict import fit_input

    drawing = last_drawings.of(tab)
    normalized = from_pad(drawing.ink, strokes=drawing.strokes) if drawing else None
    if normalized is None:
        raise DataError(lazy("nothing is drawn yet"), where=lazy("drawing"))
    image, _changes = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
    return (image * 255).round() / 255


def _of_test_set(loaded: LoadedModel, name: str) -> Tensor:
    data, _separator, number = name.rpartition("-")
    info = lab().catalogue.describe(data)
    if info.input_shape != loaded.design.input_shape:
        raise DataError(
            lazy("its pictures are {shape}", shape=shape_text(info.input_shape)),
            where=info.title,
            allowed=shape_text(loaded.design.input_shape),
        )
    if not lab().catalogue.available(data):
        raise DataError(lazy("its pictures are not on this machine"), where=info.title)
    images, _labels = test_pictures(data)
    is_number = number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS
    if not is_number or not 1 <= int(number) <= len(images):
        problem = lazy("there is no picture {number}", number=repr(number[:20]))
        raise DataError(problem, where=info.title, allowed=lazy("1 to {count}", count=len(images)))
    return images[int(number) - 1].float() / 255
