"""What one unit of a layer is about, for the unit card on Look inside.

All bodies are {"run": "bundled" or id, "epoch": number or "best", "layer": "3", or "3.0.1" in a block,
"unit": channel or index, "data": name, "do": "begin", "look" or "cancel"}; responses are packed:
{"state": "none", "waiting", "running" or "done"}, with "done" and "total" while it is running, and when it is
done:

POST /api/unit/excited: the test pictures that excite the unit most, and its mean for each class. One study
answers for all units of a layer.
POST /api/unit/optimized: a picture made up to excite it.
POST /api/unit/without: how good the network is without it.

POST /api/unit/answer has "picture" and "tab" as in the page's data, in place of "data" and "do". Response,
at once: the probabilities of each class "with" the unit and "without" it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.data import base_name
from cnnlab.design.address import LayerAddress
from cnnlab.design.way import way_to_unit
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy
from cnnlab.studies.question import Question, question_about
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model, require_awake
from cnnlab.ui.look_inside.named_picture import named_picture
from cnnlab.ui.look_inside.picture_choice import test_pictures
from cnnlab.ui.look_inside.study_state import known_result, study_state
from cnnlab.ui.look_inside.test_set_route import answers_so_far
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Handler, Refusal, on_thread, packed, post_routes, read_json

if TYPE_CHECKING:
    from cnnlab.interpret.units import Excited, Survey
    from cnnlab.reader.loaded_model import LoadedModel, Which

_MAX_BYTES = 1_000
_executor = ThreadPoolExecutor(2, thread_name_prefix="unit")
_surveys: LruCache[Question, Survey] = LruCache(16)  # of the widest layer one takes a megabyte


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit that exists, of a loaded network."""

    run: str
    epoch: Which
    loaded: LoadedModel
    address: LayerAddress
    channel: int

    @classmethod
    def read(cls, sent: dict[str, Any]) -> _Unit:
        """Raises LabError if there is no such network, layer or channel."""
        require_awake()
        match sent:
            case {"run": str(run), "epoch": int() | "best" as epoch, "layer": str(layer), "unit": int(unit)}:
                loaded, address = get_model(run, epoch), _address(layer)
                way_to_unit(loaded.design, address, unit)
                return cls(run, epoch, loaded, address, unit)
        raise Refusal(400, lazy("A request names a network, an epoch, a layer and a unit."))

    def question(self, sent: dict[str, Any], study: str, about: str) -> Question:
        """The question on the data set that is sent; raises LabError if there is none."""
        if not isinstance(data := sent.get("data"), str):
            raise Refusal(400, lazy("A request names a data set."))
        return question_about(lab().store, lab().catalogue, study, self.run, self.epoch, data, about)


def _address(text: str) -> LayerAddress:
    try:
        return LayerAddress.parse(text)
    except ValueError:
        problem = lazy("row {value}: allowed is a row such as 3, or 3.0.1 in a block.", value=repr(text[:20]))
        raise Refusal(400, problem) from None


# ---- what excites it


def _excited(sent: dict[str, Any]) -> dict[str, Any]:
    from cnnlab.interpret.units import Survey
    from cnnlab.studies.of_units import MAX_CHANNELS

    unit = _Unit.read(sent)
    if unit.channel >= MAX_CHANNELS:
        problem = lazy("of so wide a layer only the first {count} are compared", count=f"{MAX_CHANNELS:,}")
        raise ConfigError(problem, where=unit.loaded.title)
    question = unit.question(sent, "excited", str(unit.address))
    read = partial(Survey.from_arrays, unit.loaded.design, unit.address)

    def result() -> dict[str, Any] | None:
        survey = known_result(_surveys, question, read)
        return None if survey is None else _excited_data(survey, unit.channel, question)

    return study_state(question, sent.get("do"), result)


def _excited_data(survey: Survey, channel: int, question: Question) -> dict[str, Any]:
    found = survey.unit(channel)
    images, labels = test_pictures(question.data)
    places = [each.picture for each in found.excited]
    answers = answers_so_far(replace(question, study="grade", about=""))
    return {
        "data": base_name(question.data),
        "count": len(labels),
        "pictures": images[places].numpy(),
        "truth": labels[places].tolist(),
        "answers": None if answers is None else answers.label[places].tolist(),
        "found": [_found_data(each) for each in found.excited],
        "means": found.class_means.tolist(),
        "support": found.class_counts.tolist(),
    }


def _found_data(found: Excited) -> dict[str, Any]:
    from cnnlab.ui.shared.trace_data import field_data

    return {
        "number": found.picture + 1,
        "value": found.value,
        "cell": list(found.position[1:]) or None,
        "field": field_data(found.receptive_field),
    }


# ---- a picture made up for it


def _optimized(sent: dict[str, Any]) -> dict[str, Any]:
    return _of_unit(sent, "optimized", _optimized_data)


def _optimized_data(found: Arrays) -> dict[str, Any]:
    pixels = (found["picture"] * 255).round().astype(np.uint8)
    return {"picture": pixels, "activation": float(found["activation"])}


# ---- without it


def _without(sent: dict[str, Any]) -> dict[str, Any]:
    return _of_unit(sent, "without", _without_data)


def _without_data(found: Arrays) -> dict[str, Any]:
    """The classes whose recall changes most come first."""
    before, after = found["recall"]
    order = np.argsort(-np.abs(after - before), kind="stable")
    changed, lost, won = found["changes"].tolist()
    return {
        "accuracy": found["accuracy"].tolist(),
        "pictures": int(found["support"].sum()),
        "changed": changed,
        "lost": lost,
        "won": won,
        "classes": order.tolist(),
        "before": before[order].tolist(),
        "after": after[order].tolist(),
        "support": found["support"][order].tolist(),
    }


def _of_unit(sent: dict[str, Any], study: str, shown: Callable[[Arrays], dict[str, Any]]) -> dict[str, Any]:
    """The state of a study of one unit, and what is shown of its result."""
    from cnnlab.studies.of_units import unit_name

    unit = _Unit.read(sent)
    question = unit.question(sent, study, unit_name(unit.address, unit.channel))

    def result() -> dict[str, Any] | None:
        found = lab().studies.found(question)
        return None if found is None else shown(found)

    return study_state(question, sent.get("do"), result)


def _answer(sent: dict[str, Any]) -> dict[str, Any]:
    from cnnlab.evaluation.ablation import answer_without
    from cnnlab.models.predict import require_finite

    unit = _Unit.read(sent)
    match sent:
        case {"picture": str(name), "tab": str(tab)}:
            picture = named_picture(unit.loaded, name, tab)
        case _:
            raise Refusal(400, lazy("A request names a picture."))
    both = answer_without(unit.loaded.design, unit.loaded.model, picture, unit.address, unit.channel)
    for each in both:
        require_finite(each.probabilities, unit.loaded.title)
    before, after = (each.probabilities[0].tolist() for each in both)
    return {"with": before, "without": after}


def _handler(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    async def handle(request: Request) -> Response:
        sent = await read_json(request, lazy("A question"), _MAX_BYTES)
        return packed(await on_thread(_executor, lambda: pack(answer(sent))))

    return handle


_ANSWERS = {"excited": _excited, "optimized": _optimized, "without": _without, "answer": _answer}
routes = post_routes({f"/api/unit/{name}": _handler(answer) for name, answer in _ANSWERS.items()})
