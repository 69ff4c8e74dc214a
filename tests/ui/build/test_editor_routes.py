"""The routes of the Build screen's editor: who may use them, and what happens with invalid requests."""

from __future__ import annotations

import gc
import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import preset
from cnnlab.engine.stopwatch import EpochTime
from cnnlab.ground.errors import DataError
from cnnlab.layers import Conv2d, Residual
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app import loaded_models
from cnnlab.ui.build import editor_routes
from cnnlab.ui.build.editor import Editor, find_editor
from tests.ui.asgi import Answer, post

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}


def ask(what: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(editor_routes.routes, f"/api/editor/{what}", raw, {}, HOME if headers is None else headers)


def test_an_edit_is_applied_and_answered_with_what_the_cards_show(editor: Editor) -> None:
    """Deleting the first convolution: one row fewer, and what an undo would bring back."""
    answer = ask("edit", {"editor": editor.token, "edits": [{"n": 1, "do": "delete", "id": 0}]})
    data = json.loads(answer.body)
    assert (answer.status, data["done"], len(data["rows"]), data["undo"]) == (
        200,
        1,
        10,
        "delete Convolution",
    )
    assert len(editor.design.layers) == 10


def test_the_answer_says_whether_the_surrounding_page_is_out_of_date(editor: Editor) -> None:
    """Only then does the browser ask for a rerun of the page's script."""
    editor.shown_surroundings = editor.surroundings(summarize(editor.design))
    fine = {"n": 1, "do": "set", "id": 0, "field": "out_channels", "value": 8, "burst": 1}
    assert not json.loads(ask("edit", {"editor": editor.token, "edits": [fine]}).body)["stale"]
    broken = {"n": 2, "do": "delete", "id": 6}
    assert json.loads(ask("edit", {"editor": editor.token, "edits": [broken]}).body)["stale"]


def test_a_foreign_page_may_not_edit(editor: Editor) -> None:
    """It has another Origin."""
    query = {"editor": editor.token, "edits": [{"n": 1, "do": "delete", "id": 0}]}
    assert ask("edit", query, HOME | {"Origin": "https://elsewhere.example"}).status == 403
    assert len(editor.design.layers) == 11


@pytest.mark.parametrize("token", [None, 7, "", "0" * 32, [], {}])
def test_an_unknown_editor_is_a_404(token: Any) -> None:
    """The page then requests its current editor."""
    assert ask("edit", {"editor": token, "edits": []}).status == 404


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"[" * 60_000, b"\xff"])
def test_nonsense_is_refused_with_a_message(body: bytes) -> None:
    """A browser can send anything."""
    answer = ask("edit", body)
    assert answer.status == 400
    assert "JSON" in json.loads(answer.body)["error"]


def test_a_long_body_is_not_read_to_its_end() -> None:
    """64 KB is more than any edit needs."""
    assert ask("edit", b" " * 70_000).status == 413


def test_the_picture_shows_the_editors_design(editor: Editor) -> None:
    """As wide as the page wants it, with a file name that every file system accepts."""
    answer = json.loads(ask("picture", {"editor": editor.token, "width": 900, "dark": True}).body)
    assert answer["svg"].startswith("<svg")
    assert "11 Softmax" in answer["svg"]
    assert answer["file"] == "article-1"
    assert (answer["version"], answer["rows"]) == (editor.version, list(range(11)))


def test_a_block_is_drawn_by_itself() -> None:
    """Including the shortcut around its layers; a row that is not a block has no such picture."""
    editor = Editor.of(Design().with_layers((Conv2d(out_channels=32), Residual())))
    assert "identity" in json.loads(ask("picture", {"editor": editor.token, "row": 1}).body)["svg"]
    others: list[Any] = [0, 99, "1", []]
    for row in others:
        assert json.loads(ask("picture", {"editor": editor.token, "row": row}).body)["svg"] == ""


@pytest.mark.parametrize("width", [None, -5, 10**9, "wide", 1e300])
def test_any_width_gives_a_picture(editor: Editor, width: Any) -> None:
    """A browser can send anything."""
    assert ask("picture", {"editor": editor.token, "width": width}).status == 200


def test_thumbnails_wait_for_torch(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page asks again a moment later."""
    monkeypatch.setattr(loaded_models, "lab", lambda: SimpleNamespace(torch_ready=threading.Event()))
    assert ask("thumbnails", {"editor": editor.token}).status == 503


def test_thumbnails_come_packed(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """For this editor's design and the query sent; what cannot be shown is explained."""
    ready = threading.Event()
    ready.set()
    monkeypatch.setattr(loaded_models, "lab", lambda: SimpleNamespace(torch_ready=ready))
    monkeypatch.setattr(
        editor_routes,
        "thumbnails",
        lambda design, query: f"{design.name} {query.source} {query.number}".encode(),
    )
    answer = ask("thumbnails", {"editor": editor.token, "source": "digits", "number": 7})
    assert (answer.status, answer.body) == (200, b"article-1 digits 7")

    def refuse(*_: object) -> bytes:
        raise DataError("the file is damaged", where="MNIST")

    monkeypatch.setattr(editor_routes, "thumbnails", refuse)
    answer = ask("thumbnails", {"editor": editor.token})
    assert (answer.status, json.loads(answer.body)) == (422, {"error": "MNIST: the file is damaged."})


def test_an_epoch_is_timed_for_the_page_s_settings(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data set and batch size are those of the Train page's form, as the page last knew them."""
    editor.data, editor.config = "mnist", TrainConfig(batch_size=128)
    timer = SimpleNamespace(
        measure=lambda design, data, config: EpochTime(0.11, 8, config.batch_size, f"{design.name} {data}"),
    )
    monkeypatch.setattr(editor_routes, "times", timer)
    assert json.loads(ask("time", {"editor": editor.token}).body)["time"] == {
        "text": "0.11 s",
        "about": "about 0.11 s per epoch here, measured on 8 batches of 128 (article-1 mnist)",
    }


def test_an_editor_goes_away_with_its_tab() -> None:
    """Nothing is kept of a closed tab."""
    token = Editor.of(preset("article-1").design).token
    gc.collect()
    assert find_editor(token) is None
