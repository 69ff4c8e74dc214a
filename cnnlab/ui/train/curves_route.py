"""The numbers behind the curves, for other programs.

POST /api/curves, body {"runs": [ids]}. Response: {"csv": text}, see charts/curves_file.py.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.charts.curves_file import curves_csv
from cnnlab.language import lazy
from cnnlab.training.race import MAX_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.http import Refusal, on_thread, post_routes, read_json

_MAX_BYTES = 1_000
_executor = ThreadPoolExecutor(1, thread_name_prefix="curves")


def _body(run_ids: list[str]) -> bytes:
    """The response; raises RunError if a run does not exist."""
    store = lab().store
    runs = [store.run(run_id) for run_id in run_ids]
    return json.dumps({"csv": curves_csv([(run, store.curves(run.id)) for run in runs])}).encode()


async def curves(request: Request) -> Response:
    """Every batch of some runs as CSV."""
    sent = (await read_json(request, lazy("A question"), _MAX_BYTES)).get("runs")
    match sent:
        case [str(), *_] if len(sent) <= MAX_RACERS and all(isinstance(each, str) for each in sent):
            body = await on_thread(_executor, _body, sent)
            return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
    raise Refusal(400, lazy("A request names one to six runs."))


routes = post_routes({"/api/curves": curves})
