"""The Look inside screen in the pseudo-language: no text of it is English only."""

from __future__ import annotations

import json

import pytest

from cnnlab.layers import KINDS
from cnnlab.ui.app.state import TabState
from cnnlab.ui.draw.last_drawing import DRAWING
from tests.letters import untranslated
from tests.ui.pseudo import only_in_english, opened, pseudo
from tests.ui.unpacking import unpack

__all__ = ["pseudo"]  # the fixture
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pseudo")]


def test_the_bundled_network() -> None:
    """On a picture of the test set: menus, title, captions, figures."""
    page = opened("look_inside")
    assert only_in_english(page) == []
    body = unpack(page.get("bidi_component")[0].proto.bytes)
    figures = [each["figures"] for each in (*body["rows"], *body["filters"])]
    captions = body["captions"]
    titles = [each["title"].partition(". ")[2] for each in captions]
    names = [title for title in titles if title not in KINDS]
    labels = [
        each["library"].replace(kind, "") for each in captions for kind in KINDS if kind in each["library"]
    ]
    sentences = [body["title"], body["source"], *(each["sentence"] for each in captions)]
    assert [text for text in (*figures, *names, *labels, *sentences) if untranslated(text)] == []


def test_without_a_drawing() -> None:
    """Where somebody wants to see one that does not exist yet."""
    page = opened("look_inside")
    tab: TabState = page.session_state["tab"]
    tab.picture_source = DRAWING
    page.run()
    assert only_in_english(page) == []


def test_why_this_answer() -> None:
    """What the component gets from the page: methods, rows, names."""
    page = opened("look_inside", view="why")
    assert only_in_english(page) == []
    body = unpack(page.get("bidi_component")[0].proto.bytes)
    methods = [text for each in body["methods"] for text in (each["shows"], each["beware"])]
    rows = [each.partition(". ")[2] for each in body["rows"]]
    names = [each for each in rows if each not in KINDS]
    texts = [body["title"], body["network"], *methods, *names]
    assert [text for text in texts if untranslated(text)] == []


def test_the_whole_test_set() -> None:
    """The switch, the menu, and what the component gets from the page."""
    page = opened("look_inside", view="set")
    assert only_in_english(page) == []
    assert untranslated(json.loads(page.get("bidi_component")[0].proto.json)["title"]) == ""


def test_attacks() -> None:
    """What the component gets from the page."""
    page = opened("look_inside", view="fool")
    assert only_in_english(page) == []
    assert untranslated(unpack(page.get("bidi_component")[0].proto.bytes)["title"]) == ""
