"""POST /api/classify: the answer to a drawing while the pen moves, without running Streamlit's script.

Body: the drawing (drawing_body.py). Query: tab (whose drawing it is; see last_drawing.py), model ("bundled"
or a run's id), epoch, against (a second model to answer as well), seq (returned with the answer),
scale (map, layer, network; without it no feature maps), trace (ROW:CHANNEL:Y:X or ROW:INDEX: the number to
trace, as in trace_route.py), and crop, fit, center, width (0 switches a step off).
Response: see answer.py, packed as in shared/binary.py; a refusal is JSON {"error": text}.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing, Steps
from cnnlab.interpret import SCOPES, Scope
from cnnlab.language import lazy
from cnnlab.ui.app.loaded_models import cached_model, get_model, require_awake
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.draw.drawing_body import read_drawing
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.draw.traced_cell import TracedCell
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, WaitingRoom, on_thread, packed, post_routes

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel, Which

MAX_WAITING = 64  # drawings in the queue; beyond that, pads are asked to retry

_readers = ThreadPoolExecutor(1, thread_name_prefix="read-drawing")  # one thread, so only one torch thread
_loaders = ThreadPoolExecutor(2, thread_name_prefix="load-model")
_room = WaitingRoom(MAX_WAITING, lazy("Many people are drawing right now. The pad will try again by itself."))


@dataclass(frozen=True, slots=True)
class ClassifyQuery:
    """The parsed query."""

    tab: str
    model: str
    against: str  # a second model to compare with; empty for none
    epoch: Which
    seq: int
    scope: Scope | None
    steps: Steps
    traced: TracedCell | None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ClassifyQuery:
        """Parse a query; raises Refusal naming the option."""
        epoch = query.get("epoch", "best")
        if epoch not in ("best", "last") and not _is_number(epoch):
            problem = lazy("epoch {value}: allowed are best, last or a number.", value=repr(epoch[:20]))
            raise Refusal(400, problem)
        seq = query.get("seq", "0")
        if not _is_number(seq):
            raise Refusal(400, lazy("seq {value} is not a number.", value=repr(seq[:20])))
        scope = query.get("scale") or None
        if scope is not None and scope not in SCOPES:
            value, allowed = repr(scope[:20]), ", ".join(SCOPES)
            raise Refusal(400, lazy("scale {value}: allowed are {allowed}.", value=value, allowed=allowed))
        steps = {step: query[step] != "0" for step in Steps.__slots__ if step in query}
        which: Which = int(epoch) if _is_number(epoch) else epoch  # type: ignore[assignment]
        tab, model = query.get("tab", ""), query.get("model", BUNDLED_KEY)
        traced = TracedCell.parse(query["trace"]) if query.get("trace") else None
        return cls(tab, model, query.get("against", ""), which, int(seq), scope, Steps(**steps), traced)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


async def classify(request: Request) -> Response:
    """Classify one drawing."""
    query = ClassifyQuery.read(request.query_params)
    drawing = await read_drawing(request)
    last_drawings.receive(query.tab, drawing)
    require_awake()
    with _room.slot():
        loaded = await loaded_model(query.model, query.epoch)
        rival = await loaded_model(query.against, "best") if query.against else None
        return packed(await on_thread(_readers, _read, loaded, rival, drawing, query))


async def loaded_model(key: str, epoch: Which) -> LoadedModel:
    """The model, loaded on another thread if it is not cached; raises LabError if there is none."""
    loaded = cached_model(key, epoch)
    if loaded is not None:
        return loaded
    return await on_thread(_loaders, get_model, key, epoch)


def _read(loaded: LoadedModel, rival: LoadedModel | None, drawing: Drawing, query: ClassifyQuery) -> bytes:
    from cnnlab.ui.draw import answer

    read = answer.read_drawing(loaded, drawing, query.steps, query.scope, rival, query.traced)
    return pack({"seq": query.seq} | read)


routes = post_routes({"/api/classify": classify})
