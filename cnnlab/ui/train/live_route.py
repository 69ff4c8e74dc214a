"""What changes by itself on the Train page: the page's script asks for it, Streamlit's does not run.

POST /api/live, body {"run": id, "with": id of a run that is laid over it, or null}. Answer: words, numbers
(both for the page to show), curves (for live_curves.py), and a sign: when that is another one
than the page was drawn with, more has changed than this, and the page asks to be drawn anew. One answer
serves all viewers of a run who speak one language.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.ground.cache import FreshCache
from cnnlab.ground.errors import RunError
from cnnlab.language import language, lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.http import Refusal, on_thread, post_routes, read_json
from cnnlab.ui.train.live_view import drawn, numbers_html, sign, words
from cnnlab.ui.train.run_snapshot import FRESH_SECONDS, all_runs

_MOST_BYTES = 1_000
_askers = ThreadPoolExecutor(1, thread_name_prefix="live")
Question = tuple[str, str | None, str]  # a run's id, that of one that is laid over it, the viewer's language


def _body(question: Question) -> bytes:
    """Raises RunError where there is no such run."""
    run_id, over, _language = question
    runs = all_runs()
    known = {run.id: run for run in runs}
    if run_id not in known:
        raise RunError(lazy("there is no run {run}", run=repr(run_id[:40])))
    run, curves = known[run_id], lab().store.curves(run_id)
    answer = {
        "sign": sign(runs, curves),
        "words": words(run, runs),
        "numbers": numbers_html(run, curves),
        "curves": drawn(run, curves, runs, known.get(over) if over else None),
    }
    return json.dumps(answer).encode()


# The newest answer for each run, made at most twice a second for all who ask.
_answers = FreshCache(_body, FRESH_SECONDS)


async def live(request: Request) -> Response:
    """The newest of one run."""
    question = _question(await read_json(request, lazy("A question"), _MOST_BYTES))
    body = await on_thread(_askers, _answers.get, question)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _question(sent: dict[str, Any]) -> Question:
    run_id, over = sent.get("run"), sent.get("with")
    if not isinstance(run_id, str) or not isinstance(over, str | None):
        raise Refusal(400, lazy("A request names a run, and may name one to compare it with."))
    return run_id, over, language()


routes = post_routes({"/api/live": live})
