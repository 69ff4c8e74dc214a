"""POST /api/attribute: which pixels of a drawing, or of a test picture, speak for a class.

Body: a drawing (drawing_body.py); nothing if the query has picture, as in Look inside's address: NAME-NUMBER
of a test picture, or "drawing" for the drawing of the tab named by `tab`. Query: model, epoch, seq, crop,
fit, center, width as for /api/classify; method, a name in METHODS; target, a class by its number, without it
the network's answer; against, a second class's number; smooth=1 to spread the values over the ink around them
where that can be done; do, see below.

Response, packed: seq, method, values (H, W) as int8, averaged down to SHOWN_SIDE, with their scale (value =
number / 127 * scale; None for a blank sheet), target, against, sum, smoothed, and texts: words, title, shows,
beware. What would take a large network too long is computed in another process: then state ("waiting" or
"running"), done and total come in place of values, and the request has to be repeated with do=look.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing
from cnnlab.interpret.attribution import METHODS, SPREADABLE, MethodName
from cnnlab.language import lazy, sentences
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.traced_cell import is_count
from cnnlab.ui.look_inside.named_picture import named_picture
from cnnlab.ui.look_inside.picture_study import about_picture, is_quick, picture_state
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, WaitingRoom, on_thread, packed, post_routes

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.interpret.attribution.methods import Attribution
    from cnnlab.interpret.attribution.question import Target
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
    picture: str  # its name; empty for the drawing in the body
    smooth: bool
    do: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        """Parse a query; raises Refusal naming the option."""
        name = query.get("method") or USUAL
        method = next((each for each in METHODS if each == name), None)
        if method is None:
            values = {"value": repr(name[:20]), "allowed": ", ".join(METHODS)}
            raise Refusal(400, lazy("method {value}: allowed are {allowed}.", **values))
        target, against = (_class(query, option) for option in ("target", "against"))
        smooth = query.get("smooth") == "1"
        picture, do = query.get("picture", ""), query.get("do", "begin")
        return cls(ClassifyQuery.read(query), method, target, against, picture, smooth, do)


def _class(query: Mapping[str, str], option: str) -> int | None:
    text = query.get(option, "")
    if text and not is_count(text):
        words = lazy("{option} {value} is not a number.", option=option, value=repr(text[:20]))
        raise Refusal(400, words)
    return int(text) if text else None


async def attribute(request: Request) -> Response:
    """What each pixel has to do with the answer."""
    query = _Query.read(request.query_params)
    drawing = None if query.picture else await read_drawing(request)
    require_awake()
    with _room.slot():
        loaded = await loaded_model(query.network.model, query.network.epoch)
        return packed(await on_thread(_attributors, _answer, loaded, drawing, query))


def _answer(loaded: LoadedModel, drawing: Drawing | None, query: _Query) -> bytes:
    from cnnlab.interpret.attribution.question import Target
    from cnnlab.models.predict import classify

    named = query.picture
    image = _drawn(loaded, drawing, query) if drawing else named_picture(loaded, named, query.network.tab)
    words = METHODS[query.method]
    texts = {each: str(getattr(words, each)) for each in ("title", "shows", "beware")}
    body = {"seq": query.network.seq, "method": query.method, **texts}
    if image is None:
        return pack(body | {"values": None})
    target = query.target if query.target is not None else int(classify(loaded.model, image[None]).label)
    return pack(body | _attributed(loaded, image, Target(target, query.against), query))


def _attributed(loaded: LoadedModel, image: Tensor, target: Target, query: _Query) -> dict[str, Any]:
    """The attribution, or how far the process is that computes it."""
    from cnnlab.interpret.attribution.methods import attribute
    from cnnlab.interpret.attribution.question import Question
    from cnnlab.studies.one_picture import attribution_about, read_attribution

    passes = METHODS[query.method].passes
    if is_quick(loaded, passes):
        found = attribute(Question(loaded.model, image, target), query.method)
        return _shown(loaded, image, found, query)
    about = partial(attribution_about, method=query.method, target=target)
    question = about_picture("attribute", query.network.model, query.network.epoch, image, about)

    def read(arrays: Arrays) -> dict[str, Any]:
        return _shown(loaded, image, read_attribution(arrays), query)

    return picture_state(question, loaded, passes, query.do, read)


def _shown(loaded: LoadedModel, image: Tensor, found: Attribution, query: _Query) -> dict[str, Any]:
    from cnnlab.ground.limits import SHOWN_SIDE
    from cnnlab.interpret.activations import tiles
    from cnnlab.interpret.attribution.evidence import smoothed

    per_pixel = image.new_tensor(found.values).sum(dim=0)
    smooth = query.smooth and query.method in SPREADABLE and len(image) == 1
    if smooth:
        per_pixel = smoothed(per_pixel, image[0])
    scale = per_pixel.abs().amax()
    return {
        "values": tiles(per_pixel[None], scale[None], side=SHOWN_SIDE).values[0],
        "scale": float(scale),
        "target": found.target.label,
        "against": found.target.against,
        "sum": found.total,
        "smoothed": smooth,
        "words": sentences(found.account(loaded.classes)),
    }


def _drawn(loaded: LoadedModel, drawing: Drawing, query: _Query) -> Tensor | None:
    """The drawing as the network gets it; None for a blank sheet."""
    import torch

    from cnnlab.drawing.ink import from_pad
    from cnnlab.models.predict import fit_input

    normalized = from_pad(drawing.ink, query.network.steps, drawing.strokes)
    if normalized is None:
        return None
    return fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)[0]


routes = post_routes({"/api/attribute": attribute})
