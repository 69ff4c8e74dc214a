"""Keeping drawings, and learning from them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.data import own_drawings
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import from_pad
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import RunError
from cnnlab.models.build import build
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.runs.store import RunStore
from cnnlab.training.evaluation import evaluate
from cnnlab.ui.app import loaded_models
from cnnlab.ui.draw import learn_handwriting, own_drawings_routes
from cnnlab.ui.draw import own_drawings as keeping
from tests.catalogue import catalogue
from tests.ui.asgi import Answer, error_text, post
from tests.ui.unpacking import unpack

HOME = {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}
INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
STROKE = {"tool": "pen", "width": 30, "points": [135.0, 75.0, 135.0, 205.0]}
KEEP: dict[str, Any] = {
    "ink": base64.b64encode(INK.tobytes()).decode(),
    "strokes": [STROKE],
    "label": 1,
    "read_as": 1,
    "author": "me",
}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A lab that has finished loading, with a store and a home, in which nobody trains."""
    ready = threading.Event()
    ready.set()
    known = SimpleNamespace(
        home=tmp_path, catalogue=catalogue(tmp_path), torch_ready=ready, store=RunStore(tmp_path)
    )
    for module in (loaded_models, keeping, learn_handwriting):
        monkeypatch.setattr(module, "lab", lambda: known)
    yield known
    known.store.close()


def ask(what: str, body: Any, headers: dict[str, str] = HOME) -> Answer:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(own_drawings_routes.routes, f"/api/hand/{what}", sent, {}, headers)


def result_of(what: str, **body: Any) -> Any:
    answer = ask(what, body)
    assert answer.status == 200, answer.body
    return unpack(answer.body)


def keep_some(home: Path, count: int, author: str = "me", ink: int = 200) -> None:
    for number in range(count):
        own_drawings.keep(
            home, label=number % 10, read_as=None, pixels=bytes([ink] * 784), strokes=[], author=author
        )


# ---- keeping


def test_a_drawing_is_kept_as_the_network_saw_it(lab: SimpleNamespace) -> None:
    """With a uniform line width, whichever steps are switched off on the screen."""
    answer = result_of("keep", **KEEP)
    normalized = from_pad(INK, strokes=[np.array([[135.0, 75.0], [135.0, 205.0]])])
    assert normalized is not None
    np.testing.assert_array_equal(answer["pictures"][0], np.round(normalized.image[0] * 255))
    assert answer["drawings"] == [{"name": answer["kept"], "label": 1, "read_as": 1}]


def test_the_count_says_how_many_were_read_correctly(lab: SimpleNamespace) -> None:
    """ "Not sure" is not correct; other people's drawings do not count."""
    for read_as in (1, 7, None):
        result_of("keep", **KEEP | {"read_as": read_as})
    result_of("keep", **KEEP | {"author": "somebody else"})
    known = result_of("list", author="me")
    assert (known["right"], known["of"]) == (1, 3)


def test_photos_and_cells_are_kept_too(lab: SimpleNamespace) -> None:
    """Their width is left alone: there are no lines to redraw."""
    photo = {"tool": "photo", "ink": KEEP["ink"]}
    answer = result_of(
        "keep", **KEEP | {"strokes": [photo, {"tool": "cell", "column": 1, "line": 2, "value": 9}]}
    )
    plain = from_pad(INK)
    assert plain is not None
    np.testing.assert_array_equal(answer["pictures"][0], np.round(plain.image[0] * 255))


def test_only_ones_own_can_be_deleted(lab: SimpleNamespace) -> None:
    """In a class of forty nobody deletes a neighbor's drawing by mistake."""
    name = result_of("keep", **KEEP)["kept"]
    assert "no longer exists" in error_text(ask("delete", {"author": "somebody else", "name": name}))
    assert result_of("delete", author="me", name=name)["of"] == 0
    assert "no longer exists" in error_text(ask("delete", {"author": "me", "name": name}))


def test_what_was_deleted_comes_back_as_it_was(lab: SimpleNamespace) -> None:
    """The same record under the same name, in the same split; for the person who deleted it, once."""
    name = result_of("keep", **KEEP)["kept"]
    before = own_drawings.read_all(lab.home).drawings
    result_of("delete", author="me", name=name)
    assert "restored" in error_text(ask("restore", {"author": "somebody else", "name": name}))
    assert result_of("restore", author="me", name=name)["drawings"] == [
        {"name": name, "label": 1, "read_as": 1}
    ]
    assert own_drawings.read_all(lab.home).drawings == before
    assert "restored" in error_text(ask("restore", {"author": "me", "name": name}))


