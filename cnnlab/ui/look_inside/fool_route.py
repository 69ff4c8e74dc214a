"""Attacks on the answer to a picture, for the view of that name on Look inside.

POST /api/fool/attack, /api/fool/search, /api/fool/curves. Body: the picture as the network gets it, its
bytes, (C, H, W). Query: model and epoch as for /api/classify; method, "fgsm" or "pgd"; goal, the class
that the answer should become, without it any other one; to attack: strength in levels, and against, a second
network that is asked about the same pictures; to search: low and high, what is known (attack.Search).
Response, packed: see fool_data.py.

POST /api/fool/known, body {"run", "epoch", "do"}: the study of what the network learned from. Once it has
been made, an attack's response compares the pictures with that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.layers import shape_text
from cnnlab.studies.question import Question, question_about
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model, require_awake
from cnnlab.ui.draw.classify_route import ClassifyQuery, loaded_model
from cnnlab.ui.draw.nearest import Pictures, pictures_for
from cnnlab.ui.look_inside.study_state import known_result, study_state
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import (
    Refusal,
    WaitingRoom,
    on_thread,
    packed,
    post_routes,
    read_body,
    read_json,
)

if TYPE_CHECKING:
    from cnnlab.interpret.familiarity import Familiarity
    from cnnlab.reader.loaded_model import LoadedModel, Which
    from cnnlab.ui.look_inside.fool_data import Victim

_MAX_PICTURE = 1_000_000  # bytes
_MAX_QUESTION = 1_000
_MAX_WAITING = 32
_DIGITS = 3  # in a number of the query
_MAX_NUMBERS = 20_000_000  # features and pixels in memory: 80 MB

_attackers = ThreadPoolExecutor(1, thread_name_prefix="attack")  # one thread, so only one torch thread
_askers = ThreadPoolExecutor(2, thread_name_prefix="familiarity")
_room = WaitingRoom(_MAX_WAITING, lazy("Many people are asking right now. Try again in a moment."))
_known: LruCache[Question, Familiarity] = LruCache(
    8, weight=lambda each: each.known.positions.numel() + each.known.images.numel(), max_weight=_MAX_NUMBERS
)


@dataclass(frozen=True, slots=True)
class _Query:
    network: ClassifyQuery
    method: str
    wanted: int | None
    numbers: dict[str, int]  # of strength, low and high those that it has

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        """Parse a query; raises Refusal naming the option."""
        numbers = {name: _number(query, name) for name in ("strength", "low", "high") if query.get(name)}
        wanted = _number(query, "goal") if query.get("goal") else None
        return cls(ClassifyQuery.read(query), query.get("method", "pgd"), wanted, numbers)

    def number(self, name: str) -> int:
        """An option that has to be there."""
        if name not in self.numbers:
            raise Refusal(400, lazy("{option} is missing.", option=name))
        return self.numbers[name]


def _number(query: Mapping[str, str], option: str) -> int:
    text = query[option]
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        words = lazy("{option} {value} is not a number.", option=option, value=repr(text[:20]))
        raise Refusal(400, words)
    return int(text)


async def attack(request: Request) -> Response:
    """The picture after an attack of one strength."""
    return await _answer(request, _attack)


def _attack(victim: Victim, query: _Query) -> dict[str, Any]:
    from cnnlab.ui.look_inside.fool_data import attacked

    strength, network = query.number("strength"), query.network
    rival = get_model(network.against) if network.against else None
    _require_same_task(victim.loaded, rival)
    compared = _compared(network.model, network.epoch)
    return attacked(victim, strength, rival, compared and _familiarity(compared[1]))


def _require_same_task(loaded: LoadedModel, rival: LoadedModel | None) -> None:
    if rival and (rival.design.input_shape, rival.classes) != (loaded.design.input_shape, loaded.classes):
        raise DataError(lazy("it reads other pictures, or knows other classes"), where=rival.title)


async def search(request: Request) -> Response:
    """A little of the search for the smallest strength that reaches the goal."""
    return await _answer(request, _search)


def _search(victim: Victim, query: _Query) -> dict[str, Any]:
    from cnnlab.interpret.attack import LIMIT, Search
    from cnnlab.ui.look_inside.fool_data import searched

    low, high = query.number("low"), query.number("high")
    if not -1 <= low < high <= LIMIT + 1:
        raise Refusal(400, lazy("The strengths to search between do not exist."))
    return searched(victim, Search(low, high))


async def curves(request: Request) -> Response:
    """The answers along the strengths of an attack, of noise and of blur."""
    return await _answer(request, _curves)


def _curves(victim: Victim, _query: _Query) -> dict[str, Any]:
    from cnnlab.ui.look_inside.fool_data import curves as along

    return along(victim)


async def _answer(request: Request, find: Callable[[Victim, _Query], dict[str, Any]]) -> Response:
    """What `find` finds about the network and the picture of a request."""
    query = _Query.read(request.query_params)
    body = await read_body(request, lazy("A picture"), _MAX_PICTURE)
    require_awake()
    with _room.slot():
        loaded = await loaded_model(query.network.model, query.network.epoch)
        return packed(await on_thread(_attackers, _found, loaded, body, query, find))


def _found(
    loaded: LoadedModel, body: bytes, query: _Query, find: Callable[[Victim, _Query], dict[str, Any]]
) -> bytes:
    return pack(find(_victim(loaded, body, query), query))


def _victim(loaded: LoadedModel, body: bytes, query: _Query) -> Victim:
    """Raises DataError for a picture that does not fit the network, Refusal for an unknown method."""
    import torch

    from cnnlab.interpret.attack import METHODS
    from cnnlab.ui.look_inside.fool_data import Victim

    shape = loaded.design.input_shape
    if len(body) != math.prod(shape):
        count = f"{len(body):,}"
        raise DataError(
            lazy("it has {count} bytes", count=count), where=lazy("picture"), allowed=shape_text(shape)
        )
    method = next((each for each in METHODS if each == query.method), None)
    if method is None:
        values = {"value": repr(query.method[:20]), "allowed": ", ".join(METHODS)}
        raise Refusal(400, lazy("method {value}: allowed are {allowed}.", **values))
    pixels = torch.frombuffer(bytearray(body), dtype=torch.uint8).view(shape)
    return Victim(loaded, pixels, method, query.wanted)


# ---- what the network learned from


def _compared(key: str, epoch: Which) -> tuple[Pictures, Question] | None:
    """The pictures to compare with, and the study of them; None if there are none on this machine."""
    pictures = pictures_for(key, get_model(key, epoch))
    if pictures is None:
        return None
    question = question_about(lab().store, lab().catalogue, "familiarity", key, epoch, pictures.data)
    return pictures, question


def _familiarity(question: Question) -> Familiarity | None:
    """What the study found; None if it has not been made."""
    from cnnlab.studies.kinds import familiarity

    return known_result(_known, question, familiarity)


def _state(sent: dict[str, Any]) -> dict[str, Any]:
    require_awake()
    match sent:
        case {"run": str(run), "epoch": int() | "best" as epoch}:
            compared = _compared(run, epoch)
        case _:
            raise Refusal(400, lazy("A request names a network and an epoch."))
    if compared is None:
        raise DataError(lazy("the pictures that the network learned from are not on this machine"))
    pictures, question = compared
    learned = pictures.learned

    def result() -> dict[str, Any] | None:
        found = _familiarity(question)
        if found is None:
            return None
        return {"pictures": len(found.known), "tests": len(found.usual["pixels"])}

    about = {"learned": learned.has(pictures.data), "whether": learned.text(pictures.data)}
    return study_state(question, sent.get("do"), result) | {"data": pictures.title, **about}


async def known(request: Request) -> Response:
    """How far the study of what the network learned from is."""
    sent = await read_json(request, lazy("A question"), _MAX_QUESTION)
    return JSONResponse(await on_thread(_askers, _state, sent), headers={"Cache-Control": "no-store"})


routes = post_routes(
    {
        "/api/fool/attack": attack,
        "/api/fool/search": search,
        "/api/fool/curves": curves,
        "/api/fool/known": known,
    }
)
