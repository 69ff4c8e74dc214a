"""What changes by itself on the Train page, requested by the page's script without running Streamlit's.

POST /api/live, body {"run": id, "with": id of a run to overlay, or null, "known": what the page has drawn of
each run: {id: [token, pieces, epochs]}, "hurry": whether a click waits for its effect}. Response: words,
accuracy, numbers and the table of a race (html for the page to show), curves (for live_curves.py; what is
known is left out), the run's state and step, and a sign: if it differs from the one the page was drawn with,
more than this has changed, and the page requests a redraw. All but the curves is made once for all viewers of
a run in one language.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.charts.curves import Known
from cnnlab.ground.cache import FreshCache
from cnnlab.ground.errors import RunError
from cnnlab.language import language, lazy
from cnnlab.training.race import MAX_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.http import Refusal, on_thread, post_routes, read_json
from cnnlab.ui.train.live_curves import Charts
from cnnlab.ui.train.live_view import accuracy_html, charts_of, numbers_html, sign, state_html
from cnnlab.ui.train.race_table import race_html
from cnnlab.ui.train.run_snapshot import FRESH_SECONDS, all_runs, forget_runs

_MAX_BYTES = 1_000
_executor = ThreadPoolExecutor(1, thread_name_prefix="live")
Question = tuple[str, str | None, str]  # a run's id, the id of an overlaid run, the viewer's language


@dataclass(frozen=True, slots=True)
class _Moment:
    """What all viewers of a run in one language share."""

    answer: dict[str, Any]
    charts: Charts


def _moment(question: Question) -> _Moment:
    """The current state of a run; raises RunError if it does not exist."""
    run_id, overlay, _language = question
    runs = all_runs()
    known = {run.id: run for run in runs}
    if run_id not in known:
        raise RunError(lazy("there is no run {run}", run=repr(run_id[:40])))
    run, curves = known[run_id], lab().store.curves(run_id)
    answer = {
        "sign": sign(runs, curves),
        "state": run.state,
        "step": run.progress.step,
        "words": state_html(run, runs),
        "accuracy": accuracy_html(run),
        "numbers": numbers_html(run, curves),
        "race": race_html(run, runs),
    }
    return _Moment(answer, charts_of(run, curves, runs, known.get(overlay) if overlay else None))


# The newest state of each run, read at most twice a second for all viewers.
_moments = FreshCache(_moment, FRESH_SECONDS)


def _body(question: Question, known: dict[str, Known], hurry: bool) -> bytes:
    """The response; `hurry`: read now, whatever was read a moment ago."""
    if hurry:
        forget_runs()
        _moments.forget()
    moment = _moments.get(question)
    return json.dumps(moment.answer | {"curves": moment.charts.data(known)}).encode()


async def live(request: Request) -> Response:
    """The current state of one run."""
    sent = await read_json(request, lazy("A question"), _MAX_BYTES)
    known, hurry = _known(sent.get("known", {})), sent.get("hurry") is True
    body = await on_thread(_executor, _body, _question(sent), known, hurry)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _question(sent: dict[str, Any]) -> Question:
    run_id, overlay = sent.get("run"), sent.get("with")
    if not isinstance(run_id, str) or not isinstance(overlay, str | None):
        raise Refusal(400, lazy("A request names a run, and may name one to compare it with."))
    return run_id, overlay, language()


def _known(sent: Any) -> dict[str, Known]:
    """What the page has drawn of each run."""
    match sent:
        case dict() if len(sent) <= MAX_RACERS:
            return {run_id: _drawn(each) for run_id, each in sent.items()}
    raise Refusal(400, _NOT_DRAWN)


def _drawn(sent: Any) -> Known:
    match sent:
        case [str(token), int(pieces), int(epochs)] if pieces >= 0 and epochs >= 0:
            return Known(token, pieces, epochs)
    raise Refusal(400, _NOT_DRAWN)


_NOT_DRAWN = lazy("This does not say what is drawn of each run.")
routes = post_routes({"/api/live": live})
