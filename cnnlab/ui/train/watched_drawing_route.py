"""The viewer's own drawing among the watched pictures of a run.

POST /api/watched-drawing, body {"run": id, "tab": name of the tab whose drawing it is}. Response, packed:
"known", whether the lab knows what is on that tab's pad, and "drawing", null for a blank pad or no more than
a dot; else the picture as the network sees it, its answer with the newest kept weights ("top", like that to
a test picture), and "when" those were kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.ground.cache import LruCache
from cnnlab.ground.memory import FEWER, full_memory_named
from cnnlab.language import _, lazy
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model, require_awake
from cnnlab.ui.draw.last_drawing import last_drawings
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, on_thread, packed, post_routes, read_json

if TYPE_CHECKING:
    import numpy as np

_MAX_BYTES = 1_000
_MOST_GUESSES = 3  # as of the test pictures
_executor = ThreadPoolExecutor(1, thread_name_prefix="watched-drawing")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the network of a run reads in a drawing."""

    picture: np.ndarray  # (C, H, W), uint8: as the network sees it
    top: list[list[float]]  # up to three [class, probability], the most probable first
    epoch: int  # after which the weights were kept


_known: LruCache[tuple[str, str, Drawing], _Reading] = LruCache(64)  # by run, hash of its newest weights


def _found(run_id: str, tab: str) -> bytes:
    require_awake()
    sheet = last_drawings.sheet(tab)
    return pack({"known": sheet.known, "drawing": sheet.drawing and _shown(run_id, sheet.drawing)})


def _shown(run_id: str, drawing: Drawing) -> dict[str, Any] | None:
    """None if there is no more than a dot."""
    run, saved = lab().store.run(run_id), lab().store.checkpoints(run_id)
    key = run_id, saved[-1].sha256 if saved else "", drawing
    reading = _known.get(key) or _read(run_id, drawing)
    if reading is None:
        return None
    _known.put(key, reading)
    return {"picture": reading.picture, "top": reading.top, "when": _when(run, reading.epoch)}


def _read(run_id: str, drawing: Drawing) -> _Reading | None:
    """None if there is no more than a dot; raises WeightsError as `get_model` and `answer` do."""
    import torch

    from cnnlab.models.predict import fit_input
    from cnnlab.reader.answers import answer

    normalized = from_pad(drawing.ink, strokes=drawing.strokes)
    if normalized is None:
        return None
    loaded = get_model(run_id, "last", newest=True)
    with full_memory_named(FEWER):
        image, _changes = fit_input(torch.from_numpy(normalized.image), loaded.design.input_shape)
        chances = answer(loaded, normalized).probabilities
    best, classes = chances.topk(min(_MOST_GUESSES, len(chances)))
    top = [[int(c), round(float(p), 4)] for c, p in zip(classes, best, strict=True)]
    picture = (image * 255).round().to(torch.uint8).contiguous().numpy()
    return _Reading(picture, top, loaded.epoch or 0)


def _when(run: Run, epoch: int) -> str:
    if epoch:
        return _("with the weights kept after epoch {epoch}", epoch=epoch)
    if run.parent:
        return _("with the weights that it began with")
    return _("untrained: its weights are still random")


async def watched_drawing(request: Request) -> Response:
    """The drawing of one tab, and what one run's network reads in it."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    match sent:
        case {"run": str(run_id), "tab": str(tab)}:
            return packed(await on_thread(_executor, _found, run_id, tab))
    raise Refusal(400, lazy("A request names a run and the tab whose drawing it is."))


routes = post_routes({"/api/watched-drawing": watched_drawing})
