"""Every screen opens, on an empty lab and on one with a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

MAIN = ROOT / "cnnlab" / "ui" / "app" / "main.py"
PAGES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "pages").glob("[!_]*.py"))]

pytestmark = pytest.mark.slow


def opened(page: str) -> AppTest:
    """The app after a click on this page in its menu."""
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    return app.switch_page(str(ROOT / page)).run()


@pytest.mark.parametrize("page", PAGES)
def test_opens_on_an_empty_lab(page: str) -> None:
    """A new lab shows no error on any screen."""
    app = opened(page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_opens_with_a_finished_run(page: str, home_with_run: Path) -> None:
    """A lab with something in it shows it without an error."""
    app = opened(page)
    assert not app.exception
    assert not app.error


def test_every_page_is_on_the_menu() -> None:
    """A file in pages/ that nobody can reach would be dead code."""
    menu = MAIN.read_text(encoding="utf-8")
    assert [page for page in PAGES if f'"{Path(page).stem}"' not in menu] == []