def test_the_memory_of_deleted_drawings_is_bounded(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest goes first, by number and by size."""
    by_number: LruCache[tuple[str, str], bytes] = LruCache(2)
    by_size: LruCache[tuple[str, str], bytes] = LruCache(9, weight=len, max_weight=6_000)
    for few in (by_number, by_size):
        with monkeypatch.context() as patched:
            patched.setattr(keeping, "_deleted", few)
            names = [result_of("keep", **KEEP)["kept"] for _ in range(6)]
            for name in names:
                result_of("delete", author="me", name=name)
            assert ask("restore", {"author": "me", "name": names[0]}).status == 422
            assert result_of("restore", author="me", name=names[-1])["of"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label": 10}, "label"),
        ({"label": "1"}, "label"),
        ({"label": True}, "label"),
        ({"read_as": -1}, "read_as"),
        ({"author": 5}, "author"),
        ({"author": "x" * 65}, "author"),
        ({"ink": "not base64!"}, "base64"),
        ({"ink": 5}, "base64"),
        ({"ink": ""}, "140×140"),
        ({"strokes": "none"}, "strokes"),
        ({"strokes": [{"tool": "pen"}]}, "points"),
        ({"strokes": [STROKE | {"points": ["a", "b"]}]}, "points"),
        ({"strokes": [STROKE | {"points": [1.0, None]}]}, "points"),
        ({"strokes": [{"tool": "script"}]}, "drawing"),
        ({"strokes": [5]}, "drawing"),
        ({"ink": base64.b64encode(bytes(140 * 140)).decode()}, "nothing is drawn"),
    ],
)
def test_what_is_not_a_drawing_is_refused(lab: SimpleNamespace, changes: dict[str, Any], says: str) -> None:
    """With a message, and nothing is kept."""
    answer = ask("keep", KEEP | changes)
    assert answer.status in (400, 422)
    assert says in error_text(answer)
    assert not own_drawings.count(lab.home)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 20_000, b"\xff"])
def test_what_is_not_a_json_object_is_refused(lab: SimpleNamespace, body: bytes) -> None:
    """Whatever a script sends."""
    assert ask("keep", body).status == 400


@pytest.mark.parametrize("what", ["keep", "list", "delete", "restore", "learn", "progress"])
def test_a_foreign_page_is_refused(lab: SimpleNamespace, what: str) -> None:
    """Another site that is open in the same browser cannot use the lab."""
    assert ask(what, KEEP, HOME | {"Origin": "http://evil.example"}).status == 403


def test_damaged_drawings_are_reported(lab: SimpleNamespace) -> None:
    """They are skipped, and the response says how many."""
    result_of("keep", **KEEP)
    (own_drawings.folder(lab.home) / "9.json").write_text("cut of")
    assert result_of("list", author="me")["damaged"] == 1


# ---- learning


@pytest.fixture
def models(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> dict[str, LoadedModel]:
    """The networks that the lab can load."""
    design = preset("article-1").design
    known: dict[str, LoadedModel] = {}
    for seed, key in enumerate(("bundled", "after")):
        model = build(design, seed=seed).eval().requires_grad_(False)
        known[key] = LoadedModel(design, model, tuple("0123456789"), key, None)

    def get_model(key: str, epoch: object = "best") -> LoadedModel:
        if key not in known:
            raise RunError("it is gone")
        return known[key]

    monkeypatch.setattr(learn_handwriting, "get_model", get_model)
    return known


def test_learning_queues_a_run_that_starts_from_the_network(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """From the bundled model's weights, on the person's own drawings among others."""
    keep_some(lab.home, 20)
    progress = result_of("learn", author="me", model="bundled")
    run = lab.store.run(progress["run"])
    assert (progress["state"], progress["position"], progress["done"]) == ("queued", 1, 0)
    assert (run.parent, run.name) == ("bundled", "bundled + my handwriting")
    assert run.data.startswith(f"drawings-and-digits@{own_drawings.author_id('me')}-")
    assert "me" not in run.data.partition("@")[2]  # the key is the person's own


def test_too_few_drawings_are_refused_at_once(lab: SimpleNamespace, models: dict[str, LoadedModel]) -> None:
    """Not by a run that fails."""
    keep_some(lab.home, 5)
    answer = ask("learn", {"author": "me", "model": "bundled"})
    assert answer.status == 422
    assert "5 drawings by this person are kept" in error_text(answer)
    assert not lab.store.runs()


def test_other_peoples_drawings_do_not_count_as_ones_own(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """Whoever has named none has no handwriting to learn, however many drawings the class has named."""
    keep_some(lab.home, 40, "somebody else")
    assert result_of("list", author="me")["of"] == 0
    assert "0 drawings by this person are kept" in error_text(
        ask("learn", {"author": "me", "model": "bundled"})
    )


def test_handwriting_is_learned_from_ones_own_drawings_up_to_that_moment(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """Not from other people's or later drawings, so a resume or a rerun learns the same."""
    keep_some(lab.home, 20, "somebody else", ink=90)
    keep_some(lab.home, 20)
    run = lab.store.run(result_of("learn", author="me", model="bundled")["run"])
    first = catalogue(lab.home).load(run.data).train
    flat = first.images.flatten(1)
    assert (flat == 200).all(dim=1).any()
    assert not (flat == 90).all(dim=1).any()
    keep_some(lab.home, 20, ink=150)
    again = catalogue(lab.home).load(run.data).train
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)


