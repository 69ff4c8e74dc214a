"""Questions to a study about one picture, which is kept for its process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnnlab.studies.pictures import keep_picture, picture_name
from cnnlab.studies.question import Question, question_about
from cnnlab.ui.app.lab import lab

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import Which


def about_picture(
    study: str, network: str, epoch: Which, image: Tensor, about: Callable[[str], str] = str
) -> Question:
    """The question about a picture, (C, H, W) in [0, 1], in 256 shades.

    `about`: Question.about, from the name of the picture. Raises LabError if there is no such network or no
    room for the picture.
    """
    import torch

    pixels = (image * 255).round().to(torch.uint8).numpy()
    question = question_about(
        lab().store, lab().catalogue, study, network, epoch, "", about(picture_name(pixels))
    )
    keep_picture(lab().store.home, pixels)
    return question
