"""A click that leads to another page: by a note, which no script run that is cut off can lose."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Linear
from cnnlab.ui.app.state import TabState
from tests.conftest import ROOT
from tests.ui.app.test_pages import MAIN, opened

pytestmark = pytest.mark.slow


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def labels(widgets: Any) -> list[str]:
    return [widget.label for widget in widgets]


def test_from_build_to_the_form_of_a_new_run() -> None:
    """With the network on the bench chosen in it."""
    app = click(opened("pages/build.py"), "Train this network")
    assert "Start" in labels(app.button)
    assert "Train this network" not in labels(app.button)


def test_from_train_to_the_bench_with_what_cannot_be_trained() -> None:
    """The network that the form complains of lies there."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    broken = Design(name="article-1").with_layers((Conv2d(out_channels=4), Linear(out_features=10)))
    app.session_state["tab"] = TabState()
    app.session_state["tab"].design = broken
    app.run().switch_page(str(ROOT / "pages/train.py")).run()
    app = click(app, "Fix it in Build")
    assert "Train this network" in labels(app.button)
    assert app.session_state["tab"].design.layers == broken.layers


def test_from_look_inside_to_the_pad() -> None:
    """Where somebody wants to see a drawing that there is not yet."""
    app = opened("pages/look_inside.py")
    picture = next(box for box in app.selectbox if box.label == "Picture from")
    picture.set_value("My drawing").run()
    app = click(app, "Draw something first")
    assert labels(app.selectbox) == ["Network"]
