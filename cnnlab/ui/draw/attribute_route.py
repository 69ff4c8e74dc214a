"""POST /api/attribute: which pixels of a drawing, or of a test picture, speak for a class.

Body: a drawing (drawing_body.py); nothing if the query has picture, NAME-NUMBER of a data set's test picture,
numbered from 1. Query: model, epoch, seq, crop, fit, center, width as for /api/classify; method, a name in
METHODS; target, a class by its number, without it the network's answer; against, a second class's number.
Response, packed: seq, method, values (H, W) as int8, averaged down to SHOWN_SIDE, with their scale (value =
number / 127 * scale; None for a blank sheet), target, against, sum, and texts: words, title, shows, beware.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing
from cnnlab.interpret.attribution import METHODS, MethodName
from cnnlab.language import lazy, sentences
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.traced_cell import is_count
from cnnlab.ui.look_inside.picture_choice import test_pictures
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, WaitingRoom, on_thread, packed, post_routes

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel

USUAL: MethodName = "integrated-gradients"
_MAX_WAITING = 32  # questions: a tenth of a second each for the articles' networks

_attributors = ThreadPoolExecutor(1, thread_name_prefix="attribute")
_room = WaitingRoom(_MAX_WAITING, lazy("Many people are asking right now. Try again in a moment."))


@dataclass(frozen=True, slots=True)
class _Query:
    network: ClassifyQuery
    method: MethodName
    target: int | None  # None: the network's answer
    against: int | None
    picture: tuple[str, int] | None  # data set and index; None: the drawing in the body

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        """Parse a query; raises Refusal naming the option."""
        name = query.get("method") or USUAL
        method = next((each for each in METHODS if each == name), None)
        if method is None:
            values = {"value": repr(name[:20]), "allowed": ", ".join(METHODS)}
            raise Refusal(400, lazy("method {value}: allowed are {allowed}.", **values))
        target, against = (_class(query, option) for option in ("target", "against"))
        picture = _picture(query.get("picture", ""))
        return cls(ClassifyQuery.read(query), method, target, against, picture)


def _class(query: Mapping[str, str], option: str) -> int | None:
    text = query.get(option, "")
    if text and not is_count(text):
        words = lazy("{option} {value} is not a number.", option=option, value=repr(text[:20]))
        raise Refusal(400, words)
    return int(text) if text else None


def _picture(text: str) -> tuple[str, int] | None:
    name, _dash, number = text.rpartition("-")
    if text and not (is_count(number) and int(number) and name in lab().catalogue):
        raise Refusal(400, lazy("There is no picture {value}.", value=repr(text[:40])))
    return (name, int(number) - 1) if text else None


async def attribute(request: Request) -> Response:
    """What each pixel has to do with the answer."""
    query = _Query.read(request.query_params)
    drawing = None if query.picture else await read_drawing(request)
    require_awake()
    with _room.slot():
        loaded = await loaded_model(query.network.model, query.network.epoch)
        return packed(await on_thread(_attributors, _answer, loaded, drawing, query))


def _answer(loaded: LoadedModel, drawing: Drawing | None, query: _Query) -> bytes:
    from cnnlab.ground.limits import SHOWN_SIDE
    from cnnlab.interpret.activations import tiles
    from cnnlab.interpret.attribution.methods import attribute
    from cnnlab.interpret.attribution.question import Question, Target
    from cnnlab.models.predict import classify

    image = _drawn(loaded, drawing, query) if drawing else _from_set(loaded, query)
    words = METHODS[query.method]
    texts = {each: str(getattr(words, each)) for each in ("title", "shows", "beware")}
    body = {"seq": query.network.seq, "method": query.method, **texts}
    if image is None:
        return pack(body | {"values": None})
    target = query.target if query.target is not None else int(classify(loaded.model, image[None]).label)
    found = attribute(Question(loaded.model, image, Target(target, query.against)), query.method)
    per_pixel = image.new_tensor(found.values).sum(dim=0)
    scale = per_pixel.abs().amax()
    shown = tiles(per_pixel[None], scale[None], side=SHOWN_SIDE)
    return pack(
        body
        | {
            "values": shown.values[0],
            "scale": float(scale),
            "target": target,
            "against": query.against,
            "sum": found.total,
            "words": sentences(found.account(loaded.classes)),
        }
    )


def _drawn(loaded: LoadedModel, drawing: Drawing, query: _Query) -> Tensor | None:
    """The drawing as the network gets it; None for a blank sheet."""
    import torch

    from cnnlab.drawing.ink import from_pad
    from cnnlab.models.predict import fit_input

    normalized = from_pad(drawing.ink, query.network.steps, drawing.strokes)
    if normalized is None:
        return None
    return fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)[0]


def _from_set(loaded: LoadedModel, query: _Query) -> Tensor:
    """The test picture; raises Refusal if there is none, or if the network reads other shapes."""
    assert query.picture is not None
    name, index = query.picture
    if not lab().catalogue.available(name):
        raise Refusal(422, lazy("The pictures of {data} are not on this machine.", data=repr(name)))
    images, _labels = test_pictures(name)
    if index >= len(images) or tuple(images.shape[1:]) != loaded.design.input_shape:
        value = repr(f"{name}-{index + 1}")
        raise Refusal(400, lazy("There is no picture {value} for this network.", value=value))
    return images[index].float() / 255


routes = post_routes({"/api/attribute": attribute})
