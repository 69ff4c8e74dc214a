"""What changes by itself on the Train page, requested by the page's script without running Streamlit's.

POST /api/live, body {"run": id, "with": id of a run to overlay, or null}. Response: words and numbers (both
for the page to show), curves (for live_curves.py), and a sign: if it differs from the one the page was drawn
with, more than this has changed, and the page requests a redraw. One response serves all viewers of a run in
one language.
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
from cnnlab.ui.train.live_view import charts_data, numbers_html, progress_text, sign
from cnnlab.ui.train.run_snapshot import FRESH_SECONDS, all_runs

_MAX_BYTES = 1_000
_executor = ThreadPoolExecutor(1, thread_name_prefix="live")
Question = tuple[str, str | None, str]  # a run's id, the id of an overlaid run, the viewer's language


def _body(question: Question) -> bytes:
    """The response; raises RunError if the run does not exist."""
    run_id, overlay, _language = question
    runs = all_runs()
    known = {run.id: run for run in runs}
    if run_id not in known:
        raise RunError(lazy("there is no run {run}", run=repr(run_id[:40])))
    run, curves = known[run_id], lab().store.curves(run_id)
    answer = {
        "sign": sign(runs, curves),
        "words": progress_text(run, runs),
        "numbers": numbers_html(run, curves),
        "curves": charts_data(run, curves, runs, known.get(overlay) if overlay else None),
    }
    return json.dumps(answer).encode()


# The newest response for each run, made at most twice a second for all viewers.
_answers = FreshCache(_body, FRESH_SECONDS)


async def live(request: Request) -> Response:
    """The current state of one run."""
    question = _question(await read_json(request, lazy("A question"), _MAX_BYTES))
    body = await on_thread(_executor, _answers.get, question)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _question(sent: dict[str, Any]) -> Question:
    run_id, overlay = sent.get("run"), sent.get("with")
    if not isinstance(run_id, str) or not isinstance(overlay, str | None):
        raise Refusal(400, lazy("A request names a run, and may name one to compare it with."))
    return run_id, overlay, language()


routes = post_routes({"/api/live": live})
