"""Whatever is sent to a route gets a proper response, and the next request is not affected."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab.design.presets import preset
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.routes import ROUTES
from cnnlab.ui.build.editor import Editor
from tests.ui.asgi import ask

pytestmark = pytest.mark.slow
INK = np.zeros((140, 140), np.uint8)
INK[30:110, 60:75] = 255
PATHS = sorted({route.path for route in ROUTES if "POST" in (route.methods or ())})
# Fields that some route knows, with something that it would take: else a body is refused at its first field.
SENSIBLE: dict[str, Any] = {
    "ink": base64.b64encode(INK.tobytes()).decode(),
    "strokes": [{"tool": "pen", "width": 30, "points": [135.0, 75.0, 135.0, 205.0]}],
    "label": 1,
    "read_as": 1,
    "author": "me",
    "name": "1-0123456789abcdef",
    "model": "bundled",
    "against": "bundled",
    "run": "20260101-000000-quick",
    "with": "20260101-000000-quick",
    "width": 600,
    "dark": True,
    "row": 0,
    "tab": "tab",
    "source": "drawing",
    "number": 1,
    "weights": "untrained",
    "seen": 0,
    "epoch": "best",
    "seq": 1,
    "scale": "map",
    "data": "digits",
    "do": "look",
    "list": "mistakes",
    "truth": 1,
    "answer": 1,
    "from": 0,
    "layer": "4",
    "unit": 1,
    "picture": "digits-1",
    "target": 1,
    "method": "gradient",
    "most": 24,
    "seed": 0,
    "map": "pca",
    "trace": "0:0:0:0",
}
EDIT: dict[str, Any] = {
    "n": 1,
    "do": "set",
    "id": 0,
    "field": "out_channels",
    "value": 8,
    "burst": 1,
    "kind": "ReLU",
    "row": 0,
    "at": 0,
    "branch": 0,
    "inside": [0, 0],
    "count": 1,
    "problem": 0,
    "repair": 0,
}
CELL = {"row": "0", "channel": "1", "y": "2", "x": "3"}  # a number of the bundled network
ATTACK = {"strength": "3", "low": "-1", "high": "65"}
ACTIONS = ["set", "add", "delete", "move", "duplicate", "undo", "redo", "repair", "input", "classes", "name"]
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-3, 12),
    st.floats(),
    st.sampled_from([2**31, 2**63, -(2**63), 10**400, float("nan"), float("inf"), 1e308, -0.0]),
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=20), st.sampled_from(["\ud800", "\0", "../..", "9" * 500])
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=8,
)


def nearly(sensible: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The fields with sensible values, except for a few that are missing and a few that are anything."""
    strange = st.dictionaries(st.sampled_from(sorted(sensible)), ANYTHING, max_size=3)
    missing = st.sets(st.sampled_from(sorted(sensible)), max_size=3)
    return st.tuples(strange, missing).map(
        lambda drawn: {name: value for name, value in (sensible | drawn[0]).items() if name not in drawn[1]}
    )


EDITS = st.lists(
    st.tuples(nearly(EDIT), st.sampled_from(ACTIONS) | TEXTS).map(lambda drawn: drawn[0] | {"do": drawn[1]}),
    max_size=3,
)


@pytest.fixture
def editor() -> Editor:
    """An editor in a lab that has loaded torch."""
    lab().page_shown.set()
    assert lab().torch_ready.wait(60)
    return Editor.of(preset("article-1").design)


@pytest.mark.parametrize("path", PATHS)
def test_no_request_is_an_internal_error(path: str, editor: Editor) -> None:
    """Any JSON, any bytes, any query; a normal request follows."""
    token = "gone" if path.endswith("/time") else editor.token  # a measurement takes seconds
    bodies = st.one_of(
        st.tuples(nearly(SENSIBLE), EDITS | ANYTHING).map(
            lambda drawn: json.dumps(drawn[0] | {"editor": token, "edits": drawn[1]}).encode()
        ),
        ANYTHING.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=60),
        st.binary(max_size=60).map(lambda end: INK.tobytes() + end),
        st.just(bytes(28 * 28)),  # a picture as the bundled network gets it
    )
    usual: dict[str, Any] = {
        "model": "bundled",
        "scale": "map",
        "tab": "tab",
        "against": "",
        **CELL,
        **ATTACK,
    }
    queries = st.dictionaries(
        st.sampled_from(
            ["tab", "epoch", "seq", "crop", "width", "trace", "picture", "method", "target", "goal", *usual]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.integers().map(str)
        | st.sampled_from(["digits-1", "digits-99999", "drawing", "0:0:0:0", "99:0", "17:3", "0.0.0"]),
        max_size=2,
    )

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bodies, queries)
    def never_breaks(body: bytes, query: dict[str, str]) -> None:
        answer = ask(path, body, **(usual | query))
        assert answer.status in (200, 204, 400, 404, 413, 422), (answer.status, answer.body, body, query)
        after = ask("/api/editor/edit", json.dumps({"editor": editor.token, "edits": []}).encode())
        assert after.status == 200, (after.body, body)

    never_breaks()


STROKE = {"tool": "pen", "width": 30, "points": [135.0, 75.0, 135.0, 205.0]}
HOSTILE = {
    "half a character in a run's name": ("/api/live", {"run": "\ud800"}),
    "half a character in an author's name": ("/api/hand/list", {"author": "\udfff"}),
    "a point of 400 digits": ("/api/hand/keep", SENSIBLE | {"strokes": [STROKE | {"points": [10**400, 1]}]}),
    "a point at infinity": ("/api/hand/keep", SENSIBLE | {"strokes": [STROKE | {"points": [1e999, 1]}]}),
    "not a number": ("/api/editor/edit", {"edits": [EDIT | {"value": float("nan")}]}),
    "a number of 400 digits": ("/api/editor/edit", {"edits": [EDIT | {"value": 10**400}]}),
    "a burst that is not a number": ("/api/editor/edit", {"edits": [EDIT | {"burst": float("nan")}]}),
    "an edit's number is infinite": ("/api/editor/edit", {"edits": [EDIT | {"n": float("inf")}]}),
    "a width of 400 digits": ("/api/editor/picture", {"width": 10**400}),
    "a picture's number is infinite": ("/api/editor/thumbnails", {"number": float("inf")}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_json_cannot_say_is_refused(name: str, editor: Editor) -> None:
    """Python's json accepts it, but other code would fail on it, once or from then on."""
    path, body = HOSTILE[name]
    assert ask(path, json.dumps(body | {"editor": editor.token}).encode()).status == 400
    usual = json.dumps({"editor": editor.token, "edits": [EDIT]}).encode()
    assert ask("/api/editor/edit", usual).status == 200
