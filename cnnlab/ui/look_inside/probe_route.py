"""Two studies of one picture, for the view "Why this answer" on Look inside.

POST /api/probe, body {"run": "bundled" or id, "epoch": number or "best", "picture": as in Look inside's
address, "tab": whose drawing it may be, "target": class, "do": "begin", "look" or "cancel"}: what the network
says to copies of the picture that are shifted, turned or scaled. When it is done: "shifts", "angles" and
"scales" (the axes), and for the copies the probability of the class ("shifted", by rows from the top,
"turned", "scaled") and the network's answers ("reads", with the same three names).

POST /api/sanity, with "method" and, if two classes are compared, "against": the maps of a network whose last
rows have random weights. When it is done, packed: "maps", the trained network's first, as int8 on "scales",
"rows", "correlations" with the trained network's map, and "insensitive".

What takes longer than a moment is computed in another process (cnnlab/studies/); before it is done, the
response is as for /api/test_set. All responses are packed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.interpret.attribution import METHODS
from cnnlab.language import lazy
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.loaded_models import get_model, require_awake
from cnnlab.ui.look_inside.named_picture import named_picture
from cnnlab.ui.look_inside.picture_study import about_picture, picture_state
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal, on_thread, packed, post_routes, read_json

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel

_MAX_BYTES = 1_000
_executor = ThreadPoolExecutor(1, thread_name_prefix="probe")


async def probe(request: Request) -> Response:
    """How far the probe is, or its result."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    return packed(await on_thread(_executor, _probe, sent))


async def sanity(request: Request) -> Response:
    """How far the sanity check is, or its result."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    return packed(await on_thread(_executor, _sanity, sent))


def _probe(sent: dict[str, Any]) -> bytes:
    from cnnlab.interpret.probe import COPIES

    loaded, image, target = _asked(sent)
    question = about_picture("probe", sent["run"], sent["epoch"], image)
    read = partial(_probe_result, target=target)
    return pack(picture_state(question, loaded, COPIES, sent.get("do"), read))


def _sanity(sent: dict[str, Any]) -> bytes:
    from cnnlab.interpret.attribution.question import Target
    from cnnlab.studies.one_picture import SANITY_ROWS, attribution_about

    method = next((each for each in METHODS if each == sent.get("method")), None)
    against = sent.get("against")
    if method is None or not (against is None or _is_class(against)):
        raise Refusal(400, lazy("A request names a method, and none or one class to compare with."))
    loaded, image, target = _asked(sent)
    about = partial(attribution_about, method=method, target=Target(target, against))
    question = about_picture("sanity", sent["run"], sent["epoch"], image, about)
    maps = min(SANITY_ROWS, len(loaded.model)) + 2  # with the trained network's, twice
    passes = maps * METHODS[method].passes
    return pack(picture_state(question, loaded, passes, sent.get("do"), _sanity_result))


def _is_class(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6


def _asked(sent: dict[str, Any]) -> tuple[LoadedModel, Tensor, int]:
    """The network, the picture and the class; raises LabError if there is no such network or picture."""
    require_awake()
    match sent:
        case {
            "run": str(run),
            "epoch": int() | "best" as epoch,
            "picture": str(picture),
            "target": int(target),
        } if _is_class(target) and not isinstance(epoch, bool):
            loaded = get_model(run, epoch)
            if target >= len(loaded.classes):
                raise Refusal(400, lazy("There is no class {number}.", number=target))
            return loaded, named_picture(loaded, picture, str(sent.get("tab", ""))), target
    raise Refusal(400, lazy("A request names a network, an epoch, a picture and a class."))


def _probe_result(found: Arrays, target: int) -> dict[str, Any]:
    from cnnlab.interpret.probe import ANGLES, SCALES, SHIFTS

    axes = {"shifts": SHIFTS.tolist(), "angles": ANGLES.tolist(), "scales": SCALES.tolist()}
    shares = {name: values[..., target].astype(np.float32) for name, values in found.items()}
    reads = {name: values.argmax(axis=-1).tolist() for name, values in found.items()}
    return axes | shares | {"reads": reads}


def _sanity_result(found: Arrays) -> dict[str, Any]:
    from cnnlab.interpret.attribution.sanity import INSENSITIVE

    return {
        "maps": found["maps"],
        "scales": found["scales"],
        "rows": found["rows"].tolist(),
        "correlations": found["correlations"].tolist(),
        "insensitive": bool((found["correlations"] >= INSENSITIVE).all()),
    }


routes = post_routes({"/api/probe": probe, "/api/sanity": sanity})