def test_networks_that_learned_a_handwriting_have_different_names(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """Otherwise a menu could not tell them apart."""
    keep_some(lab.home, 20)
    runs = [lab.store.run(result_of("learn", author="me", model="bundled")["run"]) for _ in range(3)]
    assert [run.name for run in runs] == [
        "bundled + my handwriting",
        "bundled + my handwriting 2",
        "bundled + my handwriting 3",
    ]


def test_a_network_for_other_pictures_cannot_learn_digits(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """The message says so."""
    design: Design = preset("tiny-vgg").design
    models["color"] = LoadedModel(design, build(design), tuple("abcdefghij"), "color", None)
    assert "28×28" in error_text(ask("learn", {"model": "color"}))


def test_a_network_for_clothes_of_that_size_cannot_learn_digits_either(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """Ten classes of 28×28 like the digits, but no digits; nothing is queued."""
    keep_some(lab.home, 20)
    models["clothes"] = replace(models["after"], classes=catalogue().describe("fashion-mnist").classes)
    assert "does not read digits" in error_text(ask("learn", {"model": "clothes", "author": "me"}))
    assert lab.store.runs() == []


def test_before_and_after_are_measured_on_what_was_held_out(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """The same numbers as the lab's own evaluation; on one's own drawings only, though the class has more."""
    keep_some(lab.home, 30, "somebody else")
    keep_some(lab.home, 20)
    own = own_drawings.held_out(lab.home, own_drawings.read_all(lab.home).part_of("me"))
    run = lab.store.run(result_of("learn", author="me", model="bundled")["run"])
    lab.store.change_state(run.id, {"queued"}, "finished")
    models[run.id] = models["after"]
    progress = result_of("progress", run=run.id)
    others = catalogue(lab.home).load("digits").test
    cpu = torch.device("cpu")
    for name, key in (("before", "bundled"), ("after", "after")):
        for which, split in (("own", own), ("others", others)):
            share = evaluate(models[key].model, split, cpu).accuracy
            assert progress[name][which] == round(share * len(split.labels))
    assert (progress["own"], progress["others"], progress["mine"]) == (8, 250, True)


def test_a_run_of_an_older_lab_is_counted_as_it_learned(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """Its data set's name has no author: it learned from everybody's drawings."""
    keep_some(lab.home, 20, "somebody else")
    keep_some(lab.home, 20)
    weights = torch.zeros(1).numpy().tobytes()
    run = lab.store.start_from_weights(
        preset("article-1").design,
        weights,
        learn_handwriting.DATA,
        learn_handwriting.CONFIG,
        name="old",
        parent="bundled",
    )
    lab.store.change_state(run.id, {"queued"}, "finished")
    models[run.id] = models["after"]
    progress = result_of("progress", run=run.id)
    assert (progress["own"], progress["mine"]) == (16, False)


def test_a_network_deleted_meanwhile_has_no_score_before(
    lab: SimpleNamespace, models: dict[str, LoadedModel]
) -> None:
    """The rest is still reported."""
    keep_some(lab.home, 20)
    run = lab.store.run(result_of("learn", author="me", model="bundled")["run"])
    lab.store.change_state(run.id, {"queued"}, "finished")
    models[run.id] = models["after"]
    del models["bundled"]
    progress = result_of("progress", run=run.id)
    assert "before" not in progress
    assert progress["after"]["own"] >= 0


def test_only_runs_that_learn_a_handwriting_are_reported(lab: SimpleNamespace) -> None:
    """Not somebody's training."""
    run = lab.store.queue(preset("article-1").design, "digits", learn_handwriting.CONFIG)
    assert ask("progress", {"run": run.id}).status == 404
    assert ask("progress", {"run": "nobody"}).status == 404
