"""What changes by itself on the Train page: the page's script asks for it, Streamlit's does not run.

POST /api/live, body {"run": id, "with": id of a run that is laid over it, or null}. Answer: words, numbers
(both for the page to show), curves (for the component that draws them), and a sign: when that is another one
than the page was drawn with, more has changed than this, and the page asks to be drawn anew. One answer
serves all viewers of a run.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.charts.run_words import Figure, figures, share_done, state_words
from cnnlab.ground.errors import RunError
from cnnlab.runs.records import Curves, Run
from cnnlab.training.race import MOST_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.draw.classify_route import Refusal, answering, json_object, paths, read_body
from cnnlab.ui.train.live_curves import curves_data, live_curves
from cnnlab.ui.train.run_list import FRESH, ahead_of, all_runs

_MOST_BYTES = 1_000
_MOST_KEPT = 64  # answers
_lookers = ThreadPoolExecutor(1, thread_name_prefix="live")


def signature(runs: list[Run], curves: Curves | None) -> list[tuple[object, ...]]:
    """What the page's slow part shows: when it changes, the whole page is drawn anew.

    `curves`: of the run that is watched, if there is one.
    """
    flags = curves.flags if curves else []
    shown = [(run.id, run.name, run.state, run.message, run.position, run.progress.device) for run in runs]
    return [*shown, (len(flags),)]


def sign(runs: list[Run], curves: Curves) -> str:
    """Short for the signature, and for which runs have curves to show."""
    begun = [each.id for each in runs if each.progress.step]
    whole = repr((signature(runs, curves), begun, bool(curves.steps)))
    return sha256(whole.encode()).hexdigest()[:16]


def words(run: Run, runs: list[Run]) -> str:
    """Where the run is, beside its badge."""
    return state_words(run, ahead_of(run, runs))


def words_html(run: Run, runs: list[Run]) -> str:
    """The same as an element that the page's script finds."""
    return f'<span data-live="words">{escape(words(run, runs))}</span>'


def numbers_html(run: Run, curves: Curves) -> str:
    """How far it is, and its figures; empty before the first batch."""
    last = curves.epochs[-1] if curves.epochs else None
    shown = figures(run, live_curves(run.id).smoothed(run, curves), last)
    return _progress_html(run) + _figures_html(shown)


def _figures_html(numbers: list[Figure]) -> str:
    cells = "".join(
        f"<div><dt>{escape(number.name)}</dt>"
        f"<dd>{escape(number.value)}<small>{escape(number.remark)}</small></dd></div>"
        for number in numbers
    )
    return f'<dl class="run-numbers">{cells}</dl>'


def _progress_html(run: Run) -> str:
    """How far an active run is; an ended one needs no bar."""
    if not run.active or run.state == "queued":
        return ""
    percent = round(100 * share_done(run), 1)
    return f'<progress class="run-progress" max="100" value="{percent}" aria-label="Progress"></progress>'


def raced(run: Run, runs: list[Run]) -> list[Run]:
    """The runs of its race that have something to show, in the order of their start."""
    if run.race is None:
        return []
    together = [each for each in reversed(runs) if each.race == run.race]
    return [each for each in together if each.progress.step][:MOST_RACERS]


def drawn(run: Run, curves: Curves, runs: list[Run], over: Run | None) -> dict[str, Any]:
    """The curves of its race, or its own and those of one laid over it; none before the first batch."""
    many = raced(run, runs)
    if not many and not curves.steps:
        return {"runs": []}
    shown = many or [run, *filter(None, [over])]
    return curves_data(lab().store, run, curves, shown, many=bool(many))


# ---- the route


class _Answers:
    """The newest answer for each run, made at most twice a second for all who ask."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: dict[tuple[str, str | None], tuple[float, bytes]] = {}

    def get(self, run_id: str, over: str | None) -> bytes:
        with self._turn:
            until, body = self._kept.get((run_id, over), (0.0, b""))
            if time.monotonic() >= until:
                body = _body(run_id, over)
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[run_id, over] = time.monotonic() + FRESH, body
            return body


_answers = _Answers()


def _body(run_id: str, over: str | None) -> bytes:
    """Raises RunError where there is no such run."""
    runs = all_runs()
    known = {run.id: run for run in runs}
    if run_id not in known:
        raise RunError(f"there is no run {run_id[:40]!r}")
    run, curves = known[run_id], lab().store.curves(run_id)
    answer = {
        "sign": sign(runs, curves),
        "words": words(run, runs),
        "numbers": numbers_html(run, curves),
        "curves": drawn(run, curves, runs, known.get(over) if over else None),
    }
    return json.dumps(answer).encode()


async def live(request: Request) -> Response:
    """The newest of one run."""
    run_id, over = _wish(json_object(await read_body(request, "A question", _MOST_BYTES)))
    body = await asyncio.get_running_loop().run_in_executor(_lookers, _answers.get, run_id, over)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _wish(wish: dict[str, Any]) -> tuple[str, str | None]:
    run_id, over = wish.get("run"), wish.get("with")
    if not isinstance(run_id, str) or not isinstance(over, str | None):
        raise Refusal(400, 'A question is {"run": id, "with": id or null}.')
    return run_id, over


routes = [Route(path, answering(live), methods=["POST"]) for path in paths("/api/live")]
