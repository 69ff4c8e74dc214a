"""What a route says of a study: how far it is, or its result. In the browser: assets/shared/study.js."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from cnnlab.ground.cache import LruCache
from cnnlab.studies.question import Question
from cnnlab.studies.results import Arrays
from cnnlab.ui.app.lab import lab

Result = TypeVar("Result")


def study_state(
    question: Question, do: object, result: Callable[[], dict[str, Any] | None]
) -> dict[str, Any]:
    """Begin or cancel a study if `do` says so ("begin", "cancel", else nothing), and say how far it is.

    Returns {"state": "none", "waiting" or "running", "done", "total"}, or {"state": "done"} and what `result`
    returns, which is None as long as the study has not been made. Raises the LabError that ended it.
    """
    studies = lab().studies
    if do == "cancel":
        studies.cancel(question)
    elif do == "begin" and result() is None:
        studies.begin(question)
    progress = studies.progress(question)
    if progress.state == "none" and (found := result()) is not None:
        return {"state": "done", **found}
    return asdict(progress)


def known_result(
    known: LruCache[Question, Result], question: Question, read: Callable[[Arrays], Result]
) -> Result | None:
    """The result of a study, read from its file unless it is known; None if there is none yet."""
    result = known.get(question)
    if result is None and (found := lab().studies.found(question)) is not None:
        result = read(found)
        known.put(question, result)
    return result
