"""Questions about one picture: answered at once if that is quick, else by a study in another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnlab.design.design import summarize
from cnnlab.studies.pictures import keep_picture, picture_name
from cnnlab.studies.question import Question, question_about
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.lab import lab
from cnnlab.ui.look_inside.study_state import study_state

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel, Which

MAX_WORK = 1_300_000_000  # multiply-adds on the server's own threads: at most some 200 ms


def is_quick(loaded: LoadedModel, passes: int) -> bool:
    """Whether so many forward passes of a network take no longer than the web process may be kept busy."""
    return summarize(loaded.design).macs * passes <= MAX_WORK


def about_picture(
    study: str, network: str, epoch: Which, image: Tensor, about: Callable[[str], str] = str
) -> Question:
    """The question about a picture, (C, H, W) in [0, 1], in 256 shades; it is kept for whoever answers.

    `about`: Question.about, from the name of the picture. Raises LabError if there is no such network or no
    room for the picture.
    """
    import torch

    pixels = (image * 255).round().to(torch.uint8).numpy()
    name = about(picture_name(pixels))
    question = question_about(lab().store, lab().catalogue, study, network, epoch, "", name)
    keep_picture(lab().store.home, pixels)
    return question


def picture_state(
    question: Question,
    loaded: LoadedModel,
    passes: int,
    do: object,
    read: Callable[[Arrays], dict[str, Any]],
) -> dict[str, Any]:
    """As study_state(), but done at once if it takes so few forward passes; `read` shows a result."""
    if is_quick(loaded, passes):
        from cnnlab.studies.kinds import STUDIES
        from cnnlab.studies.order import Order

        order = Order(loaded, lab().catalogue, "", question.about, lambda _done, _total: None)
        return {"state": "done", **read(STUDIES[question.study](order))}

    def result() -> dict[str, Any] | None:
        arrays = lab().studies.found(question)
        return None if arrays is None else read(arrays)

    return study_state(question, do, result)
