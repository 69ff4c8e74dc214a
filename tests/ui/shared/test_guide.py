"""What the screens say about themselves is translated, and the keys are listed behind the button."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.language import speaking
from cnnlab.ui.build.guide import GUIDE as BUILD
from cnnlab.ui.draw.guide import GUIDE as DRAW
from cnnlab.ui.look_inside.guide import GUIDE as LOOK_INSIDE
from cnnlab.ui.shared.guide import EVERYWHERE, Guide
from cnnlab.ui.train.guide import GUIDE as TRAIN
from tests.letters import untranslated


@pytest.mark.parametrize("guide", [DRAW, BUILD, TRAIN, LOOK_INSIDE])
def test_a_guide_is_in_the_viewers_language(guide: Guide) -> None:
    """Points, keys and the hint."""
    with speaking("pseudo"):
        texts = [*guide.points, *(each for pair in (*guide.keys, *EVERYWHERE) for each in pair)]
        texts += [guide.hint.text] if guide.hint else []
        assert untranslated("".join(map(str, texts))) == ""


def test_the_help_lists_the_keys_of_the_screen_and_those_of_all() -> None:
    """Points above, a table of keys below."""

    def script() -> None:
        from cnnlab.ui.shared.guide import Guide, help_button

        help_button(Guide(points=("one <b>point</b>",), keys=(("F1", "helps & more"),)))

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert app.markdown[0].value == "- one <b>point</b>"
    table = app.get("html")[0].proto.body
    assert '<th scope="row">F1</th><td>helps &amp; more</td>' in table
    assert "Alt+P" in table
