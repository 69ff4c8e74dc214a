"""The Look inside screen in the pseudo-language: no text of it is English only."""

from __future__ import annotations

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
    titles = [each["title"].partition(".")[2] for each in body["captions"]]
    kinds = [title.replace(kind, "") for title in titles for kind in KINDS if kind in title]
    assert [text for text in (body["title"], *figures, *kinds) if untranslated(text)] == []


def test_without_a_drawing() -> None:
    """Where somebody wants to see one that there is not yet."""
    page = opened("look_inside")
    tab: TabState = page.session_state["tab"]
    tab.picture_source = DRAWING
    page.run()
    assert only_in_english(page) == []
