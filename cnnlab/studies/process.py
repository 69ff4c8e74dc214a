"""The process that carries out one study: `python -m cnnlab.studies.process`, with its order on stdin.

It answers in lines of JSON: {"done": n, "total": n} now and then, and at the end {"finished": true} once the
result is in its file, or {"error": ...}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.data import Catalogue
from cnnlab.engine.child import end_with_parent, step_back, written_error
from cnnlab.ground.errors import RunError, WeightsError
from cnnlab.ground.home import Folders
from cnnlab.language import lazy
from cnnlab.runs.store import RunStore
from cnnlab.studies.question import BUNDLED, Question
from cnnlab.studies.results import write_result

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import LoadedModel

_SECONDS = 0.1  # between two reports

Say = Callable[[dict[str, Any]], None]


def written_order(question: Question, where: Folders) -> str:
    """The order for the process, as one line."""
    folders = {"home": str(where.home), "data_folder": where.data_folder and str(where.data_folder)}
    return json.dumps({"question": asdict(question), **folders}) + "\n"


def _carry_out(order: dict[str, Any], say: Say) -> None:
    where = Folders(Path(order["home"]), Path(order["data_folder"]) if order["data_folder"] else None)
    question = Question(**order["question"])
    store, catalogue = RunStore(where.home), Catalogue(where)
    from cnnlab.studies.kinds import STUDIES
    from cnnlab.studies.order import Order

    loaded = _load(question, store, catalogue)
    found = STUDIES[question.study](Order(loaded, catalogue, question.data, question.about, _reports(say)))
    if question.network != BUNDLED:
        store.run(question.network)  # raises RunError if it was deleted meanwhile, and its folder with it
    write_result(question.file(store), question, found)


def _load(question: Question, store: RunStore, catalogue: Catalogue) -> LoadedModel:
    """The network with exactly the weights that the question names."""
    from cnnlab.reader.loaded_model import load_bundled, load_model

    if question.network == BUNDLED:
        return load_bundled()
    loaded = load_model(store, catalogue, question.network, question.epoch)
    if loaded.epoch != question.epoch:
        problem = lazy("the weights of epoch {epoch} are damaged", epoch=question.epoch)
        raise WeightsError(problem, where=loaded.title, repair=lazy("Choose another epoch"))
    kept = {saved.epoch: saved.sha256 for saved in store.checkpoints(question.network)}
    if kept.get(question.epoch) != question.weights:
        raise RunError(
            lazy("epoch {epoch} was trained again meanwhile", epoch=question.epoch),
            where=loaded.title,
            repair=lazy("Try again"),
        )
    return loaded


def _reports(say: Say) -> Callable[[int, int], None]:
    """Reports progress, but not more often than anyone can see."""
    due = 0.0

    def report(done: int, total: int) -> None:
        nonlocal due
        if (now := time.monotonic()) >= due:
            due = now + _SECONDS
            say({"done": done, "total": total})

    return report


def main() -> None:
    """Run the process, which ends when its parent does. What libraries print goes to stderr."""
    step_back()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    order = json.loads(sys.stdin.readline())
    end_with_parent()
    try:
        _carry_out(order, say)
        say({"finished": True})
    except Exception as error:
        say(written_error(error))
    os._exit(0)  # without waiting for the thread that watches the parent


if __name__ == "__main__":
    main()
