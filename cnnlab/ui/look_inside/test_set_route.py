"""How good a network is on a whole test set, for the view of that name on Look inside.

POST /api/test_set, body {"run": "bundled" or id, "epoch": number, "best" or "last", "data": name, "do":
"begin", "look" or "cancel"}. Response: {"state": "none", "waiting", "running" or "done", "epoch": number},
with "done" and "total" pictures while it is running, and everything but pictures when it is done. The study
itself is computed in another process (cnnlab/studies/).

POST /api/test_set/pictures, body {"run", "epoch", "data", "list": "cell", "mistakes", "unsure", "losses",
"all" or "random", "truth": class, "answer": class, "seed": n, "from": n, "most": 1 to 24}. Response, packed:
up to that many pictures of a list, from its n-th on (from 0), with their numbers in the data set, the right
classes and all probabilities.

POST /api/test_set/embedding, body {"run", "epoch", "data", "map": "pca" or "tsne", "do"}. Response: as the
first one's; when it is done, up to 2,000 test pictures as points of a plane.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cnnlab.data import base_name
from cnnlab.ground.cache import LruCache
from cnnlab.language import lazy
from cnnlab.studies.question import Question, question_about
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.look_inside.picture_choice import test_pictures
from cnnlab.ui.look_inside.study_state import known_result, study_state
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, on_thread, packed, post_routes, read_json

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.evaluation.answers import GradedAnswers

_MAX_BYTES = 1_000
_MOST = 24  # pictures of a list in one response
_MAPS = {"pca": "features", "tsne": "tsne"}  # their studies
_MAX_NUMBERS = 8_000_000  # probabilities in memory: 32 MB
_executor = ThreadPoolExecutor(2, thread_name_prefix="test-set")


@dataclass(frozen=True, slots=True)
class _Graded:
    """A network's answers, and what is shown of them at once."""

    answers: GradedAnswers
    summary: dict[str, Any]


_known: LruCache[Question, _Graded] = LruCache(
    16, weight=lambda each: each.answers.probabilities.numel(), max_weight=_MAX_NUMBERS
)


def _graded(question: Question) -> _Graded | None:
    """The answers, if the study has been made."""
    from cnnlab.studies.kinds import graded_answers
    from cnnlab.ui.look_inside.test_set_data import summary

    def read(found: Arrays) -> _Graded:
        answers = graded_answers(found)
        return _Graded(answers, summary(answers))

    return known_result(_known, question, read)


def answers_so_far(question: Question) -> GradedAnswers | None:
    """The answers to the question "grade", if that study has been made."""
    graded = _graded(question)
    return None if graded is None else graded.answers


def _question(sent: dict[str, Any], study: str = "grade") -> Question:
    """Raises LabError if there is no such network or data set."""
    require_awake()
    match sent:
        case {"run": str(run), "epoch": int() | "best" | "last" as epoch, "data": str(data)}:
            return question_about(lab().store, lab().catalogue, study, run, epoch, data)
    raise Refusal(400, lazy("A request names a network, an epoch and a data set."))


def _state(sent: dict[str, Any]) -> dict[str, Any]:
    question = _question(sent)

    def result() -> dict[str, Any] | None:
        graded = _graded(question)
        return None if graded is None else graded.summary

    return study_state(question, sent.get("do"), result) | {"epoch": question.epoch}


def _answers(question: Question) -> GradedAnswers:
    graded = _graded(question)
    if graded is None:
        raise Refusal(404, lazy("The network has not been asked about all pictures yet."))
    return graded.answers


def _embedding(sent: dict[str, Any]) -> dict[str, Any]:
    from cnnlab.ui.look_inside.test_set_data import embedded

    if (study := _MAPS.get(str(sent.get("map")))) is None:
        raise Refusal(400, lazy("A request names a map: pca or tsne."))
    question = _question(sent, study)
    answers = _answers(replace(question, study="grade"))

    def result() -> dict[str, Any] | None:
        found = lab().studies.found(question)
        return None if found is None else embedded(answers, found)

    return study_state(question, sent.get("do"), result)


def _pictures(sent: dict[str, Any]) -> bytes:
    question = _question(sent)
    answers = _answers(question)
    places = _list(sent, answers)
    start, most = _span(sent)
    shown = places[start : start + most]
    images, _labels = test_pictures(question.data)
    return pack(
        {
            "pictures": images[shown].numpy(),
            "numbers": [int(place) + 1 for place in shown],
            "truth": answers.truth[shown].tolist(),
            "probabilities": answers.probabilities[shown].numpy(),
            "losses": np.asarray(answers.losses[shown], np.float32),
            "from": start,
            "count": len(places),
            "all": len(answers),
            "data": base_name(question.data),
        }
    )


def _list(sent: dict[str, Any], answers: GradedAnswers) -> Tensor:
    """The places of the pictures in the list that is asked for."""
    from cnnlab.ui.look_inside.test_set_data import cell_places, listed_places

    match sent:
        case {"list": "cell", "truth": int(truth), "answer": int(answer)} if (
            min(truth, answer) >= 0 and max(truth, answer) < answers.probabilities.shape[1]
        ):
            return cell_places(answers, truth, answer)
        case {"list": "mistakes" | "unsure" | "losses" | "all" as name}:
            return listed_places(answers, name)
        case {"list": "random", "seed": int(seed)} if 0 <= seed < 2**31:
            return listed_places(answers, "random", seed)
    raise Refusal(400, _NO_LIST)


def _span(sent: dict[str, Any]) -> tuple[int, int]:
    match sent:
        case {"from": int(start), "most": int(most)} if start >= 0 and 1 <= most <= _MOST:
            return start, most
    raise Refusal(400, _NO_LIST)


async def test_set(request: Request) -> Response:
    """How far the study is, or its result."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    return JSONResponse(await on_thread(_executor, _state, sent), headers={"Cache-Control": "no-store"})


async def embedding(request: Request) -> Response:
    """How far a map of the pictures is, or its points."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    return JSONResponse(await on_thread(_executor, _embedding, sent), headers={"Cache-Control": "no-store"})


async def pictures(request: Request) -> Response:
    """A part of a list of pictures."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    return packed(await on_thread(_executor, _pictures, sent))


_NO_LIST = lazy("A request names a list of pictures, a cell, and where to begin.")
routes = post_routes(
    {
        "/api/test_set": test_set,
        "/api/test_set/pictures": pictures,
        "/api/test_set/embedding": embedding,
    }
)
