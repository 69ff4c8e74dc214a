"""The pictures behind a cell of a run's confusion matrix.

POST /api/mistakes, body {"run": id, "truth": class, "answer": class}. Response, packed: up to 12 test
pictures of the one class that the newest kept weights take for the other, with their numbers in the data
set and the network's probability of that answer, how many there are among how many, and when the weights
were kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.data import Split, base_name
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import DataError
from cnnlab.language import _, lazy
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model, require_awake
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, on_thread, post_routes, read_json

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.evaluation.answers import GradedAnswers

_MAX_BYTES = 1_000
_MAX_CHECKED = 2_000  # of the test pictures: some tenths of a second for the articles' networks
_MAX_SHOWN = 12
_executor = ThreadPoolExecutor(1, thread_name_prefix="mistakes")


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the network reads in the first test pictures, and what they are."""

    images: Tensor
    graded: GradedAnswers
    data: str
    epoch: int


_known: LruCache[tuple[str, str], _Answers] = LruCache(8)  # by run and hash of its newest weights


def _answers(run: Run) -> _Answers:
    """Raises LabError if there are no weights, or no test pictures on this machine."""
    saved = lab().store.checkpoints(run.id)
    key = run.id, saved[-1].sha256 if saved else ""
    found = _known.get(key)
    if found is None:
        found = _read(run)
        _known.put(key, found)
    return found


def _read(run: Run) -> _Answers:
    from cnnlab.evaluation.answers import grade

    name = base_name(run.data)
    if name not in lab().catalogue or not lab().catalogue.available(name):
        raise DataError(lazy("its pictures are not on this machine"), where=run.name)
    loaded = get_model(run.id, "last", newest=True)
    test = lab().catalogue.load(name).test
    pictures = Split(*(part[:_MAX_CHECKED].clone() for part in test))
    graded = grade(loaded.design, loaded.model, pictures, title=run.name)
    return _Answers(pictures.images, graded, name, loaded.epoch or 0)


def _found(run_id: str, truth: int, answer: int) -> bytes:
    from cnnlab.ui.look_inside.test_set_data import listed_places

    require_awake()
    read = _answers(lab().store.run(run_id))
    chances = read.graded.probabilities
    if not max(truth, answer) < chances.shape[1]:
        raise Refusal(400, _NO_CELL)
    places = listed_places(read.graded, "cell", truth, answer)
    shown = places[:_MAX_SHOWN]
    return pack(
        {
            "pictures": read.images[shown].numpy(),
            "numbers": [int(place) + 1 for place in shown],
            "chances": [round(float(chance), 4) for chance in chances[shown, answer]],
            "count": len(places),
            "checked": len(read.graded),
            "data": read.data,
            "epoch": read.epoch,
            "when": _("with the weights kept after epoch {epoch}", epoch=read.epoch),
        }
    )


async def mistakes(request: Request) -> Response:
    """The pictures of one cell."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    body = await on_thread(_executor, _found, *_cell(sent))
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def _cell(sent: dict[str, Any]) -> tuple[str, int, int]:
    match sent:
        case {"run": str(run_id), "truth": int(truth), "answer": int(answer)} if min(truth, answer) >= 0:
            return run_id, truth, answer
    raise Refusal(400, _NO_CELL)


_NO_CELL = lazy("A request names a run and a cell of its confusion matrix.")
routes = post_routes({"/api/mistakes": mistakes})
