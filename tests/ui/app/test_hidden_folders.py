"""Paths in texts: short on a screen, whole in the log and in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnlab.ground.errors import StorageError
from cnnlab.ground.home import Folders
from cnnlab.language import as_shown, change_before_showing, lazy, show_unchanged, speaking
from cnnlab.ui.app.hidden_folders import hiding
from tests.conftest import ROOT

HOME, DATA = Path("/srv/lab/.cnnlab"), Path("/srv/pictures")


@pytest.fixture
def hidden() -> Iterator[None]:
    """A lab on these folders is open."""
    change_before_showing(hiding(Folders(HOME, DATA, unused_data="/srv/a file")))
    yield
    show_unchanged()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{HOME}/runs/a/b.safetensors is gone", "runs/a/b.safetensors is gone"),
        (f"[Errno 13] Permission denied: '{HOME}/lab.db'", "[Errno 13] Permission denied: 'lab.db'"),
        (f"{HOME}: full", "the home folder: full"),
        (f"Free space in {HOME}.", "Free space in the home folder."),
        (f"{DATA}/MNIST/raw", "CNNLAB_DATA/MNIST/raw"),
        (str(DATA), "CNNLAB_DATA"),
        (f"{Path.home()}/.cache/x", "~/.cache/x"),
        (f"{HOME}-2/lab.db", f"{HOME}-2/lab.db"),
        ("/srv/lab/other", "/srv/lab/other"),
        ("CNNLAB_DATA, '/srv/a file', cannot be read", "CNNLAB_DATA, '…', cannot be read"),
        (str(ROOT / "assets" / "digits"), "cnnlab/assets/digits"),
        ("nothing", "nothing"),
    ],
)
@pytest.mark.usefixtures("hidden")
def test_a_path_begins_at_the_labs_own_folder(text: str, shown: str) -> None:
    """Alone, within a sentence, quoted; a folder of nearly the same name is another one."""
    assert as_shown(text) == shown
    assert str(lazy("It is so: {found}", found=text)) == f"It is so: {shown}"


@pytest.mark.usefixtures("hidden")
def test_an_error_says_why_and_not_where(caplog: pytest.LogCaptureFixture) -> None:
    """In each language; the log has all of it, once."""
    reason = PermissionError(13, "Permission denied", str(HOME / "lab.db"))
    error = StorageError(lazy("it cannot be used ({error})", error=str(reason)), where=str(HOME))
    for code in ("en", "zh", "en"):
        with speaking(code):
            assert str(HOME) not in str(error)
            assert "Permission denied: 'lab.db'" in str(error)
    assert any(f"{HOME}: it cannot be used" in text for text in caplog.messages)
    assert len(caplog.messages) == len(set(caplog.messages))


def test_a_terminal_shows_whole_paths() -> None:
    """No lab is open there."""
    assert str(HOME) in str(StorageError("it is full", where=str(HOME)))


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, max_size=2), st.text(max_size=10))
@example(["it's", 'a "lab"'], ["x"], "")
@example(["back\\slash"], [], ".")
@example(["学校", "实验室"], ["runs"], "，")
@example(["."], [], "")
def test_no_home_is_left_in_a_text(home: list[str], inside: list[str], after: str) -> None:
    """Whatever it is called, and however Python quotes it."""
    folder = Path("/srv", *home)
    where = folder.joinpath(*inside)
    change = hiding(Folders(folder, folder / "data"))
    for text in (f"{where}: full", f"cannot be opened ({OSError(13, 'No', str(where))})", f"{where} {after}"):
        shown = change(text)
        assert f"{folder}/" not in shown
        assert repr(str(folder))[1:-1] + "/" not in shown
        assert f"{folder}:" not in shown
