"""Clicks on Build on a disk without room: each says so, deleting works, and nothing is half done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.design.presets import preset
from cnnlab.ground.errors import DiskFullError
from cnnlab.ui.app.lab import lab
from tests.conftest import ROOT, fill

MAIN = ROOT / "cnnlab" / "ui" / "app" / "main.py"

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("small_disk", [3, 6], indirect=True)]


@pytest.fixture
def page(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Build on the small disk, with a saved design named `mine`; the log is full to its last page."""
    monkeypatch.setenv("CNNLAB_HOME", str(small_disk / "home"))
    lab().store.designs.save("mine", preset("lenet-5").design)
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    opened = app.switch_page(str(ROOT / "pages" / "build.py")).run()
    fill(small_disk)
    with pytest.raises(DiskFullError):
        save_until_full()
    assert shutil.disk_usage(small_disk).free == 0
    return opened


def save_until_full() -> None:
    """The log has room for a few designs still."""
    for _ in range(1_000):
        lab().store.designs.save("mine", preset("lenet-5").design)


def press(page: AppTest, key: str) -> None:
    next(item for item in page.button if item.key and item.key.startswith(key)).click().run()
    assert not page.exception


def names() -> list[str]:
    return [saved.name for saved in lab().store.designs.all()]


def test_save_says_so(page: AppTest) -> None:
    """The design stays in the editor, unsaved."""
    page.text_input("build_name").set_value("another").run()
    press(page, "build_save")
    assert "Free some space" in page.error[0].value
    assert names() == ["mine"]
    assert page.text_input("build_name").value == "another"
    assert any(item.value == "Not saved" for item in page.caption)


def test_a_rename_says_so(page: AppTest) -> None:
    """The saved design keeps its name."""
    press(page, "my_designs")
    next(item for item in page.text_input if item.key and item.key.startswith("name_")).set_value("new")
    press(page, "rename_")
    assert "Free some space" in page.error[0].value
    assert names() == ["mine"]


def test_a_design_is_deleted(page: AppTest) -> None:
    """That makes room."""
    press(page, "my_designs")
    press(page, "delete_")
    lab().deletions.finish()
    assert not page.error
    assert names() == []


def test_train_this_network_says_so(page: AppTest) -> None:
    """The click leads to Train and writes nothing; Start there says it, and no run is half made."""
    press(page, "build_train")
    assert any(item.key == "train_start" for item in page.button)
    page.switch_page(str(ROOT / "pages" / "train.py"))  # where it is; AppTest would go back
    press(page, "train_start")
    assert "Free some space" in page.error[0].value
    assert not lab().store.runs()
